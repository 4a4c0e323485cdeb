"""Durations are read as they are written and written as they are read."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.protocols.domain.duration import duration_text, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("15 min", timedelta(minutes=15)),
        ("4h", timedelta(hours=4)),
        ("1.5 h", timedelta(minutes=90)),
        ("3 d", timedelta(days=3)),
        ("6 wk", timedelta(days=42)),
        ("12 mo", timedelta(days=365.25)),  # twelve mean Gregorian months are a Julian year
        ("0 d", timedelta(0)),
    ],
)
def test_a_duration_means_what_it_says(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "d",
        "3 days",
        "-3 d",
        "3 D",
        "1e3 d",
        "1_0 d",
        "٣ d",
        "9" * 400 + " mo",
        "1201 mo",
        3,
        None,
        True,
    ],
)
def test_what_names_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"is no duration|longer than 100 years"):
        parse_duration(text)


@given(st.integers(0, 1200), st.sampled_from(["min", "h", "d", "wk", "mo"]))
def test_writing_and_reading_a_whole_number_of_a_unit_keeps_it(number: int, unit: str) -> None:
    duration = parse_duration(f"{number} {unit}")
    assert parse_duration(duration_text(duration)) == duration


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=36525)))
def test_writing_and_reading_any_duration_keeps_it(duration: timedelta) -> None:
    assert parse_duration(duration_text(duration)) == duration
