"""Changing a site's calendar: each change has its day and reason, and what is booked is listed, never lost."""

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.ledger.models import Entry
from stroma.planning.actions import (
    CalendarUnchanged,
    Move,
    NotMoved,
    book_chain,
    close_site,
    mark_away,
    move_visits,
    set_hours,
    set_shifts,
    set_turn_time,
    take_back_absence,
)
from stroma.planning.calendars import opening_hours
from stroma.planning.domain.chain import NoChain
from stroma.planning.models import Absence, Reservation, TurnTime, Visit, WeekPlan
from stroma.planning.queries import free_resources
from stroma.planning.standing import visits_in_the_way
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

NEW_YORK = ZoneInfo("America/New_York")
HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
LATE = {day: [(time(12), time(20))] for day in range(5)}


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def staff(site):
    return a_staffed_clinic(site, people=1, things=1)


@pytest.fixture
def by(site):
    return a_user(site, Role.COORDINATOR)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def codes(refused) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]


def booked(site, by, **values) -> list[Visit]:
    return book_chain(
        **{"course": an_open_course(site), "earliest": NOW, "held": HELD, "by": by, "at": NOW, **values}
    )


def clock(visit) -> str:
    return f"{visit.starts_at.astimezone(NEW_YORK):%a %d %b %H:%M}"


def test_patients_are_booked_in_the_hours_that_hold_on_the_day(site, staff, by):
    set_hours(
        site=site,
        area="PATIENTS",
        hours=LATE,
        valid_from=date(2026, 3, 5),
        reason="evenings",
        by=by,
        at=NOW,
    )
    visits = booked(site, by)
    assert clock(visits[0]) == "Thu 05 Mar 12:00"
    entry = Entry.objects.get(action="hours.set")
    assert json.loads(entry.text)["facts"]["valid_from"] == "2026-03-05"
    assert [sealed.text for sealed in entry.sealed_texts.all()] == ["evenings"]


def test_of_two_changes_for_one_day_the_later_decision_holds(site, by):
    for hours in (LATE, {0: [(time(9), time(10))]}):
        set_hours(site=site, area="PATIENTS", hours=hours, valid_from=TODAY, reason="tried", by=by, at=NOW)
    spans = opening_hours(site).spans(NOW, NOW + 8 * DAY, patient=True)
    assert len(spans) == 2  # this Monday and the next


def test_nobody_is_booked_on_a_holiday_and_cells_are_still_tended(site, staff, by):
    close_site(
        site=site,
        kind="HOLIDAY",
        starts_at=local("2026-03-05T00:00"),
        ends_at=local("2026-03-07T00:00"),
        is_for_laboratory=False,
        reason="a feast",
        by=by,
        at=NOW,
    )
    assert clock(booked(site, by)[0]) == "Mon 09 Mar 08:00"
    hours = opening_hours(site)
    start, end = local("2026-03-05T00:00"), local("2026-03-06T00:00")
    assert hours.spans(start, end, patient=True) == []
    assert len(hours.spans(start, end, patient=False)) == 1


def test_a_person_is_booked_in_their_shifts_only(site, staff, by):
    set_shifts(
        site=site,
        resource=staff["physiatrist"],
        hours={3: [(time(10), time(16))]},
        valid_from=TODAY,
        reason="Thursdays only",
        by=by,
        at=NOW,
    )
    doctor = staff["physiatrist"]
    for visit in booked(site, by):
        if visit.reservations.filter(resource=doctor).exists():
            starts, ends = visit.starts_at.astimezone(NEW_YORK), visit.ends_at.astimezone(NEW_YORK)
            assert (starts.weekday(), starts.hour >= 10, ends.time() <= time(16)) == (3, True, True)


@pytest.mark.parametrize("kind", ["nurse", "c_arm", "procedure_room"])
def test_who_is_away_or_down_is_not_booked(site, staff, by, kind):
    mark_away(
        site=site,
        resource=staff[kind],
        starts_at=NOW,
        ends_at=local("2026-03-12T13:00"),
        reason="out",
        by=by,
        at=NOW,
    )
    assert clock(booked(site, by)[0]) == "Thu 12 Mar 13:00"


def test_a_competence_that_ended_on_a_day_is_not_booked_after_it(site, staff, by):
    mark_away(
        site=site,
        resource=staff["physiatrist"],
        as_kind="physiatrist",
        starts_at=local("2026-04-01T00:00"),
        ends_at=local("2036-04-01T00:00"),
        reason="certificate ends",
        by=by,
        at=NOW,
    )
    with pytest.raises(NoChain) as refused:
        booked(site, by)
    assert codes(refused) == ["resource_busy_throughout"]
    assert refused.value.blockers[0].values["visit"] == "visit_3_months"


