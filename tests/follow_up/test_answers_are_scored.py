"""Questionnaires: what they ask, what they come to, and what is wrong with an answer set."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.follow_up.domain.instruments import INSTRUMENTS, NONE_APPLY, ODI, PEG, RMDQ
from stroma.follow_up.domain.scoring import Answer, score
from stroma.protocols.domain.problem import BadInput
from tests.spec_tables import SpecCase, line_of, spec_cases


def answers_of(case: SpecCase) -> dict[str, Answer]:
    instrument, words = INSTRUMENTS[case["instrument"]], case.get("answers")
    if instrument is RMDQ:
        if words == "none apply":
            return {NONE_APPLY: True}
        return {f"rmdq_{number}": True for number in words.split()}
    given_words = zip(instrument.items, words.split(), strict=True)
    return {item.id: None if word == "-" else int(word) for item, word in given_words}


@pytest.mark.parametrize("case", spec_cases("scoring.txt"), ids=line_of)
def test_every_case_of_the_table_is_scored_as_it_says(case: SpecCase) -> None:
    got = score(case["instrument"], answers_of(case))
    expected = case.get("score")
    every = [item.id for item in RMDQ.items]
    missing = every if case.get("missing") == "every statement" else case.listed("missing")
    assert (got.value, list(got.missing), got.prorated) == (
        Decimal(expected) if expected else None,
        missing,
        case.get("scored on fewer") == "yes",
    )


@pytest.mark.parametrize(
    ("code", "answers", "expected"),
    [
        ("PEG", {"peg_1": 11, "peg_2": -1, "peg_9": 3}, ["out_of_range", "out_of_range", "unknown_item"]),
        ("PEG", {"peg_1": True, "peg_2": 2.5, "peg_3": "7"}, ["wrong_type"] * 3),
        ("RMDQ", {"rmdq_1": 1, "rmdq_25": True}, ["wrong_type", "unknown_item"]),
        ("RMDQ", {"rmdq_1": True, NONE_APPLY: True}, ["contradiction"]),
        ("PEG", {NONE_APPLY: True}, ["unknown_item"]),
        ("ODI", {"odi_1": 6}, ["out_of_range"]),
        ("PGIC", {"pgic": 0}, ["out_of_range"]),
        ("SF36", {}, ["unknown_instrument"]),
    ],
)
def test_every_fault_of_an_answer_set_is_named_at_once(
    code: str, answers: dict[str, Answer], expected: list[str]
) -> None:
    with pytest.raises(BadInput) as raised:
        score(code, answers)
    assert [problem.code for problem in raised.value.problems] == expected


def test_a_fault_has_its_place() -> None:
    with pytest.raises(BadInput) as raised:
        score("PEG", {"peg_2": 99})
    assert [problem.place for problem in raised.value.problems] == ["answers.peg_2"]


def test_no_answer_is_repeated_in_the_text_of_a_fault() -> None:
    with pytest.raises(BadInput) as raised:
        score("PEG", {"peg_1": 8675309, "peg_2": 31337, "peg_3": "4242"})  # type: ignore[dict-item]
    assert not [secret for secret in ("8675309", "31337", "4242") if secret in str(raised.value)]


@given(st.lists(st.integers(0, 5), min_size=10, max_size=10), st.sets(st.integers(0, 9), max_size=2))
def test_an_odi_is_a_percent_of_what_was_answered(sections: list[int], blank: set[int]) -> None:
    answers = {f"odi_{n + 1}": None if n in blank else value for n, value in enumerate(sections)}
    kept = [value for n, value in enumerate(sections) if n not in blank]
    value = score("ODI", answers).value
    assert value is not None
    assert float(value) == pytest.approx(100 * sum(kept) / (5 * len(kept)), abs=1e-4)


@given(st.sets(st.integers(1, 24), min_size=1))
def test_the_rmdq_is_the_number_of_ticks(ticked: set[int]) -> None:
    assert score("RMDQ", {f"rmdq_{n}": n in ticked for n in range(1, 25)}).value == len(ticked)


def test_no_question_of_the_licensed_index_is_shipped() -> None:
    assert not ODI.licence.may_ship_text
    assert [item.text for item in ODI.items] == [""] * 10


@pytest.mark.parametrize("code", ["NRS_BACK", "NRS_LEG", "PEG", "RMDQ", "PGIC"])
def test_every_question_that_may_be_shown_is_there_with_its_terms(code: str) -> None:
    instrument = INSTRUMENTS[code]
    assert instrument.licence.may_ship_text
    assert all(item.text for item in instrument.items)
    assert instrument.licence.terms


def test_the_forms_have_their_published_number_of_items() -> None:
    assert (len(RMDQ.items), len(PEG.items), len(ODI.items)) == (24, 3, 10)


def test_the_statements_of_the_rmdq_are_all_different() -> None:
    assert len({item.text for item in RMDQ.items}) == 24
