"""Splitting, sampling and pooling: what may be taken from what, so that no cell appears from nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from stroma.custody.domain.states import LotState, MaterialState
from stroma.protocols.domain.blocker import Blocker

SOURCE = "21 CFR 1271.220, 1271.290; Stroma custody"


@dataclass(frozen=True, slots=True)
class Container:
    """What the rules know of a container."""

    lot: str
    kind: str
    unit: str
    state: MaterialState
    remaining: Decimal
    in_quarantine: bool = False


def split_blockers(container: Container, amounts: Sequence[Decimal], *, lot_state: LotState) -> list[Blocker]:
    """Why a container is not divided into parts of these amounts (a sample is one part)."""
    blockers = [*_fillable(lot_state), *_usable(container)]
    if not amounts or any(amount <= 0 for amount in amounts):
        blockers.append(Blocker("part_without_amount", {}, SOURCE))
    wanted = sum(amounts, Decimal(0))
    if wanted > container.remaining:
        values = {"wanted": wanted, "held": container.remaining, "unit": container.unit}
        blockers.append(Blocker("container_holds_less", values, SOURCE))
    return blockers


def pool_blockers(containers: Sequence[Container], *, allowed: bool, lot_state: LotState) -> list[Blocker]:
    """Why containers are not poured together. Two lots never are: two donors' cells would have one name."""
    blockers = (
        [] if allowed else [Blocker("pooling_not_allowed", {}, "processing.pooling_allowed of the protocol")]
    )
    blockers += _fillable(lot_state)
    if len(containers) < 2:
        blockers.append(Blocker("pool_needs_two", {}, SOURCE))
    if len({one.lot for one in containers}) > 1:
        blockers.append(Blocker("pool_of_two_lots", {}, SOURCE))
    if len({(one.kind, one.unit) for one in containers}) > 1:
        blockers.append(Blocker("pool_of_two_kinds", {}, SOURCE))
    seen = set()
    for one in containers:
        for blocker in _usable(one):
            if blocker.code not in seen:
                seen.add(blocker.code)
                blockers.append(blocker)
    return blockers


def _fillable(lot_state: LotState) -> list[Blocker]:
    if lot_state is LotState.IN_PROCESS:
        return []
    state = lot_state.value.lower().replace("_", " ")
    return [Blocker("lot_not_in_process", {"state": state}, SOURCE)]


def _usable(container: Container) -> list[Blocker]:
    blockers = []
    if container.state is not MaterialState.HELD:
        state = container.state.value.lower().replace("_", " ")
        blockers.append(Blocker("container_not_held", {"state": state}, SOURCE))
    if container.in_quarantine:
        blockers.append(Blocker("container_in_quarantine", {}, SOURCE))
    return blockers
