"""Run a gate set over a file: stretch after stretch, on as many threads as are given, the same result on any number.

Note [Why sums are written out]. A matrix product may add its terms in another order on another processor, and an event
that lies on a threshold would then be counted here and not there. Compensation is therefore a sum in the order of the
detectors, of single operations that IEEE 754 defines to the last bit. Only the channels that a gate asks for are
compensated, and a threshold on a scale is compared with linear values through its inverse: no scale is computed.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from stroma.protocols.domain.problem import BadInput, Problem
from stroma.release.cytometry.channels import Channel
from stroma.release.cytometry.fcs import DataSet
from stroma.release.cytometry.gates import ROOT, Gate, GateSet

FloatArray = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

STRETCH = 32_768
"""Events handled at a time: a column of this length stays in the processor's second cache."""


class Stretch:
    """Some events of a file, their channels computed once when first asked for."""

    def __init__(self, data: DataSet, gate_set: GateSet, start: int, stop: int) -> None:
        self.data, self.gate_set, self.start, self.stop = data, gate_set, start, stop
        self._linear: dict[str, FloatArray] = {}
        self._compensated: dict[str, FloatArray] = {}

    def linear(self, name: str) -> FloatArray:
        """A channel as measured."""
        if name not in self._linear:
            self._linear[name] = self.data.linear(channel_of(self.data, name), self.start, self.stop)
        return self._linear[name]

    def values(self, name: str) -> FloatArray:
        """A channel compensated where the gate set compensates it, else as measured."""
        compensation = self.gate_set.compensation
        if compensation is None or name not in compensation.detectors:
            return self.linear(name)
        if name not in self._compensated:
            column = compensation.detectors.index(name)
            total: FloatArray | None = None
            for row, detector in enumerate(compensation.detectors):  # Note [Why sums are written out]
                share = compensation.inverse[row][column]
                if share == 0.0:
                    continue
                part = self.linear(detector) * share
                total = part if total is None else np.add(total, part, out=total)
            self._compensated[name] = np.zeros(self.stop - self.start) if total is None else total
        return self._compensated[name]

    def inside(self, gate: Gate) -> Mask:
        """The events that lie inside the gate, whatever its parent."""
        if gate.kind == "polygon":
            first, second = (self.gate_set.scales[name].forward(self.values(name)) for name in gate.channels)
            return in_polygon(first, second, gate.spans)
        values = self.values(gate.channels[0])
        if gate.kind == "intervals":
            found = np.zeros(len(values), np.bool_)
            for low, high in gate.spans:
                found |= (values >= low) & (values < high)
            return found
        if gate.kind == "ratio":
            return _ratio(values, self.values(gate.channels[1]), gate)
        return in_range(values, gate.low, gate.high)


def in_range(values: FloatArray, low: float | None, high: float | None) -> Mask:
    """low <= x < high; None is open, and NaN lies in no range."""
    if low is None:
        return ~np.isnan(values) if high is None else values < high
    inside = values >= low
    if high is not None:
        inside &= values < high
    return inside


def _ratio(values: FloatArray, over: FloatArray, gate: Gate) -> Mask:
    inside = over > 0
    if gate.low is not None:
        inside &= values >= over * gate.low
    if gate.high is not None:
        inside &= values < over * gate.high
    return inside


def in_polygon(x: FloatArray, y: FloatArray, points: Sequence[tuple[float, float]]) -> Mask:
    """Whether each event lies inside, by the number of sides it would cross (even-odd); the line itself belongs to it.

    Both are Gating-ML 2.0; the suite's Polygon1 has four events on its line.
    """
    inside = np.zeros(len(x), np.bool_)
    on_line = np.zeros(len(x), np.bool_)
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        aside = (x - x1) * (y2 - y1) - (y - y1) * (x2 - x1)
        between = (x >= min(x1, x2)) & (x <= max(x1, x2)) & (y >= min(y1, y2)) & (y <= max(y1, y2))
        on_line |= (aside == 0) & between
        if y1 != y2:
            crosses = (y1 > y) != (y2 > y)
            inside ^= crosses & (aside < 0 if y2 > y1 else aside > 0)
    return inside | on_line


def channel_of(data: DataSet, name: str) -> Channel:
    """The channel of exactly this name. Raises BadInput where there is none or more than one."""
    found = [channel for channel in data.channels if channel.name == name]
    if len(found) != 1:
        have = ", ".join(channel.name for channel in data.channels)
        message = f"{'no' if not found else 'more than one'} channel is named {name!r}; the file has {have}"
        raise BadInput([Problem("channel_missing", message, data.file, name)])
    return found[0]


@dataclass(frozen=True)
class Counts:
    """How many events each gate holds."""

    gate_set: GateSet
    events: int
    counts: dict[str, int]

    def of(self, name: str) -> int:
        """Events inside a gate and all it stands on."""
        return self.events if name == ROOT else self.counts[name]

    @cached_property
    def parents(self) -> dict[str, str]:
        """The gate each one stands on."""
        return {gate.name: gate.parent for gate in self.gate_set.gates}


def count(data: DataSet, gate_set: GateSet, *, threads: int = 1) -> Counts:
    """Count every gate's events. Raises BadInput where the file lacks a channel that a gate asks for."""
    _refuse_missing_channels(data, gate_set)
    starts = range(0, data.events, STRETCH)

    def one(start: int) -> npt.NDArray[np.int64]:
        stretch = Stretch(data, gate_set, start, min(start + STRETCH, data.events))
        inside = masks_of(stretch)
        return np.array([np.count_nonzero(inside[gate.name]) for gate in gate_set.gates], np.int64)

    if threads > 1 and len(starts) > 1:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(one, starts))
    else:
        parts = [one(start) for start in starts]
    sums = np.sum(parts, axis=0) if parts else np.zeros(len(gate_set.gates), np.int64)
    names = [gate.name for gate in gate_set.gates]
    return Counts(gate_set, data.events, {name: int(n) for name, n in zip(names, sums, strict=True)})


def masks_of(stretch: Stretch) -> dict[str, Mask]:
    """Which events of a stretch each gate holds, those of its parents taken into account."""
    found: dict[str, Mask] = {}
    for gate in stretch.gate_set.gates:
        inside = stretch.inside(gate)
        if gate.parent != ROOT:
            inside &= found[gate.parent]
        found[gate.name] = inside
    return found


def whole_file(data: DataSet, gate_set: GateSet) -> Stretch:
    """All events as one stretch: for pictures, and for rules that look at a distribution."""
    return Stretch(data, gate_set, 0, data.events)


def _refuse_missing_channels(data: DataSet, gate_set: GateSet) -> None:
    wanted = {name for gate in gate_set.gates for name in gate.channels}
    if gate_set.compensation is not None:
        wanted |= set(gate_set.compensation.detectors)
    problems: list[Problem] = []
    for name in sorted(wanted):
        try:
            channel_of(data, name)
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(problems)
