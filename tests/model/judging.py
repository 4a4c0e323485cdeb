"""Asking Stroma's own rules about a state: the facts that its queries would gather, then the rule, then go or stop.

``off`` names reasons that are not listened to: that is how a guard is taken away.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from stroma.clinic.domain.roles import Role
from stroma.custody.domain.eligibility import Relation, recipient_blockers
from stroma.custody.domain.hand_over import Expected, Scanned, goes_to_patient, hand_over_blockers
from stroma.custody.domain.labeling import applying_blockers, printing_blockers
from stroma.custody.domain.states import LotState, MaterialState, lot_transition_blockers
from stroma.injection.domain.time_out import (
    Spot,
    TimeOutFacts,
    cancelling_blockers,
    dose_blockers,
    time_out_blockers,
)
from stroma.protocols.domain.blocker import Blocker, stopping
from stroma.protocols.domain.schema import Donor, SpecificationLimit
from stroma.protocols.domain.spine import Side, Target
from stroma.release.domain.decision import DonorEligibility, LabelCount, LotEvidence, release_blockers
from stroma.release.domain.signing import Credential, Signature, signature_blockers
from stroma.release.domain.specification import Judgement, Result, judge
from tests.model.state import BEDSIDE, DONOR, LABORATORY, NOBODY, STORE, Lot, Pause, State

Off = frozenset[str]

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER, BEFORE = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
PLACES = {LABORATORY: "LAB-1", BEDSIDE: "PROC-1", STORE: "LN2-1"}
SPOTS = (
    Spot(Target.DISC_NUCLEUS, "L4-L5", Side.MIDLINE),
    Spot(Target.DISC_NUCLEUS, "L5-S1", Side.MIDLINE),
)
HOLDS = {
    "physician": {Role.PHYSIATRIST},
    "quality": {Role.QUALITY},
    "both": {Role.PHYSIATRIST, Role.QUALITY},
}
"""Three people and the roles they hold; a small clinic has one who holds both."""
LIMIT = SpecificationLimit(
    code="viability",
    attribute="viability",
    kind="number",
    minimum=70,
    unit="percent",
    due="release",
    source="model",
)


def goes(blockers: Iterable[Blocker], off: Off) -> bool:
    """Whether nothing stands in the way, but for reasons that nobody listens to."""
    return not [blocker for blocker in stopping(blockers) if blocker.code not in off]


# The rules are pure, so the same facts are judged once: most states differ in what a rule does not ask about.


@cache
def _hand_over(expected: Expected, scan: Scanned, to_patient: bool, off: Off) -> bool:
    return goes(hand_over_blockers(expected, scan, to_patient=to_patient, at=NOW), off)


@cache
def _time_out(facts: TimeOutFacts, off: Off) -> bool:
    return goes(time_out_blockers(facts, at=NOW), off)


@cache
def _dose(off: Off, **facts: Any) -> bool:
    return goes(dose_blockers(**facts, at=NOW), off)


def wristband(patient: int) -> str:
    """What is read off a patient's wrist."""
    return f"P{patient:07d}"


def relation(donor: int) -> Relation:
    """Whether that donor gives to others."""
    return Relation.ALLOGENEIC if donor == DONOR else Relation.AUTOLOGOUS


def scanned(state: State, true_box: int, *, place: int | None, patient: int) -> Scanned:
    """What the scanner reads off what is truly there."""
    worn = state.boxes[true_box].sticker
    box = state.boxes[worn]
    return Scanned(
        state.lots[box.lot].din, box.division, None if place is None else PLACES[place], wristband(patient)
    )


def _expiry(state: State) -> datetime:
    return BEFORE if state.is_expired else LATER


def may_print(state: State, box: int, off: Off) -> bool:
    """Whether the label of a container is printed now."""
    here = state.boxes[box]
    loose = {
        state.lots[other.lot].din
        for other in state.boxes
        if other.lot != here.lot and other.place == here.place and other.printed and not other.applied
    }
    return not here.printed and goes(printing_blockers(others_loose=loose), off)