def test_a_role_that_ends_on_a_day_is_not_booked_after_it(site, staff, by):
    nurse = staff["nurse"]
    nurse.user.role_assignments.filter(role=Role.NURSE).update(active_to=local("2026-03-05T00:00"))

    def free(day):
        start = local(f"{day}T10:00")
        return list(free_resources(site=site, kind="nurse", starts_at=start, ends_at=start + DAY / 24))

    assert (free("2026-03-04"), free("2026-03-05")) == ([nurse], [])


def test_an_absence_that_is_taken_back_sets_free_what_is_left_of_it(site, staff, by):
    absence = mark_away(
        site=site,
        resource=staff["nurse"],
        starts_at=NOW,
        ends_at=NOW + 30 * DAY,
        reason="ill",
        by=by,
        at=NOW,
    )
    later = NOW + 8 * DAY
    take_back_absence(absence=absence, reason="well again", by=by, at=later)
    start = NOW + 2 * DAY

    def free(start):
        return free_resources(
            site=site, kind="nurse", starts_at=start, ends_at=start + timedelta(hours=1)
        ).exists()

    assert (free(start), free(later)) == (False, True)  # what was, stays
    with pytest.raises(CalendarUnchanged) as refused:
        take_back_absence(absence=absence, reason=" ", by=by, at=later)
    assert codes(refused) == ["absence_taken_back_before", "calendar_reason_missing"]


def test_set_up_and_cleaning_hold_the_room_round_every_visit(site, staff, by):
    set_turn_time(
        site=site,
        kind="procedure_room",
        before_minutes=15,
        after_minutes=30,
        valid_from=TODAY,
        reason="hygiene",
        by=by,
        at=NOW,
    )
    first, second = booked(site, by)[0], booked(site, by)[0]
    room = staff["procedure_room"]
    held = Reservation.objects.get(visit=first, resource=room)
    assert first.starts_at - held.starts_at == timedelta(minutes=15)
    assert held.ends_at - first.ends_at == timedelta(minutes=30)
    nurse = Reservation.objects.get(visit=first, resource=staff["nurse"])
    assert (nurse.starts_at, nurse.ends_at) == (first.starts_at, first.ends_at)
    gap = second.starts_at - first.ends_at
    assert gap >= timedelta(minutes=45)


def test_set_up_and_cleaning_of_a_later_day_do_not_hold_yet(site, staff, by):
    set_turn_time(
        site=site,
        kind="procedure_room",
        before_minutes=15,
        after_minutes=30,
        valid_from=TODAY + DAY,
        reason="hygiene",
        by=by,
        at=NOW,
    )
    visit = booked(site, by)[0]
    held = Reservation.objects.get(visit=visit, resource=staff["procedure_room"])
    assert (held.starts_at, held.ends_at) == (visit.starts_at, visit.ends_at)


def test_a_moved_visit_keeps_its_set_up_and_cleaning(site, staff, by):
    set_turn_time(
        site=site,
        kind="consulting_room",
        before_minutes=0,
        after_minutes=15,
        valid_from=TODAY,
        reason="airing",
        by=by,
        at=NOW,
    )
    visit = booked(site, by)[-1]
    [moved] = move_visits(
        moves=[Move(visit, visit.starts_at + DAY, has_patient_agreed=True)], reason="asked", by=by, at=NOW
    )
    held = moved.reservations.get(resource=staff["consulting_room"])
    assert held.ends_at - moved.ends_at == timedelta(minutes=15)


def test_a_closure_keeps_what_is_booked_and_lists_it(site, staff, by):
    visits = booked(site, by)
    first = visits[0]
    close_site(
        site=site,
        kind="CLOSURE",
        starts_at=first.starts_at - DAY / 24,
        ends_at=first.ends_at,
        is_for_laboratory=True,
        reason="a burst pipe",
        by=by,
        at=NOW,
    )
    found = visits_in_the_way(site, at=NOW, most=5)
    assert [(one.visit, one.reasons) for one in found] == [(first, ("closed",))]
    first.refresh_from_db()
    assert first.state == Visit.State.BOOKED
    assert Reservation.objects.filter(visit=first, is_live=True).count() > 0


def test_an_absence_lists_whom_it_concerns(site, staff, by):
    visits = booked(site, by)
    mark_away(
        site=site,
        resource=staff["nurse"],
        starts_at=visits[0].starts_at,
        ends_at=visits[0].ends_at,
        reason="ill",
        by=by,
        at=NOW,
    )
    [found] = visits_in_the_way(site, at=NOW, most=5)
    assert (found.visit, found.reasons, found.who) == (visits[0], ("away",), (staff["nurse"].name,))


