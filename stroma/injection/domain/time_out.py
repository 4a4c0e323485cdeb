"""The pause before the needle: patient, place, consent, product, release, expiry. One mismatch and nothing is given."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.spine import Side, Target

SOURCE = "design rule 3: no dose without release, consent and time-out; clinical.md §7"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of the spine: target, level, side."""

    target: Target
    level: str
    side: Side


@dataclass(frozen=True, slots=True)
class TimeOutFacts:
    """What is known and what was scanned when the team stops."""

    wristband_scanned: str | None
    wristband_expected: str
    din_scanned: str | None
    division_scanned: str | None
    din_expected: str
    division_expected: str
    lot_is_for_this_course: bool
    donor_is_patient_or_eligible: bool
    lot_released: bool
    container_held: bool
    container_is_dose: bool
    """Filled as a dose, and so on the certificate; a sample or what is left over is not."""
    container_labeled: bool
    expires_at: datetime | None
    course_open: bool
    consent_valid: bool
    consented_spots: Collection[Spot]
    spot: Spot
    two_people: bool
    given_already: bool
    """This place was injected in this treatment, or this container was given."""
    other_time_out_open: bool
    """Another container had its time-out for this place, and nobody has said what became of it."""
    leader_is_competent: bool = True
    """Whoever leads is trained for it, by the site's record, or the site does not ask."""
    second_is_competent: bool = True


TOLD_BY_SCAN = {
    "wristband": frozenset({"wristband_not_scanned", "wristband_mismatch"}),
    "container": frozenset(
        {
            "container_not_scanned",
            "donation_mismatch",
            "container_mismatch",
            "lot_of_another_course",
            "cells_of_somebody_else",
            "lot_not_released",
            "container_not_held",
            "container_is_no_dose",
            "container_not_labeled",
            "container_expired",
            "given_already",
            "other_time_out_open",
        }
    ),
}
"""The reasons that are open until that scan was made. The last two ask about a container beside the place."""


def time_out_blockers(
    facts: TimeOutFacts, *, at: datetime, awaited: Collection[str] = frozenset()
) -> list[Blocker]:
    """Every reason why this container is not given to this patient at this place now.

    ``awaited`` names, of ``wristband`` and ``container``, what is still to be scanned. Until the container is, nobody
    knows which it will be: then the reasons are those that hold whichever it is.
    """
    checks: list[tuple[bool, str, dict[str, Any]]] = [
        (facts.wristband_scanned is None, "wristband_not_scanned", {}),
        (facts.wristband_scanned not in {None, facts.wristband_expected}, "wristband_mismatch", {}),
        (facts.din_scanned is None, "container_not_scanned", {}),
        (
            facts.din_scanned not in {None, facts.din_expected},
            "donation_mismatch",
            {"expected": facts.din_expected, "scanned": facts.din_scanned},
        ),
        (
            facts.din_scanned == facts.din_expected and facts.division_scanned != facts.division_expected,
            "container_mismatch",
            {"expected": facts.division_expected, "scanned": facts.division_scanned},
        ),
        (not facts.lot_is_for_this_course, "lot_of_another_course", {}),
        (not facts.donor_is_patient_or_eligible, "cells_of_somebody_else", {}),
        (not facts.lot_released, "lot_not_released", {"state": "not released"}),
        (not facts.container_held, "container_not_held", {"state": "empty"}),
        (not facts.container_is_dose, "container_is_no_dose", {}),
        (not facts.container_labeled, "container_not_labeled", {}),
        (
            facts.expires_at is None or facts.expires_at <= at,
            "container_expired",
            {"expired": facts.expires_at, "at": at},
        ),
        (not facts.course_open, "course_not_open", {}),
        (not facts.consent_valid, "consent_missing", {}),
        (
            facts.consent_valid and facts.spot not in facts.consented_spots,
            "place_not_consented",
            {"level": facts.spot.level, "side": facts.spot.side.lower()},
        ),
        (not facts.two_people, "time_out_alone", {}),
        (not facts.leader_is_competent, "leader_not_competent", {}),
        (not facts.second_is_competent, "second_not_competent", {}),
        (facts.given_already, "given_already", {}),
        # Its dose may have been given and the record of it lost on the way: the patient would get a second one.
        (facts.other_time_out_open, "other_time_out_open", {}),
    ]
    open_yet = {code for name in awaited for code in TOLD_BY_SCAN[name]}
    return [
        Blocker(code, values, SOURCE) for applies, code, values in checks if applies and code not in open_yet
    ]


