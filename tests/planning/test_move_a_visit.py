"""Moving booked visits: judged by every rule of the chain, all or none, and never over somebody else's change."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.ledger.models import Entry
from stroma.planning import moves as looking
from stroma.planning.actions import (
    Move,
    NotMoved,
    book_chain,
    cancel_visits,
    complete_visit,
    move_visit,
    move_visits,
)
from stroma.planning.domain.kinds import Bookable
from stroma.planning.models import Reservation, Resource, Visit
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}
DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def staff(site):
    return a_staffed_clinic(site)


@pytest.fixture
def coordinator(site):
    return a_user(site, Role.COORDINATOR)


@pytest.fixture
def course(site, staff, coordinator):
    course = an_open_course(site)
    book_chain(course=course, earliest=NOW, held=HELD, by=coordinator, at=NOW)
    return course


def booked(course, code) -> Visit:
    return course.visits.get(code=code, state=Visit.State.BOOKED)


def holds(visit) -> set:
    return set(visit.reservations.filter(is_live=True).values_list("resource_id", flat=True))


def of_kind(visit, kind) -> Resource:
    return Resource.objects.get(
        reservations__visit=visit, reservations__is_live=True, capabilities__kind=kind
    )


def other_of(resource, kind) -> Resource:
    return Resource.objects.filter(capabilities__kind=kind).exclude(pk=resource.pk).get()


def refusal_of(course, code, by, **values) -> list[str]:
    """The reasons against moving one visit; nothing may have changed."""
    visit = booked(course, code)
    before = (Visit.objects.count(), Reservation.objects.filter(is_live=True).count(), Entry.objects.count())
    usual = {"to": visit.starts_at, "reason": "asked to", "has_patient_agreed": True, "at": NOW}
    with pytest.raises(NotMoved) as refused:
        move_visit(visit=visit, by=by, **{**usual, **values})
    after = (Visit.objects.count(), Reservation.objects.filter(is_live=True).count(), Entry.objects.count())
    assert after == before
    return [blocker.code for blocker in refused.value.blockers]


def test_a_visit_moves_and_the_row_that_stood_stays(course, coordinator):
    visit = booked(course, "visit_3_months")
    held = holds(visit)
    moved = move_visit(
        visit=visit,
        to=visit.starts_at + DAY,
        reason="a wedding",
        has_patient_agreed=True,
        by=coordinator,
        at=NOW,
    )
    visit.refresh_from_db()
    assert (visit.state, visit.replaced_by, moved.replaces) == (Visit.State.CANCELLED, moved, visit)
    assert (moved.starts_at, moved.ends_at) == (visit.starts_at + DAY, visit.ends_at + DAY)
    assert (moved.state, moved.attempt) == (Visit.State.BOOKED, 2)
    assert (holds(visit), holds(moved)) == (set(), held)


def test_a_move_is_one_entry_that_keeps_the_reason_sealed(course, coordinator):
    visit = booked(course, "visit_3_months")
    before = Entry.objects.count()
    move_visit(
        visit=visit,
        to=visit.starts_at + DAY,
        reason="a wedding",
        has_patient_agreed=True,
        by=coordinator,
        at=NOW,
    )
    entry = Entry.objects.last()
    assert (Entry.objects.count(), entry.action) == (before + 1, "visits.moved")
    facts = json.loads(entry.text)["facts"]
    assert [v["replaces"] for v in facts["visits"]] == [str(visit.id)]
    assert facts["visits"][0]["has_patient_agreed"] is True
    assert len(facts["visits"][0]["resources"]) == 3
    assert "wedding" not in entry.text
    assert [sealed.text for sealed in entry.sealed_texts.all()] == ["a wedding"]


def test_a_visit_is_given_to_somebody_else_without_asking_the_patient(course, coordinator):
    visit = booked(course, "visit_3_months")
    doctor = of_kind(visit, "physiatrist")
    other = other_of(doctor, "physiatrist")
    moved = move_visit(
        visit=visit, to=visit.starts_at, instead={doctor: other}, reason="ill", by=coordinator, at=NOW
    )
    assert holds(moved) == holds_with(visit, doctor, other)


def holds_with(visit, old, new) -> set:
    held = set(visit.reservations.values_list("resource_id", flat=True))
    return held - {old.pk} | {new.pk}


def test_a_patient_who_was_told_a_time_is_asked_first(course, coordinator):
    to = booked(course, "visit_3_months").starts_at + DAY
    assert refusal_of(course, "visit_3_months", coordinator, to=to, has_patient_agreed=False) == [
        "move_patient_not_asked"
    ]


def test_laboratory_work_moves_without_asking_the_patient(site, staff, coordinator):
    course = an_open_course(site, protocol_id="disc-marrow-expanded")
    book_chain(course=course, earliest=NOW, held=HELD, by=coordinator, at=NOW)
    to = booked(course, "seeding").starts_at + QUARTER
    # The first feed follows it at the shortest lag; the patient is not among the reasons.
    assert refusal_of(course, "seeding", coordinator, to=to, has_patient_agreed=False) == [
        "move_strands_visit"
    ]


@pytest.mark.parametrize(
    ("why", "code", "by_days", "reasons"),
    [
        ("after the latest", "visit_3_months", 42, ["move_breaks_lag"]),
        ("before the earliest", "visit_3_months", -35, ["move_breaks_lag"]),
        (
            "away from all that follows",
            "collection",
            35,
            ["move_strands_visit"],
        ),
    ],
)
def test_the_lags_of_the_chain_hold_before_and_after(course, coordinator, why, code, by_days, reasons):
    to = booked(course, code).starts_at + by_days * DAY
    assert refusal_of(course, code, coordinator, to=to) == reasons


def test_visits_that_must_move_together_can(course, coordinator):
    treatment = [booked(course, code) for code in course_codes(course)]
    moves = [Move(visit, visit.starts_at + 7 * DAY, has_patient_agreed=True) for visit in treatment]
    moved = move_visits(moves=moves, reason="holiday", by=coordinator, at=NOW)
    assert [v.starts_at for v in moved] == [v.starts_at + 7 * DAY for v in treatment]
    assert Entry.objects.filter(action="visits.moved").count() == 1


def course_codes(course) -> list[str]:
    return list(course.visits.filter(state=Visit.State.BOOKED).values_list("code", flat=True))


def test_one_wrong_move_keeps_all_where_they_stand(course, coordinator):
    good, bad = booked(course, "visit_3_months"), booked(course, "visit_6_months")
    moves = [
        Move(good, good.starts_at + DAY, has_patient_agreed=True),
        Move(bad, bad.starts_at + 70 * DAY, has_patient_agreed=True),
    ]
    with pytest.raises(NotMoved):
        move_visits(moves=moves, reason="holiday", by=coordinator, at=NOW)
    assert booked(course, "visit_3_months") == good
    assert booked(course, "visit_6_months") == bad


@pytest.mark.parametrize(
    ("why", "values", "reasons"),
    [
        ("no reason", {"reason": " ", "to": DAY}, ["visit_reason_missing"]),
        ("no change", {"to": timedelta()}, ["move_changes_nothing"]),
        ("off the quarter", {"to": timedelta(minutes=7)}, ["move_between_slots"]),
        ("in the night", {"to": timedelta(hours=13)}, ["move_outside_hours"]),
    ],
)
def test_a_move_without_sense_is_refused(course, coordinator, why, values, reasons):
    to = booked(course, "visit_3_months").starts_at + values["to"]
    assert refusal_of(course, "visit_3_months", coordinator, **{**values, "to": to}) == reasons


def test_nothing_moves_into_the_past(course, coordinator):
    visit = booked(course, "visit_3_months")
    at = visit.starts_at + 2 * DAY
    found = refusal_of(course, "visit_3_months", coordinator, to=visit.starts_at + DAY, at=at)
    assert found == ["move_into_the_past"]


def test_a_soft_reason_is_lifted_with_a_reason_and_a_hard_one_never(course, coordinator):
    visit = booked(course, "visit_3_months")
    evening = visit.starts_at.astimezone(ZoneInfo(visit.site.time_zone)).replace(hour=19, minute=0)
    usual = {"reason": "works all day", "has_patient_agreed": True, "by": coordinator, "at": NOW}
    moved = move_visit(visit=visit, to=evening, overriding=["move_outside_hours"], **usual)
    assert json.loads(Entry.objects.last().text)["facts"]["overridden"] == ["move_outside_hours"]
    far = moved.starts_at + 70 * DAY
    with pytest.raises(NotMoved) as refused:
        move_visit(visit=moved, to=far, overriding=["move_outside_hours", "move_breaks_lag"], **usual)
    assert [b.code for b in refused.value.blockers] == ["move_breaks_lag"]


def test_who_is_taken_is_named_with_who_is_free(course, coordinator, site):
    visit = booked(course, "visit_3_months")
    doctor = of_kind(visit, "physiatrist")
    rival = an_open_course(site)
    lone = Visit.objects.create(
        site=site,
        course=rival,
        code="lone",
        starts_at=visit.starts_at + DAY,
        ends_at=visit.ends_at + DAY,
        booked_at=NOW,
    )
    Reservation.objects.create(visit=lone, resource=doctor, starts_at=lone.starts_at, ends_at=lone.ends_at)
    with pytest.raises(NotMoved) as refused:
        move_visit(
            visit=visit,
            to=lone.starts_at,
            reason="asked to",
            has_patient_agreed=True,
            by=coordinator,
            at=NOW,
        )
    [blocker] = refused.value.blockers
    assert blocker.code == "move_finds_busy_others_free"
    other = other_of(doctor, "physiatrist")
    assert (blocker.values["resource"], blocker.values["free"]) == (doctor.name, other.name)
    moved = move_visit(
        visit=visit,
        to=lone.starts_at,
        instead={doctor: other},
        reason="asked to",
        has_patient_agreed=True,
        by=coordinator,
        at=NOW,
    )
    assert other.pk in holds(moved)


def test_a_visit_goes_only_to_somebody_who_can(course, coordinator, staff):
    doctor = of_kind(booked(course, "visit_3_months"), "physiatrist")
    codes = refusal_of(course, "visit_3_months", coordinator, instead={doctor: staff["nurse"]})
    assert codes == ["move_misfills_role"]


def test_nobody_is_replaced_who_is_not_there(course, coordinator, staff):
    codes = refusal_of(course, "visit_3_months", coordinator, instead={staff["nurse"]: staff["nurse"]})
    assert codes == ["move_replaces_nobody", "move_changes_nothing"]


def test_the_patient_is_in_one_place(course, coordinator):
    later = booked(course, "visit_2_weeks")
    codes = refusal_of(course, "visit_1_month", coordinator, to=later.starts_at)
    assert "move_finds_patient_busy" in codes


def test_whoever_moves_what_was_moved_meanwhile_is_told_where_it_stands(course, coordinator):
    visit = booked(course, "visit_3_months")
    stale = Visit.objects.get(pk=visit.pk)
    usual = {"reason": "asked to", "has_patient_agreed": True, "by": coordinator, "at": NOW}
    moved = move_visit(visit=visit, to=visit.starts_at + DAY, **usual)
    with pytest.raises(NotMoved) as refused:
        move_visit(visit=stale, to=visit.starts_at + 2 * DAY, **usual)
    [blocker] = refused.value.blockers
    assert (blocker.code, blocker.values["starts_at"]) == ("move_overtaken", moved.starts_at)
    assert booked(course, "visit_3_months") == moved


@pytest.mark.parametrize("ended", ["cancelled", "held"])
def test_a_visit_that_ended_does_not_move(course, coordinator, ended):
    visit = booked(course, "collection")
    if ended == "held":
        complete_visit(visit=visit, by=coordinator, at=visit.ends_at)
    else:
        cancel_visits(course=course, reason="ill", by=coordinator, at=NOW)
    with pytest.raises(NotMoved) as refused:
        move_visit(visit=visit, to=visit.starts_at + DAY, reason="x", by=coordinator, at=NOW)
    assert [b.code for b in refused.value.blockers] == ["visit_not_booked"]


def test_one_patient_takes_the_place_that_another_leaves(site, coordinator):
    a_staffed_clinic(site, people=1, things=1)
    courses = [an_open_course(site, protocol_id="medication") for _ in range(2)]
    for course in courses:
        book_chain(course=course, earliest=NOW, held=HELD, by=coordinator, at=NOW)
    code = course_codes(courses[0])[-1]
    one, other = (booked(course, code) for course in courses)
    with pytest.raises(NotMoved):
        move_visits(
            moves=[Move(one, other.starts_at, has_patient_agreed=True)], reason="x", by=coordinator, at=NOW
        )
    moves = [
        Move(one, other.starts_at, has_patient_agreed=True),
        Move(other, other.starts_at + DAY, has_patient_agreed=True),
    ]
    move_visits(moves=moves, reason="a swap", by=coordinator, at=NOW)
    assert booked(courses[0], code).starts_at == other.starts_at
    chains = [
        sorted(str(link.chain) for link in entry.links.all())
        for entry in Entry.objects.filter(action="visits.moved")
    ]
    # One entry for each course: no patient's chain tells of the other.
    assert [sum(chain.startswith("course:") for chain in links) for links in chains] == [1, 1]


def test_a_place_that_a_rival_takes_after_the_look_is_refused_by_the_database(
    course, coordinator, site, monkeypatch
):
    visit = booked(course, "visit_3_months")
    rival = an_open_course(site)
    lone = Visit.objects.create(
        site=site,
        course=rival,
        code="lone",
        starts_at=visit.starts_at + DAY,
        ends_at=visit.ends_at + DAY,
        booked_at=NOW,
    )
    for resource in Resource.objects.filter(pk__in=holds(visit), patient=None):
        Reservation.objects.create(
            visit=lone, resource=resource, starts_at=lone.starts_at, ends_at=lone.ends_at
        )
    real = looking.bookables
    monkeypatch.setattr(
        looking, "bookables", lambda **values: [Bookable(b.id, b.kinds) for b in real(**values)]
    )
    assert refusal_of(course, "visit_3_months", coordinator, to=lone.starts_at) == ["move_taken"]
    assert booked(course, "visit_3_months") == visit


def test_only_a_coordinator_of_the_site_moves(course, site):
    visit = booked(course, "visit_3_months")
    for by in (a_user(site, Role.NURSE), a_user(a_site(), Role.COORDINATOR)):
        with pytest.raises(NotAuthorized):
            move_visit(visit=visit, to=visit.starts_at + DAY, reason="x", by=by, at=NOW)
