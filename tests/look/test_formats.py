"""How times, durations, numbers and identifiers are written."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from stroma.look.formats import (
    Estimate,
    chunks,
    day_text,
    estimate_text,
    forecast_text,
    moment_text,
    span_text,
    unit_text,
)

ATLANTA = ZoneInfo("America/New_York")
AFTERNOON = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("identifier", "pieces"),
    [
        ("A999926000012K", ["A9999", "26", "000012", "K"]),
        ("A9999 26 000012 K", ["A9999", "26", "000012", "K"]),
        ("A999926000012 K0", ["A9999", "26", "000012", "K0"]),
        ("A999926000012", ["A9999", "26", "000012"]),
        ("SPEC-012", ["SPEC-", "012"]),
        ("9f2c41ab", ["9f2c", "41ab"]),
        ("", []),
    ],
)
def test_an_identifier_is_cut_where_people_read_it(identifier: str, pieces: list[str]) -> None:
    assert chunks(identifier) == pieces


@given(st.text(alphabet="ABZ019-_*", max_size=30))
def test_cutting_loses_no_character(identifier: str) -> None:
    assert "".join(chunks(identifier)) == identifier


def test_a_time_is_shown_in_the_sites_zone() -> None:
    assert moment_text(AFTERNOON, ATLANTA) == "Tue 24 Nov, 14:30"
    assert moment_text(AFTERNOON, ATLANTA, with_zone=True) == "Tue 24 Nov, 14:30 EST"
    assert moment_text(AFTERNOON, ATLANTA, with_year=True) == "Tue 24 Nov 2026, 14:30"
    assert day_text(date(2026, 11, 24)) == "Tue 24 Nov"


def test_a_time_after_midnight_elsewhere_keeps_the_sites_day() -> None:
    assert moment_text(datetime(2026, 11, 25, 3, 0, tzinfo=UTC), ATLANTA) == "Tue 24 Nov, 22:00"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=45), "45 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(days=3), "3 days"),
        (timedelta(days=14), "2 weeks"),
        (timedelta(weeks=6), "6 weeks"),
        (timedelta(days=365), "12 months"),
        (timedelta(days=1096), "3 years"),
        (timedelta(days=-3), "3 days"),
    ],
)
def test_a_duration_is_written_in_the_unit_people_think_in(span: timedelta, text: str) -> None:
    assert span_text(span) == text


def test_a_forecast_says_how_sure_it_is() -> None:
    assert forecast_text(timedelta(weeks=3), timedelta(days=4)) == "about 3 weeks, give or take 4 days"


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(72, 61, 81, 64, "%"), "72 % (61–81), n = 64"),
        (Estimate(-1.24, -2.4, 0.1, 125, decimals=1), "−1.2 (−2.4 to 0.1), n = 125"),
        (Estimate(-0.01, -0.04, 0.04, 9, decimals=1), "0.0 (0.0 to 0.0), n = 9"),
        (Estimate(1234.5, 1000, 1500, 3, "mL", 1), "1234.5 mL (1000.0–1500.0), n = 3"),
    ],
)
def test_a_number_comes_with_unit_interval_and_n(estimate: Estimate, text: str) -> None:
    assert estimate_text(estimate).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_value_outside_its_own_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="72 does not lie in its interval 75 to 81"):
        Estimate(72, 75, 81, 64)


def test_spanish_readers_get_spanish() -> None:
    with translation.override("es"):
        assert moment_text(AFTERNOON, ATLANTA) == "mar 24 nov, 14:30"
        assert span_text(timedelta(weeks=3)) == "3 semanas"
        assert forecast_text(timedelta(weeks=3), timedelta(days=4)) == (
            "aproximadamente 3 semanas, con un margen de 4 días"
        )
        assert estimate_text(Estimate(-1.2, -2.4, 0.1, 125, decimals=1)).replace(
            "\N{NO-BREAK SPACE}", " "
        ) == ("−1,2 (de −2,4 a 0,1), n = 125")


@pytest.mark.parametrize(
    ("unit", "read"), [("10^6/mL", "10⁶/mL"), ("10^-3 g", "10⁻³ g"), ("kg/m2", "kg/m2"), ("%", "%")]
)
def test_a_power_in_a_unit_is_raised(unit: str, read: str) -> None:
    assert unit_text(unit) == read
