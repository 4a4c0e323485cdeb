"""The culture as a drawing: what was counted, what may come, the dose as a line, and the planned harvest."""

import math
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext as _

from stroma.look.formats import number_text
from stroma.look.parts import Figure
from stroma.processing.domain.growth.curve import FloatArray
from stroma.processing.domain.growth.fit import Count
from stroma.processing.domain.growth.forecast import Forecast
from stroma.processing.domain.intervals import Z_95
from stroma.processing.growth import Culture

_LEFT, _RIGHT, _TOP, _BOTTOM = 70.0, 600.0, 24.0, 270.0
_POINTS = 41


def growth_figure(culture: Culture, found: Forecast, zone: str) -> Figure:
    """Counts with their error, the band that nine in ten cultures would stay in, the dose, and a table of the same."""
    until = _until(culture, found)
    days = np.linspace(0.0, until, _POINTS)
    band = found.band(days.tolist())
    ahead = [round(until * share) for share in (0.25, 0.5, 0.75, 1.0)]
    rows = [
        (count.day, _("counted") if count.seen_again is None else _("mean of two samples"), count)
        for count in culture.all_counts
    ]
    rows += [(one.day, _("one of two samples"), one) for one in culture.samples]
    table = [
        (day, f"{_date(culture, day, zone)}, {word}", _cells(one.log2_cells), _range(*_interval(one)))
        for day, word, one in rows
    ]
    for day, (low, middle, high) in zip(ahead, found.band(ahead).T, strict=True):
        table.append((day, _date(culture, day, zone), _cells(middle), _range(low, high)))
    return Figure(
        key="growth",
        answer=_answer(culture, found, zone),
        question=_("Viable cells in millions (M) as counted, and where nine in ten such cultures would be."),
        svg=_svg(culture, days, band, until, zone),
        headers=(_("Day"), _("Viable cells"), _("Interval")),
        rows=tuple(tuple(cells) for _day, *cells in sorted(table)),
        note=_("A count has its 95 % interval, a forecast that of nine in ten cultures. ")
        + _("Cells taken at a passage or as a sample are counted in, as though they had grown on."),
    )


def _answer(culture: Culture, found: Forecast, zone: str) -> str:
    likely, late = found.day(0.5), found.day(0.95)
    if culture.moment(likely) is None:
        return _("More likely than not, this culture never holds the dose")
    if likely <= 0 or (culture.all_counts[-1].log2_cells >= culture.dose_log2):
        return _("The culture holds the dose")
    if culture.moment(late) is None:
        return _("The dose is expected about %(day)s, and may never be there") % {
            "day": _date(culture, likely, zone)
        }
    return _("The dose is expected about %(day)s, between %(early)s and %(late)s") % {
        "day": _date(culture, likely, zone),
        "early": _date(culture, max(found.day(0.05), 0.0), zone),
        "late": _date(culture, late, zone),
    }


def _until(culture: Culture, found: Forecast) -> float:
    ends = [5.0, *(count.day for count in culture.all_counts)]
    ends += [day for day in (found.day(0.75), found.day(0.95)) if math.isfinite(day) and day < 60]
    if culture.wanted_by is not None:
        ends.append(culture.day(culture.wanted_by))
    return max(ends) * 1.08


