"""The time-out, the dose, and the record of each."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.courses.queries import course_to_change
from stroma.custody.actions import keep_scan
from stroma.custody.containers import Draw, chains_of, take
from stroma.custody.domain.hand_over import still_awaited
from stroma.custody.domain.reading import NOT_TOLD, Readings, readings_as_facts
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.models import Lot, Material
from stroma.custody.queries import is_labeled, read_scans
from stroma.injection.domain.time_out import Spot, cancelling_blockers, dose_blockers, time_out_blockers
from stroma.injection.models import Dose, TimeOut, TimeOutCancellation
from stroma.injection.queries import (
    consented_spots,
    is_cancelled,
    is_given,
    is_own_or_eligible,
    time_out_facts,
)
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import Recorded, action
from stroma.patients.queries import consent_is_valid
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.spine import Side, Target

SECOND_PEOPLE = (Role.NURSE, Role.TECHNOLOGIST, Role.PHYSIATRIST)
"""Who may stand beside whoever leads a time-out, or see that nothing was given after one."""
SCANS = ("wristband", "container")
"""Everything that is scanned at a time-out, in the order in which it is asked for."""


class TimeOutStopped(Recorded, Refused):
    """The time-out found a reason to stop. The scans and the reasons stay on record."""


class NotCancelled(Recorded, Refused):
    """The time-out stands. The scan and the reasons stay on record."""


class DoseRefused(Refused):
    """The dose is not given."""


@action
def complete_time_out(
    *,
    course: Course,
    material: Material,
    spot: Spot,
    scans: Mapping[str, str],
    readings: Readings = NOT_TOLD,
    treatment_number: int = 1,
    second_person: User,
    by: User,
    at: datetime,
) -> TimeOut:
    """Stop, scan, agree. ``scans`` are raw: ``container`` and ``wristband``.

    Raises TimeOutStopped with every reason; what was scanned is kept either way.
    """
    authorize(by, Role.PHYSIATRIST, site=course.site, at=at)
    course, material, blockers = _judged(
        course,
        material,
        spot,
        scans,
        treatment_number=treatment_number,
        second_person=second_person,
        by=by,
        at=at,
    )
    scan = keep_scan(material, "time_out", scans, blockers, readings, by=by, at=at)
    if blockers:
        raise TimeOutStopped(blockers)
    time_out = TimeOut.objects.create(
        course=course,
        material=material,
        scan=scan,
        target=spot.target,
        level=spot.level,
        side=spot.side,
        led_by=by,
        second_person=second_person,
        completed_at=at,
    )
    record(
        "time_out.completed",
        by=by,
        at=at,
        chains=chains_of(material.lot),
        facts={
            "time_out": time_out.id,
            "course": course.id,
            "container": material.id,
            "target": spot.target,
            "level": spot.level,
            "side": spot.side,
            "second_person": second_person.ledger_name,
            **readings_as_facts(readings),
        },
    )
    return time_out


@action
def stop_wrong_time_out(
    *,
    course: Course,
    material: Material,
    spot: Spot,
    scans: Mapping[str, str],
    readings: Readings = NOT_TOLD,
    treatment_number: int = 1,
    second_person: User,
    by: User,
    at: datetime,
) -> None:
    """Stop at a wristband that is wrong, before the dose is scanned; where it is right, nothing is written.

    Everything as in :func:`complete_time_out`, but that scans may be missing: they are still to come. ``material`` is
    the dose that is expected; what was scanned is kept with it.
    """
    authorize(by, Role.PHYSIATRIST, site=course.site, at=at)
    _course, material, blockers = _judged(
        course,
        material,
        spot,
        scans,
        awaited=still_awaited(SCANS, scans),
        treatment_number=treatment_number,
        second_person=second_person,
        by=by,
        at=at,
    )
    if blockers:
        keep_scan(material, "time_out", scans, blockers, readings, by=by, at=at)
        raise TimeOutStopped(blockers)


def _judged(
    course: Course,
    material: Material,
    spot: Spot,
    scans: Mapping[str, str],
    *,
    awaited: Collection[str] = frozenset(),
    treatment_number: int,
    second_person: User,
    by: User,
    at: datetime,
) -> tuple[Course, Material, list[Blocker]]:
    """The course and the dose, held for this change, and every reason against the time-out.

    ``by`` was asked already; whether the second person may be one is asked here, before anything is waited for.
    """
    authorize(second_person, *SECOND_PEOPLE, site=course.site, at=at)
    course = course_to_change(course.id)
    material = rows_to_change(Material.objects).get(pk=material.pk)
    facts, unreadable = time_out_facts(
        course,
        material,
        spot,
        scans,
        treatment_number=treatment_number,
        led_by=by,
        second_person=second_person,
        at=at,
    )
    return course, material, [*unreadable, *time_out_blockers(facts, at=at, awaited=awaited)]


@action
def cancel_time_out(
    *,
    time_out: TimeOut,
    scans: Mapping[str, str],
    readings: Readings = NOT_TOLD,
    reason: str,
    seen_whole: bool,
    witness: User,
    by: User,
    at: datetime,
) -> TimeOutCancellation:
    """Close a time-out after which nothing was given: the container is scanned once more, whole, before a witness.

    Raises NotCancelled with every reason.
    """
    course = course_to_change(time_out.course_id)
    authorize(by, Role.PHYSIATRIST, Role.NURSE, site=course.site, at=at)
    authorize(witness, *SECOND_PEOPLE, site=course.site, at=at)
    material = rows_to_change(Material.objects).select_related("lot").get(pk=time_out.material_id)
    scanned, unreadable = read_scans(scans)
    blockers = [
        *unreadable,
        *cancelling_blockers(
            din_expected=material.lot.din,
            division_expected=material.division,
            din_scanned=scanned.din,
            division_scanned=scanned.division,
            dose_recorded=Dose.objects.filter(time_out=time_out).exists(),
            time_out_cancelled=is_cancelled(time_out),
            container_held=material.state == MaterialState.HELD and material.remaining > 0,
            seen_whole=seen_whole,
            two_people=witness.pk != by.pk,
        ),
    ]
    scan = keep_scan(material, "time_out_cancelled", scans, blockers, readings, by=by, at=at)
    if blockers:
        raise NotCancelled(blockers)
    cancellation = TimeOutCancellation.objects.create(
        time_out=time_out, scan=scan, reason=reason, cancelled_by=by, witness=witness, cancelled_at=at
    )
    record(
        "time_out.cancelled",
        by=by,
        at=at,
        chains=chains_of(material.lot),
        facts={
            "time_out": time_out.id,
            "course": course.id,
            "container": material.id,
            "witness": witness.ledger_name,
            **readings_as_facts(readings),
        },
        sealed={"reason": reason},
    )
    return cancellation


@action
def give_dose(
    *,
    time_out: TimeOut,
    volume_ml: Decimal,
    guidance: str,
    treatment_number: int = 1,
    by: User,
    at: datetime,
) -> Dose:
    """Record the dose given after its time-out. What is left in the container is discarded in an entry of its own."""
    course = course_to_change(time_out.course_id)
    authorize(by, Role.PHYSIATRIST, site=course.site, at=at)
    # Before anything is looked at: a lot that is called back and a donor's reactive test wait too.
    locked = rows_to_change(Lot.objects, "donor").select_related("donor")
    lot = locked.get(pk=time_out.material.lot_id)
    material = rows_to_change(Material.objects).get(pk=time_out.material_id)
    spot = Spot(Target(time_out.target), time_out.level, Side(time_out.side))
    rule = protocol_of(lot.protocol).target
    assert rule is not None
    blockers = dose_blockers(
        time_out_at=time_out.completed_at,
        time_out_cancelled=is_cancelled(time_out),
        expires_at=material.expires_at,
        course_open=course.state == Course.State.OPEN,
        consent_valid=consent_is_valid(course.consent),
        place_consented=spot in consented_spots(course),
        donor_is_patient_or_eligible=is_own_or_eligible(lot, course),
        lot_released=lot.state == LotState.RELEASED,
        container_labeled=is_labeled(material),
        given_already=is_given(course, material, spot, treatment_number=treatment_number),
        held=material.remaining,
        volume_ml=volume_ml,
        volume_ml_min=rule.volume_ml_min,
        volume_ml_max=rule.volume_ml_max,
        at=at,
    )
    if blockers:
        raise DoseRefused(blockers)
    cells = None
    if material.viable_cells is not None:
        cells = (material.viable_cells * volume_ml / material.amount).to_integral_value()
    dose = Dose.objects.create(
        course=course,
        material=material,
        time_out=time_out,
        treatment_number=treatment_number,
        target=time_out.target,
        level=time_out.level,
        side=time_out.side,
        volume_ml=volume_ml,
        viable_cells=cells,
        guidance=guidance,
        given_by=by,
        given_at=at,
    )
    changes = take(Draw(material, volume_ml), becomes=MaterialState.ADMINISTERED)
    record(
        "dose.given",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "dose": dose.id,
            "course": course.id,
            "lot": lot.id,
            "container": material.id,
            "treatment": treatment_number,
            "target": dose.target,
            "level": dose.level,
            "side": dose.side,
            "volume_ml": volume_ml,
            "viable_cells": cells,
            "guidance": guidance,
            "custody": changes,
        },
    )
    return dose
