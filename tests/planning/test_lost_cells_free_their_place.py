"""A lot that fails and a course that ends set the incubator place free in the same transaction, and say why."""

import json
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from stroma.clinic.domain.roles import Role
from stroma.courses.actions import stop_course
from stroma.custody.models import Donor, Lot
from stroma.ledger.models import Entry
from stroma.planning.actions import accept_offer, book_chain, move_visit, wait_for_visits
from stroma.planning.clinic_plan import clinic_plan
from stroma.planning.models import Capability, HoldEnd, Reservation, Resource, SlotOffer, Visit
from stroma.planning.planner.checker import violations
from stroma.planning.replan_writing import chain_faults
from stroma.release.actions import ResultRefused, reject_lot
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

GROWN = "disc-marrow-expanded"
HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}
DAY = timedelta(days=1)


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def by(site):
    """A coordinator of a clinic with one incubator place."""
    a_staffed_clinic(site, people=3, things=3)
    extra = Resource.objects.filter(capabilities__kind="incubator_place").order_by("name")[1:]
    Capability.objects.filter(resource__in=list(extra), kind="incubator_place").delete()
    return a_user(site, Role.COORDINATOR)


@pytest.fixture
def quality(site, by):
    return a_user(site, Role.QUALITY)


@pytest.fixture
def course(site, by):
    course = an_open_course(site, protocol_id=GROWN)
    book_chain(course=course, earliest=NOW, held=HELD, by=by, at=NOW)
    return course


def a_lot(course, at) -> Lot:
    donor, _ = Donor.objects.get_or_create(
        site=course.site, relation=Donor.Relation.AUTOLOGOUS, patient=course.patient
    )
    return Lot.objects.create(
        site=course.site,
        protocol=course.protocol,
        product_code="S0000V00",
        product_name="test product",
        made_at=at,
        course=course,
        donor=donor,
        state="IN_PROCESS",
        din=f"A999926{Lot.objects.count():06d}",
    )


def kept(course) -> Reservation | None:
    return Reservation.objects.filter(visit__course=course, hold="culture", is_live=True).first()


def in_the_middle(course):
    return course.visits.get(code="seeding", state=Visit.State.BOOKED).starts_at + 3 * DAY


def test_a_rejected_lot_sets_its_place_free_and_the_visits_stay(course, quality) -> None:
    was, at = kept(course), in_the_middle(course)
    booked = course.visits.filter(state=Visit.State.BOOKED).count()
    reject_lot(lot=a_lot(course, NOW), reason="contaminated", by=quality, at=at)
    assert kept(course) is None
    end = HoldEnd.objects.get()
    assert (end.reservation, end.why, end.ended_at) == (was, HoldEnd.Why.LOT_FAILED, at)
    assert course.visits.filter(state=Visit.State.BOOKED).count() == booked
    entry = Entry.objects.get(action="holds.ended")
    [told] = json.loads(entry.text)["facts"]["kept"]
    assert (told["hold"], told["resource"]) == ("culture", str(was.resource_id))
    assert "contaminated" not in entry.text


def test_what_became_free_is_offered_to_whoever_waits_and_can_be_taken(site, course, by, quality) -> None:
    was, at = kept(course), in_the_middle(course)
    last = was.ends_at.astimezone(ZoneInfo(site.time_zone)).date()
    other = an_open_course(site, protocol_id=GROWN)
    place = wait_for_visits(course=other, first_by=last - 12 * DAY, by=by, at=NOW)
    assert not place.offers.exists()
    reject_lot(lot=a_lot(course, NOW), reason="contaminated", by=quality, at=at)
    accept_offer(offer=place.offers.get(state=SlotOffer.State.OPEN), by=by, at=at)
    taken = kept(other)
    assert taken.resource == was.resource
    assert taken.starts_at < was.ends_at


def test_a_refused_rejection_frees_nothing(course, quality) -> None:
    with pytest.raises(ResultRefused):
        reject_lot(lot=a_lot(course, NOW), reason=" ", by=quality, at=in_the_middle(course))
    assert kept(course) is not None
    assert not HoldEnd.objects.exists()


