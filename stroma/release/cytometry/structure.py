"""Which events are cells, one at a time, measured steadily: gates that need no stain, found by rules.

Each rule looks at a distribution and gives a gate with its numbers, or a sentence that says why it gives none. A rule
is fixed and takes nothing at random; what it found is kept in the gate set and can be moved by a reviewer.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stroma.release.cytometry.channels import Channel
from stroma.release.cytometry.counting import Mask, Stretch, masks_of, whole_file
from stroma.release.cytometry.fcs import DataSet
from stroma.release.cytometry.gates import ROOT, Gate, GateSet

FloatArray = npt.NDArray[np.float64]

LEAST_EVENTS = 500
"""RULE: no distribution is read from fewer events."""

STEADY, FSC_ON, SSC_ON, CELLS, SINGLETS, LIVE = (
    "steady",
    "FSC on scale",
    "SSC on scale",
    "cells",
    "singlets",
    "live",
)

_FSC_AREA = ("FSC-A", "FSC A", "FSC_A", "FSC LINA", "FSC", "FSC-H", "FSC H", "FSC_H")
_FSC_HEIGHT = ("FSC-H", "FSC H", "FSC_H", "FSC LINH")
_FSC_WIDTH = ("FSC-W", "FSC W", "FSC_W")
_SSC_AREA = ("SSC-A", "SSC A", "SSC_A", "SSC LINA", "SSC", "SSC-H", "SSC H", "SSC_H")


@dataclass(slots=True)
class Structure:
    """The gates found so far, and what was not found and why."""

    gates: list[Gate] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def last(self) -> str:
        """The population that the next gate stands on."""
        return self.gates[-1].name if self.gates else ROOT


def scatter(data: DataSet, wanted: str) -> Channel | None:
    """The channel of ``FSC area``, ``FSC height``, ``FSC width`` or ``SSC area``, by the names instruments use."""
    names = {
        "FSC area": _FSC_AREA,
        "FSC height": _FSC_HEIGHT,
        "FSC width": _FSC_WIDTH,
        "SSC area": _SSC_AREA,
    }[wanted]
    by_name = {channel.name.strip().upper(): channel for channel in data.channels}
    return next((by_name[name] for name in names if name in by_name), None)


def is_fluorescence(channel: Channel) -> bool:
    """Whether the channel measures a dye."""
    name = channel.name.strip().upper()
    return not (channel.is_time or name.startswith(("FSC", "SSC", "HDR", "EVENT")) or name == "WIDTH")


def structure_of(data: DataSet) -> Structure:
    """Time, margin, debris and singlets, in this order; each stands on the one before."""
    found = Structure()
    if data.events < LEAST_EVENTS:
        found.warnings.append(
            f"{data.events} events are too few to find cells among them (at least {LEAST_EVENTS})"
        )
        return found
    _add_steady(data, found)
    _add_margins(data, found)
    _add_cells(data, found)
    _add_singlets(data, found)
    _warn_of_full_scale(data, found)
    return found


def _inside(data: DataSet, found: Structure) -> tuple[Stretch, Mask]:
    stretch = whole_file(data, GateSet(tuple(found.gates)))
    if not found.gates:
        return stretch, np.ones(data.events, np.bool_)
    return stretch, masks_of(stretch)[found.last]


STEADY_ORIGIN = (
    "rule: of up to 100 stretches of equal count, those whose median lies within 6 robust deviations of the "
    "others, or half the spread of the cells, in every fluorescence channel"
)


def _add_steady(data: DataSet, found: Structure) -> None:
    """Leave out stretches of time in which a signal lies apart: a clog, a bubble, a change of pressure."""
    clock = next((channel for channel in data.channels if channel.is_time), None)
    if clock is None:
        found.warnings.append("the file has no Time channel; the run was not checked for steadiness")
        return
    time = data.linear(clock)
    if not np.all(np.isfinite(time)):
        found.warnings.append("time is not a number everywhere; the run was not checked for steadiness")
        return
    if np.any(np.diff(time) < 0):
        found.warnings.append("time goes back within the file; events were put in order for the check")
    order = np.argsort(time, kind="stable")
    stretches = np.array_split(order, max(min(100, data.events // 200), 1))
    is_off = np.zeros(len(stretches), np.bool_)
    for channel in filter(is_fluorescence, data.channels):
        values = np.arcsinh(data.linear(channel) / 150.0)  # about linear in noise, logarithmic above
        if not np.all(np.isfinite(values)):
            found.warnings.append(
                f"{channel.label} is not a number everywhere; such events lie in no gate on it"
            )
            continue
        medians = np.array([np.median(values[part]) for part in stretches])
        apart = np.abs(medians - np.median(medians))
        spread = 1.4826 * float(np.median(apart))
        width = float(np.subtract(*np.quantile(values, (0.75, 0.25))))
        is_off |= apart > max(6 * spread, 0.5 * width)
    if np.count_nonzero(is_off) > len(stretches) // 2:
        found.warnings.append("the signal drifts through the whole run; nothing was left out for it")
        is_off[:] = False
    share = float(sum(len(part) for part, off in zip(stretches, is_off, strict=True) if off)) / data.events
    if share:
        found.warnings.append(
            f"{share:.1%} of the events were measured while a signal lay apart, and left out"
        )
    found.gates.append(
        Gate(
            STEADY,
            found.last,
            "intervals",
            (clock.name,),
            spans=_kept_spans(time, stretches, is_off),
            origin=STEADY_ORIGIN,
        )
    )


def _kept_spans(
    time: FloatArray, stretches: list[npt.NDArray[np.intp]], is_off: Mask
) -> tuple[tuple[float, float], ...]:
    starts = [float(time[part[0]]) for part in stretches]
    ends = [*starts[1:], float(np.nextafter(time[stretches[-1][-1]], np.inf))]
    spans: list[tuple[float, float]] = []
    for start, end, off in zip(starts, ends, is_off, strict=True):
        if off:
            continue
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple(spans)


def _add_margins(data: DataSet, found: Structure) -> None:
    """Leave out events at the end of a scatter scale: how large they are is not known."""
    for name, wanted in ((FSC_ON, "FSC area"), (SSC_ON, "SSC area")):
        channel = scatter(data, wanted)
        if channel is None:
            found.warnings.append(f"the file has no {wanted[:3]} channel; its margin was not checked")
            continue
        high = channel.linear_top * (1 - 1 / channel.top)
        origin = f"rule: below the last step of the scale, which ends at {channel.linear_top:g}"
        found.gates.append(Gate(name, found.last, "range", (channel.name,), None, high, origin=origin))


def _finite(values: FloatArray) -> FloatArray:
    """Those that are numbers: a rule that looks at a distribution looks at them alone."""
    return values[np.isfinite(values)]


def _add_cells(data: DataSet, found: Structure) -> None:
    channel = scatter(data, "FSC area")
    if channel is None:
        return
    stretch, inside = _inside(data, found)
    values = _finite(stretch.linear(channel.name)[inside])
    low = debris_below(values) if len(values) >= LEAST_EVENTS else None
    origin = "rule: above the emptiest place between debris and cells in forward scatter"
    if low is None:
        found.warnings.append("no debris stands apart from the cells in forward scatter; nothing was cut")
        origin = "rule: no debris stands apart, nothing is cut"
    share = float(np.mean(values >= low)) if low is not None else 1.0
    if share < 0.5:
        found.warnings.append(f"only {share:.0%} of the events are larger than debris; look at the gate")
    found.gates.append(Gate(CELLS, found.last, "range", (channel.name,), low, None, origin=origin))


def debris_below(values: FloatArray) -> float | None:
    """Where debris ends: the emptiest place between a peak in the lowest quarter and the first peak above it.

    None where there is no such peak, or the place between is not clearly emptier than both (RULE: by 15 %).
    """
    reach = float(np.quantile(values, 0.99))
    if reach <= 0:
        return None
    bins = 100
    heights, edges = np.histogram(values, bins=bins, range=(0.0, reach))
    kernel = np.exp(-0.5 * (np.arange(-6, 7) / 2.0) ** 2)
    smooth = np.convolve(heights, kernel / kernel.sum(), mode="same")
    rises = np.diff(smooth, prepend=-1.0) > 0
    falls = np.diff(smooth, append=-1.0) <= 0
    peaks = [int(place) for place in np.flatnonzero(rises & falls) if smooth[place] > 0.02 * smooth.max()]
    debris = [place for place in peaks if place < bins // 4]
    cells = [place for place in peaks if place >= bins // 4]
    if not debris or not cells:
        return None
    valley = debris[-1] + int(np.argmin(smooth[debris[-1] : cells[0] + 1]))
    if smooth[valley] > 0.85 * min(smooth[debris[-1]], smooth[cells[0]]):
        return None
    return float((edges[valley] + edges[valley + 1]) / 2)


def _add_singlets(data: DataSet, found: Structure) -> None:
    """One cell at a time: two that stick together have more area, or width, for their height."""
    area, height, width = (scatter(data, wanted) for wanted in ("FSC area", "FSC height", "FSC width"))
    stretch, inside = _inside(data, found)
    if area is not None and height is not None and area.name != height.name:
        over = stretch.linear(height.name)[inside]
        usable = (over > 0) & np.isfinite(over)
        values = _finite(stretch.linear(area.name)[inside][usable] / over[usable])
        channels: tuple[str, ...] = (area.name, height.name)
        what = "area over height of forward scatter"
    elif width is not None:
        values = _finite(stretch.linear(width.name)[inside])
        channels, what = (width.name,), "width of forward scatter"
    else:
        found.warnings.append(
            "the file has neither height with area nor width of FSC; doublets were not left out"
        )
        return
    if len(values) < LEAST_EVENTS:
        found.warnings.append("too few cells to tell singlets; doublets were not left out")
        return
    middle = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(values - middle)))
    if spread == 0:
        found.warnings.append(f"{what} does not vary; doublets were not left out")
        return
    gate = Gate(
        SINGLETS,
        found.last,
        "ratio" if len(channels) == 2 else "range",
        channels,
        middle - 5 * spread,
        middle + 5 * spread,
        origin=f"rule: {what} within 5 robust deviations of its median",
    )
    found.gates.append(gate)


def _warn_of_full_scale(data: DataSet, found: Structure) -> None:
    for channel in filter(is_fluorescence, data.channels):
        share = float(np.mean(data.linear(channel) >= channel.linear_top * (1 - 1 / channel.top)))
        if share > 0.01:
            found.warnings.append(f"{channel.label}: {share:.1%} of the events lie at the end of the scale")
