"""A file read by a panel: gates found, populations counted, each with its interval; or a stored gate set run again."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stroma.processing.domain.intervals import wilson
from stroma.protocols.domain.problem import BadInput, Problem
from stroma.release.cytometry.channels import Channel
from stroma.release.cytometry.counting import channel_of, count, masks_of, whole_file
from stroma.release.cytometry.fcs import DataSet
from stroma.release.cytometry.gates import ROOT, Gate, GateSet
from stroma.release.cytometry.panel import Found, Panel, Reference, find_markers, find_viability
from stroma.release.cytometry.scales import Scale
from stroma.release.cytometry.spillover import Compensation, Spillover, compensation_from, spillover_of
from stroma.release.cytometry.structure import LIVE, STEADY, Structure, is_fluorescence, structure_of

LEAST_CONTROL = 500
"""RULE: one in a hundred of fewer control events is not told."""

PROVISIONAL = "threshold of the panel, no control"


@dataclass(frozen=True, slots=True)
class Population:
    """One population: its events, and their percentage of the parent with a 95 % interval."""

    name: str
    parent: str
    count: int
    percent: float | None
    low: float
    high: float
    result: str = ""
    expect: str = ""
    limit_percent: float | None = None
    verdict: str = ""
    """``met`` or ``not met`` where the whole interval is on one side of the limit, else ``within error``."""

    def as_json(self) -> dict[str, Any]:
        """What the command prints."""
        row: dict[str, Any] = {
            "name": self.name,
            "count": self.count,
            "percent": self.percent,
            "low": self.low,
            "high": self.high,
            "parent": self.parent or None,
        }
        if self.expect:
            row |= {"expect": self.expect, "limit_percent": self.limit_percent, "verdict": self.verdict}
        return row


@dataclass(frozen=True, slots=True)
class Reading:
    """One data set with its gates and populations."""

    data: DataSet
    gate_set: GateSet
    populations: tuple[Population, ...]
    warnings: tuple[str, ...]
    panel: Panel | None = None
    found: tuple[Found, ...] = ()
    control: DataSet | None = None

    @property
    def is_provisional(self) -> bool:
        """Whether a threshold stands on no control and on no reviewer."""
        return any(gate.origin.startswith(PROVISIONAL) for gate in self.gate_set.gates)

    def as_json(self) -> dict[str, Any]:
        """One object of the command's list."""
        data = self.data
        return {
            "file": data.file,
            "data_set": data.number,
            "fcs_version": data.version,
            "cytometer": data.cytometer,
            "events": data.events,
            "channels": [
                {"index": channel.index, "name": channel.name, "marker": channel.marker}
                for channel in data.channels
            ],
            "compensation": self.gate_set.compensation.origin if self.gate_set.compensation else None,
            "panel": self.gate_set.panel or None,
            "gate_set": self.gate_set.digest,
            "populations": [population.as_json() for population in self.populations],
            "warnings": list(self.warnings),
        }


def read_with_panel(
    data: DataSet,
    panel: Panel | None = None,
    *,
    control: DataSet | None = None,
    spillover: Spillover | None = None,
    threads: int = 1,
) -> Reading:
    """Find the gates of a file and count.

    Parameters
    ----------
    data
        The stained cells.
    panel
        What they were stained for; without one only cells and singlets are told.
    control
        Unstained or isotype-stained cells measured the same way; thresholds are taken from it.
    spillover
        From single-stain controls; the file's own where None.

    Raises
    ------
    BadInput
        A stain is missing or there twice, the control does not match, or the spillover cannot be used: all of them.
    """
    structure = structure_of(data)
    compensation = _compensation(data, spillover, structure, is_needed=panel is not None)
    scales = {channel.name: scale_of(channel) for channel in data.channels if is_fluorescence(channel)}
    found: list[Found] = []
    gates = list(structure.gates)
    if panel is not None:
        found = find_markers(panel, data)
        base = GateSet(tuple(gates), compensation, scales)
        gates += _stain_gates(data, panel, found, base, control, structure)
    gate_set = GateSet(tuple(gates), compensation, scales, panel.identity if panel else "")
    return count_again(
        data,
        gate_set,
        panel=panel,
        found=tuple(found),
        control=control,
        warnings=(*data.warnings, *structure.warnings),
        threads=threads,
    )


def count_again(
    data: DataSet,
    gate_set: GateSet,
    *,
    panel: Panel | None = None,
    found: tuple[Found, ...] = (),
    control: DataSet | None = None,
    warnings: tuple[str, ...] = (),
    threads: int = 1,
) -> Reading:
    """Count a file by a gate set as it is stored. Nothing is looked for again."""
    if panel is not None and not found:
        found = tuple(find_markers(panel, data))
    counts = count(data, gate_set, threads=threads)
    by_name = {positive(one.stain): one for one in found}
    everything = Population(ROOT, "", data.events, 100.0 if data.events else None, 100.0, 100.0)
    populations = [everything] + [
        _population(gate.name, gate.parent, counts.of(gate.name), counts.of(gate.parent), by_name)
        for gate in gate_set.gates
    ]
    return Reading(data, gate_set, tuple(populations), warnings, panel, found, control)


def positive(stain: str) -> str:
    """The name of the population that bears a stain."""
    return f"{stain} positive"


def scale_of(channel: Channel) -> Scale:
    """The scale on which a channel is shown: logicle to the channel's own top, half a decade linear, 4.5 in all.

    The usual setting of instruments whose scale ends at 262144 (W 0.5, M 4.5, A 0).
    """
    return Scale("logicle", t=channel.linear_top, w=0.5, m=4.5, a=0.0)


