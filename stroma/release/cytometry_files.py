"""A lot's cytometry files: read when they are handed in, and read again from what is kept.

Reading takes a second for a large file, so it is done before the action that keeps it, outside of any transaction.
"""

from dataclasses import dataclass
from typing import Any

from stroma.custody.models import Lot
from stroma.protocols.domain.problem import BadInput, Problem
from stroma.release.cytometry.fcs import DataSet, read_fcs
from stroma.release.cytometry.gates import Gate, gate_set_from
from stroma.release.cytometry.panel import Panel, panel_named
from stroma.release.cytometry.reading import PROVISIONAL, Reading, count_again, read_with_panel
from stroma.release.handed_in import HandedIn
from stroma.release.judged import limits_for
from stroma.release.models import CytometryReading, InstrumentFile

MAX_MEGABYTES = 100
"""A million events of twelve channels have 48."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was read, and from what."""

    reading: Reading
    panel: Panel
    sample: HandedIn
    control: HandedIn | None

    @property
    def populations(self) -> list[dict[str, Any]]:
        """As they are kept."""
        return populations_of(self.reading)


def panel_for(lot: Lot) -> Panel:
    """The ISCT panel with the limits of the lot's specification. Raises BadInput where it asks for no stain."""
    return panel_named("isct").for_specification(limits_for(lot), name=lot.protocol.protocol_id)


def prepare(lot: Lot, sample: HandedIn, control: HandedIn | None) -> Prepared:
    """Read a file by the panel of its lot. Raises BadInput with every fault, ``file`` is the file's name."""
    panel = panel_for(lot)
    problems: list[Problem] = []
    read: list[DataSet] = []
    for given in filter(None, (sample, control)):
        try:
            read.append(_only_data_set(given.content, given.name))
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(problems)
    reading = read_with_panel(read[0], panel, control=read[1] if control else None)
    return Prepared(reading, panel, sample, control)


def _only_data_set(content: bytes, name: str) -> DataSet:
    if len(content) > MAX_MEGABYTES * 1024 * 1024:
        raise BadInput([Problem("too_large", f"the file has more than {MAX_MEGABYTES} MB", name)])
    sets = read_fcs(content, name=name)
    if len(sets) > 1:
        message = f"the file has {len(sets)} data sets; export the one that is meant by itself"
        raise BadInput([Problem("several_data_sets", message, name)])
    return sets[0]


def populations_of(reading: Reading) -> list[dict[str, Any]]:
    """Every population with the line it answers, and whether its threshold is only the panel's own."""
    standing = {gate.name: gate for gate in reading.gate_set.gates}
    return [
        one.as_json() | {"result": one.result, "is_provisional": _is_provisional(standing.get(one.name))}
        for one in reading.populations
    ]


def _is_provisional(gate: Gate | None) -> bool:
    return gate is not None and gate.origin.startswith(PROVISIONAL)


def reading_from(
    row: CytometryReading, *, moved: tuple[str, float | None, float | None, str] | None = None
) -> Reading:
    """A kept reading, counted again from the kept file by the kept gates; or with one gate moved.

    Raises GateSetError for a move that makes no gate.
    """
    panel = Panel.model_validate_json(row.panel)
    gate_set = gate_set_from(row.gate_set)
    if moved is not None:
        name, low, high, reason = moved
        gate_set = gate_set.moved(name, low=low, high=high, reason=reason)
    return count_again(
        _data_of(row.sample),
        gate_set,
        panel=panel,
        control=_data_of(row.control) if row.control else None,
        warnings=tuple(row.warnings),
    )


def _data_of(file: InstrumentFile) -> DataSet:
    return read_fcs(bytes(file.content), name=file.name)[0]
