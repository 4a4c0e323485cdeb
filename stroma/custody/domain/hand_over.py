"""Whether a container may go from one hand to the next: what was expected, what was scanned, go or stop.

One rule judges each scan as it comes in, and all of them in the end. Until the last, ``awaited`` names those that are
still to be made; the rule then says what is wrong already, whatever they will say. No later scan takes a reason away,
so nothing is stopped early that would have gone in the end.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from stroma.clinic.domain.badges import BadgeShown, badge_blockers
from stroma.clinic.domain.roles import Role
from stroma.custody.domain.states import LotState, MaterialState, quarantine_blockers
from stroma.protocols.domain.blocker import Blocker

SOURCE = "21 CFR 1271.290; Stroma custody"


@dataclass(frozen=True, slots=True)
class Expected:
    """What should be in hand next: the container's codes, its state, where it is, and whose wristband matters."""

    din: str
    division: str
    place_code: str
    state: MaterialState
    lot_state: LotState
    expires_at: datetime | None
    label_applied: bool
    wristband: str | None = None
    """The record number on the recipient's wristband, where a patient is part of the hand-over."""
    receiver_may: bool = True
    """Whether the person who receives it has a part at the place it goes to."""
    badge_asked_for: bool = False
    """Whether the person who receives it has a live badge at this site, and so has to show it."""
    in_quarantine: bool = False
    in_sealed_box: bool = False
    transport: str = "NONE"
    """``LOG_MISSING`` when it travelled in a box whose temperature log was not read yet."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the scans said; None where nothing readable was scanned."""

    din: str | None
    division: str | None
    place_code: str | None
    wristband: str | None = None
    badge: BadgeShown = BadgeShown.NONE
    """What the badge that was shown turned out to be, for the person who receives the container."""


def still_awaited(wanted: Collection[str], came: Mapping[str, str]) -> frozenset[str]:
    """The scans of those that are wanted which are still to be made: nothing came for them yet."""
    return frozenset(name for name in wanted if not came.get(name, "").strip())


def hand_over_blockers(
    expected: Expected,
    scanned: Scanned,
    *,
    to_patient: bool,
    at: datetime,
    awaited: Collection[str] = frozenset(),
) -> list[Blocker]:
    """Every reason why this container does not change hands now; those that hold already while scans are awaited.

    ``to_patient``: the container goes to the bedside, so it must be released and unexpired, and the wristband is read.
    ``awaited``: of ``container``, ``place``, ``wristband`` and ``badge`` those still to be scanned; none in the end.
    """
    blockers = [*_identity(expected, scanned, awaited), *_condition(expected)]
    if not expected.receiver_may:
        blockers.append(Blocker("person_not_expected", {}, SOURCE))
    blockers += badge_blockers(
        scanned.badge, is_asked_for=expected.badge_asked_for and "badge" not in awaited
    )
    if expected.in_sealed_box:
        blockers.append(Blocker("container_in_sealed_box", {}, SOURCE))
    if to_patient:
        blockers += quarantine_blockers(is_held_back=expected.in_quarantine)
        if expected.transport == "LOG_MISSING":
            blockers.append(Blocker("transport_log_missing", {}, SOURCE))
        if scanned.wristband is None:
            if "wristband" not in awaited:
                blockers.append(Blocker("wristband_not_scanned", {}, SOURCE))
        elif scanned.wristband != expected.wristband:
            blockers.append(Blocker("wristband_mismatch", {}, SOURCE))
        if expected.lot_state is not LotState.RELEASED:
            state = expected.lot_state.value.lower().replace("_", " ")
            blockers.append(Blocker("lot_not_released", {"state": state}, SOURCE))
        if expected.expires_at is None or expected.expires_at <= at:
            blockers.append(Blocker("container_expired", {"expired": expected.expires_at, "at": at}, SOURCE))
    return blockers


def scanned_container_blockers(
    scanned: Scanned, *, din: str, division: str, awaited: Collection[str] = frozenset()
) -> list[Blocker]:
    """Whether what was scanned is this container."""
    if scanned.din is None:
        return [] if "container" in awaited else [Blocker("container_not_scanned", {}, SOURCE)]
    if scanned.din != din:
        return [Blocker("donation_mismatch", {"expected": din, "scanned": scanned.din}, SOURCE)]
    if scanned.division != division:
        values = {"expected": division, "scanned": scanned.division}
        return [Blocker("container_mismatch", values, SOURCE)]
    return []


def _identity(expected: Expected, scanned: Scanned, awaited: Collection[str]) -> list[Blocker]:
    blockers = scanned_container_blockers(
        scanned, din=expected.din, division=expected.division, awaited=awaited
    )
    if scanned.place_code is None:
        if "place" not in awaited:
            blockers.append(Blocker("place_not_scanned", {}, SOURCE))
    elif scanned.place_code != expected.place_code:
        values = {"expected": expected.place_code, "scanned": scanned.place_code}
        blockers.append(Blocker("place_mismatch", values, SOURCE))
    return blockers


def _condition(expected: Expected) -> list[Blocker]:
    blockers = []
    if expected.state is not MaterialState.HELD:
        state = expected.state.value.lower().replace("_", " ")
        blockers.append(Blocker("container_not_held", {"state": state}, SOURCE))
    if not expected.label_applied:
        blockers.append(Blocker("container_not_labeled", {}, SOURCE))
    return blockers


def goes_to_patient(*, is_finished: bool, is_treatment_room: bool) -> bool:
    """Whether taking a container to that place brings it to a patient: a finished dose into a treatment room."""
    return is_finished and is_treatment_room


BEDSIDE = frozenset({Role.PHYSIATRIST, Role.NURSE})
LABORATORY = frozenset({Role.TECHNOLOGIST, Role.QUALITY})
STORAGE_PLACES = frozenset({"INCUBATOR", "FREEZER"})


def may_receive(roles: Collection[Role], *, place_kind: str, to_patient: bool) -> bool:
    """Whether somebody with these roles receives a container there: at the bedside who treats, in storage who keeps."""
    if to_patient:
        return not BEDSIDE.isdisjoint(roles)
    if place_kind in STORAGE_PLACES:
        return not LABORATORY.isdisjoint(roles)
    return not (BEDSIDE | LABORATORY).isdisjoint(roles)


def undo_blockers(*, is_newest: bool, is_undone: bool, is_undo: bool, reason: str) -> list[Blocker]:
    """Why a hand-over is not taken back: another followed it, it was taken back, it took one back, or no reason."""
    blockers = []
    if is_undone:
        blockers.append(Blocker("hand_over_undone", {}, SOURCE))
    elif not is_newest:
        blockers.append(Blocker("hand_over_not_the_last", {}, SOURCE))
    if is_undo:
        blockers.append(Blocker("undo_of_an_undo", {}, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    return blockers
