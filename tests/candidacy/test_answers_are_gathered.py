"""Who is believed: the record before what was asked, what was asked before what is assumed; nothing silently."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.candidacy.domain.answer import Origin, gather
from stroma.candidacy.domain.findings import Finding


def of_the_record(variable: str, *, value: bool | float, is_current: bool = True) -> Finding:
    return Finding(
        variable, value, "Condition 1", date(2026, 1, 1), is_current=is_current, note="read from the record"
    )


@pytest.mark.parametrize(
    ("found", "asked", "assumed", "origin", "value", "contradicted"),
    [
        ({"smokes": True}, {"smokes": False}, {"smokes": False}, Origin.RECORD, True, ["smokes"]),
        ({"smokes": True}, {"smokes": True}, {}, Origin.RECORD, True, []),
        ({}, {"smokes": False}, {"smokes": True}, Origin.ASKED, False, []),
        ({}, {}, {"smokes": True}, Origin.ASSUMED, True, []),
    ],
    ids=["the record contradicts", "the record agrees", "asked", "assumed"],
)
def test_the_record_stands_before_the_asked_and_the_asked_before_the_assumed(
    found: dict[str, bool],
    asked: dict[str, bool],
    assumed: dict[str, bool],
    origin: Origin,
    value: bool,
    contradicted: list[str],
) -> None:
    findings = {name: of_the_record(name, value=said) for name, said in found.items()}
    answers, against = gather(findings, asked, assumed, basis="told", assumed_basis="example")
    answer = answers["smokes"]
    assert (answer.origin, answer.value, against) == (origin, value, contradicted)
    basis = {Origin.RECORD: "Condition 1", Origin.ASKED: "told", Origin.ASSUMED: "example"}
    assert answer.basis == basis[origin]


def test_a_finding_that_no_longer_holds_is_not_used_and_is_told_beside_what_replaces_it() -> None:
    stale = {"pain_nrs": of_the_record("pain_nrs", value=2, is_current=False)}
    answers, against = gather(stale, {"pain_nrs": 7}, {})
    note = "the record's value (Condition 1) no longer holds"
    assert (answers["pain_nrs"].value, answers["pain_nrs"].origin) == (7, Origin.ASKED)
    assert (answers["pain_nrs"].note, against) == (note, [])
    assumed, _ = gather(stale, {}, {"pain_nrs": 6})
    assert (assumed["pain_nrs"].origin, assumed["pain_nrs"].note) == (Origin.ASSUMED, note)
    assert gather(stale, {}, {}) == ({}, [])


@pytest.mark.parametrize(
    ("takes", "plan", "without"),
    [
        (True, None, True),
        (True, False, True),
        (True, True, False),
        (False, None, False),
        (False, False, False),
        (None, True, None),
        (None, None, None),
    ],
)
def test_an_anticoagulant_without_a_plan_is_worked_out_from_the_two_answers(
    takes: bool | None, plan: bool | None, without: bool | None
) -> None:
    said = {"takes_anticoagulant": takes, "has_anticoagulant_hold_plan": plan}
    answers, _ = gather({}, {name: value for name, value in said.items() if value is not None}, {})
    derived = answers.get("anticoagulant_without_hold_plan")
    assert (derived.value if derived else None) == without
    if derived:
        assert derived.origin is Origin.DERIVED


def test_a_prescription_is_not_talked_away() -> None:
    found = {"takes_anticoagulant": of_the_record("takes_anticoagulant", value=True)}
    answers, against = gather(found, {"takes_anticoagulant": False}, {})
    assert answers["anticoagulant_without_hold_plan"].value is True
    assert against == ["takes_anticoagulant"]


@given(*(st.dictionaries(st.sampled_from("abcd"), st.booleans()) for _ in range(3)))
def test_every_variable_that_anybody_named_is_answered_once(
    found: dict[str, bool], asked: dict[str, bool], assumed: dict[str, bool]
) -> None:
    findings = {name: of_the_record(name, value=said) for name, said in found.items()}
    answers, against = gather(findings, asked, assumed)
    assert list(answers) == sorted({*found, *asked, *assumed})
    assert set(against) == {name for name in found if name in asked and asked[name] != found[name]}