def test_a_visit_is_not_moved_to_somebody_outside_their_shift_without_a_reason(site, staff, by):
    visit = booked(site, by)[-1]
    set_shifts(
        site=site,
        resource=staff["physiatrist"],
        hours={day: [(time(8), time(9))] for day in range(7)},
        valid_from=TODAY,
        reason="early",
        by=by,
        at=NOW,
    )
    moves = [Move(visit, visit.starts_at + DAY + 2 * DAY / 24, has_patient_agreed=True)]
    with pytest.raises(NotMoved) as refused:
        move_visits(moves=moves, reason="asked", by=by, at=NOW)
    assert codes(refused) == ["move_outside_shift"]
    move_visits(moves=moves, reason="asked", overriding=["move_outside_shift"], by=by, at=NOW)


@pytest.mark.parametrize(
    ("why", "values", "reasons"),
    [
        ("in the past", {"valid_from": TODAY - DAY}, ["calendar_in_the_past"]),
        ("no reason", {"reason": " "}, ["calendar_reason_missing"]),
        (
            "overlapping stretches",
            {"hours": {1: [(time(8), time(12)), (time(11), time(15))]}},
            ["calendar_hours_overlap"],
        ),
        ("an empty stretch", {"hours": {1: [(time(8), time(8))]}}, ["calendar_hours_empty"]),
        (
            "all at once",
            {"valid_from": TODAY - DAY, "reason": "", "hours": {1: [(time(8), time(8))]}},
            ["calendar_in_the_past", "calendar_reason_missing", "calendar_hours_empty"],
        ),
    ],
)
def test_hours_that_make_no_sense_are_refused(site, by, why, values, reasons):
    usual = {"area": "PATIENTS", "hours": LATE, "valid_from": TODAY, "reason": "x"}
    with pytest.raises(CalendarUnchanged) as refused:
        set_hours(**{**usual, **values}, site=site, by=by, at=NOW)
    assert codes(refused) == reasons
    assert WeekPlan.objects.count() == 0


@pytest.mark.parametrize(
    ("why", "values", "reasons"),
    [
        (
            "backwards",
            {"ends_at": NOW - DAY / 48, "starts_at": NOW},
            ["absence_ends_first", "absence_in_the_past"],
        ),
        ("yesterday", {"starts_at": NOW - DAY}, ["absence_in_the_past"]),
        ("as something else", {"as_kind": "c_arm"}, ["absence_of_another_kind"]),
        ("without a reason", {"reason": ""}, ["calendar_reason_missing"]),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused(site, staff, by, why, values, reasons):
    usual = {"starts_at": NOW, "ends_at": NOW + DAY, "reason": "x"}
    with pytest.raises(CalendarUnchanged) as refused:
        mark_away(**{**usual, **values}, site=site, resource=staff["nurse"], by=by, at=NOW)
    assert codes(refused) == reasons
    assert Absence.objects.count() == 0


def test_rooms_have_no_shifts_and_people_are_not_cleaned(site, staff, by):
    with pytest.raises(CalendarUnchanged) as refused:
        set_shifts(
            site=site, resource=staff["c_arm"], hours=LATE, valid_from=TODAY, reason="x", by=by, at=NOW
        )
    assert codes(refused) == ["shifts_of_no_person"]
    with pytest.raises(CalendarUnchanged) as refused:
        set_turn_time(
            site=site,
            kind="nurse",
            before_minutes=0,
            after_minutes=500,
            valid_from=TODAY - DAY,
            reason="",
            by=by,
            at=NOW,
        )
    assert codes(refused) == [
        "turn_of_no_thing",
        "turn_too_long",
        "calendar_in_the_past",
        "calendar_reason_missing",
    ]
    assert TurnTime.objects.count() == 0


def test_the_calendar_of_another_site_is_not_changed(site, staff, by):
    stranger = a_staffed_clinic(a_site(), people=1, things=1)["nurse"]
    with pytest.raises(CalendarUnchanged) as refused:
        mark_away(site=site, resource=stranger, starts_at=NOW, ends_at=NOW + DAY, reason="x", by=by, at=NOW)
    assert codes(refused) == ["resource_of_another_site"]
    with pytest.raises(NotAuthorized):
        set_hours(site=a_site(), area="PATIENTS", hours=LATE, valid_from=TODAY, reason="x", by=by, at=NOW)
