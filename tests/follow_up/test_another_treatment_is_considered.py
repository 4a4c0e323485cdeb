"""Another treatment by the protocol's rule: none, a series, or a rule on time, pain and improvement."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from stroma.follow_up.domain.another_treatment import TreatmentFacts, another_treatment_blockers
from stroma.protocols.domain.blocker import Weight
from stroma.protocols.domain.schema import AnotherTreatment

FIRST = datetime(2026, 1, 10, tzinfo=UTC)
NONE = AnotherTreatment(kind="none", source="test")
SERIES = AnotherTreatment(kind="series", treatments=3, interval=timedelta(weeks=4), source="test")
RULE = AnotherTreatment(
    kind="rule",
    interval=timedelta(days=180),
    pain_nrs_min=4.0,
    improvement_fraction_min=0.3,
    source="test",
)


def codes(rule: AnotherTreatment, facts: TreatmentFacts, at: datetime) -> list[str]:
    return [blocker.code for blocker in another_treatment_blockers(rule, facts, at=at)]


@pytest.mark.parametrize("rule", [NONE, SERIES, RULE])
def test_the_first_treatment_is_not_asked_here(rule: AnotherTreatment) -> None:
    assert codes(rule, TreatmentFacts(), FIRST) == []


def test_a_protocol_without_a_further_treatment_gives_none() -> None:
    at = FIRST + timedelta(days=3650)
    assert codes(NONE, TreatmentFacts([FIRST]), at) == ["another_treatment_not_planned"]


@pytest.mark.parametrize(
    ("given", "days_after_last", "expected"),
    [
        (1, 28, []),
        (1, 27, ["treatment_interval_not_kept"]),
        (2, 28, []),
        (3, 28, ["series_complete"]),
        (3, 1, ["series_complete", "treatment_interval_not_kept"]),
    ],
)
def test_a_series_keeps_its_number_and_its_interval(
    given: int, days_after_last: int, expected: list[str]
) -> None:
    treated_at = [FIRST + n * timedelta(weeks=4) for n in range(given)]
    at = treated_at[-1] + timedelta(days=days_after_last)
    assert codes(SERIES, TreatmentFacts(list(reversed(treated_at))), at) == expected


@pytest.mark.parametrize(
    ("days", "baseline", "lowest", "now", "expected"),
    [
        (180, 8, 4, 6, []),
        (179, 8, 4, 6, ["treatment_interval_not_kept"]),
        (180, 8, 4, 4, []),
        (180, 8, 3, 3, ["pain_below_limit"]),
        (180, 10, 7, 8, []),
        (180, 8, 6, 7, ["improvement_below_limit"]),
        (180, 8, 9, 9, ["improvement_below_limit"]),
        (180, 8, None, 6, ["improvement_not_known"]),
        (180, 8, 4, None, ["pain_not_answered"]),
        (1, None, None, None, ["treatment_interval_not_kept", "pain_not_answered", "improvement_not_known"]),
    ],
)
def test_a_rule_asks_for_time_pain_and_an_earlier_improvement(
    days: int, baseline: int | None, lowest: int | None, now: int | None, expected: list[str]
) -> None:
    pains = [None if pain is None else Decimal(pain) for pain in (baseline, lowest, now)]
    facts = TreatmentFacts([FIRST], *pains)
    assert codes(RULE, facts, FIRST + timedelta(days=days)) == expected


def test_a_physician_may_override_the_pain_but_not_the_time() -> None:
    facts = TreatmentFacts([FIRST], Decimal(8), Decimal(4), Decimal(2))
    blockers = another_treatment_blockers(RULE, facts, at=FIRST + timedelta(days=1))
    assert [(blocker.code, blocker.weight) for blocker in blockers] == [
        ("treatment_interval_not_kept", Weight.HARD),
        ("pain_below_limit", Weight.OVERRIDABLE),
    ]
