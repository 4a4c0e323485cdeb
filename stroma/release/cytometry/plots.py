"""The pictures of a reading as SVG: density with its gate, and each stain's histogram over the control's.

Colors are classes; a page gives them from its tokens (``cytometry.css``), the printed report from ``PRINTED``. Every
picture says in words what it shows, and the table of populations holds the same numbers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

from stroma.release.cytometry.channels import Channel
from stroma.release.cytometry.counting import Mask, Stretch, masks_of, whole_file
from stroma.release.cytometry.fcs import DataSet
from stroma.release.cytometry.gates import ROOT, Gate, GateSet
from stroma.release.cytometry.reading import Population, Reading, scale_of
from stroma.release.cytometry.scales import Scale
from stroma.release.cytometry.structure import CELLS, SINGLETS, is_fluorescence, scatter

FloatArray = npt.NDArray[np.float64]

WIDTH, HEIGHT = 320, 240
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 10, 40
LETTER = 5.5
"""About how wide a letter of ``cy-text`` is."""
LEVELS = 5
GRID = 72

PRINTED = """
.cy-frame{fill:none;stroke:#8a8f98;stroke-width:1}.cy-tick{stroke:#8a8f98;stroke-width:1}
.cy-text{font:10px sans-serif;fill:#454b57}.cy-name{font:11px sans-serif;fill:#1d222c}
.cy-d1{fill:#d5e4e6}.cy-d2{fill:#a6c8cd}.cy-d3{fill:#6ea4ad}.cy-d4{fill:#35808c}.cy-d5{fill:#0f5561}
.cy-gate{fill:none;stroke:#1d222c;stroke-width:1.5;stroke-dasharray:5 3}
.cy-sample{fill:#0f5561;fill-opacity:.22;stroke:#0f5561;stroke-width:1.6}
.cy-control{fill:none;stroke:#7a4d00;stroke-width:1.4;stroke-dasharray:3 2}
.cy-key-sample{font:10px sans-serif;fill:#0f5561}.cy-key-control{font:10px sans-serif;fill:#7a4d00}
"""
"""The look on paper; the same light colors as the page's tokens."""


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture: the population it shows the gate of, its heading, and the drawing."""

    population: str
    title: str
    svg: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A channel along one side: where a value lies between 0 and 1, and what is written under it."""

    name: str
    scale: Scale
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def place(self, values: FloatArray) -> FloatArray:
        """Between 0 and 1 within the frame."""
        return (self.scale.forward(values) - self.low) / (self.high - self.low)


def axis_of(channel: Channel, *, name: str = "") -> Axis:
    """Scatter and time on a linear axis, dyes on the channel's logicle scale."""
    top = channel.linear_top
    if not is_fluorescence(channel):
        step = _round_step(top)
        ticks = tuple((step * i, _short(step * i)) for i in range(int(top / step) + 1))
        return Axis(name or channel.label, Scale("linear", t=top), 0.0, 1.0, ticks)
    scale = scale_of(channel)
    low = float(scale.forward(np.array([-top * 10**-2.4]))[0])
    powers = [power for power in range(2, 9) if 10**power <= top * 1.01]
    ticks = ((0.0, "0"), *((10.0**power, f"10{_superscript(power)}") for power in powers if power > 2))
    return Axis(name or channel.label, scale, low, 1.02, ticks)


def _round_step(top: float) -> float:
    raw = top / 4
    power = 10 ** np.floor(np.log10(raw))
    return float(next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= raw * 0.99))


def _short(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}K" if value >= 1e3 else f"{value:g}"


def _superscript(power: int) -> str:
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(power))


Say = Callable[[str], str]
"""Gives a word of a picture, or a population's name, in the reader's language."""


def plots_of(reading: Reading, *, say: Say = str) -> list[Plot]:
    """The pictures of a reading, in the order of its gates."""
    stretch = whole_file(reading.data, reading.gate_set)
    inside = masks_of(stretch) if reading.gate_set.gates else {}
    inside[ROOT] = np.ones(reading.data.events, np.bool_)
    by_name = {population.name: population for population in reading.populations}
    plots: list[Plot] = []
    for gate in reading.gate_set.gates:
        if gate.name in {CELLS, SINGLETS}:
            plot = _scatter_plot(reading.data, stretch, gate, inside[gate.parent], by_name[gate.name], say)
            plots += [plot] if plot else []
    control = _control_values(reading)
    for gate in reading.gate_set.gates:
        channel = reading.data.channel_named(gate.channels[0])
        if gate.kind == "range" and channel is not None and is_fluorescence(channel):
            values = stretch.values(channel.name)[inside[gate.parent]]
            beside = control(channel.name) if control else None
            plots.append(_histogram(channel, gate, values, beside, by_name[gate.name], say))
    return plots


def _control_values(reading: Reading) -> Callable[[str], FloatArray | None] | None:
    """The control's cells in a channel, gated by scatter as the sample's are; None where there is no control."""
    if reading.control is None:
        return None
    control = reading.control
    names = {channel.name for channel in control.channels}
    kept: list[Gate] = []
    for gate in reading.gate_set.gates:
        is_scatter = gate.kind in {"range", "ratio"} and all(
            name in names and name.upper().startswith(("FSC", "SSC")) for name in gate.channels
        )
        if is_scatter:
            kept.append(
                Gate(
                    gate.name,
                    kept[-1].name if kept else ROOT,
                    gate.kind,
                    gate.channels,
                    gate.low,
                    gate.high,
                )
            )
    stretch = whole_file(control, GateSet(tuple(kept), reading.gate_set.compensation))
    inside = masks_of(stretch)[kept[-1].name] if kept else np.ones(control.events, np.bool_)
    return lambda name: stretch.values(name)[inside] if name in names else None


def _scatter_plot(
    data: DataSet, stretch: Stretch, gate: Gate, inside: Mask, population: Population, say: Say
) -> Plot | None:
    second = scatter(data, "SSC area") if gate.name == CELLS else None
    if gate.kind == "ratio":
        second = data.channel_named(gate.channels[1])
    first = data.channel_named(gate.channels[0])
    if second is None and first is not None:
        second = scatter(data, "FSC area")
    if first is None or second is None or first.name == second.name:
        return None
    x, y = axis_of(first), axis_of(second)
    body = [
        *_frame(x, y),
        *_density(x.place(stretch.linear(first.name)[inside]), y.place(stretch.linear(second.name)[inside])),
    ]
    if gate.kind == "ratio":
        body += _ratio_lines(gate, x, y)
    else:
        body += _bounds(gate, x, say)
    title = f"{say(gate.name)}: {_percent(population)}"
    return Plot(gate.name, title, _svg(f"{x.name} × {y.name}. {title}.", body))


def _density(x: FloatArray, y: FloatArray) -> list[str]:
    """Squares by how many events lie in them, in five steps of equal ratio; runs of one step are one shape."""
    grid, _, _ = np.histogram2d(x, y, bins=GRID, range=((0, 1), (0, 1)))
    most = grid.max()
    if most == 0:
        return []
    with np.errstate(divide="ignore"):
        steps = np.ceil(LEVELS * np.log1p(grid) / np.log1p(most)).astype(int)
    wide, high = (WIDTH - LEFT - RIGHT) / GRID, (HEIGHT - TOP - BOTTOM) / GRID
    shapes: dict[int, list[str]] = {level: [] for level in range(1, LEVELS + 1)}
    for row in range(GRID):
        start = 0
        for column in range(1, GRID + 1):
            if column < GRID and steps[column, row] == steps[start, row]:
                continue
            level = int(steps[start, row])
            if level:
                left, top = LEFT + start * wide, HEIGHT - BOTTOM - (row + 1) * high
                run = (column - start) * wide
                shapes[level].append(f"M{left:.1f} {top:.1f}h{run:.1f}v{high:.1f}h{-run:.1f}z")
            start = column
    return [f'<path class="cy-d{level}" d="{"".join(parts)}"/>' for level, parts in shapes.items() if parts]


def _histogram(
    channel: Channel,
    gate: Gate,
    values: FloatArray,
    control: FloatArray | None,
    population: Population,
    say: Say,
) -> Plot:
    axis = axis_of(channel)
    shapes = [("cy-sample", values)] + ([("cy-control", control)] if control is not None else [])
    body = _frame(axis, None)
    for name, one in shapes:
        body.append(f'<path class="{name}" d="{_outline(axis.place(one))}"/>')
    body.append(
        f'<text class="cy-name" transform="translate(20 {(TOP + HEIGHT - BOTTOM) / 2:.1f}) rotate(-90)" '
        f'text-anchor="middle">{escape(say("events, each to its own peak"))}</text>'
    )
    body += _bounds(gate, axis, say)
    body += _key(gate, axis, say, has_control=control is not None)
    title = f"{say(gate.name)}: {_percent(population)}"
    beside = f", {say('sample')} – {say('control')}" if control is not None else ""
    return Plot(gate.name, title, _svg(f"{axis.name}{beside}. {title}.", body))


def _key(gate: Gate, axis: Axis, say: Say, *, has_control: bool) -> list[str]:
    """What the two outlines are, at the side where no words of the gate stand."""
    bounds = [_across(axis, bound) for bound in (gate.low, gate.high) if bound is not None]
    is_left = all(x > LEFT + 0.4 * (WIDTH - LEFT - RIGHT) for x in bounds)
    x, anchor = (LEFT + 6, "start") if is_left else (WIDTH - RIGHT - 6, "end")
    key = [("cy-key-sample", say("sample"))] + ([("cy-key-control", f"– – {say('control')}")] * has_control)
    return [
        f'<text class="{name}" x="{x}" y="{TOP + 14 + 13 * line}" text-anchor="{anchor}">{escape(words)}</text>'
        for line, (name, words) in enumerate(key)
    ]


def _outline(places: FloatArray) -> str:
    """A smoothed histogram, its highest point at the top of the frame."""
    bins = 128
    heights, _ = np.histogram(places, bins=bins, range=(0, 1))
    kernel = np.exp(-0.5 * (np.arange(-4, 5) / 1.4) ** 2)
    smooth = np.convolve(heights, kernel / kernel.sum(), mode="same")
    most = smooth.max() or 1.0
    wide, high = (WIDTH - LEFT - RIGHT) / (bins - 1), HEIGHT - TOP - BOTTOM - 34
    floor = HEIGHT - BOTTOM
    points = " ".join(
        f"{LEFT + i * wide:.1f},{floor - one / most * high:.1f}" for i, one in enumerate(smooth)
    )
    return f"M{LEFT},{floor} L{points} L{WIDTH - RIGHT},{floor}Z"


def _across(axis: Axis, value: float) -> float:
    """Where a value lies from left to right."""
    return LEFT + float(axis.place(np.array([value]))[0]) * (WIDTH - LEFT - RIGHT)


def _bounds(gate: Gate, axis: Axis, say: Say) -> list[str]:
    """The lines of a gate, each with an arrow to the side that is counted; the words stay inside of the frame."""
    lines = []
    counted = escape(say("counted"))
    for bound, words, is_right in ((gate.low, f"{counted} →", True), (gate.high, f"← {counted}", False)):
        if bound is None:
            continue
        x = _across(axis, bound)
        if LEFT <= x <= WIDTH - RIGHT:
            wide = LETTER * len(words) + 5
            has_room = x + wide <= WIDTH - RIGHT if is_right else x - wide >= LEFT
            at, anchor = (x + 5, "start") if is_right == has_room else (x - 5, "end")
            lines.append(f'<path class="cy-gate" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
            lines.append(
                f'<text class="cy-text" x="{at:.1f}" y="{TOP + 14}" text-anchor="{anchor}">{words}</text>'
            )
    return lines


def _ratio_lines(gate: Gate, x: Axis, y: Axis) -> list[str]:
    """The two lines between which area over height lies."""
    lines = []
    for ratio in (gate.low, gate.high):
        if ratio is None or ratio <= 0:
            continue
        height = np.linspace(0, min(y.scale.t, x.scale.t / ratio), 2)
        across, up = x.place(height * ratio), y.place(height)
        ends = [
            f"{LEFT + float(a) * (WIDTH - LEFT - RIGHT):.1f} {HEIGHT - BOTTOM - float(b) * (HEIGHT - TOP - BOTTOM):.1f}"
            for a, b in zip(across, up, strict=True)
        ]
        lines.append(f'<path class="cy-gate" d="M{ends[0]}L{ends[1]}"/>')
    return lines


def _frame(x: Axis, y: Axis | None) -> list[str]:
    floor, width, height = HEIGHT - BOTTOM, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    parts = [f'<rect class="cy-frame" x="{LEFT}" y="{TOP}" width="{width}" height="{height}"/>']
    for value, text in x.ticks:
        place = float(x.place(np.array([value]))[0])
        if 0 <= place <= 1:
            at = LEFT + place * width
            parts.append(f'<path class="cy-tick" d="M{at:.1f} {floor}v4"/>')
            parts.append(
                f'<text class="cy-text" x="{at:.1f}" y="{floor + 15}" text-anchor="middle">{text}</text>'
            )
    parts.append(
        f'<text class="cy-name" x="{LEFT + width / 2:.1f}" y="{HEIGHT - 6}" text-anchor="middle">'
        f"{escape(x.name)}</text>"
    )
    if y is None:
        return parts
    for value, text in y.ticks:
        place = float(y.place(np.array([value]))[0])
        if 0 <= place <= 1:
            at = floor - place * height
            parts.append(f'<path class="cy-tick" d="M{LEFT} {at:.1f}h-4"/>')
            parts.append(
                f'<text class="cy-text" x="{LEFT - 7}" y="{at + 3:.1f}" text-anchor="end">{text}</text>'
            )
    middle = TOP + height / 2
    parts.append(
        f'<text class="cy-name" transform="translate(11 {middle:.1f}) rotate(-90)" text-anchor="middle">'
        f"{escape(y.name)}</text>"
    )
    return parts


def _percent(population: Population) -> str:
    if population.percent is None:
        return "0"
    return f"{population.percent:.2f} % ({population.low:.2f}–{population.high:.2f})"


def _svg(words: str, body: Iterable[str]) -> str:
    return (
        f'<svg class="cy-plot" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(words)}</title>{''.join(body)}</svg>"
    )


def printed(svg: str) -> str:
    """The same drawing with its colors in it, for paper and for a file that stands alone."""
    return svg.replace("<title>", f"<style>{PRINTED}</style><title>", 1)
