"""What candidacy may ask is one catalogue, and every shipped criterion asks within it."""

import pytest

from stroma.protocols.domain.variables import VARIABLES, question_fault
from stroma.protocols.library import shipped_protocols


def test_every_variable_is_asked_as_a_question_and_fits_its_kind() -> None:
    for name, variable in VARIABLES.items():
        assert name == variable.name
        assert variable.question.endswith("?")
        assert bool(variable.words) == (variable.kind == "word")
        assert bool(variable.unit) == (variable.kind == "number")


def test_only_the_missing_hold_plan_is_worked_out_and_not_asked() -> None:
    assert [name for name, variable in VARIABLES.items() if variable.derived] == [
        "anticoagulant_without_hold_plan"
    ]


def test_every_shipped_criterion_states_the_unit_of_its_variable() -> None:
    assert [
        (shipped.protocol.id, criterion.code)
        for shipped in shipped_protocols()
        for criterion in shipped.protocol.criteria
        if criterion.unit != VARIABLES[criterion.variable].unit
    ] == []


@pytest.mark.parametrize(
    ("variable", "test", "limit", "key"),
    [
        ("age_years", ">=", 18.0, None),
        ("age_years", "is_true", None, "test"),
        ("age_years", "in", ["18"], "test"),
        ("pain_nrs", ">=", 40.0, "limit"),
        ("pain_nrs", ">=", -1, "limit"),
        ("smokes", "is_false", None, None),
        ("smokes", "==", "no", "test"),
        ("stenosis_grade", "in", ["none", "mild"], None),
        ("stenosis_grade", "==", "terrible", "limit"),
        ("shoe_size", ">=", 40.0, "variable"),
    ],
)
def test_a_question_outside_the_catalogue_is_told_by_the_key_at_fault(
    variable: str, test: str, limit: object, key: str | None
) -> None:
    fault = question_fault(variable, test, limit)
    assert (fault[0] if fault else None) == key


def test_a_slip_of_the_pen_is_told_the_nearest_name() -> None:
    fault = question_fault("pain_month", ">=", 6.0)
    assert fault == ("variable", "'pain_month' is no variable of candidacy; did you mean pain_months?")