def test_an_older_lot_that_is_rejected_leaves_the_place_of_the_newer_one(course, quality) -> None:
    old = a_lot(course, NOW)
    a_lot(course, NOW + DAY)
    reject_lot(lot=old, reason="contaminated", by=quality, at=in_the_middle(course))
    assert kept(course) is not None


def test_a_course_stopped_before_any_cells_says_why_its_place_is_free_and_offers_it(site, course, by) -> None:
    at = NOW
    last = kept(course).ends_at.astimezone(ZoneInfo(site.time_zone)).date()
    other = an_open_course(site, protocol_id=GROWN)
    place = wait_for_visits(course=other, first_by=last - 12 * DAY, by=by, at=NOW)
    stop_course(course=course, reason="no longer wanted", by=a_user(site, Role.PHYSIATRIST), at=at)
    assert kept(course) is None
    assert HoldEnd.objects.get().why == HoldEnd.Why.COURSE_ENDED
    assert place.offers.filter(state=SlotOffer.State.OPEN).exists()


def test_planning_wants_no_place_for_cells_that_are_lost(site, course, quality) -> None:
    at = in_the_middle(course)
    reject_lot(lot=a_lot(course, NOW), reason="contaminated", by=quality, at=at)
    found = clinic_plan(site, at=at)
    assert "holds" not in {violation.rule for violation in violations(found.instance, found.instance.current)}
    assert found.instance.current.holds == []
    [chain] = [one for one in found.instance.chains if one.id == course.number]
    assert chain.holds == []
    assert "plan_lacks_hold" not in {blocker.code for blocker in chain_faults(course, at=at)}
    [anew] = [
        one
        for one in clinic_plan(site, at=at, again_from={course.pk: "collection"}).instance.chains
        if one.id == course.number
    ]
    assert [hold.id for hold in anew.holds] == ["culture"]


def test_a_harvest_that_is_moved_after_all_has_a_place_again(course, by, quality) -> None:
    harvest = course.visits.get(code="harvest")
    for visit in course.visits.exclude(code__in=["seeding", "harvest"]):
        Visit.objects.filter(pk=visit.pk).update(state=Visit.State.CANCELLED)
    reject_lot(lot=a_lot(course, NOW), reason="contaminated", by=quality, at=NOW)
    move_visit(visit=harvest, to=harvest.starts_at + DAY, reason="another try", by=by, at=NOW)
    assert kept(course) is not None


def test_the_board_shows_what_was_kept_as_ended_with_its_reason(
    site, course, by, quality, monkeypatch
) -> None:
    was, at = kept(course), in_the_middle(course)
    monkeypatch.setattr("stroma.planning.board_views.present", lambda: at)
    other = an_open_course(site, protocol_id=GROWN)
    reject_lot(lot=a_lot(course, NOW), reason="contaminated", by=quality, at=at)
    client = Client()
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    zone = ZoneInfo(site.time_zone)
    first, today = was.starts_at.astimezone(zone).date(), at.astimezone(zone).date()
    page = client.get(reverse("board"), {"from": first.isoformat(), "who": str(was.resource_id)})
    [row] = page.context["board"].rows
    bar = row.cells[0].bar
    assert (bar.why, bar.days, bar.last) == ("the lot failed", (today - first).days + 1, today)
    assert "the lot failed" in page.content.decode()
    tomorrow = (today + DAY).isoformat()
    page = client.get(reverse("board"), {"from": tomorrow, "who": str(was.resource_id)})
    [row] = page.context["board"].rows
    assert not any(cell.bar for cell in row.cells)
    # Another culture that is kept there by now stands before what ended.
    midnight = datetime.combine(today, time(), zone)
    visit = Visit.objects.create(
        site=site,
        course=other,
        code="harvest",
        starts_at=at + DAY,
        ends_at=at + DAY + timedelta(hours=1),
        booked_at=at,
    )
    Reservation.objects.create(
        visit=visit, resource=was.resource, starts_at=midnight, ends_at=midnight + 2 * DAY, hold="culture"
    )
    page = client.get(reverse("board"), {"from": first.isoformat(), "who": str(was.resource_id)})
    [row] = page.context["board"].rows
    assert [(cell.bar.why, cell.bar.days) for cell in row.cells if cell.bar] == [
        ("the lot failed", 3),
        ("", 2),
    ]
    assert sum(cell.bar.days if cell.bar else 1 for cell in row.cells) == 7
