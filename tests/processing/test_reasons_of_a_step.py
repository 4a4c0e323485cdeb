"""Each reason why a step is not done on a container, for exactly what it is about."""

from decimal import Decimal
from typing import Any

import pytest

from stroma.ledger.wording import sentence
from stroma.processing.domain.making import making_blockers
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import ProcessingStep

TEN = Decimal(10)


def step(kind: str, *, count: bool = False) -> ProcessingStep:
    return ProcessingStep.model_validate(
        {"code": "a_step", "kind": kind, "title": "A step", "count": count, "source": "test"}
    )


@pytest.mark.parametrize(
    ("kind", "facts", "reasons"),
    [
        ("concentrate", {"makes": [TEN]}, []),
        ("concentrate", {}, ["step_fills_one"]),
        ("concentrate", {"makes": [TEN, TEN]}, ["step_fills_one"]),
        ("feed", {}, []),
        ("feed", {"makes": [TEN]}, ["step_fills_none"]),
        ("fill", {}, ["step_fills_some"]),
        ("fill", {"makes": [TEN, TEN]}, []),
        ("fill", {"makes": [TEN, TEN, TEN]}, ["container_holds_less"]),
        ("feed", {"is_held": False}, ["container_not_held"]),
        ("feed", {"is_of_lot": False}, ["container_of_another_lot"]),
    ],
)
def test_a_step_stops_for_exactly_what_is_wrong(kind: str, facts: dict[str, Any], reasons: list[str]) -> None:
    values: dict[str, Any] = {"is_of_lot": True, "is_held": True, "held": Decimal(20), "makes": []} | facts
    found = making_blockers(step(kind), has_count=False, **values)
    assert [blocker.code for blocker in found] == reasons


def test_a_step_that_ends_with_a_count_needs_one() -> None:
    def codes(*, has_count: bool) -> list[str]:
        found = making_blockers(
            step("feed", count=True), is_of_lot=True, is_held=True, held=TEN, makes=[], has_count=has_count
        )
        return [blocker.code for blocker in found]

    assert codes(has_count=False) == ["step_count_missing"]
    assert codes(has_count=True) == []


@pytest.mark.parametrize(
    ("code", "values", "words"),
    [
        ("dose_out_of_reach", {"lot": "L", "chance": 0.034}, "with a chance of 3%"),
        ("culture_ahead", {"lot": "L", "chance": 0.00012}, "a chance of 0.01%"),
        (
            "value_drifts",
            {"title": "pH", "value": "7", "lots": 9, "mean": 6.123, "spread": 0.5, "low": 4.0, "high": 8.2},
            "had 6.12 with a standard deviation of 0.50, so that 4.00 to 8.20 is expected",
        ),
        ("collection_time_exceeded", {"hours": 2.5, "limit": 2.0}, "2.5 hours have passed"),
    ],
)
def test_a_number_is_said_with_the_digits_that_its_sentence_names(
    code: str, values: dict[str, object], words: str
) -> None:
    assert words in sentence(Blocker(code, values, "test"))
