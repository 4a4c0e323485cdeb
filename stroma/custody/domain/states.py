"""The states of a lot, of a container and of a printed label, and which may follow which."""

from enum import StrEnum

from stroma.protocols.domain.blocker import Blocker


class LotState(StrEnum):
    """Where a lot stands."""

    IN_PROCESS = "IN_PROCESS"
    QUARANTINE = "QUARANTINE"
    RELEASED = "RELEASED"
    REJECTED = "REJECTED"


LOT_TRANSITIONS: dict[LotState, frozenset[LotState]] = {
    LotState.IN_PROCESS: frozenset({LotState.QUARANTINE, LotState.REJECTED}),
    LotState.QUARANTINE: frozenset({LotState.RELEASED, LotState.REJECTED}),
    LotState.RELEASED: frozenset({LotState.QUARANTINE, LotState.REJECTED}),
    LotState.REJECTED: frozenset(),
}
"""A released lot may be called back; a rejected one never returns."""


class MaterialState(StrEnum):
    """What became of a container. Only a held one holds anything."""

    HELD = "HELD"
    USED_UP = "USED_UP"
    ADMINISTERED = "ADMINISTERED"
    DISCARDED = "DISCARDED"


MATERIAL_TRANSITIONS: dict[MaterialState, frozenset[MaterialState]] = {
    MaterialState.HELD: frozenset(
        {MaterialState.USED_UP, MaterialState.ADMINISTERED, MaterialState.DISCARDED}
    ),
    MaterialState.USED_UP: frozenset(),
    MaterialState.ADMINISTERED: frozenset(),
    MaterialState.DISCARDED: frozenset(),
}


class LabelState(StrEnum):
    """What became of a printed label. Only a printed one is not accounted for."""

    PRINTED = "PRINTED"
    APPLIED = "APPLIED"
    DESTROYED = "DESTROYED"
    MISSING = "MISSING"


LABEL_TRANSITIONS: dict[LabelState, frozenset[LabelState]] = {
    LabelState.PRINTED: frozenset({LabelState.APPLIED, LabelState.DESTROYED, LabelState.MISSING}),
    LabelState.APPLIED: frozenset({LabelState.DESTROYED, LabelState.MISSING}),
    LabelState.MISSING: frozenset({LabelState.DESTROYED}),
    LabelState.DESTROYED: frozenset(),
}
"""A label that was missing and turns up is destroyed: nobody knows where it has been."""


def lot_transition_blockers(now: LotState, wanted: LotState) -> list[Blocker]:
    """Why a lot in ``now`` may not become ``wanted``."""
    if wanted in LOT_TRANSITIONS[now]:
        return []
    values = {"now": now.value.lower().replace("_", " "), "wanted": wanted.value.lower().replace("_", " ")}
    return [Blocker("lot_state_does_not_allow", values, "Stroma custody states")]


def material_transition_blockers(now: MaterialState, wanted: MaterialState) -> list[Blocker]:
    """Why a container in ``now`` may not become ``wanted``."""
    if wanted in MATERIAL_TRANSITIONS[now]:
        return []
    values = {"now": now.value.lower().replace("_", " "), "wanted": wanted.value.lower().replace("_", " ")}
    return [Blocker("container_state_does_not_allow", values, "Stroma custody states")]


def label_transition_blockers(now: LabelState, wanted: LabelState) -> list[Blocker]:
    """Why a label in ``now`` may not become ``wanted``."""
    if wanted in LABEL_TRANSITIONS[now]:
        return []
    return [Blocker("label_not_fresh", {"state": now.value.lower()}, "21 CFR 1271.370")]


def quarantine_blockers(*, is_held_back: bool) -> list[Blocker]:
    """Why nothing is taken from a container that is in quarantine by itself."""
    return [Blocker("container_in_quarantine", {}, "21 CFR 1271.265; Stroma custody")] if is_held_back else []
