"""When an answer is no longer due, and what is set aside."""

from datetime import UTC, datetime, timedelta

import pytest

from stroma.follow_up.domain.observation import NON_RESPONSE, Censored, Ending, censored
from stroma.follow_up.domain.schedule import DueTime
from stroma.follow_up.models import Intervention

DUE_AT = datetime(2026, 6, 1, tzinfo=UTC)
DUE = DueTime("month_3", DUE_AT, DUE_AT - timedelta(weeks=2), DUE_AT + timedelta(weeks=2))
LONG_AFTER = DUE_AT + timedelta(days=365)


def days(number: int) -> datetime:
    return DUE_AT + timedelta(days=number)


@pytest.mark.parametrize(
    ("answered", "endings", "at", "expected"),
    [
        (None, {}, 13, "not_yet_due"),
        (None, {}, 14, None),
        (-3, {}, -2, None),
        (None, {"died": -1}, 365, "died"),
        (None, {"died": 1}, 365, None),
        (-3, {"surgery": -1}, 365, None),
        (3, {"surgery": -1}, 365, "surgery"),
        (3, {"surgery": 1}, 365, "surgery"),
        (3, {"surgery": 4}, 365, None),
        (None, {"course_stopped": -1, "injection": -9}, 365, "injection"),
    ],
)
def test_an_answer_counts_until_something_else_happened(
    answered: int | None, endings: dict[str, int], at: int, expected: str | None
) -> None:
    found = censored(
        DUE,
        [Ending(days(day), Censored(reason)) for reason, day in endings.items()],
        answered_at=None if answered is None else days(answered),
        at=days(at),
    )
    assert found == expected


def test_every_kind_of_intervention_but_other_counts_as_non_response() -> None:
    assert {kind.lower() for kind in NON_RESPONSE} == {
        kind.value.lower() for kind in Intervention.Kind if kind is not Intervention.Kind.OTHER
    }