def may_apply(state: State, box: int, off: Off) -> bool:
    """Whether the label of a container may be put on now."""
    here = state.boxes[box]
    if not here.printed:
        return False
    return goes(applying_blockers(is_fresh=not here.applied, state="applied", is_labeled=here.applied), off)


def may_hand_over(
    state: State, box: int, to_place: int, scan: Scanned, off: Off, *, receiver: int = NOBODY
) -> bool:
    """Whether the rule lets a container go to a place after that scan, into the hands of one of the staff."""
    here = state.boxes[box]
    lot = state.lots[here.lot]
    expected = Expected(
        din=lot.din,
        division=here.division,
        place_code=PLACES[to_place],
        state=MaterialState.HELD if here.held else MaterialState.ADMINISTERED,
        lot_state=lot.state,
        expires_at=_expiry(state),
        label_applied=here.applied,
        wristband=None if lot.course == NOBODY else wristband(lot.course),
        badge_asked_for=bool(state.staff) and state.staff[receiver].is_worn,
    )
    to_patient = goes_to_patient(is_finished=True, is_treatment_room=to_place == BEDSIDE)
    return _hand_over(expected, scan, to_patient, off)


def _own_or_eligible(state: State, box: int, course: int) -> bool:
    donor = state.lots[state.boxes[box].lot].donor
    return state.donor_is_eligible if donor == DONOR else donor == course


def _given(state: State, course: int, box: int, place: int) -> bool:
    return any((c, p) == (course, place) or b == box for c, b, p in state.doses)


def _open_elsewhere(state: State, course: int, box: int, place: int) -> bool:
    dosed = {(c, b) for c, b, _p in state.doses}
    return any(
        (pause.course, pause.place) == (course, place)
        and pause.box != box
        and not pause.is_cancelled
        and state.boxes[pause.box].held
        and (pause.course, pause.box) not in dosed
        for pause in state.pauses
    )


def may_stop_and_agree(
    state: State, course: int, box: int, place: int, scan: Scanned, people: int, off: Off
) -> bool:
    """Whether the time-out's rule says go."""
    here, lot, consent = state.boxes[box], state.lots[state.boxes[box].lot], state.courses[course].place
    facts = TimeOutFacts(
        wristband_scanned=scan.wristband,
        wristband_expected=wristband(course),
        din_scanned=scan.din,
        division_scanned=scan.division,
        din_expected=lot.din,
        division_expected=here.division,
        lot_is_for_this_course=lot.course == course,
        donor_is_patient_or_eligible=_own_or_eligible(state, box, course),
        lot_released=lot.state is LotState.RELEASED,
        container_held=here.held,
        container_is_dose=True,
        container_labeled=here.applied,
        expires_at=_expiry(state),
        course_open=state.courses[course].is_open,
        consent_valid=consent != NOBODY,
        consented_spots=() if consent == NOBODY else (SPOTS[consent],),
        spot=SPOTS[place],
        two_people=people == 2,
        given_already=_given(state, course, box, place),
        other_time_out_open=_open_elsewhere(state, course, box, place),
    )
    return _time_out(facts, off)


def may_give(state: State, pause: Pause, off: Off) -> bool:
    """Whether the rule lets the dose of a completed time-out be given."""
    here, course = state.boxes[pause.box], state.courses[pause.course]
    return _dose(
        off,
        time_out_at=BEFORE,
        time_out_cancelled=pause.is_cancelled,
        expires_at=_expiry(state),
        course_open=course.is_open,
        consent_valid=course.place != NOBODY,
        place_consented=course.place == pause.place,
        donor_is_patient_or_eligible=_own_or_eligible(state, pause.box, pause.course),
        lot_released=state.lots[here.lot].state is LotState.RELEASED,
        container_labeled=here.applied,
        given_already=_given(state, pause.course, pause.box, pause.place),
        held=Decimal(2 if here.held else 0),
        volume_ml=Decimal(2),
        volume_ml_min=1,
        volume_ml_max=3,
    )