def cancelling_blockers(
    *,
    din_expected: str,
    division_expected: str,
    din_scanned: str | None,
    division_scanned: str | None,
    dose_recorded: bool,
    time_out_cancelled: bool,
    container_held: bool,
    seen_whole: bool,
    two_people: bool,
) -> list[Blocker]:
    """Every reason why a time-out is not cancelled. Its container is in the hand, whole, before two people's eyes.

    Else the dose may have been given and only its record be missing: then it is recorded, and nothing is cancelled.
    """
    checks: list[tuple[bool, str, dict[str, Any]]] = [
        (din_scanned is None, "container_not_scanned", {}),
        (
            din_scanned not in {None, din_expected},
            "donation_mismatch",
            {"expected": din_expected, "scanned": din_scanned},
        ),
        (
            din_scanned == din_expected and division_scanned != division_expected,
            "container_mismatch",
            {"expected": division_expected, "scanned": division_scanned},
        ),
        (dose_recorded, "time_out_used", {}),
        (time_out_cancelled, "time_out_cancelled", {}),
        (not container_held, "container_not_held", {"state": "empty"}),
        (not seen_whole, "container_not_seen_whole", {}),
        (not two_people, "time_out_alone", {}),
    ]
    return [Blocker(code, values, SOURCE) for applies, code, values in checks if applies]


def dose_blockers(
    *,
    time_out_at: datetime | None,
    time_out_cancelled: bool,
    expires_at: datetime | None,
    course_open: bool,
    consent_valid: bool,
    place_consented: bool,
    donor_is_patient_or_eligible: bool,
    lot_released: bool,
    container_labeled: bool,
    given_already: bool,
    held: Decimal,
    volume_ml: Decimal,
    volume_ml_min: float,
    volume_ml_max: float,
    at: datetime,
) -> list[Blocker]:
    """What may have changed between the time-out and the needle, and whether the volume fits the place.

    The patient may have consented anew to another place meanwhile, and a donor's late test may have come in.
    """
    blockers = []
    if time_out_at is None or time_out_at > at:
        blockers.append(Blocker("time_out_missing", {}, SOURCE))
    if time_out_cancelled:
        blockers.append(Blocker("time_out_cancelled", {}, SOURCE))
    if expires_at is None or expires_at <= at:
        blockers.append(Blocker("container_expired", {"expired": expires_at, "at": at}, SOURCE))
    if not course_open:
        blockers.append(Blocker("course_not_open", {}, SOURCE))
    if not consent_valid:
        blockers.append(Blocker("consent_missing", {}, SOURCE))
    elif not place_consented:
        blockers.append(Blocker("place_not_consented_any_more", {}, SOURCE))
    if not donor_is_patient_or_eligible:
        blockers.append(Blocker("cells_of_somebody_else", {}, SOURCE))
    if not lot_released:
        blockers.append(Blocker("lot_not_released", {"state": "not released"}, SOURCE))
    if not container_labeled:
        blockers.append(Blocker("container_not_labeled", {}, SOURCE))
    if given_already:
        blockers.append(Blocker("given_already", {}, SOURCE))
    if volume_ml > held:
        values = {"wanted": volume_ml, "held": held, "unit": "mL"}
        blockers.append(Blocker("container_holds_less", values, SOURCE))
    if not volume_ml_min <= float(volume_ml) <= volume_ml_max:
        limits = {"volume": volume_ml, "least": volume_ml_min, "most": volume_ml_max}
        blockers.append(Blocker("volume_out_of_range", limits, SOURCE))
    return blockers
