"""A consultation is cancelled while it is booked and lies ahead."""

from datetime import UTC, datetime, timedelta

import pytest

from stroma.planning.domain.consultation import cancelling_blockers

AT = datetime(2026, 4, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "ahead", "reasons"),
    [
        ("BOOKED", timedelta(minutes=1), []),
        ("BOOKED", timedelta(0), ["consultation_over"]),
        ("CANCELLED", timedelta(minutes=1), ["consultation_not_booked"]),
    ],
)
def test_a_consultation_is_cancelled_only_before_it_begins(
    state: str, ahead: timedelta, reasons: list[str]
) -> None:
    assert [b.code for b in cancelling_blockers(state=state, starts_at=AT + ahead, at=AT)] == reasons