def _compensation(
    data: DataSet, spillover: Spillover | None, structure: Structure, *, is_needed: bool
) -> Compensation | None:
    try:
        used = spillover or spillover_of(data)
        if used is None:
            structure.warnings.append("the file carries no spillover; values are not compensated")
            return None
        if used.is_identity:
            structure.warnings.append(f"{used.origin} takes nothing out; values are not compensated")
            return None
        for name in used.detectors:
            channel_of(data, name)
        return compensation_from(used, file=data.file)
    except BadInput as fault:
        if is_needed:
            raise
        structure.warnings += [f"not compensated: {problem.message}" for problem in fault.problems]
        return None


def _stain_gates(
    data: DataSet,
    panel: Panel,
    found: list[Found],
    base: GateSet,
    control: DataSet | None,
    structure: Structure,
) -> list[Gate]:
    """Live cells, where a dye tells, and the positive cells of every stain among them."""
    reference = _ControlValues(control, base) if control is not None else None
    parent = base.gates[-1].name if base.gates else ROOT
    gates: list[Gate] = []
    problems: list[Problem] = []
    dye = find_viability(panel, data)
    if dye is None:
        structure.warnings.append("no viability dye is among the stains; dead cells were not left out")
    else:
        try:
            threshold, origin = _threshold(panel, panel.reference, dye[0], dye[1], data, reference)
            gates.append(Gate(LIVE, parent, "range", (dye[1].name,), None, threshold, origin=origin))
            parent = LIVE
        except BadInput as fault:
            problems += fault.problems
    for one in found:
        try:
            wanted = one.marker.reference or panel.reference
            threshold, origin = _threshold(panel, wanted, one.stain, one.channel, data, reference)
            name = positive(one.stain)
            gates.append(Gate(name, parent, "range", (one.channel.name,), threshold, None, origin=origin))
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(problems)
    if control is None:
        structure.warnings.append(
            "no control was given: thresholds are the panel's own and results are provisional"
        )
    return gates


class _ControlValues:
    """The control's cells, gated by scatter as the sample is."""

    def __init__(self, control: DataSet, base: GateSet) -> None:
        scatter = []
        for gate in base.gates:
            if gate.name != STEADY:
                parent = ROOT if gate.parent == STEADY else gate.parent
                scatter.append(
                    Gate(gate.name, parent, gate.kind, gate.channels, gate.low, gate.high, gate.spans)
                )
        self.control = control
        self.gate_set = GateSet(tuple(scatter), base.compensation, base.scales)
        wanted = {name for gate in scatter for name in gate.channels}
        wanted |= set(base.compensation.detectors) if base.compensation else set()
        for name in sorted(wanted):
            channel_of(control, name)
        self.stretch = whole_file(control, self.gate_set)
        self.inside = np.ones(control.events, np.bool_)
        if scatter:
            self.inside = masks_of(self.stretch)[scatter[-1].name]

    def threshold(self, channel: Channel, percentile: float) -> float:
        """The value that this share of the control's cells does not reach."""
        own = channel_of(self.control, channel.name)
        if own.linear_top != channel.linear_top:
            message = (
                f"{channel.name} goes to {channel.linear_top:g}, in the control to {own.linear_top:g}: "
                "it was not measured the same way"
            )
            raise BadInput([Problem("control_mismatch", message, self.control.file, channel.name)])
        values = self.stretch.values(channel.name)[self.inside]
        values = values[np.isfinite(values)]
        if len(values) < LEAST_CONTROL:
            message = (
                f"{len(values)} cells of the control lie in the gates; at least {LEAST_CONTROL} are needed"
            )
            raise BadInput([Problem("control_too_small", message, self.control.file, channel.name)])
        return float(np.nextafter(np.quantile(values, percentile / 100, method="higher"), math.inf))


def _threshold(
    panel: Panel,
    reference: Reference | None,
    stain: str,
    channel: Channel,
    data: DataSet,
    control: _ControlValues | None,
) -> tuple[float, str]:
    if control is not None:
        share, name = panel.control_percentile, Path(control.control.file).name
        return control.threshold(channel, share), f"control {name}: {share:g} in 100 of its cells lie below"
    if reference is None:
        message = f"there is no threshold for {stain}: give a control, the panel has none"
        raise BadInput([Problem("threshold_missing", message, data.file, channel.name)])
    if not reference.top - 1 <= channel.linear_top <= reference.top:
        message = (
            f"the panel's threshold for {stain} is for a scale to {reference.top:g}, and {channel.name} goes to "
            f"{channel.linear_top:g}: give a control measured the same way"
        )
        raise BadInput([Problem("threshold_mismatch", message, data.file, channel.name)])
    return reference.threshold, f"{PROVISIONAL}: {reference.source}"


def _population(name: str, parent: str, inside: int, of: int, markers: dict[str, Found]) -> Population:
    low, high = (round(100 * bound, 4) for bound in wilson(inside, of))
    percent = round(100 * inside / of, 4) if of else None
    one = markers.get(name)
    if one is None:
        return Population(name, parent, inside, percent, low, high)
    limit = one.marker.limit_percent
    is_good, is_bad = (
        (low >= limit, high < limit)
        if one.marker.expect == "positive"
        else (
            high <= limit,
            low > limit,
        )
    )
    verdict = "met" if is_good else "not met" if is_bad else "within error"
    return Population(
        name, parent, inside, percent, low, high, one.marker.result, one.marker.expect, limit, verdict
    )
