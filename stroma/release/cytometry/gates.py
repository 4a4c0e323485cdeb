"""Gates as data: what is counted, in which order, on which numbers, and why. A gate set never changes; a moved gate
makes a new one that names the one before it.

Every number is written in full (the shortest text that reads back as the same float), so that a stored gate set gives
the same counts as the one that was made, on any machine.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from stroma.release.cytometry.scales import Scale
from stroma.release.cytometry.spillover import Compensation

FORM = "stroma-gates-1"
ROOT = "all events"

GateKind = Literal["range", "ratio", "intervals", "polygon"]


class GateSetError(ValueError):
    """A gate set is damaged, or a gate in it cannot be what it says."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate: the events of ``parent`` that lie inside.

    ``range`` is low <= x < high on one channel (Gating-ML 2.0: the lower bound belongs to the gate, the upper does
    not; None is open); ``ratio`` the same of the first channel over the second; ``intervals`` a union of ranges;
    ``polygon`` the inside of a line through points on the scales of two channels.
    """

    name: str
    parent: str
    kind: GateKind
    channels: tuple[str, ...]
    low: float | None = None
    high: float | None = None
    spans: tuple[tuple[float, float], ...] = ()
    """Of ``intervals``: each from, to; of ``polygon``: each point."""
    origin: str = ""
    """How the numbers were found: a rule, a control with its digest, or who moved it is told by the record."""
    reason: str = ""
    """Why a reviewer moved it."""


@dataclass(frozen=True, slots=True)
class GateSet:
    """All gates of one reading with what they stand on: compensation and scales."""

    gates: tuple[Gate, ...]
    compensation: Compensation | None = None
    scales: dict[str, Scale] = field(default_factory=dict)
    panel: str = ""
    """Name, version and digest of the panel it was made for; empty for none."""
    version: int = 1
    previous: str = ""
    """The digest of the gate set this one came from."""

    def __post_init__(self) -> None:
        known = {ROOT}
        for gate in self.gates:
            if gate.parent not in known:
                raise GateSetError(
                    f"The gate {gate.name!r} stands on {gate.parent!r}, which does not come before it."
                )
            if gate.name in known:
                raise GateSetError(f"There are two gates named {gate.name!r}.")
            known.add(gate.name)
            if gate.low is not None and gate.high is not None and not gate.low <= gate.high:
                raise GateSetError(f"The gate {gate.name!r} goes from {gate.low:g} to {gate.high:g}.")

    def named(self, name: str) -> Gate:
        """The gate of that name. Raises GateSetError."""
        for gate in self.gates:
            if gate.name == name:
                return gate
        raise GateSetError(f"There is no gate named {name!r}.")

    def as_text(self) -> str:
        """The one text of this gate set: sorted keys, no blanks."""
        values = {"form": FORM, **asdict(self)}
        return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.as_text().encode()).hexdigest()

    def moved(self, name: str, *, low: float | None, high: float | None, reason: str) -> "GateSet":
        """A new version with one range moved, for a reason. Raises GateSetError."""
        old = self.named(name)
        if old.kind not in {"range", "ratio"}:
            raise GateSetError(f"The gate {name!r} is no range and cannot be moved by its bounds.")
        if not reason.strip():
            raise GateSetError("A gate is moved for a reason; none was given.")
        new = replace(old, low=low, high=high, origin="moved by a reviewer", reason=reason.strip())
        gates = tuple(new if gate.name == name else gate for gate in self.gates)
        return replace(self, gates=gates, version=self.version + 1, previous=self.digest)


def gate_set_from(text: str) -> GateSet:
    """Read a stored gate set. Raises GateSetError for a text that is none."""
    try:
        values: dict[str, Any] = json.loads(text)
        if values.pop("form") != FORM:
            raise GateSetError("The text is no gate set of this form.")
        compensation = values.pop("compensation")
        if compensation is not None:
            inverse = tuple(tuple(row) for row in compensation["inverse"])
            compensation = Compensation(tuple(compensation["detectors"]), inverse, compensation["origin"])
        gates = tuple(
            Gate(
                **one
                | {
                    "channels": tuple(one["channels"]),
                    "spans": tuple((first, last) for first, last in one["spans"]),
                }
            )
            for one in values.pop("gates")
        )
        scales = {name: Scale(**scale) for name, scale in values.pop("scales").items()}
        return GateSet(gates=gates, compensation=compensation, scales=scales, **values)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise GateSetError(f"The text is no gate set: {error}.") from error
