"""The picture of a temperature log: the line runs over the time of the journey, the band lies between the limits."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from stroma.custody.domain.transport import Limits
from stroma.custody.log_chart import log_picture
from stroma.custody.models import TemperatureReading

BEGAN = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


def picture(*temperatures: str, minimum: str | None, maximum: str) -> str:
    readings = [
        TemperatureReading(read_at=BEGAN + timedelta(minutes=10 * number), temperature_c=Decimal(one))
        for number, one in enumerate(temperatures)
    ]
    low = None if minimum is None else Decimal(minimum)
    return log_picture(readings, Limits(low, Decimal(maximum), 0, "test"), "America/New_York")


def band(svg: str) -> tuple[float, float]:
    """Where the band begins and ends, from the top."""
    found = re.search(r'chart-band" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', svg)
    assert found is not None
    return float(found[1]), float(found[1]) + float(found[2])


def line(svg: str) -> list[tuple[float, float]]:
    found = re.search(r'data-arm="cells"><path d="M([^"]+)"', svg)
    assert found is not None
    return [(float(x), float(y)) for x, y in (point.split() for point in found[1].split("L"))]


def test_the_line_leaves_the_band_where_the_box_was_too_warm() -> None:
    svg = picture("5.0", "6.0", "11.0", "4.0", minimum="2", maximum="8")
    top, bottom = band(svg)
    assert [top <= y <= bottom for _, y in line(svg)] == [True, True, False, True]
    steps = [x for x, _ in line(svg)]
    assert steps == sorted(steps)
    assert "09:00" in svg
    assert "09:30" in svg


@pytest.mark.parametrize("temperatures", [("-196.0", "-160.0"), ("-151.0", "-150.5")])
def test_without_a_lowest_limit_everything_colder_is_inside(temperatures: tuple[str, str]) -> None:
    svg = picture(*temperatures, minimum=None, maximum="-150")
    top, bottom = band(svg)
    assert all(top <= y <= bottom for _, y in line(svg))
    assert svg.count("chart-target") == 1


def test_a_log_that_never_changes_is_drawn() -> None:
    assert len(line(picture("-150.0", "-150.0", minimum=None, maximum="-150"))) == 2
