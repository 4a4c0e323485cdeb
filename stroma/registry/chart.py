"""Pain over time as a drawing: means, their intervals, and who answered under the axis.

Each treatment has a panel of its own, all with the same scales, so that ten of them can be looked at and none is drawn
as a winner. Only treatments whose patients were alike share one panel; each then has its dash and its letter, and none
is paler than another. An interval is drawn as far as the scale of the answers goes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.translation import gettext as _

from stroma.registry.domain.pain_over_time import PainPoint

DASHES = ("", "10 5", "3 4", "14 4 3 4", "6 6", "2 8", "18 6", "12 3 3 3 3 3")
WORST = 10
_LEFT, _TOP, _BOTTOM = 44.0, 20.0, 210.0
_ROW = 22.0
_CLOSE_WEEKS = 0.9
"""Times nearer than this many months lie too close for a number each."""


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where a time and a pain lie. By the root of the time: the first weeks get room, and five years still fit."""

    right: float
    span: float

    def x(self, month: float) -> float:
        return _LEFT + 12 + (self.right - _LEFT - 24) * math.sqrt(max(month, 0) / self.span)

    def y(self, pain: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * min(max(pain, 0), WORST) / WORST


def span_of(points: Sequence[PainPoint]) -> float:
    """Months until the last time at which somebody was due, at least one: how long the axis is."""
    return max([point.months for point in points if point.n_due], default=12.0) or 1.0


def panel_svg(points: Sequence[PainPoint], *, span: float, title: str) -> str:
    """The panel of one treatment, ``span`` months long."""
    return _drawing([points], _Plane(380.0, span), width=450, title=title)


def joint_svg(points: Sequence[PainPoint], treatments: Sequence[str], *, title: str) -> str:
    """One panel for treatments that may be set side by side, lettered in their order."""
    arms = [[p for p in points if p.treatment == treatment] for treatment in treatments]
    return _drawing(arms, _Plane(620.0, span_of(points)), width=700, title=title)


def _drawing(arms: Sequence[Sequence[PainPoint]], plane: _Plane, *, width: int, title: str) -> str:
    arms = [[point for point in arm if point.months <= plane.span] for arm in arms]
    times = _apart(sorted({point.months for arm in arms for point in arm}))
    grid = "".join(
        f'<path class="chart-grid" d="M{_LEFT:g} {plane.y(level):.1f} H{plane.right:g}"/>'
        f'<text x="{_LEFT - 10:g}" y="{plane.y(level) + 5:.1f}" text-anchor="end">{level}</text>'
        for level in range(0, WORST + 1, 2)
    )
    ticks = "".join(
        f'<text x="{plane.x(month):.1f}" y="{_BOTTOM + 24:g}" text-anchor="middle">{month:.0f}</text>'
        for month in times
    )
    drawn = "".join(
        _arm(number, arm, times, plane, is_alone=len(arms) == 1) for number, arm in enumerate(arms)
    )
    height = _BOTTOM + 40 + _ROW * len(arms)
    return (
        f'<svg class="chart" role="img" aria-label="{escape(title)}" viewBox="0 0 {width} {height:g}">{grid}'
        f'<path class="chart-axis" d="M{_LEFT:g} {_BOTTOM:g} H{plane.right:g}"/>{ticks}'
        f'<text x="{plane.right + 8:g}" y="{_BOTTOM + 24:g}">{escape(_("months"))}</text>{drawn}</svg>'
    )


def _arm(
    number: int, arm: Sequence[PainPoint], times: Sequence[float], plane: _Plane, *, is_alone: bool
) -> str:
    aside = 0.0 if is_alone else 5.0 * (number - 1)
    spots = [(plane.x(p.months) + aside, plane.y(p.mean), p) for p in arm if p.mean is not None]
    way = " L".join(f"{x:.1f} {y:.1f}" for x, y, _point in spots)
    dash = f' stroke-dasharray="{DASHES[number % len(DASHES)]}"' if DASHES[number % len(DASHES)] else ""
    line = f'<path d="M{way}"{dash}/>' if len(spots) > 1 else ""
    bars = "".join(
        f'<path class="chart-interval" d="M{x:.1f} {plane.y(p.high):.1f} V{plane.y(p.low):.1f}"/>'
        for x, _mean, p in spots
        if p.low is not None and p.high is not None
    )
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>' for x, y, _point in spots)
    letter = "" if is_alone else chr(ord("A") + number)
    name = f'<text x="{spots[-1][0] + 12:.1f}" y="{spots[-1][1] + 5:.1f}">{letter}</text>' if spots else ""
    below = _BOTTOM + 24 + _ROW * (number + 1)
    counts = "".join(
        f'<text x="{plane.x(p.months):.1f}" y="{below:g}" text-anchor="middle">{p.n_answered}</text>'
        for p in arm
        if p.months in times
    )
    head = f'<text x="{_LEFT - 10:g}" y="{below:g}" text-anchor="end">{f"{letter} n".strip()}</text>'
    return f'<g class="chart-arm" data-arm="{number}">{bars}{line}{dots}{name}{head}{counts}</g>'


def _apart(months: Sequence[float]) -> list[float]:
    """The times that get a number under the axis: the first, and those not too close to the last one told."""
    told: list[float] = []
    for month in months:
        if not told or month - told[-1] >= _CLOSE_WEEKS:
            told.append(month)
    return told
