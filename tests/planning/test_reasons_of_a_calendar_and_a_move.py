"""Reasons that the other tests of planning meet only on their way: calendars, happenings, moves, reminders, wishes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from stroma.planning.domain.calendar_rules import taking_back_blockers, week_blockers
from stroma.planning.domain.chain import ChainPlan, PlannedVisit
from stroma.planning.domain.checker import chain_blockers
from stroma.planning.domain.happenings import Happening, Upset, upset_blockers
from stroma.planning.domain.kinds import Bookable, Span
from stroma.planning.domain.moving import Standing, meeting_blockers, moving_blockers
from stroma.planning.domain.reminders import phoning_blockers
from stroma.planning.domain.waiting import answer_blockers
from stroma.planning.domain.wishes import asking_blockers
from stroma.protocols.domain.blocker import Blocker
from tests.planning.plan_cases import HOURS, MONDAY, a_visit, bookable, patient

AT = datetime(2026, 4, 1, 10, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DOCTOR, PATIENT = UUID(int=1), UUID(int=999)


def codes(blockers: Sequence[Blocker]) -> list[str]:
    return [blocker.code for blocker in blockers]


@pytest.mark.parametrize(
    ("stretches", "reasons"),
    [
        ([(time(8), time(12)), (time(20), time(2))], []),
        ([(time(8), time(2)), (time(20), time(22))], ["calendar_night_not_last"]),
        ([(time(8), time(12)), (time(20), time())], []),
        ([(time(8), time()), (time(20), time(22))], ["calendar_night_not_last"]),
    ],
)
def test_only_the_last_stretch_of_a_day_reaches_into_the_night(
    stretches: list[tuple[time, time]], reasons: list[str]
) -> None:
    today = date(2026, 4, 1)
    found = week_blockers(hours={0: stretches}, valid_from=today, today=today, reason="longer days")
    assert codes(found) == reasons


@pytest.mark.parametrize(("left", "reasons"), [(MINUTE, []), (timedelta(), ["absence_is_over"])])
def test_an_absence_that_is_over_is_not_taken_back(left: timedelta, reasons: list[str]) -> None:
    found = taking_back_blockers(is_taken_back=False, ends_at=AT + left, at=AT, reason="back earlier")
    assert codes(found) == reasons


@pytest.mark.parametrize(("resource", "reasons"), [(DOCTOR, []), (None, ["upset_names_nobody"])])
def test_an_absence_names_who_or_what_is_away(resource: UUID | None, reasons: list[str]) -> None:
    upset = Upset(Happening.AWAY, resource, date(2026, 4, 1), date(2026, 4, 2))
    assert codes(upset_blockers(upset, today=date(2026, 4, 1), visits=[])) == reasons


@pytest.mark.parametrize(
    ("shift", "reasons"),
    [
        (None, []),
        ((0, 30), []),
        ((0, 29), ["plan_outside_shift"]),
        ((1, 31), ["plan_outside_shift"]),
    ],
)
def test_a_plan_keeps_within_the_shift_of_whoever_it_takes(
    shift: tuple[int, int] | None, reasons: list[str]
) -> None:
    doctor = bookable(1, "physiatrist")
    if shift is not None:
        doctor = replace(doctor, there=(Span(MONDAY + shift[0] * MINUTE, MONDAY + shift[1] * MINUTE),))
    plan = ChainPlan((PlannedVisit("screening", MONDAY, MONDAY + 30 * MINUTE, (DOCTOR, PATIENT)),))
    visits = [a_visit("screening", staff=["physiatrist"])]
    found = chain_blockers(plan, visits=visits, resources=[doctor, patient()], earliest=MONDAY, hours=HOURS)
    assert codes(found) == reasons


@pytest.mark.parametrize(
    ("later", "notice", "reasons"),
    [
        (2 * HOUR, timedelta(hours=24), []),
        (2 * HOUR, timedelta(hours=23, minutes=59), ["move_at_short_notice"]),
        (-2 * HOUR, timedelta(hours=26), []),
        (-2 * HOUR, timedelta(hours=25, minutes=59), ["move_at_short_notice"]),
    ],
)
def test_a_patient_hears_of_a_move_a_day_before_the_earlier_of_both_times(
    later: timedelta, notice: timedelta, reasons: list[str]
) -> None:
    was = MONDAY + 2 * HOUR
    takes = frozenset({DOCTOR, PATIENT})
    moved = Standing("screening", was + later, takes, was=was, took=takes, has_patient_agreed=True)
    found = moving_blockers(
        [moved],
        visits=[a_visit("screening", staff=["physiatrist"])],
        held={},
        resources={DOCTOR: bookable(1, "physiatrist"), PATIENT: patient()},
        hours=HOURS,
        at=was - notice,
    )
    assert codes(found) == reasons


@pytest.mark.parametrize(
    ("planned", "reasons"), [("screening", []), ("control", ["move_of_unplanned_visit"])]
)
def test_a_visit_that_the_protocol_does_not_plan_is_not_moved(planned: str, reasons: list[str]) -> None:
    takes = frozenset({DOCTOR})
    found = moving_blockers(
        [Standing("screening", MONDAY + 2 * HOUR, takes, was=MONDAY, took=takes)],
        visits=[a_visit(planned, staff=["physiatrist"], patient=False)],
        held={},
        resources={DOCTOR: bookable(1, "physiatrist")},
        hours=HOURS,
        at=AT - 1000 * HOUR,
    )
    assert codes(found) == reasons


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        (bookable(2, "physiatrist"), ["move_finds_busy_others_free"]),
        (bookable(2, "nurse"), ["move_finds_busy"]),
        (bookable(2, "physiatrist", busy=[(MONDAY + 2 * HOUR, MONDAY + 3 * HOUR)]), ["move_finds_busy"]),
        (
            replace(bookable(2, "physiatrist"), there=(Span(MONDAY, MONDAY + HOUR),)),
            ["move_finds_busy"],
        ),
    ],
    ids=["another is free", "the other is none", "the other is busy too", "the other is not there"],
)
def test_who_is_taken_at_the_new_time_stops_a_move_and_others_are_named_where_they_can(
    other: Bookable, reasons: list[str]
) -> None:
    to, takes = MONDAY + 2 * HOUR, frozenset({DOCTOR})
    found = moving_blockers(
        [Standing("screening", to, takes, was=MONDAY, took=takes)],
        visits=[a_visit("screening", staff=["physiatrist"], patient=False)],
        held={},
        resources={DOCTOR: bookable(1, "physiatrist", busy=[(to, to + HOUR)]), other.id: other},
        hours=HOURS,
        at=AT - 1000 * HOUR,
    )
    assert codes(found) == reasons


@pytest.mark.parametrize(
    ("apart", "other", "reasons"),
    [(29 * MINUTE, DOCTOR, ["moves_meet"]), (30 * MINUTE, DOCTOR, []), (timedelta(), PATIENT, [])],
)
def test_two_visits_that_move_do_not_take_the_same_person_at_once(
    apart: timedelta, other: UUID, reasons: list[str]
) -> None:
    one, two = a_visit("screening"), a_visit("control")
    moved = [
        (Standing("screening", MONDAY, frozenset({DOCTOR})), one),
        (Standing("control", MONDAY + apart, frozenset({other})), two),
    ]
    assert codes(meeting_blockers(moved)) == reasons


@pytest.mark.parametrize(("ahead", "reasons"), [(MINUTE, []), (timedelta(), ["reminder_too_late"])])
def test_nobody_is_reminded_of_a_visit_that_has_begun(ahead: timedelta, reasons: list[str]) -> None:
    assert codes(phoning_blockers(state="TO_PHONE", starts_at=AT + ahead, at=AT)) == reasons


@pytest.mark.parametrize(("state", "reasons"), [("OPEN", []), ("DECLINED", ["offer_answered"])])
def test_an_offer_is_answered_once(state: str, reasons: list[str]) -> None:
    assert codes(answer_blockers(state=state, expires_at=AT + MINUTE, at=AT)) == reasons


@pytest.mark.parametrize(("state", "reasons"), [("BOOKED", []), ("COMPLETED", ["wish_for_ended_visit"])])
def test_another_time_is_asked_for_a_booked_visit_only(state: str, reasons: list[str]) -> None:
    found = asking_blockers(
        state=state,
        is_for_patient=True,
        starts_at=AT + 72 * HOUR,
        has_open_wish=False,
        words="mornings",
        at=AT,
    )
    assert codes(found) == reasons
