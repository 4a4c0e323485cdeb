"""What a line is, and what it says in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.look.line import (
    Line,
    Source,
    State,
    Station,
    Strand,
    current,
    late_first,
    summary,
    text_equivalent,
)
from tests.look.written_lines import CODES, a_line

OWN = Strand("collect", "inject")
DONOR = Strand("collect", "inject", Source.DONOR)


def test_own_cells_leave_after_collection_and_come_back_at_injection() -> None:
    line = a_line("dddn....", OWN)
    on_strand = [station.code for i, station in enumerate(line.stations) if line.is_on_strand(i)]
    assert on_strand == ["process", "release"]


def test_a_donor_is_collected_from_on_the_strand_and_not_on_the_patients_line() -> None:
    line = a_line("dnddd...", DONOR)
    on_strand = [station.code for i, station in enumerate(line.stations) if line.is_on_strand(i)]
    assert on_strand == ["collect", "process", "release"]


def test_a_traditional_treatment_has_no_strand() -> None:
    line = a_line("ddn..")
    assert [line.is_on_strand(i) for i in range(5)] == [False] * 5


def test_after_a_stop_nothing_is_reached_whatever_was_planned() -> None:
    items = text_equivalent(a_line("dddds...", OWN, release="viability 64 %"))
    assert [item.text for item in items] == [
        "Right: done",
        "When: done",
        "Collect: done",
        "Process: done",
        "Release: stopped, viability 64 %",
        "Inject: not reached",
        "Recover: not reached",
        "Result: not reached",
    ]


def test_the_summary_says_how_far_what_is_now_and_where_the_cells_go() -> None:
    assert summary(a_line("dddn....", OWN)) == (
        "3 of 8 steps done. Process: now. The cells leave at “Collect” and come back at “Inject”."
    )


def test_the_summary_of_a_donor_course_does_not_say_that_the_patients_cells_left() -> None:
    assert summary(a_line("dnddd...", DONOR)) == (
        "4 of 8 steps done. When: now. The cells come from a donor and arrive at “Inject”."
    )


def test_a_late_step_is_named_in_the_summary() -> None:
    assert summary(a_line("ddl..")) == "2 of 5 steps done. Collect: late."


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ("dddn....", "process"),
        ("dddl....", "process"),
        ("ddlnd...", "collect"),
        ("dddds...", "release"),
        ("dd......", "collect"),
        ("dddddddd", "result"),
    ],
    ids=["now", "late", "late before now", "stopped", "nothing begun", "over"],
)
def test_the_station_to_look_at(states: str, code: str) -> None:
    station = current(a_line(states))
    assert station is not None
    assert station.code == code


def test_a_line_without_stations_has_nothing_to_look_at() -> None:
    assert current(Line("empty", ())) is None


def test_the_board_puts_late_courses_first_then_stopped_ones_and_keeps_the_order() -> None:
    on_time, late, stopped, late_too = map(a_line, ("dn...", "dl...", "ds...", "ddl.."))
    assert late_first([on_time, late, stopped, late_too]) == [late, late_too, stopped, on_time]


def test_a_late_step_behind_a_stop_does_not_make_a_course_late() -> None:
    stopped, on_time = a_line("dsl.."), a_line("dn...")
    late = a_line("dl...")
    assert late_first([stopped, on_time, late]) == [late, stopped, on_time]


@pytest.mark.parametrize(
    ("strand", "words"),
    [
        (Strand("collect", "nowhere"), "the strand runs from 'collect' to 'nowhere'"),
        (Strand("inject", "collect"), "the strand leaves at 'inject', which is not before its return"),
        (Strand("collect", "collect"), "the strand leaves at 'collect', which is not before its return"),
    ],
    ids=["a station that is not there", "backwards", "in place"],
)
def test_a_strand_that_cannot_be_drawn_is_refused(strand: Strand, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        a_line("dddn....", strand)


def test_two_stations_of_one_code_are_refused() -> None:
    twice = (Station("when", "When", State.DONE), Station("when", "When again", State.NEXT))
    with pytest.raises(ValueError, match="share a code: when, when"):
        Line("twice", twice)


@given(st.lists(st.sampled_from(State), max_size=8))
def test_the_words_have_the_same_stations_as_the_line_in_the_same_order(states: list[State]) -> None:
    line = Line("any", tuple(Station(c, c, s) for c, s in zip(CODES, states, strict=False)))
    assert [item.code for item in text_equivalent(line)] == [station.code for station in line.stations]
