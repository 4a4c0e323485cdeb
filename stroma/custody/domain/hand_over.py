"""Whether a container may go from one hand to the next: what was expected, what was scanned, go or stop."""

from dataclasses import dataclass
from datetime import datetime

from stroma.custody.domain.states import LotState, MaterialState
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


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the scans said; None where nothing readable was scanned."""

    din: str | None
    division: str | None
    place_code: str | None
    wristband: str | None = None


def hand_over_blockers(
    expected: Expected, scanned: Scanned, *, to_patient: bool, at: datetime
) -> list[Blocker]:
    """Every reason why this container does not change hands now.

    ``to_patient``: the container goes to the bedside, so it must be released and unexpired, and the wristband is read.
    """
    blockers = [*_identity(expected, scanned), *_condition(expected)]
    if to_patient:
        if scanned.wristband is None:
            blockers.append(Blocker("wristband_not_scanned", {}, SOURCE))
        elif scanned.wristband != expected.wristband:
            blockers.append(Blocker("wristband_mismatch", {}, SOURCE))
        if expected.lot_state is not LotState.RELEASED:
            state = expected.lot_state.value.lower().replace("_", " ")
            blockers.append(Blocker("lot_not_released", {"state": state}, SOURCE))
        if expected.expires_at is None or expected.expires_at <= at:
            blockers.append(Blocker("container_expired", {"expired": expected.expires_at, "at": at}, SOURCE))
    return blockers


def _identity(expected: Expected, scanned: Scanned) -> list[Blocker]:
    blockers = []
    if scanned.din is None:
        blockers.append(Blocker("container_not_scanned", {}, SOURCE))
    elif scanned.din != expected.din:
        blockers.append(
            Blocker("donation_mismatch", {"expected": expected.din, "scanned": scanned.din}, SOURCE)
        )
    elif scanned.division != expected.division:
        values = {"expected": expected.division, "scanned": scanned.division}
        blockers.append(Blocker("container_mismatch", values, SOURCE))
    if scanned.place_code is None:
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
