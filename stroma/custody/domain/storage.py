"""Whether a container may lie in a place of the storage map: the right cold for it, and one container in a position."""

from dataclasses import dataclass
from enum import StrEnum

from stroma.custody.domain.states import MaterialState
from stroma.protocols.domain.blocker import Blocker

SOURCE = "21 CFR 1271.260; Stroma custody"
FREEZING_SOURCE = (
    "21 CFR 1271.260; general knowledge: cells that were thawed do not survive a second freezing"
)


class UnitKind(StrEnum):
    """What a storage unit is."""

    FREEZER = "FREEZER"
    TANK = "TANK"
    INCUBATOR = "INCUBATOR"


FROZEN_UNITS = frozenset({UnitKind.FREEZER, UnitKind.TANK})


@dataclass(frozen=True, slots=True)
class ToStore:
    """A container about to be put into a position, and what is known of both."""

    state: MaterialState
    is_frozen: bool
    was_thawed: bool
    place: str
    """The room or device where the container is now."""
    unit_place: str
    """Where the storage unit stands."""
    unit_kind: UnitKind
    occupied_by: str = ""
    """The container that lies in the position now; blank where it is free."""
    freezes: bool = False
    """The container is frozen by this."""


def container_to_store_blockers(
    *, state: MaterialState, is_frozen: bool, was_thawed: bool, freezes: bool
) -> list[Blocker]:
    """Why the container is put into no position at all, known before one is scanned."""
    blockers = []
    if state is not MaterialState.HELD:
        values = {"state": state.value.lower().replace("_", " ")}
        blockers.append(Blocker("container_not_held", values, SOURCE))
    if freezes:
        blockers += freezing_blockers(is_frozen=is_frozen, was_thawed=was_thawed)
    return blockers


def storage_blockers(wanted: ToStore) -> list[Blocker]:
    """Every reason why the container is not put there."""
    blockers = container_to_store_blockers(
        state=wanted.state,
        is_frozen=wanted.is_frozen,
        was_thawed=wanted.was_thawed,
        freezes=wanted.freezes,
    )
    if wanted.place != wanted.unit_place:
        values = {"place": wanted.place, "unit_place": wanted.unit_place}
        blockers.append(Blocker("unit_stands_elsewhere", values, SOURCE))
    if wanted.occupied_by:
        blockers.append(Blocker("position_is_taken", {"container": wanted.occupied_by}, SOURCE))
    is_cold = wanted.unit_kind in FROZEN_UNITS
    if wanted.freezes:
        if not is_cold:
            blockers.append(Blocker("unit_does_not_freeze", {}, SOURCE))
    elif is_cold and not wanted.is_frozen:
        blockers.append(Blocker("container_not_frozen", {}, SOURCE))
    elif not is_cold and wanted.is_frozen:
        blockers.append(Blocker("container_is_frozen", {}, SOURCE))
    return blockers


def freezing_blockers(*, is_frozen: bool, was_thawed: bool) -> list[Blocker]:
    """Why a container is not frozen: it is, or it was thawed before."""
    if is_frozen:
        return [Blocker("container_is_frozen", {}, FREEZING_SOURCE)]
    return [Blocker("container_was_thawed", {}, FREEZING_SOURCE)] if was_thawed else []


def thawing_blockers(*, is_frozen: bool) -> list[Blocker]:
    """Why a container is not thawed."""
    return [] if is_frozen else [Blocker("container_not_frozen", {}, FREEZING_SOURCE)]
