"""A course's facts become the line that patient and staff see."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from stroma.courses.models import Course
from stroma.custody.domain.states import LotState
from stroma.look.line import Line, Source, State
from stroma.planning.models import Visit
from stroma.protocols.library import shipped_protocol, shipped_protocols
from stroma.web.cell_forecast import Forecast, expected_length, give_or_take, laboratory_visits
from stroma.web.course_facts import CourseFacts, LotFact, VisitFact
from stroma.web.course_line import cell_forecast, course_lines, line_of
from tests import treated_courses

ZONE = ZoneInfo("America/New_York")
OPENED = datetime(2026, 3, 2, 9, tzinfo=ZONE)
DAY = timedelta(days=1)
PROTOCOL = shipped_protocol("disc-marrow-expanded").protocol


def facts(protocol_id: str = "disc-marrow-expanded", **known: object) -> CourseFacts:
    protocol = shipped_protocol(protocol_id).protocol
    begun = CourseFacts("C-26-0001", protocol, ZONE, "OPEN", OPENED, None, OPENED)
    return replace(begun, **known)  # type: ignore[arg-type]


def visit(
    code: str, *, day: int, state: str = "BOOKED", protocol_id: str = "disc-marrow-expanded"
) -> VisitFact:
    planned = next(v for v in shipped_protocol(protocol_id).protocol.visits if v.code == code)
    starts_at = OPENED + day * DAY
    ends_at = starts_at + planned.duration
    return VisitFact(
        code, planned.stage, planned.title, starts_at, ends_at, state, planned.patient, planned.remote
    )


def lot(state: LotState, **known: object) -> LotFact:
    made = LotFact(state, OPENED + 10 * DAY, None, None, None, collect_again=False)
    return replace(made, **known)  # type: ignore[arg-type]


def states(line: Line) -> str:
    """One letter per station: d(one), n(ow), . (next), l(ate), s(topped)."""
    letters = {State.DONE: "d", State.NOW: "n", State.NEXT: ".", State.LATE: "l", State.STOPPED: "s"}
    return "".join(letters[station.state] for station in line.stations)


def under(line: Line, code: str) -> tuple[str | None, str | None]:
    station = next(station for station in line.stations if station.code == code)
    return station.at, station.note


def staff(known: CourseFacts, *, day: float) -> Line:
    return line_of(known, at=OPENED + day * DAY, audience="staff")


CONSENTED = facts(consented_at=OPENED + 3 * DAY)
BOOKED = replace(
    CONSENTED,
    visits=(
        visit("collection", day=10),
        visit("harvest", day=31),
        visit("release", day=32),
        visit("injection", day=33),
    ),
)
TAKEN = replace(
    BOOKED,
    visits=(visit("collection", day=10, state="COMPLETED"), *BOOKED.visits[1:]),
    lot=lot(LotState.IN_PROCESS),
)
MADE = replace(
    TAKEN,
    visits=(*TAKEN.visits[:1], visit("harvest", day=31, state="COMPLETED"), *TAKEN.visits[2:]),
    lot=lot(LotState.QUARANTINE, processed_at=OPENED + 31 * DAY),
)
GIVEN = replace(
    MADE,
    visits=(
        *MADE.visits[:2],
        visit("release", day=32, state="COMPLETED"),
        visit("injection", day=33, state="COMPLETED"),
        visit("visit_2_weeks", day=47),
    ),
    lot=lot(LotState.RELEASED, processed_at=OPENED + 31 * DAY, released_at=OPENED + 32 * DAY),
    given={1: OPENED + 33 * DAY},
)


@pytest.mark.parametrize(
    ("known", "day", "expected"),
    [
        pytest.param(facts(), 1, "n.......", id="consent is asked first"),
        pytest.param(CONSENTED, 4, "dn......", id="consented, nothing booked"),
        pytest.param(BOOKED, 5, "ddn.....", id="booked"),
        pytest.param(BOOKED, 12, "ddl.....", id="the collection's time has passed"),
        pytest.param(TAKEN, 20, "dddn....", id="cells grow"),
        pytest.param(TAKEN, 34, "dddlll..", id="the harvest and all that hangs on it is late"),
        pytest.param(MADE, 31.5, "ddddn...", id="cells wait for release"),
        pytest.param(GIVEN, 40, "ddddddn.", id="given, recovering"),
        pytest.param(
            replace(MADE, lot=lot(LotState.REJECTED), visits=MADE.visits[:2]),
            32,
            "ddddl...",
            id="the lot failed and nothing is decided",
        ),
        pytest.param(
            replace(MADE, lot=lot(LotState.REJECTED, collect_again=True), visits=()),
            32,
            "dn......",
            id="the lot failed and cells are taken once more: it is booked anew",
        ),
        pytest.param(
            replace(TAKEN, state="STOPPED", is_consent_withdrawn=True, ended_at=OPENED + 20 * DAY),
            34,
            "ddds....",
            id="the patient took the consent back while cells grew; nothing is late any more",
        ),
    ],
)
def test_a_course_stands_where_its_facts_say(known: CourseFacts, day: float, expected: str) -> None:
    assert states(staff(known, day=day)) == expected


def test_a_missed_collection_is_late_and_says_that_no_date_is_set() -> None:
    missed = replace(BOOKED, visits=(visit("collection", day=10, state="MISSED"),))
    assert under(staff(missed, day=11), "collect") == ("Thu 12 Mar", "missed; no new date yet")


def test_a_late_step_says_by_how_much() -> None:
    assert under(staff(BOOKED, day=12), "collect") == ("Thu 12 Mar, 09:00", "47 hours over")


def test_a_stop_says_why_in_the_readers_words() -> None:
    stopped = replace(TAKEN, state="STOPPED", is_consent_withdrawn=True, ended_at=OPENED + 20 * DAY)
    at = OPENED + 34 * DAY
    notes = [under(line_of(stopped, at=at, audience=who), "process")[1] for who in ("patient", "staff")]
    assert notes == ["you took your consent back", "consent withdrawn"]


def test_the_patient_is_told_how_sure_the_time_of_the_cells_is() -> None:
    line = line_of(TAKEN, at=OPENED + 10 * DAY, audience="patient")
    assert under(line, "process")[0] == "about 3 weeks, give or take 4 days"


def test_a_step_that_is_done_no_longer_makes_the_time_unsure() -> None:
    laboratory = [visit.code for visit in laboratory_visits(PROTOCOL)]
    done = tuple(visit(code, day=12, state="COMPLETED") for code in laboratory[:-1])
    almost = replace(TAKEN, visits=(*done, visit("harvest", day=31)))
    found = cell_forecast(almost, at=OPENED + 25 * DAY)
    # The harvest may come 4 to 10 days after the last change of medium: 3 days either way.
    assert found == Forecast(OPENED + 31 * DAY + timedelta(hours=5), 3 * DAY)


def test_what_should_be_over_is_expected_now_at_the_earliest() -> None:
    at = OPENED + 50 * DAY
    found = cell_forecast(TAKEN, at=at)
    assert found is not None
    assert found.ready_at == at


def test_steps_move_the_end_by_the_root_of_their_squares() -> None:
    # Seeding 1 to 24 h, three changes of medium 3 to 4 d, a passage 5 to 9 d, the harvest 4 to 10 d after it.
    halves_in_hours = [11.5, 12, 12, 48, 12, 72]
    hours = sum(half**2 for half in halves_in_hours) ** 0.5
    assert give_or_take(laboratory_visits(PROTOCOL)) / timedelta(hours=1) == pytest.approx(hours)
    assert expected_length(PROTOCOL) == timedelta(hours=12.5 + 84 + 84 + 168 + 84 + 168 + 5)


def test_donor_cells_come_from_elsewhere_and_were_taken_before() -> None:
    line = staff(facts("disc-cord-donor", consented_at=OPENED + DAY), day=2)
    assert (states(line), line.strand and line.strand.source) == ("dnd.....", Source.DONOR)


def test_traditional_treatment_has_no_cells_and_counts_its_sessions() -> None:
    sessions = [v for v in shipped_protocol("physical-therapy").protocol.visits if v.stage == "inject"]
    visits = tuple(
        visit(
            v.code,
            day=5 + number,
            state="COMPLETED" if number < 2 else "BOOKED",
            protocol_id="physical-therapy",
        )
        for number, v in enumerate(sessions)
    )
    known = facts(
        "physical-therapy",
        consented_at=OPENED,
        visits=visits,
        care_given=(OPENED + 5 * DAY,),
        given={1: OPENED + 5 * DAY},
    )
    line = staff(known, day=6.5)
    assert (states(line), line.strand) == ("ddn..", None)
    assert under(line, "treatment")[1] == f"2 of {len(sessions)} sessions"


def test_the_result_is_the_pain_before_and_now_and_no_claim() -> None:
    known = replace(
        GIVEN, state="COMPLETED", ended_at=OPENED + 400 * DAY, pain=(Decimal(7), Decimal(5), Decimal(4))
    )
    assert under(staff(known, day=401), "result")[1] == "pain 7 → 4"


@given(
    protocol=st.sampled_from([shipped.protocol.id for shipped in shipped_protocols()]),
    consented=st.booleans(),
    state=st.sampled_from(["OPEN", "STOPPED"]),
    lot_state=st.none() | st.sampled_from(list(LotState)),
    day=st.integers(0, 800),
    visit_states=st.lists(st.sampled_from([s.value for s in Visit.State]), min_size=40, max_size=40),
)
def test_at_most_one_station_is_now_and_a_stopped_course_has_one_stop(
    protocol: str, consented: bool, state: str, lot_state: LotState | None, day: int, visit_states: list[str]
) -> None:
    planned: Iterable[str] = [v.code for v in shipped_protocol(protocol).protocol.visits]
    known = facts(
        protocol,
        consented_at=OPENED if consented else None,
        state=state,
        ended_at=None if state == "OPEN" else OPENED + day * DAY,
        lot=lot(lot_state) if lot_state else None,
        visits=tuple(
            visit(code, day=number * 7, state=visit_state, protocol_id=protocol)
            for number, (code, visit_state) in enumerate(zip(planned, visit_states, strict=False))
        ),
    )
    for audience in ("patient", "staff"):
        drawn = states(line_of(known, at=OPENED + day * DAY, audience=audience))
        assert drawn.count("n") <= 1
        assert drawn.count("s") == (1 if state == "STOPPED" else 0)


@pytest.mark.django_db
def test_more_courses_take_no_more_queries() -> None:
    clinic = treated_courses.a_clinic()
    at = treated_courses.START + 30 * DAY
    counts = []
    for number in range(3):
        treated_courses.a_course(
            clinic, "disc-marrow-concentrate", at=treated_courses.START + 10 * number * DAY
        )
        with CaptureQueriesContext(connection) as queries:
            lines = course_lines(Course.objects.all(), at=at)
        counts.append((len(lines), len(queries)))
    assert counts == [(number, counts[0][1]) for number in (1, 2, 3)]


def test_a_lot_called_back_after_its_release_is_late_and_never_open_as_if_new() -> None:
    released = OPENED + 30 * DAY
    called_back = lot(LotState.QUARANTINE, processed_at=OPENED + 29 * DAY, called_back_from=released)
    line = line_of(facts(lot=called_back), at=OPENED + 45 * DAY, audience="staff")
    station = next(station for station in line.stations if station.code == "release")
    assert (station.state, station.note) == (State.LATE, "called back after release")
    waiting = lot(LotState.QUARANTINE, processed_at=OPENED + 29 * DAY)
    fresh = line_of(facts(lot=waiting), at=OPENED + 45 * DAY, audience="staff")
    assert next(one for one in fresh.stations if one.code == "release").note is None
