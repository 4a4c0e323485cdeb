"""Spillover: from the file's own keywords or from single-stain controls, and its inverse.

Observed = true × S, each row a dye, each column a detector (Bagwell & Adams, Ann N Y Acad Sci 677 (1993) 167-184), so
true = observed × S⁻¹. The inverse is kept with the gates, so that a later run uses the very same numbers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stroma.protocols.domain.problem import BadInput, Problem
from stroma.release.cytometry.channels import Channel
from stroma.release.cytometry.fcs import DataSet

Matrix = npt.NDArray[np.float64]

WORST_CONDITION = 1000.0
"""RULE: past this a thousandth of error in a spillover becomes an error as large as the signal."""

LEAST_POSITIVE = 100
"""RULE: a median of fewer stained events than this is not told from noise."""


@dataclass(frozen=True, slots=True)
class Spillover:
    """A spillover matrix, row the dye, column the detector, both in the order of ``detectors`` ($PnN)."""

    detectors: tuple[str, ...]
    matrix: Matrix
    origin: str

    @property
    def is_identity(self) -> bool:
        """Whether nothing is taken out."""
        return bool(np.array_equal(self.matrix, np.eye(len(self.detectors))))


@dataclass(frozen=True, slots=True)
class Compensation:
    """The inverse of a spillover, as plain numbers: row the observed detector, column the dye."""

    detectors: tuple[str, ...]
    inverse: tuple[tuple[float, ...], ...]
    origin: str


def spillover_of(data: DataSet) -> Spillover | None:
    """The spillover a file carries: $SPILLOVER before SPILL before $COMP and $DFCnTOm; None where it has none.

    Raises BadInput where it is damaged or names a channel that the file has not: nothing is guessed.
    """
    for name in ("$SPILLOVER", "SPILLOVER", "SPILL", "$SPILL"):
        if data.keywords.get(name, "").strip():
            return _from_spillover(data, name)
    if data.keywords.get("$COMP", "").strip():
        return _from_comp(data)
    return _from_dfc(data)


def _problem(data: DataSet, code: str, message: str, place: str) -> BadInput:
    return BadInput([Problem(code, message, data.file, place)])


def _from_spillover(data: DataSet, name: str) -> Spillover:
    parts = [part.strip() for part in data.keywords[name].split(",")]
    count = int(parts[0]) if parts[0].isdecimal() else 0
    if count < 1 or len(parts) != 1 + count + count * count:
        message = (
            f"{name} begins with {parts[0]!r} and has {len(parts) - 1} more values; "
            "n names and n × n numbers are wanted"
        )
        raise _problem(data, "spillover_damaged", message, name)
    detectors = _detectors(data, parts[1 : 1 + count], name)
    return Spillover(detectors, _matrix(data, parts[1 + count :], count, name), f"{name} of the file")


def _detectors(data: DataSet, names: list[str], place: str) -> tuple[str, ...]:
    known = [channel.name for channel in data.channels]
    if all(name not in known and name.isdecimal() and 1 <= int(name) <= len(known) for name in names):
        names = [known[int(name) - 1] for name in names]  # numbers of channels, as older software writes
    problems = [
        Problem(
            "spillover_channel", f"{place} names {name!r}, and the file has no such channel", data.file, place
        )
        for name in names
        if name not in known
    ]
    problems += [
        Problem("spillover_channel", f"{name!r} stands more than once", data.file, place)
        for name in sorted({name for name in names if names.count(name) > 1 or known.count(name) > 1})
    ]
    if problems:
        raise BadInput(problems)
    return tuple(names)


def _matrix(data: DataSet, words: list[str], count: int, place: str) -> Matrix:
    try:
        numbers = np.array([float(word) for word in words], np.float64)
    except ValueError as error:
        raise _problem(data, "spillover_damaged", f"{place}: {error}", place) from None
    if len(numbers) != count * count or not np.all(np.isfinite(numbers)):
        raise _problem(data, "spillover_damaged", f"{place} holds what is no finite number", place)
    return numbers.reshape(count, count)


def _from_comp(data: DataSet) -> Spillover:
    parts = re.split(r"[,\s]+", data.keywords["$COMP"].strip(" ,"))
    count = int(parts[0]) if parts[0].isdecimal() else 0
    if count != len(data.channels) or len(parts) != 1 + count * count:
        message = f"$COMP is for {parts[0]} channels and the file has {len(data.channels)}; which are meant is not said"
        raise _problem(data, "spillover_damaged", message, "$COMP")
    matrix = _matrix(data, parts[1:], count, "$COMP")
    return Spillover(tuple(channel.name for channel in data.channels), matrix, "$COMP of the file")


def _from_dfc(data: DataSet) -> Spillover | None:
    """FCS 2.0: $DFCiTOj, the percentage of channel i that is seen in channel j."""
    found = {
        (int(match[1]), int(match[2])): value
        for name, value in data.keywords.items()
        if (match := re.fullmatch(r"\$DFC(\d+)TO(\d+)", name))
    }
    if not found:
        return None
    places = sorted({place for pair in found for place in pair})
    if places[0] < 1 or places[-1] > len(data.channels):
        raise _problem(data, "spillover_channel", "$DFCnTOm names a channel the file has not", "$DFC1TO2")
    words = ["1" if i == j else found.get((i, j), "0") for i in places for j in places]
    matrix = _matrix(data, words, len(places), "$DFC1TO2")
    matrix[~np.eye(len(places), dtype=bool)] /= 100
    return Spillover(tuple(data.channels[place - 1].name for place in places), matrix, "$DFCnTOm of the file")


def spillover_from_controls(blank: DataSet, stained: Mapping[str, DataSet]) -> Spillover:
    """The spillover told by an unstained control and one single-stain control for each detector.

    For each dye: what its stained events gain over the unstained in every detector, as a share of what they gain in
    their own; medians, of the events above all but one in a thousand of the unstained and below the end of the scale.
    Raises BadInput where a control lacks a channel or has too few stained events.
    """
    detectors = tuple(stained)
    problems = [
        Problem("control_channel", f"there is no channel {name!r}", one.file, name)
        for one in (blank, *stained.values())
        for name in detectors
        if one.channel_named(name) is None
    ]
    if problems:
        raise BadInput(problems)
    base = {name: blank.linear(_channel(blank, name)) for name in detectors}
    rows = [_row(base, name, control, detectors) for name, control in stained.items()]
    return Spillover(detectors, np.array(rows, np.float64), "single-stain controls")


def _channel(data: DataSet, name: str) -> Channel:
    found = data.channel_named(name)
    if found is None:
        raise _problem(data, "control_channel", f"there is no channel {name!r}", name)
    return found


def _row(base: Mapping[str, Matrix], own: str, control: DataSet, detectors: tuple[str, ...]) -> list[float]:
    values = {name: control.linear(_channel(control, name)) for name in detectors}
    top = _channel(control, own).linear_top
    is_stained = (values[own] > np.quantile(base[own], 0.999)) & (values[own] < 0.98 * top)
    for name in detectors:
        is_stained &= values[name] < 0.98 * _channel(control, name).linear_top
    if np.count_nonzero(is_stained) < LEAST_POSITIVE:
        message = f"{np.count_nonzero(is_stained)} events are stained in {own}; at least {LEAST_POSITIVE} are needed"
        raise _problem(control, "control_not_stained", message, own)
    gains = {name: float(np.median(values[name][is_stained]) - np.median(base[name])) for name in detectors}
    return [1.0 if name == own else gains[name] / gains[own] for name in detectors]


def compensation_from(spillover: Spillover, *, file: str) -> Compensation:
    """The inverse. Raises BadInput for a matrix that cannot be inverted safely."""
    condition = float(np.linalg.cond(spillover.matrix))
    if not condition <= WORST_CONDITION:
        message = (
            f"the spillover cannot be undone: its condition number is {condition:.3g}, at most {WORST_CONDITION:g} "
            f"is safe. Two detectors see the same dye"
        )
        raise BadInput([Problem("spillover_singular", message, file, spillover.origin)])
    inverse = np.linalg.inv(spillover.matrix)
    rows = tuple(tuple(float(value) for value in row) for row in inverse)
    return Compensation(spillover.detectors, rows, spillover.origin)