def _svg(culture: Culture, days: FloatArray, band: FloatArray, until: float, zone: str) -> str:
    seen = [count.log2_cells for count in (*culture.all_counts, *culture.samples)]
    bottom = math.floor(min(culture.first.log2_cells, float(band[0, 0])) - 0.5)
    top = math.ceil(max(culture.dose_log2 + 1, *seen, float(band[1, -1])) + 0.5)

    def x(day: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * day / until

    def y(value: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * (min(max(value, bottom), top) - bottom) / (top - bottom)

    grid = "".join(
        f'<path class="chart-grid" d="M{_LEFT:g} {y(level):.1f} H{_RIGHT:g}"/>'
        f'<text x="{_LEFT - 10:g}" y="{y(level) + 5:.1f}" text-anchor="end">{_cells(level)}</text>'
        for level in _levels(bottom, top)
    )
    step = max(1, round(until / 6))
    ticks = "".join(
        f'<text x="{x(day):.1f}" y="{_BOTTOM + 24:g}" text-anchor="middle">{_date(culture, day, zone)}</text>'
        for day in range(0, int(until) + 1, step)
    )
    upper = " L".join(f"{x(day):.1f} {y(v):.1f}" for day, v in zip(days, band[2], strict=True))
    lower = " L".join(f"{x(day):.1f} {y(v):.1f}" for day, v in zip(days[::-1], band[0, ::-1], strict=True))
    middle = " L".join(f"{x(day):.1f} {y(v):.1f}" for day, v in zip(days, band[1], strict=True))
    bars = "".join(
        "M{:.1f} {:.1f} V{:.1f} ".format(x(c.day), *map(y, _interval(c))) for c in culture.all_counts
    )
    dots = "".join(
        f'<circle cx="{x(c.day):.1f}" cy="{y(c.log2_cells):.1f}" r="5"/>' for c in culture.all_counts
    )
    dots += "".join(
        f'<circle class="chart-sample" cx="{x(c.day):.1f}" cy="{y(c.log2_cells):.1f}" r="5"/>'
        for c in culture.samples
    )
    dose = y(culture.dose_log2)
    planned = ""
    if culture.wanted_by is not None:
        at = x(culture.day(culture.wanted_by))
        planned = (
            f'<path class="chart-axis" stroke-dasharray="3 4" d="M{at:.1f} {_TOP:g} V{_BOTTOM:g}"/>'
            f'<text x="{at:.1f}" y="{_TOP - 8:g}" text-anchor="middle">{escape(_("planned harvest"))}</text>'
        )
    return (
        f'<svg class="chart growth-chart" role="img" aria-label="{escape(_("Growth of the culture"))}" '
        f'viewBox="0 0 700 310">{grid}'
        f'<path class="chart-axis" d="M{_LEFT:g} {_BOTTOM:g} H{_RIGHT:g}"/>{ticks}'
        f'<path class="chart-band" d="M{upper} L{lower} Z"/>{planned}'
        f'<path class="chart-target" d="M{_LEFT:g} {dose:.1f} H{_RIGHT:g}"/>'
        f'<text x="{_RIGHT + 10:g}" y="{dose + 5:.1f}">{escape(_("dose"))}</text>'
        f'<text x="{_RIGHT + 10:g}" y="{dose + 23:.1f}">{_cells(culture.dose_log2)}</text>'
        f'<g class="chart-arm" data-arm="cells"><path stroke-dasharray="8 5" d="M{middle}"/><path d="{bars.strip()}"/>'
        f"{dots}</g></svg>"
    )


def _interval(count: Count) -> tuple[float, float]:
    """The 95 % interval of a count."""
    reach = Z_95 * count.counting_error
    return count.log2_cells - reach, count.log2_cells + reach


def _levels(bottom: int, top: int) -> list[float]:
    """Levels of a round number of cells: 1, 2 and 5 times a power of ten, as many as there is room for."""
    chosen = [
        math.log2(digit * 10.0**power)
        for power in range(2, 12)
        for digit in (1, 2, 5)
        if bottom <= math.log2(digit * 10.0**power) <= top
    ]
    return chosen[:: max(1, math.ceil(len(chosen) / 7))]


def _cells(log2: float) -> str:
    """``2.4 M``: millions, two digits."""
    millions = 2.0**log2 / 1e6
    digits = 0 if millions >= 9.95 else 1 if millions >= 0.995 else 2
    return f"{number_text(millions, digits)}\N{NO-BREAK SPACE}M"


def _range(low: float, high: float) -> str:
    return f"{_cells(low)}–{_cells(high)}"


def _date(culture: Culture, day: float, zone: str) -> str:
    """``24 Nov``, at the site."""
    return date_format(
        (culture.seeded_at + timedelta(days=day)).astimezone(ZoneInfo(zone)), "j\N{NO-BREAK SPACE}M"
    )
