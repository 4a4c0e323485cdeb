"""What the database refuses by itself, whoever writes: overlaps, moved bookings, rewritten history."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from stroma.planning.models import Reservation, Resource, Visit
from tests.factories import NOW, a_site, a_user, an_open_course

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def visit():
    course = an_open_course()
    return Visit.objects.create(
        site=course.site, course=course, code="lone", starts_at=NOW, ends_at=NOW + HOUR, booked_at=NOW
    )


@pytest.fixture
def reservation(visit):
    room = Resource.objects.create(site=visit.site, name="Room 1")
    return Reservation.objects.create(visit=visit, resource=room, starts_at=NOW, ends_at=NOW + HOUR)


def is_refused(write) -> bool:
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


def cancel(reservation) -> None:
    Visit.objects.filter(pk=reservation.visit_id).update(state=Visit.State.CANCELLED)
    Reservation.objects.filter(pk=reservation.pk).update(is_live=False)


@pytest.mark.parametrize(
    ("why", "starts", "ends", "refused"),
    [
        ("the same hour", 0, 60, True),
        ("its first minute", -30, 1, True),
        ("its last minute", 59, 90, True),
        ("all round it", -30, 90, True),
        ("inside it", 15, 30, True),
        ("up to its start", -60, 0, False),
        ("from its end", 60, 120, False),
    ],
)
def test_a_resource_is_held_once_at_a_time(reservation, why, starts, ends, refused):
    span = {"starts_at": NOW + timedelta(minutes=starts), "ends_at": NOW + timedelta(minutes=ends)}
    held = {"visit": reservation.visit, "resource": reservation.resource}
    assert is_refused(lambda: Reservation.objects.create(**held, **span)) is refused


def test_a_released_reservation_is_in_nobodys_way(reservation):
    cancel(reservation)
    again = {"visit": reservation.visit, "resource": reservation.resource, "starts_at": NOW}
    assert not is_refused(lambda: Reservation.objects.create(**again, ends_at=NOW + HOUR))


@pytest.mark.parametrize(
    "change",
    [{"starts_at": NOW - HOUR}, {"ends_at": NOW + 2 * HOUR}],
    ids=["start", "end"],
)
def test_neither_a_reservation_nor_a_visit_is_moved(reservation, change):
    assert is_refused(lambda: Reservation.objects.filter(pk=reservation.pk).update(**change))
    assert is_refused(lambda: Visit.objects.filter(pk=reservation.visit_id).update(**change))


def test_what_was_reserved_for_hours_does_not_become_a_hold(reservation):
    assert is_refused(lambda: Reservation.objects.filter(pk=reservation.pk).update(hold="culture"))


def test_what_is_kept_for_days_overlaps_nothing_and_stays_with_its_booked_visit(reservation):
    kept = {"visit": reservation.visit, "resource": reservation.resource, "hold": "culture"}
    around = {"starts_at": NOW - 9 * 24 * HOUR, "ends_at": NOW + 24 * HOUR}
    assert is_refused(lambda: Reservation.objects.create(**kept, **around))
    other = Resource.objects.create(site=reservation.visit.site, name="Place 1")
    held = Reservation.objects.create(**{**kept, "resource": other}, **around)
    assert is_refused(lambda: Reservation.objects.filter(pk=held.pk).update(is_live=False))
    assert is_refused(lambda: Reservation.objects.filter(pk=held.pk).update(hold=None))
    cancel(held)


def test_a_released_reservation_does_not_come_back(reservation):
    cancel(reservation)
    assert is_refused(lambda: Reservation.objects.filter(pk=reservation.pk).update(is_live=True))


@pytest.mark.parametrize("ended", [state for state in Visit.State if state != Visit.State.BOOKED])
@pytest.mark.parametrize("then", list(Visit.State))
def test_what_became_of_a_visit_stands(visit, ended, then):
    assert not is_refused(lambda: Visit.objects.filter(pk=visit.pk).update(state=ended))
    assert is_refused(lambda: Visit.objects.filter(pk=visit.pk).update(state=then)) is (then != ended)


def test_nothing_is_removed(reservation):
    assert is_refused(lambda: Reservation.objects.filter(pk=reservation.pk).delete())
    cancel(reservation)
    lone = Visit.objects.create(
        site=reservation.visit.site,
        course=reservation.visit.course,
        code="other",
        starts_at=NOW,
        ends_at=NOW + HOUR,
        booked_at=NOW,
    )
    assert is_refused(lambda: Visit.objects.filter(pk=lone.pk).delete())


def test_a_visit_is_booked_once_in_its_course(visit):
    again = {"site": visit.site, "course": visit.course, "code": "lone", "booked_at": NOW}
    assert is_refused(lambda: Visit.objects.create(**again, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR))


def test_a_name_is_one_thing_at_its_site_and_a_person_one_resource(reservation):
    site = reservation.visit.site
    assert is_refused(lambda: Resource.objects.create(site=site, name="Room 1"))
    assert not is_refused(lambda: Resource.objects.create(site=a_site(), name="Room 1"))
    person = a_user(site)
    assert not is_refused(lambda: Resource.objects.create(site=site, name="Room 1", user=person))
    assert is_refused(lambda: Resource.objects.create(site=site, name="Somebody", user=person))
