"""Response to treatment, by each named definition."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.follow_up.domain.responder import DEFINITIONS, PAIN30, PAIN50, Outcome, mpc_composite
from tests.spec_tables import SpecCase, line_of, spec_cases

WORDS = {True: "yes", False: "no", None: ""}


def decimal_of(case: SpecCase, column: str) -> Decimal | None:
    return Decimal(case[column]) if case.get(column) else None


@pytest.mark.parametrize("case", spec_cases("responders.txt"), ids=line_of)
def test_every_case_of_the_table_responds_as_it_says(case: SpecCase) -> None:
    outcome = Outcome(
        baseline_pain=decimal_of(case, "pain before"),
        pain=decimal_of(case, "pain after"),
        baseline_odi=decimal_of(case, "ODI before"),
        odi=decimal_of(case, "ODI after"),
        further_intervention=case.get("further") == "yes",
    )
    answers = {code: WORDS[definition.responded(outcome)] for code, definition in DEFINITIONS.items()}
    assert answers == {code: case.get(code) for code in DEFINITIONS}


def test_every_definition_names_its_source() -> None:
    assert all(definition.source for definition in DEFINITIONS.values())


GOOD = Outcome(Decimal(8), Decimal(4), Decimal(45), Decimal(30))


@pytest.mark.parametrize(
    ("at_12", "at_24", "expected"),
    [
        (GOOD, GOOD, True),
        (GOOD, replace(GOOD, pain=Decimal(5)), False),
        (replace(GOOD, odi=Decimal(31)), GOOD, False),
        (GOOD, replace(GOOD, further_intervention=True), False),
        (GOOD, replace(GOOD, pain=None), None),
        (replace(GOOD, pain=None), replace(GOOD, odi=Decimal(40)), False),
        (GOOD, replace(GOOD, pain=None, further_intervention=True), False),
    ],
)
def test_the_two_year_composite_asks_for_both_times(
    at_12: Outcome, at_24: Outcome, expected: bool | None
) -> None:
    assert mpc_composite(at_12, at_24) is expected


@given(st.integers(1, 10), st.integers(0, 10))
def test_who_halves_the_pain_has_also_lost_thirty_percent(before: int, after: int) -> None:
    outcome = Outcome(Decimal(before), Decimal(after))
    assert not (PAIN50.responded(outcome) and not PAIN30.responded(outcome))
    assert PAIN50.responded(outcome) is (2 * after <= before)
