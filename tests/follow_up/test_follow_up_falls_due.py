"""When questionnaires are due, and what an answer outside its window is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.follow_up.domain.schedule import Window, due_for, due_times, overdue, window_of
from stroma.protocols.domain.schema import FollowUp

TREATED_AT = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
FOLLOW_UP = FollowUp.model_validate(
    {
        "source": "test follow-up",
        "instruments": ["NRS_BACK"],
        "times": [
            {"code": "m3", "after": "3 mo", "early": "3 d", "late": "2 wk"},
            {"code": "w2", "after": "2 wk", "early": "3 d", "late": "1 wk"},
            {"code": "m12", "after": "12 mo", "early": "3 d", "late": "4 wk"},
        ],
    }
)
TIMES = due_times(FOLLOW_UP, TREATED_AT)
TWO_WEEKS = TIMES[0]


def test_times_count_from_the_treatment_and_stand_in_order() -> None:
    assert [(time.code, time.due_at - TREATED_AT) for time in TIMES] == [
        ("w2", timedelta(days=14)),
        ("m3", timedelta(days=91.3125)),
        ("m12", timedelta(days=365.25)),
    ]


def test_a_window_opens_early_and_closes_late_by_what_the_protocol_says() -> None:
    assert (TWO_WEEKS.opens_at, TWO_WEEKS.closes_at) == (
        datetime(2026, 1, 21, 9, 30, tzinfo=UTC),
        datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("answered_at", "expected"),
    [
        (TWO_WEEKS.opens_at - timedelta(seconds=1), Window.EARLY),
        (TWO_WEEKS.opens_at, Window.IN_WINDOW),
        (TWO_WEEKS.due_at, Window.IN_WINDOW),
        (TWO_WEEKS.closes_at - timedelta(seconds=1), Window.IN_WINDOW),
        (TWO_WEEKS.closes_at, Window.LATE),
    ],
)
def test_an_answer_is_flagged_by_its_window(answered_at: datetime, expected: Window) -> None:
    assert window_of(answered_at, TWO_WEEKS) is expected


def test_nothing_is_asked_after_the_follow_up_has_ended() -> None:
    left_at = TREATED_AT + timedelta(days=100)
    assert [time.code for time in due_times(FOLLOW_UP, TREATED_AT, followed_until=left_at)] == ["w2", "m3"]


@pytest.mark.parametrize(("days", "code"), [(12, "w2"), (40, "w2"), (80, "m3"), (1000, "m12"), (0, "w2")])
def test_an_answer_counts_for_the_nearest_time(days: int, code: str) -> None:
    due = due_for(TREATED_AT + timedelta(days=days), TIMES)
    assert due is not None
    assert due.code == code


@given(st.integers(-100, 1000))
def test_an_answer_in_some_window_counts_for_a_time_whose_window_holds_it(days: int) -> None:
    answered_at = TREATED_AT + timedelta(days=days)
    due = due_for(answered_at, TIMES)
    assert due is not None
    held = [time for time in TIMES if window_of(answered_at, time) is Window.IN_WINDOW]
    assert not held or due in held


def test_what_was_not_answered_in_time_is_overdue() -> None:
    at = TIMES[1].closes_at
    assert [time.code for time in overdue(TIMES, frozenset({"w2"}), at=at)] == ["m3"]


def test_a_treatment_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        due_times(FOLLOW_UP, TREATED_AT.replace(tzinfo=None))
