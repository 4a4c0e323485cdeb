"""Pain over time as a drawing: one line for each treatment, its intervals, and who answered under the axis.

Each arm keeps its dash and its label; none is paler than another, and no arm is drawn as a winner.
"""

import math
from collections.abc import Sequence

from django.utils.html import escape
from django.utils.translation import gettext as _

from stroma.registry.domain.pain_over_time import PainPoint

DASHES = ("", "10 5", "3 4", "14 4 3 4", "6 6", "2 8", "18 6", "12 3 3 3 3 3")
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 620.0, 20.0, 270.0


def pain_svg(points: Sequence[PainPoint], labels: Sequence[str], *, title: str) -> str:
    """The chart. ``labels`` name the arms in order; an arm without any answer has no line."""
    months = [point.months for point in points if point.n_due] or [12.0]
    span = max(*months, 1.0)
    points = [point for point in points if point.months <= span]
    seen = [
        (number, label) for number, label in enumerate(labels) if any(p.treatment == label for p in points)
    ]
    drawn = [_arm(row, number, label, points, span) for row, (number, label) in enumerate(seen)]
    grid = "".join(
        f'<path class="chart-grid" d="M{_LEFT:g} {_y(level):.1f} H{_RIGHT:g}"/>'
        f'<text x="{_LEFT - 10:g}" y="{_y(level) + 5:.1f}" text-anchor="end">{level}</text>'
        for level in (0, 2, 4, 6, 8, 10)
    )
    ticks = "".join(
        f'<text x="{_x(month, span):.1f}" y="{_BOTTOM + 24:g}" text-anchor="middle">{month:.0f}</text>'
        for month in _ticks(months)
    )
    height = 310 + 22 * len(seen)
    return (
        f'<svg class="chart" role="img" aria-label="{escape(title)}" viewBox="0 0 760 {height}">{grid}'
        f'<path class="chart-axis" d="M{_LEFT:g} {_BOTTOM:g} H{_RIGHT:g}"/>{ticks}'
        f'<text x="{_RIGHT + 12:g}" y="{_BOTTOM + 24:g}">{escape(_("months"))}</text>{"".join(drawn)}</svg>'
    )


def _arm(row: int, number: int, label: str, points: Sequence[PainPoint], span: float) -> str:
    key = chr(ord("A") + number)
    mine = [p for p in points if p.treatment == label]
    measured = [(p, p.mean) for p in mine if p.mean is not None]
    spots = [(_x(p.months, span) + 3 * (number - 2), _y(mean), p) for p, mean in measured]
    path = " L".join(f"{x:.1f} {y:.1f}" for x, y, _point in spots)
    bars = "".join(
        f"M{x:.1f} {_y(min(p.high, 10)):.1f} V{_y(max(p.low, 0)):.1f} "
        for x, _mean, p in spots
        if p.low is not None and p.high is not None
    )
    dash = f' stroke-dasharray="{DASHES[number % len(DASHES)]}"' if DASHES[number % len(DASHES)] else ""
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y, _point in spots)
    name = f'<text x="{spots[-1][0] + 12:.1f}" y="{spots[-1][1] + 5:.1f}">{key}</text>' if spots else ""
    below = _BOTTOM + 50 + 22 * row
    counts = "".join(
        f'<text x="{_x(p.months, span):.1f}" y="{below:g}" text-anchor="middle">{p.n_answered}</text>'
        for p in mine
        if p.months >= 0 and _shown(p.months, [q.months for q in mine])
    )
    line = f'<path d="M{path}"{dash}/>' if len(spots) > 1 else ""
    bar = f'<path d="{bars.strip()}"/>' if bars else ""
    return (
        f'<g class="chart-arm" data-arm="{number}">{line}{bar}{dots}{name}'
        f'<text x="{_LEFT - 34:g}" y="{below:g}">{key} n</text>{counts}</g>'
    )


def _ticks(months: Sequence[float]) -> list[float]:
    known = sorted({round(month) for month in months if month >= 0})
    return [float(month) for month in known if _shown(month, known)]


def _shown(month: float, among: Sequence[float]) -> bool:
    """Times of the first weeks lie too close for a number each: only the first and those a month apart."""
    return month <= 0 or month >= 0.9 or month == max(among)


def _x(month: float, span: float) -> float:
    # By the root of the time: the first weeks, where most is asked, get room, and five years still fit.
    return _LEFT + 12 + (_RIGHT - _LEFT - 24) * math.sqrt(max(month, 0) / span)


def _y(pain: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * pain / 10
