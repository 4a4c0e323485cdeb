"""Reads about injections."""

from collections.abc import Mapping
from datetime import datetime

from stroma.clinic.competence_queries import is_competent
from stroma.clinic.domain.competence import Skill
from stroma.clinic.models import User
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.models import Donor, Lot, Material
from stroma.custody.queries import is_labeled, may_be_used, read_scans
from stroma.injection.domain.time_out import Spot, TimeOutFacts
from stroma.injection.models import Dose, TimeOut, TimeOutCancellation
from stroma.patients.models import ConsentedTarget
from stroma.patients.queries import consent_is_valid
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.spine import Side, Target


def consented_spots(course: Course) -> list[Spot]:
    """Where the patient agreed to be injected."""
    rows = ConsentedTarget.objects.filter(consent=course.consent) if course.consent else []
    return [Spot(Target(row.target), row.level, Side(row.side)) for row in rows]


def time_out_facts(
    course: Course,
    material: Material,
    spot: Spot,
    scans: Mapping[str, str],
    *,
    treatment_number: int,
    led_by: User,
    second_person: User,
    at: datetime,
) -> tuple[TimeOutFacts, list[Blocker]]:
    """What the time-out rule asks, and the reasons for scans that cannot be read."""
    scanned, unreadable = read_scans(scans)
    lot = Lot.objects.select_related("donor").get(pk=material.lot_id)
    facts = TimeOutFacts(
        wristband_scanned=scanned.wristband,
        wristband_expected=course.patient.record_number,
        din_scanned=scanned.din,
        division_scanned=scanned.division,
        din_expected=lot.din,
        division_expected=material.division,
        lot_is_for_this_course=lot.course_id == course.id,
        donor_is_patient_or_eligible=is_own_or_eligible(lot, course),
        lot_released=lot.state == LotState.RELEASED,
        container_held=material.state == MaterialState.HELD and material.remaining > 0,
        container_is_dose=material.kind == Material.Kind.DOSE,
        container_labeled=is_labeled(material),
        expires_at=material.expires_at,
        course_open=course.state == Course.State.OPEN,
        consent_valid=consent_is_valid(course.consent),
        consented_spots=consented_spots(course),
        spot=spot,
        two_people=led_by.pk != second_person.pk,
        given_already=is_given(course, material, spot, treatment_number=treatment_number),
        other_time_out_open=is_open_elsewhere(course, material, spot),
        leader_is_competent=is_competent(led_by, Skill.TIME_OUT, site=course.site, at=at),
        second_is_competent=is_competent(second_person, Skill.TIME_OUT, site=course.site, at=at),
    )
    return facts, unreadable


def is_own_or_eligible(lot: Lot, course: Course) -> bool:
    """Whether the cells are the patient's own, or a donor's who may give to others as of now."""
    if lot.donor.relation == Donor.Relation.AUTOLOGOUS:
        return lot.donor.patient_id == course.patient_id
    return may_be_used(lot.donor)


def is_open_elsewhere(course: Course, material: Material, spot: Spot) -> bool:
    """Whether another container had its time-out for this place, not cancelled, and was neither given nor discarded."""
    earlier = TimeOut.objects.filter(course=course, target=spot.target, level=spot.level, side=spot.side)
    held = earlier.filter(dose=None, cancellation=None, material__state=MaterialState.HELD)
    return held.exclude(material=material).exists()


def is_cancelled(time_out: TimeOut) -> bool:
    """Whether two people saw that nothing was given after this time-out."""
    return TimeOutCancellation.objects.filter(time_out=time_out).exists()


def is_given(course: Course, material: Material, spot: Spot, *, treatment_number: int) -> bool:
    """Whether this container was given, or this place injected in this treatment."""
    here = Dose.objects.filter(
        course=course, treatment_number=treatment_number, level=spot.level, side=spot.side
    )
    return here.exists() or Dose.objects.filter(material=material).exists()


def cells_not_accounted_for(course: Course, at: datetime) -> list[Blocker]:
    """The containers of a course that still hold something: it cannot be closed before they are accounted for."""
    del at
    held = Material.objects.filter(lot__course=course, state=MaterialState.HELD).count()
    blockers = [Blocker("cells_left", {"containers": held}, "Stroma custody")] if held else []
    protocol = protocol_of(course.protocol)
    if protocol.gives_cells and not Dose.objects.filter(course=course).exists():
        blockers.append(Blocker("nothing_given", {}, protocol.key))
    return blockers
