"""What the ledger says about containers and lots: folding its entries gives the state that the tables must show.

Each entry that touches cells carries ``facts["custody"]``, a list of changes. A change says what was before, so that a
fold notices cells that appear from nowhere, go twice, or come back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from stroma.custody.domain.states import LOT_TRANSITIONS, LotState, MaterialState

Change = dict[str, Any]


@dataclass(slots=True)
class FoldedContainer:
    """A container as the ledger knows it."""

    lot: str
    place: str
    remaining: Decimal
    state: str = MaterialState.HELD.value
    position: str | None = None
    holds: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Fold:
    """The state after the entries seen so far, and what did not hold together."""

    containers: dict[str, FoldedContainer] = field(default_factory=dict)
    lots: dict[str, str] = field(default_factory=dict)
    occupied: set[str] = field(default_factory=set)
    """Positions in which a container lies."""
    findings: list[str] = field(default_factory=list)


# --- What actions write ------------------------------------------------------------------------------------


def lot_begun(lot: UUID, state: LotState) -> Change:
    """A lot began."""
    return {"change": "lot_begun", "lot": lot, "state": state}


def lot_changed(lot: UUID, before: str, after: str) -> Change:
    """A lot went from one state to another."""
    return {"change": "lot_changed", "lot": lot, "from": before, "to": after}


def container_made(container: UUID, lot: UUID, place: UUID, amount: Decimal) -> Change:
    """A container was filled."""
    return {"change": "made", "container": container, "lot": lot, "place": place, "amount": _amount(amount)}


def container_drawn(container: UUID, taken: Decimal, left: Decimal, state: str) -> Change:
    """Something was taken from a container; ``left`` is what it holds now and ``state`` what became of it."""
    return {
        "change": "drawn",
        "container": container,
        "taken": _amount(taken),
        "left": _amount(left),
        "state": state,
    }


def container_moved(container: UUID, before: UUID, after: UUID) -> Change:
    """A container changed place."""
    return {"change": "moved", "container": container, "from": before, "to": after}


def container_stored(container: UUID, position: UUID) -> Change:
    """A container was put into a position."""
    return {"change": "stored", "container": container, "position": position}


def container_taken_out(container: UUID, position: UUID) -> Change:
    """A container was taken out of its position."""
    return {"change": "taken_out", "container": container, "position": position}


def container_held_back(container: UUID, cause: str) -> Change:
    """A container was put into quarantine by itself."""
    return {"change": "held_back", "container": container, "cause": cause}


def container_let_go(container: UUID, cause: str) -> Change:
    """A container's quarantine for that cause was lifted."""
    return {"change": "let_go", "container": container, "cause": cause}


def _amount(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.001")))


# --- What verify reads -------------------------------------------------------------------------------------


def fold(entries: Iterable[tuple[str, Mapping[str, Any]]]) -> Fold:
    """Fold ``(name of the entry, its facts)`` in order of the ledger into the state of every container and lot."""
    folded = Fold()
    for name, facts in entries:
        for change in facts.get("custody", ()):
            _STEPS[change["change"]](folded, name, change)
    return folded


def _begin_lot(folded: Fold, name: str, change: Mapping[str, Any]) -> None:
    if change["lot"] in folded.lots:
        folded.findings.append(f"{name}: lot {change['lot']} begins a second time")
    folded.lots[change["lot"]] = change["state"]


def _change_lot(folded: Fold, name: str, change: Mapping[str, Any]) -> None:
    before = folded.lots.get(change["lot"])
    if before != change["from"]:
        folded.findings.append(f"{name}: lot {change['lot']} was {before}, not {change['from']}")
    if LotState(change["to"]) not in LOT_TRANSITIONS[LotState(change["from"])]:
        folded.findings.append(
            f"{name}: lot {change['lot']} may not go from {change['from']} to {change['to']}"
        )
    folded.lots[change["lot"]] = change["to"]


def _make(folded: Fold, name: str, change: Mapping[str, Any]) -> None:
    if change["container"] in folded.containers:
        folded.findings.append(f"{name}: container {change['container']} is made a second time")
    if change["lot"] not in folded.lots:
        folded.findings.append(f"{name}: container {change['container']} belongs to a lot that never began")
    folded.containers[change["container"]] = FoldedContainer(
        change["lot"], change["place"], Decimal(change["amount"])
    )


def _draw(folded: Fold, name: str, change: Mapping[str, Any]) -> None:
    container = folded.containers.get(change["container"])
    if container is None:
        folded.findings.append(f"{name}: container {change['container']} was never made")
        return
    if container.holds and change["state"] != MaterialState.DISCARDED.value:
        folded.findings.append(f"{name}: container {change['container']} gives although it is in quarantine")
    if container.state != MaterialState.HELD.value:
        folded.findings.append(
            f"{name}: container {change['container']} is {container.state} and gives no more"
        )
    if (
        container.remaining - Decimal(change["taken"]) != Decimal(change["left"])
        or Decimal(change["left"]) < 0
    ):
        folded.findings.append(f"{name}: what was taken from container {change['container']} does not add up")
    container.remaining, container.state = Decimal(change["left"]), change["state"]


def _move(folded: Fold, name: str, change: Mapping[str, Any]) -> None:
    container = folded.containers.get(change["container"])
    if container is None:
        folded.findings.append(f"{name}: container {change['container']} was never made")
        return
    if container.place != change["from"]:
        folded.findings.append(f"{name}: container {change['container']} was not where it was taken from")
    if container.position is not None:
        folded.findings.append(f"{name}: container {change['container']} moves while it lies in storage")
    container.place = change["to"]


def _store(folded: Fold, name: str, change: Mapping[str, Any]) -> None:
    container = folded.containers.get(change["container"])
    if container is None:
        folded.findings.append(f"{name}: container {change['container']} was never made")
        return
    if container.position is not None or change["position"] in folded.occupied:
        folded.findings.append(f"{name}: position {change['position']} or its container is taken already")
    container.position = change["position"]
    folded.occupied.add(change["position"])


def _take_out(folded: Fold, name: str, change: Mapping[str, Any]) -> None:
    container = folded.containers.get(change["container"])
    if container is None or container.position != change["position"]:
        folded.findings.append(f"{name}: container {change['container']} does not lie in that position")
        return
    container.position = None
    folded.occupied.discard(change["position"])


def _hold_back(folded: Fold, name: str, change: Mapping[str, Any]) -> None:
    container = folded.containers.get(change["container"])
    if container is None or change["cause"] in container.holds:
        folded.findings.append(f"{name}: container {change['container']} cannot be held back for that")
        return
    container.holds.add(change["cause"])


def _let_go(folded: Fold, name: str, change: Mapping[str, Any]) -> None:
    container = folded.containers.get(change["container"])
    if container is None or change["cause"] not in container.holds:
        folded.findings.append(f"{name}: container {change['container']} was not held back for that")
        return
    container.holds.discard(change["cause"])


_STEPS = {
    "lot_begun": _begin_lot,
    "lot_changed": _change_lot,
    "made": _make,
    "drawn": _draw,
    "moved": _move,
    "stored": _store,
    "taken_out": _take_out,
    "held_back": _hold_back,
    "let_go": _let_go,
}
