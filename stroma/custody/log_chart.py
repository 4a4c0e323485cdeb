"""What a logger said over a journey, as a picture: the temperature over time, and the band in which it should stay."""

from collections.abc import Sequence
from datetime import datetime
from math import ceil, floor
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from stroma.custody.domain.transport import Limits
from stroma.custody.models import TemperatureReading
from stroma.look.formats import number_text

_WIDTH, _HEIGHT = 440.0, 220.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 428.0, 12.0, 180.0
_TICKS = 5


def log_picture(readings: Sequence[TemperatureReading], limits: Limits, zone: str) -> SafeString:
    """The readings of one log, in order, as a line over the band of the limits. Two or more readings are needed."""
    where = ZoneInfo(zone)
    times = [one.read_at for one in readings]
    values = [float(one.temperature_c) for one in readings]
    high = float(limits.maximum_c)
    low = None if limits.minimum_c is None else float(limits.minimum_c)
    step = _step(max([*values, high]) - min([*values, high if low is None else low]))
    top = (floor(max([*values, high]) / step) + 1) * step
    bottom = (ceil(min([*values, high if low is None else low]) / step) - 1) * step

    def x(at: datetime) -> float:
        return _LEFT + (_RIGHT - _LEFT) * ((at - times[0]) / (times[-1] - times[0]))

    def y(temperature: float) -> float:
        return round(_TOP + (_BOTTOM - _TOP) * (top - temperature) / (top - bottom), 1)

    band_end = _BOTTOM if low is None else y(low)
    lines = [high] if low is None else [high, low]
    ticks = [bottom + step * number for number in range(round((top - bottom) / step) + 1)]
    title = _("Temperature on the way, in °C, and the limits")
    return format_html(
        '<svg viewBox="0 0 {} {}" class="chart" role="img" aria-label="{}">'
        '<rect class="chart-band" x="{}" y="{}" width="{}" height="{}"/>{}{}'
        '<g class="chart-arm" data-arm="cells"><path d="M{}"/></g>'
        '<text x="{}" y="200">{}</text><text x="{}" y="200" text-anchor="end">{}</text></svg>',
        _WIDTH,
        _HEIGHT,
        title,
        _LEFT,
        y(high),
        _RIGHT - _LEFT,
        round(band_end - y(high), 1),
        format_html_join(
            "",
            '<path class="chart-grid" d="M{} {}H{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
            (
                (_LEFT, y(one), _RIGHT, _LEFT - 6, y(one) + 4.5, number_text(one, 0 if step >= 1 else 1))
                for one in ticks
            ),
        ),
        format_html_join(
            "",
            '<path class="chart-target" stroke-dasharray="5 3" d="M{} {}H{}"/>',
            ((_LEFT, y(one), _RIGHT) for one in lines),
        ),
        "L".join(f"{x(at):.1f} {y(value)}" for at, value in zip(times, values, strict=True)),
        _LEFT,
        f"{times[0].astimezone(where):%H:%M}",
        _RIGHT,
        f"{times[-1].astimezone(where):%H:%M}",
    )


def _step(span: float) -> float:
    """A round distance between two lines of the scale, so that about five of them cover ``span`` degrees."""
    wanted = span / _TICKS
    return next((step for step in (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0) if step >= wanted), 100.0)
