"""A harvest that does not take place takes no cells out of the incubator: their place stays kept."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from stroma.clinic.domain.roles import Role
from stroma.courses.actions import stop_course
from stroma.custody.actions import decide_disposition
from stroma.custody.models import Disposition
from stroma.ledger.models import Entry
from stroma.planning.actions import (
    PlaceNotFreed,
    ask_for_plan,
    book_chain,
    cancel_visit,
    cancel_visits,
    complete_visit,
    free_place,
    miss_visit,
    take_plan,
)
from stroma.planning.afterwards import free_place_of_harvested_cells
from stroma.planning.clinic_plan import clinic_plan
from stroma.planning.domain.chain import NoChain
from stroma.planning.domain.happenings import Happening, Upset
from stroma.planning.models import Capability, HoldEnd, Reservation, Resource, Visit
from stroma.planning.planner.checker import violations
from stroma.planning.standing import visits_in_the_way
from stroma.planning.trouble_queries import LATE, overview, troubles_of
from stroma.release.actions import reject_lot
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic
from tests.planning.test_lost_cells_free_their_place import GROWN, HELD, a_lot

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def by(site):
    """A coordinator of a clinic with two incubator places."""
    a_staffed_clinic(site, people=3, things=3)
    extra = Resource.objects.filter(capabilities__kind="incubator_place").order_by("name")[2:]
    Capability.objects.filter(resource__in=list(extra), kind="incubator_place").delete()
    return a_user(site, Role.COORDINATOR)


def booked(site, by, *, earliest=NOW):
    course = an_open_course(site, protocol_id=GROWN)
    book_chain(course=course, earliest=earliest, held=HELD, by=by, at=NOW)
    return course


@pytest.fixture
def course(site, by):
    return booked(site, by)


def kept(course):
    return list(
        Reservation.objects.filter(visit__course=course, hold="culture", is_live=True).order_by("starts_at")
    )


def harvest_of(course):
    return course.visits.get(code="harvest", state=Visit.State.BOOKED)


def seeded(course, by, *, before=None):
    """Every visit before the harvest, or before that day, took place."""
    harvest = harvest_of(course)
    before = before or harvest.starts_at
    for visit in course.visits.filter(state=Visit.State.BOOKED, starts_at__lt=before):
        complete_visit(visit=visit, by=by, at=visit.ends_at)
    return harvest


def missed(course, by):
    harvest = seeded(course, by)
    return miss_visit(visit=harvest, reason="power cut", by=by, at=harvest.ends_at)


def test_a_missed_harvest_leaves_its_cells_their_place_without_an_end(site, course, by) -> None:
    [was] = kept(course)
    harvest = missed(course, by)
    [now] = kept(course)
    assert (now.resource, now.starts_at, now.visit) == (was.resource, was.starts_at, harvest)
    assert now.ends_at > harvest.ends_at + timedelta(days=3000)
    assert not HoldEnd.objects.exists()
    assert not Reservation.objects.filter(visit=harvest, hold__isnull=True, is_live=True).exists()
    entry = json.loads(Entry.objects.get(action="visit.missed").text)
    [told] = entry["facts"]["stays_kept"]
    assert (told["hold"], told["resource"]) == ("culture", str(was.resource_id))
    with pytest.raises(IntegrityError), transaction.atomic():
        Reservation.objects.create(
            visit=harvest,
            resource=was.resource,
            starts_at=harvest.ends_at + 90 * DAY,
            ends_at=harvest.ends_at + 91 * DAY,
        )


def test_no_chain_is_booked_into_it_however_late(site, course, by) -> None:
    [was] = kept(course)
    other = an_open_course(site, protocol_id=GROWN)
    missed(course, by)
    Capability.objects.filter(kind="incubator_place").exclude(resource=was.resource).delete()
    held = {"screening": was.ends_at, "consent": was.ends_at + 59 * DAY}
    with pytest.raises(NoChain) as refused:
        book_chain(course=other, earliest=was.ends_at + 60 * DAY, held=held, by=by, at=was.ends_at)
    assert [blocker.code for blocker in refused.value.blockers] == ["hold_busy"]


def test_while_nobody_says_what_became_of_the_harvest_nothing_new_is_booked_into_it(site, course, by) -> None:
    [was] = kept(course)
    Capability.objects.filter(kind="incubator_place").exclude(resource=was.resource).delete()
    other, after = an_open_course(site, protocol_id=GROWN), was.ends_at + DAY
    held = {"screening": was.ends_at, "consent": after}
    with pytest.raises(NoChain) as refused:
        book_chain(course=other, earliest=after, held=held, by=by, at=after)
    assert [blocker.code for blocker in refused.value.blockers] == ["hold_busy"]
    complete_visit(visit=harvest_of(course), by=by, at=after)
    book_chain(course=other, earliest=after, held=held, by=by, at=after)
    assert [one.resource for one in kept(other)] == [was.resource]


@pytest.mark.parametrize("end", [cancel_visit, cancel_visits], ids=["the harvest", "the whole chain"])
def test_a_cancelled_harvest_takes_no_cells_out_either(course, by, end) -> None:
    [was] = kept(course)
    harvest = seeded(course, by)
    what = {"visit": harvest} if end is cancel_visit else {"course": course}
    end(**what, reason="no room", by=by, at=harvest.starts_at - DAY)
    [now] = kept(course)
    assert (now.resource, now.starts_at) == (was.resource, was.starts_at)


def test_cells_whose_harvest_was_cancelled_are_a_chain_to_look_at(site, course, by) -> None:
    at = harvest_of(course).starts_at - 5 * DAY
    harvest = seeded(course, by, before=at)
    assert overview(site, at=at).first == []
    cancel_visit(visit=harvest, reason="no power that day", by=by, at=at)
    [trouble] = troubles_of(site, at=at)[course.pk]
    assert (trouble.kind, trouble.reason.code) == (LATE, "chain_cells_without_date")
    assert overview(site, at=at).first == [course.pk]
    free_place(visit=harvest, reason="found empty", by=by, at=at)
    assert overview(site, at=at).first == []


@pytest.mark.parametrize("state", [Visit.State.MISSED, Visit.State.CANCELLED])
def test_where_nothing_was_seeded_the_place_is_free(course, by, state) -> None:
    seeding, harvest = course.visits.get(code="seeding"), harvest_of(course)
    Visit.objects.filter(pk=seeding.pk).update(state=state)
    miss_visit(visit=harvest, reason="no cells", by=by, at=harvest.ends_at)
    assert kept(course) == []
    assert HoldEnd.objects.get().why == HoldEnd.Why.MISSED


def test_before_the_seeding_the_place_is_free_again(course, by) -> None:
    cancel_visits(course=course, reason="ill", by=by, at=NOW)
    assert kept(course) == []
    assert HoldEnd.objects.get().why == HoldEnd.Why.CANCELLED


def test_where_nobody_said_what_became_of_the_seeding_there_may_be_cells(course, by) -> None:
    harvest = harvest_of(course)
    cancel_visits(course=course, reason="ill", by=by, at=harvest.starts_at - DAY)
    assert len(kept(course)) == 1


def test_a_harvest_booked_anew_goes_on_in_the_same_place(course, by) -> None:
    [was] = kept(course)
    harvest = seeded(course, by)
    cancel_visits(course=course, reason="power cut", by=by, at=harvest.starts_at)
    book_chain(course=course, earliest=harvest.ends_at, held=HELD, by=by, at=harvest.ends_at)
    [now] = kept(course)
    anew = harvest_of(course)
    assert (now.resource, now.starts_at, now.visit) == (was.resource, was.starts_at, anew)
    assert now.ends_at - anew.ends_at <= DAY


def test_a_plan_made_again_goes_on_in_the_same_place(site, course, by) -> None:
    [was] = kept(course)
    at = harvest_of(course).starts_at - 5 * DAY
    harvest = seeded(course, by, before=at)
    cancel_visit(visit=harvest, reason="no power that day", by=by, at=at)
    found = clinic_plan(site, at=at)
    [chain] = found.instance.chains
    assert chain.holds == []
    upset = Upset(Happening.HELD_BACK, course=course.pk, visit="harvest", not_before=harvest.ends_at.date())
    plan = ask_for_plan(site=site, upset=upset, by=by, at=at)
    take_plan(replan=plan, courses=[course.pk], agreed=[course.pk], reason="power cut", by=by, at=at)
    [now] = kept(course)
    assert (now.resource, now.starts_at, now.visit) == (was.resource, was.starts_at, harvest_of(course))


def test_another_culture_booked_into_it_is_shown_and_given_another_place(site, course, by) -> None:
    [was] = kept(course)
    other = booked(site, by)  # in the other place
    Capability.objects.filter(kind="incubator_place").exclude(resource=was.resource).delete()
    third = booked(site, by, earliest=was.ends_at - 14 * DAY)
    [next_in_it] = kept(third)
    assert next_in_it.resource == was.resource
    for resource in {one.resource for one in kept(other)}:
        Capability.objects.create(site=site, resource=resource, kind="incubator_place")
    harvest = missed(course, by)
    stays = [one for one in kept(course) if one.visit_id == harvest.pk]
    assert stays[0].ends_at == next_in_it.starts_at
    assert stays[1].starts_at == next_in_it.ends_at
    in_the_way = visits_in_the_way(site, at=harvest.ends_at, most=9)
    assert [(one.visit.course, one.reasons, one.who) for one in in_the_way] == [
        (third, ("cells",), (was.resource.name,))
    ]
    found = clinic_plan(site, at=harvest.ends_at)
    broken = {(one.rule, one.ids[-1]) for one in violations(found.instance, found.instance.current)}
    assert ("not_there", third.number) in broken


def test_a_harvest_that_is_done_after_all_sets_it_free(course, by) -> None:
    harvest = missed(course, by)
    free_place_of_harvested_cells(course, by, harvest.ends_at + DAY)
    assert kept(course) == []
    assert HoldEnd.objects.get().why == HoldEnd.Why.HARVESTED


def test_a_lot_that_is_rejected_sets_it_free(site, course, by) -> None:
    lot, quality = a_lot(course, NOW), a_user(site, Role.QUALITY)
    harvest = missed(course, by)
    reject_lot(lot=lot, reason="overgrown", by=quality, at=harvest.ends_at + DAY)
    assert kept(course) == []
    assert HoldEnd.objects.get().why == HoldEnd.Why.LOT_FAILED


def test_a_stopped_course_keeps_it_until_somebody_decides_what_becomes_of_the_cells(site, course, by) -> None:
    lot, physician = a_lot(course, NOW), a_user(site, Role.PHYSIATRIST)
    at = seeded(course, by).starts_at
    stop_course(course=course, reason="no longer wanted", by=physician, at=at)
    assert len(kept(course)) == 1
    decide_disposition(lot=lot, kind=Disposition.Kind.DISCARD, reason="stopped", by=physician, at=at)
    assert kept(course) == []


def test_whoever_knows_says_with_a_reason_that_it_is_empty(course, by) -> None:
    harvest = missed(course, by)
    with pytest.raises(PlaceNotFreed) as refused:
        free_place(visit=harvest, reason=" ", by=by, at=harvest.ends_at)
    assert [blocker.code for blocker in refused.value.blockers] == ["visit_reason_missing"]
    free_place(visit=harvest, reason="harvested on paper", by=by, at=harvest.ends_at)
    assert kept(course) == []
    assert HoldEnd.objects.get().why == HoldEnd.Why.EMPTY
    entry = Entry.objects.get(action="holds.ended")
    assert "harvested on paper" not in entry.text
    with pytest.raises(PlaceNotFreed) as refused:
        free_place(visit=harvest, reason="again", by=by, at=harvest.ends_at)
    assert [blocker.code for blocker in refused.value.blockers] == ["no_place_stayed_kept"]


def test_cells_that_were_moved_keep_the_place_they_are_in(site, course, by) -> None:
    [was] = kept(course)
    harvest = missed(course, by)
    to = Resource.objects.filter(capabilities__kind="incubator_place").exclude(pk=was.resource_id).get()
    free_place(visit=harvest, to=to, reason="alarm", by=by, at=harvest.ends_at)
    [now] = kept(course)
    assert now.resource == to
    assert now.starts_at <= harvest.ends_at
    assert now.ends_at > harvest.ends_at + timedelta(days=3000)
    assert HoldEnd.objects.get().why == HoldEnd.Why.MOVED


def test_cells_are_not_moved_into_a_place_that_is_taken_or_is_none(site, course, by) -> None:
    booked(site, by)  # in the other place
    [was] = kept(course)
    harvest = missed(course, by)
    to = Resource.objects.filter(capabilities__kind="incubator_place").exclude(pk=was.resource_id).get()
    room = Resource.objects.filter(capabilities__kind="c_arm").first()
    for place, code in ((to, "place_taken_today"), (room, "place_keeps_no_such_cells")):
        with pytest.raises(PlaceNotFreed) as refused:
            free_place(visit=harvest, to=place, reason="alarm", by=by, at=harvest.ends_at)
        assert [blocker.code for blocker in refused.value.blockers] == [code]
    assert [one.resource for one in kept(course)] == [was.resource]


def test_the_board_and_the_record_lead_to_saying_where_the_cells_are(site, course, by, monkeypatch) -> None:
    [was] = kept(course)
    harvest = missed(course, by)
    at = harvest.ends_at + 3 * DAY
    for module in ("board_views", "views"):
        monkeypatch.setattr(f"stroma.planning.{module}.present", lambda: at)
    client = Client()
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("place_freed", args=[harvest.pk])
    for page in (
        client.get(reverse("board"), {"from": at.date().isoformat(), "who": str(was.resource_id)}),
        client.get(reverse("patient_page", args=[course.patient_id])),
    ):
        assert page.status_code == 200
        assert address in page.content.decode()
    form = client.get(address)
    assert was.resource.name in form.content.decode()
    assert client.post(address, {"to": "", "reason": "found empty"}).status_code == 422
    assert client.post(address, {"to": "nowhere", "reason": ""}).status_code == 422
    assert len(kept(course)) == 1
    assert client.post(address, {"to": "nowhere", "reason": "found empty"}).status_code == 302
    assert kept(course) == []