def may_cancel(state: State, pause: Pause, scan: Scanned, seen_whole: bool, off: Off) -> bool:
    """Whether the rule lets a time-out be cancelled with that container in the hand."""
    here = state.boxes[pause.box]
    return goes(
        cancelling_blockers(
            din_expected=state.lots[here.lot].din,
            division_expected=here.division,
            din_scanned=scan.din,
            division_scanned=scan.division,
            dose_recorded=(pause.course, pause.box, pause.place) in state.doses,
            time_out_cancelled=pause.is_cancelled,
            container_held=here.held,
            seen_whole=seen_whole,
            two_people=True,
        ),
        off,
    )


def may_change(state: State, lot: int, wanted: LotState, off: Off) -> bool:
    """Whether the table of states lets a lot become that."""
    return goes(lot_transition_blockers(state.lots[lot].state, wanted), off)


def may_set_aside(state: State, lot: int, course: int, off: Off) -> bool:
    """Whether a part of a lot may be set aside for a course."""
    parent = state.lots[lot]
    blockers = recipient_blockers(
        relation=relation(parent.donor),
        parent_state=parent.state,
        donor_is_patient=parent.donor == course,
        may_be_used=state.donor_is_eligible,
    )
    return goes(blockers, off)


@cache
def _judgements(result: str) -> tuple[Judgement, ...]:
    value = {"good": 85.0, "bad": 50.0}.get(result)
    return tuple(judge([LIMIT], [] if value is None else [Result("viability", value=value)]))


def may_release(state: State, number: int, off: Off) -> bool:
    """Whether the rules let a lot go: its evidence, and the signatures under its certificate as it is now."""
    lot = state.lots[number]
    boxes = [box for box in state.boxes if box.lot == number]
    course = None if lot.course == NOBODY else state.courses[lot.course]
    labels = LabelCount(
        containers=len(boxes),
        printed=sum(box.printed for box in boxes),
        applied=sum(box.applied for box in boxes),
    )
    is_withdrawn, is_stopped = (
        (False, False) if course is None else (course.place == NOBODY, not course.is_open)
    )
    return _release(
        lot, labels, is_withdrawn, is_stopped, state.is_expired, state.donor_is_eligible, off
    ) and (may_change(state, number, LotState.RELEASED, off))


@cache
def _release(
    lot: Lot,
    labels: LabelCount,
    is_withdrawn: bool,
    is_stopped: bool,
    is_expired: bool,
    donor_is_eligible: bool,
    off: Off,
) -> bool:
    eligible = DonorEligibility.ELIGIBLE if donor_is_eligible else DonorEligibility.INELIGIBLE
    evidence = LotEvidence(
        judgements=_judgements(lot.result),
        state=lot.state,
        expires_at=BEFORE if is_expired else LATER,
        donor=Donor.ALLOGENEIC if lot.donor == DONOR else Donor.AUTOLOGOUS,
        donor_eligibility=eligible if lot.donor == DONOR else DonorEligibility.NOT_REQUIRED,
        labels=labels,
        consent_withdrawn=is_withdrawn,
        course_stopped=is_stopped,
        open_findings=(Blocker("value_drifts"),) if lot.has_finding else (),
    )
    return goes([*release_blockers(evidence, at=NOW), *_signing_blockers(lot, off)], off)


def _signing_blockers(lot: Lot, off: Off) -> list[Blocker]:
    # A signature at fault is not counted, and then one is missing: a rule about one is taken away at its fact.
    signatures = [
        Signature(
            signer=signed.person,
            role=Role(signed.role),
            is_competent="signer_not_competent" in off or Role(signed.role) in HOLDS[signed.person],
            credential=Credential("PASSWORD" if "credential_is_no_signature" in off else signed.credential),
            credential_checked_at=BEFORE,
            signed_at=BEFORE,
            document_digest="now" if signed.is_current or "signed_document_changed" in off else "before",
        )
        for signed in sorted(lot.signed)
    ]
    blockers = signature_blockers(
        signatures,
        document_digest="now",
        roles_needed=(Role.PHYSIATRIST, Role.QUALITY),
        at=NOW,
    )
    # As ``release_lot`` does: a void signature stops only where no valid one stands in that role.
    current = {signed.role for signed in lot.signed if signed.is_current}
    return [b for b in blockers if b.code != "signed_document_changed" or b.values.get("role") not in current]
