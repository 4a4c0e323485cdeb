"""A panel as SVG, made on the server: direct labels, the interval always drawn, how many answered under the axis.

Colors come from the page's style sheet (``chart`` classes of ``stroma.look``); nothing is styled inline. Visits are
drawn at equal distances, since the first weeks would otherwise lie on top of each other.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from stroma.evidence.domain.shown import Arm, Panel, Point

WIDTH, HEIGHT = 480, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 150, 14, 82
_LABEL_GAP = 17

ARM_COLORS: Mapping[str, str] = {
    "bmac": "cells",
    "msc_expanded": "cells",
    "sham": "sham",
    "surgery": "surgery",
    "physical_therapy": "usual",
    "medication": "usual",
    "epidural_steroid": "usual",
    "other": "other",
}
_DASHES: Mapping[str, str] = {"sham": "7 5", "usual": "2 5", "other": "10 4 2 4", "surgery": "14 5"}


def panel_svg(panel: Panel, *, labels: Sequence[str], months: str) -> str:
    """The picture of ``panel``; ``labels`` name its arms, ``months`` the axis; below it stands how many answered."""
    times = panel.times
    step = (WIDTH - _LEFT - _RIGHT) / max(len(times) - 1, 1)
    x_of = {time: _LEFT + 14 + (step - 28 / max(len(times) - 1, 1)) * i for i, time in enumerate(times)}
    parts = [_grid(), _time_axis(panel, x_of, months, labels)]
    ends = _label_heights([_y(arm.points[-1].value) for arm in panel.arms])
    for number, (arm, label, label_y) in enumerate(zip(panel.arms, labels, ends, strict=True)):
        parts.append(_arm(arm, label, label_y, x_of, shift=(number - (len(panel.arms) - 1) / 2) * 7))
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )


def _y(value: float) -> float:
    return round(_TOP + (100 - max(0.0, min(100.0, value))) / 100 * (HEIGHT - _TOP - _BOTTOM), 1)


def _grid() -> str:
    lines = []
    for value in (0, 25, 50, 75, 100):
        kind = "chart-axis" if value == 0 else "chart-grid"
        lines.append(
            f'<path class="{kind}" d="M{_LEFT} {_y(value)}H{WIDTH - _RIGHT}"/>'
            f'<text x="{_LEFT - 6}" y="{_y(value) + 5}" text-anchor="end">{value}</text>'
        )
    return "".join(lines)


def _time_axis(panel: Panel, x_of: Mapping[float, float], months: str, labels: Sequence[str]) -> str:
    base = HEIGHT - _BOTTOM
    texts = [
        f'<text x="{x:.1f}" y="{base + 20}" text-anchor="middle">{time:g}</text>' for time, x in x_of.items()
    ]
    texts.append(f'<text x="{WIDTH - _RIGHT + 10}" y="{base + 20}">{escape(months)}</text>')
    for row, arm in enumerate(panel.arms[:2]):
        known = {point.months: point.n for point in arm.points}
        texts += [
            f'<text x="{x:.1f}" y="{base + 42 + 20 * row}" text-anchor="middle">{known[time] or "?"}</text>'
            for time, x in x_of.items()
            if time in known
        ]
        texts.append(
            f'<text x="{WIDTH - _RIGHT + 10}" y="{base + 42 + 20 * row}">n, {escape(labels[row])}</text>'
        )
    return "".join(texts)


def _label_heights(wanted: Sequence[float]) -> list[float]:
    """The labels' heights, pushed apart where the lines end close to each other."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = list(wanted)
    for above, below in pairwise(order):
        placed[below] = max(placed[below], placed[above] + _LABEL_GAP)
    return placed


def _arm(arm: Arm, label: str, label_y: float, x_of: Mapping[float, float], *, shift: float) -> str:
    color = ARM_COLORS[arm.arm_class]
    dash = f' stroke-dasharray="{_DASHES[color]}"' if color in _DASHES else ""
    line = " ".join(
        f"{'L' if i else 'M'}{x_of[point.months] + shift:.1f} {_y(point.value)}"
        for i, point in enumerate(arm.points)
    )
    marks = "".join(_mark(point, x_of[point.months] + shift) for point in arm.points)
    text = f'<text x="{WIDTH - _RIGHT + 10}" y="{label_y + 5:.1f}">{escape(label)}</text>'
    return f'<g class="chart-arm" data-arm={quoteattr(color)}><path d="{line}"{dash}/>{marks}{text}</g>'


def _mark(point: Point, x: float) -> str:
    whisker = ""
    if point.low is not None and point.high is not None:
        low, high = _y(point.low), _y(point.high)
        whisker = f'<path d="M{x:.1f} {low}V{high}M{x - 4:.1f} {low}h8M{x - 4:.1f} {high}h8"/>'
    return f'{whisker}<circle cx="{x:.1f}" cy="{_y(point.value)}" r="4.5"/>'
