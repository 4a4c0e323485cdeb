"""Waiting for a chain that suits: what becomes free is offered to the next it fits, until somebody takes it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.ledger.models import Entry
from stroma.planning.actions import (
    NotWaiting,
    OfferGone,
    OfferNotAnswered,
    accept_offer,
    book_chain,
    cancel_visits,
    decline_offer,
    leave_waiting_list,
    mark_away,
    offer_free_slots,
    wait_for_visits,
)
from stroma.planning.models import Reservation, SlotOffer, Visit, Waiting
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}
DAY = timedelta(days=1)
FRIDAY = date(2026, 3, 6)
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def staff(site):
    return a_staffed_clinic(site, people=1, things=1)


@pytest.fixture
def by(site):
    return a_user(site, Role.COORDINATOR)


def full(site, staff, by, until="2026-03-06T23:00") -> None:
    """The C-arm is down, so that no chain can begin before the end of the week."""
    ends_at = datetime.fromisoformat(until).replace(tzinfo=NEW_YORK).astimezone(UTC)
    mark_away(site=site, resource=staff["c_arm"], starts_at=NOW, ends_at=ends_at, reason="x", by=by, at=NOW)


def a_booked(site, by) -> list[Visit]:
    return book_chain(course=an_open_course(site), earliest=NOW, held=HELD, by=by, at=NOW)


def waits(site, by, *, first_by=FRIDAY, at=NOW, **values) -> Waiting:
    course = an_open_course(site)
    return wait_for_visits(course=course, first_by=first_by, by=by, at=at, **values)


def codes(refused) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]


def an_open_offer(place) -> SlotOffer | None:
    return place.offers.filter(state="OPEN").first()


@pytest.fixture
def rival(site, staff, by):
    """Everything until Friday is taken by courses that are booked; the last of them may be cancelled."""
    visits = []
    while not visits or visits[-1][0].starts_at.date() <= FRIDAY:
        visits.append(a_booked(site, by))
    return visits[-2]


def test_what_is_free_is_offered_at_once(site, staff, by):
    place = waits(site, by)
    offer = an_open_offer(place)
    assert offer is not None
    assert offer.starts_at.date() <= FRIDAY
    assert Visit.objects.filter(course=place.course).count() == 0


def test_a_freed_slot_is_offered_to_whoever_waits_longest(site, staff, by, rival):
    first, second = waits(site, by), waits(site, by, at=NOW + timedelta(minutes=1))
    assert (an_open_offer(first), an_open_offer(second)) == (None, None)
    cancel_visits(course=rival[0].course, reason="ill", by=by, at=NOW + timedelta(hours=1))
    offer = an_open_offer(first)
    assert offer is not None
    assert offer.starts_at == rival[0].starts_at
    assert an_open_offer(second) is None


def test_a_slot_that_does_not_suit_goes_to_the_next(site, staff, by, rival):
    weekday = rival[0].starts_at.astimezone(NEW_YORK).weekday()
    other_days = "".join(str(day) for day in range(5) if day != weekday)
    picky = waits(site, by, weekdays=other_days)
    easy = waits(site, by, at=NOW + timedelta(minutes=1))
    cancel_visits(course=rival[0].course, reason="ill", by=by, at=NOW + timedelta(hours=1))
    assert an_open_offer(picky) is None
    assert an_open_offer(easy) is not None


def test_a_declined_slot_goes_to_the_next_and_is_not_offered_again(site, staff, by, rival):
    first, second = waits(site, by), waits(site, by, at=NOW + timedelta(minutes=1))
    at = NOW + timedelta(hours=1)
    cancel_visits(course=rival[0].course, reason="ill", by=by, at=at)
    decline_offer(offer=an_open_offer(first), by=by, at=at)
    assert an_open_offer(second) is not None
    assert an_open_offer(first) is None
    assert first.state == Waiting.State.WAITING


def test_an_offer_nobody_answers_expires_and_goes_to_the_next(site, staff, by, rival):
    first, second = waits(site, by), waits(site, by, at=NOW + timedelta(minutes=1))
    cancel_visits(course=rival[0].course, reason="ill", by=by, at=NOW)
    offer = an_open_offer(first)
    offer_free_slots(site=site, by=by, at=offer.expires_at - timedelta(minutes=1))
    assert an_open_offer(first) == offer
    with pytest.raises(OfferNotAnswered) as refused:
        accept_offer(offer=offer, by=by, at=offer.expires_at)
    assert codes(refused) == ["offer_expired"]
    offer_free_slots(site=site, by=by, at=offer.expires_at)
    offer.refresh_from_db()
    assert offer.state == "EXPIRED"
    later = an_open_offer(second)
    assert later is None or later.starts_at > offer.expires_at  # the slot itself may have come too near


def test_accepting_books_the_chain_as_it_was_offered(site, staff, by, rival):
    place = waits(site, by)
    cancel_visits(course=rival[0].course, reason="ill", by=by, at=NOW)
    offer = an_open_offer(place)
    visits = accept_offer(offer=offer, by=by, at=NOW + timedelta(hours=1))
    assert [v.starts_at.isoformat() for v in visits] == [one["starts_at"] for one in offer.plan]
    place.refresh_from_db()
    assert (place.state, Entry.objects.filter(action="waiting.ended").count()) == ("BOOKED", 1)
    assert Reservation.objects.filter(visit__in=visits, is_live=True).count() > len(visits)


def test_a_slot_that_a_booking_took_is_found_gone_and_stays_on_record(site, staff, by, rival):
    place = waits(site, by)
    cancel_visits(course=rival[0].course, reason="ill", by=by, at=NOW)
    offer = an_open_offer(place)
    taken = a_booked(site, by)
    assert taken[0].starts_at == offer.starts_at
    with pytest.raises(OfferGone):
        accept_offer(offer=offer, by=by, at=NOW + timedelta(hours=1))
    offer.refresh_from_db()
    place.refresh_from_db()
    assert (offer.state, place.state) == ("GONE", "WAITING")
    assert Visit.objects.filter(course=place.course).count() == 0


def test_the_patient_answers_for_themselves_and_nobody_else_does(site, staff, by):
    place = waits(site, by)
    patient = place.course.patient
    patient.user = a_user(site, Role.PATIENT)
    patient.save(update_fields=["user"])
    offer = SlotOffer.objects.select_related("waiting__course__patient").get(waiting=place)
    with pytest.raises(NotAuthorized):
        accept_offer(offer=offer, by=a_user(site, Role.PATIENT), at=NOW)
    visits = accept_offer(offer=offer, by=patient.user, at=NOW)
    assert visits[0].course == place.course


def test_two_waiting_courses_are_not_offered_the_same_times(site, staff, by):
    first, second = waits(site, by), waits(site, by, at=NOW + timedelta(minutes=1))
    taken = set()
    for place in (first, second):
        for planned in an_open_offer(place).plan:
            for resource in planned["resources"]:
                key = (resource, planned["starts_at"])
                assert key not in taken
                taken.add(key)
    for place in (first, second):
        accept_offer(offer=an_open_offer(place), by=by, at=NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("why", "values", "reasons"),
    [
        ("by today", {"first_by": date(2026, 3, 2)}, ["waiting_until_past"]),
        ("on no day", {"weekdays": ""}, ["waiting_on_no_day"]),
        ("on an eighth day", {"weekdays": "17"}, ["waiting_on_no_day"]),
    ],
)
def test_a_course_does_not_wait_for_what_cannot_come(site, staff, by, why, values, reasons):
    with pytest.raises(NotWaiting) as refused:
        waits(site, by, **values)
    assert codes(refused) == reasons


def test_a_course_waits_once_and_leaves_with_a_reason(site, staff, by, rival):
    place = waits(site, by)
    with pytest.raises(NotWaiting) as refused:
        wait_for_visits(course=place.course, first_by=FRIDAY, by=by, at=NOW)
    assert codes(refused) == ["waits_already"]
    with pytest.raises(NotWaiting) as refused:
        leave_waiting_list(place=place, reason=" ", by=by, at=NOW)
    assert codes(refused) == ["visit_reason_missing"]
    leave_waiting_list(place=place, reason="found another clinic", by=by, at=NOW)
    assert Waiting.objects.get(pk=place.pk).state == "LEFT"


def page(user, name, *arguments, **data):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(name, args=arguments)
    return client.post(address, data, follow=True) if data else client.get(address)


def test_a_coordinator_follows_a_refusal_to_the_waiting_list_and_the_patient_accepts(
    site, staff, by, monkeypatch
):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    full(site, staff, by)
    course = an_open_course(site)
    client = Client()
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    asked = {"earliest": "2026-03-02", "first_by": "2026-03-06"}
    refused = client.get(reverse("book_chain", args=[course.id]), asked).content.decode()
    assert 'data-code="resource_busy"' in refused
    assert 'data-code="way_later_start"' in refused
    assert reverse("wait", args=[course.id]) in refused
    page(by, "wait", course.id, first_by="2026-03-20", weekdays=["0", "1", "2", "3", "4"])
    listed = page(by, "waiting_list").content.decode()
    assert reverse("answer_offer", args=[course.id]) in listed
    patient = course.patient
    patient.user = a_user(site, Role.PATIENT)
    patient.save(update_fields=["user"])
    assert reverse("my_offer") in page(patient.user, "my_visits").content.decode()
    page(patient.user, "my_offer", answer="accept")
    assert course.visits.filter(state="BOOKED").exists()
    assert "Nobody waits" in page(by, "waiting_list").content.decode()


def test_the_chain_that_is_shown_is_the_chain_that_is_booked(site, staff, by, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    course = an_open_course(site)
    client = Client()
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("book_chain", args=[course.id])
    answer = client.get(address, {"earliest": "2026-03-02"})
    shown = answer.context["shown"].offers
    assert len(shown) == 5
    third = {"chosen": shown[2].signature, "from_at": shown[2].from_at}
    other = a_booked(site, by)
    assert other[0].starts_at == shown[0].starts_at
    client.post(f"{address}?earliest=2026-03-02", third)
    booked = course.visits.filter(state="BOOKED").order_by("starts_at").first()
    assert booked.starts_at == shown[2].starts_at


def test_a_chain_that_is_no_longer_free_is_not_booked_in_another_shape(site, staff, by, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    course = an_open_course(site)
    client = Client()
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("book_chain", args=[course.id])
    first = client.get(address, {"earliest": "2026-03-02"}).context["shown"].offers[0]
    a_booked(site, by)
    answer = client.post(
        f"{address}?earliest=2026-03-02", {"chosen": first.signature, "from_at": first.from_at}
    )
    assert answer.status_code == 422
    assert 'data-code="offer_changed"' in answer.content.decode()
    assert course.visits.count() == 0


def test_overtime_is_booked_with_a_reason_that_is_kept(site, staff, by, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    course = an_open_course(site, protocol_id="medication")
    doctor = staff["physiatrist"]
    ends = datetime(2026, 3, 6, 18, tzinfo=NEW_YORK).astimezone(UTC)
    mark_away(site=site, resource=doctor, starts_at=NOW, ends_at=ends, reason="x", by=by, at=NOW)
    client = Client()
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("book_chain", args=[course.id])
    query = {"earliest": "2026-03-02", "first_by": "2026-03-06", "overtime": "90"}
    shown = client.get(address, query).context["shown"].offers[0]
    assert shown.needs_reason
    chosen = {"chosen": shown.signature, "from_at": shown.from_at}
    with_query = f"{address}?earliest=2026-03-02&first_by=2026-03-06&overtime=90"
    assert client.post(with_query, chosen).status_code == 422
    assert course.visits.count() == 0
    client.post(with_query, {**chosen, "reason": "she leaves on Saturday"})
    assert course.visits.filter(state="BOOKED").exists()
    entry = Entry.objects.get(action="visits.booked")
    assert '"overtime":' in entry.text
    assert "Saturday" not in entry.text
    assert [sealed.text for sealed in entry.sealed_texts.all()] == ["she leaves on Saturday"]
