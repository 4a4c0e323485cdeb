"""Courses for the tests of recovery and the registry: opened by the actions, treated as the database allows.

A dose has a long way behind it that is tested elsewhere, so its rows are written here without the actions; every
guard of the database still looks at them. In a simulated database time only goes forward.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

from stroma.candidacy.actions import decide_candidacy
from stroma.candidacy.models import Assessment, Decision
from stroma.clinic.actions import adopt_protocol, file_authorization, sign
from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import AdoptedProtocol, Signature
from stroma.clinic.queries import protocol_of
from stroma.courses.actions import consent_to_course, give_care, open_course
from stroma.courses.models import CareGiven, Course
from stroma.custody.models import Derivation, Donor, Label, Lot, Material, Scan
from stroma.injection.models import Dose, TimeOut
from stroma.patients.actions import register_patient
from stroma.patients.domain.consenting import Place
from stroma.patients.domain.intake import PatientIntake
from stroma.patients.models import Consent, ConsentedTarget, Patient
from stroma.protocols.library import shipped_protocol
from stroma.release.models import Release
from stroma.simulation.clinic import SimulatedClinic, found_simulated_database, open_simulated_clinic

START = datetime(2026, 1, 5, 15, tzinfo=UTC)
_numbers = count(1)


def a_clinic() -> SimulatedClinic:
    """A simulated clinic, founded a day before START. It offers a protocol as soon as a course wants it."""
    at = START - timedelta(days=1)
    found_simulated_database(at)
    return open_simulated_clinic(name="Test clinic", protocols=[], at=at)


def _adopted(clinic: SimulatedClinic, protocol_id: str, at: datetime) -> AdoptedProtocol:
    found = AdoptedProtocol.objects.filter(site=clinic.site, protocol_id=protocol_id).first()
    if found is not None:
        return found
    shipped = shipped_protocol(protocol_id)
    if shipped.protocol.legal.authorization_required:
        file_authorization(
            site=clinic.site,
            protocol_id=protocol_id,
            reference="TEST-IND",
            title="Test authorization",
            valid_from=at,
            valid_to=None,
            by=clinic.administrator,
            at=at,
        )
    return adopt_protocol(site=clinic.site, document=shipped.text, by=clinic.administrator, at=at)


def a_patient(clinic: SimulatedClinic, *, at: datetime = START) -> Patient:
    """Somebody new."""
    number = next(_numbers)
    intake = PatientIntake(f"Testfamily{number}", (f"Given{number}",), date(1970, 1, 1), "female")
    return register_patient(
        site=clinic.site, intake=intake, is_new_person=True, by=clinic.person("nurse"), at=at
    )


def a_course(
    clinic: SimulatedClinic, protocol_id: str, *, patient: Patient | None = None, at: datetime = START
) -> Course:
    """A consented course under a protocol; the consent is given as soon as the protocol allows."""
    course = an_open_course(clinic, protocol_id, patient=patient, at=at)
    return consented(clinic, course, at=at + protocol_of(course.protocol).consent.waiting)


def an_open_course(
    clinic: SimulatedClinic, protocol_id: str, *, patient: Patient | None = None, at: datetime = START
) -> Course:
    """A course that was opened and not consented to yet."""
    patient = patient or a_patient(clinic, at=at)
    adopted = _adopted(clinic, protocol_id, at)
    physiatrist = clinic.person("physiatrist")
    assessment = Assessment.objects.create(
        site=clinic.site,
        patient=patient,
        protocol=adopted,
        salt="0" * 32,
        answers=[],
        red_flags={},
        blockers=[],
        assessed_by=physiatrist,
        assessed_at=at,
    )
    decision = decide_candidacy(
        assessment=assessment,
        outcome=Decision.Outcome.CANDIDATE,
        overrides={},
        credential=Simulated(),
        by=physiatrist,
        at=at,
    )
    return open_course(decision=decision, by=clinic.person("coordinator"), at=at)


def consented(clinic: SimulatedClinic, course: Course, *, at: datetime) -> Course:
    """The patient consents, at the protocol's first level and side where it has one."""
    target = protocol_of(course.protocol).target
    consent_to_course(
        course=course,
        places=[Place(target.target, target.levels[0], target.sides[0])] if target else [],
        language="en",
        method=Consent.Method.SIMULATED,
        by=clinic.person("physiatrist"),
        at=at,
    )
    course.refresh_from_db()
    return course


def care_for(clinic: SimulatedClinic, course: Course, *, at: datetime) -> CareGiven:
    """The first visit of a traditional treatment."""
    visit = protocol_of(course.protocol).treatment_visits[0].code
    return give_care(course=course, visit_code=visit, by=clinic.person("physiatrist"), at=at)


def cells_for(clinic: SimulatedClinic, course: Course, *, treatment_number: int = 1, at: datetime) -> Dose:
    """The rows of one dose at the first place the patient consented to."""
    place = ConsentedTarget.objects.filter(consent=course.consent).order_by("side").first()
    assert place is not None
    spot = {"target": place.target, "level": place.level, "side": place.side}
    material = _released_dose(clinic, course, at)
    physiatrist, nurse = clinic.person("physiatrist"), clinic.person("nurse")
    Label.objects.create(
        material=material,
        version="1",
        content={},
        digest="0" * 64,
        state=Label.State.APPLIED,
        printed_at=at,
        printed_by=nurse,
    )
    scan = Scan.objects.create(
        site=clinic.site,
        purpose="time_out",
        raw={},
        material=material,
        is_go=True,
        blockers=[],
        scanned_by=nurse,
        scanned_at=at,
    )
    time_out = TimeOut.objects.create(
        course=course,
        material=material,
        scan=scan,
        led_by=physiatrist,
        second_person=nurse,
        completed_at=at,
        **spot,
    )
    return Dose.objects.create(
        course=course,
        material=material,
        time_out=time_out,
        treatment_number=treatment_number,
        volume_ml=Decimal(1),
        guidance="fluoroscopy",
        given_by=physiatrist,
        given_at=at,
        **spot,
    )


def _released_dose(clinic: SimulatedClinic, course: Course, at: datetime) -> Material:
    """A dose drawn from the patient's tissue, in a lot that two people signed for."""
    donor, _ = Donor.objects.get_or_create(
        site=clinic.site, relation=Donor.Relation.AUTOLOGOUS, patient=course.patient
    )
    lot = Lot.objects.create(
        site=clinic.site,
        donor=donor,
        protocol=course.protocol,
        course=course,
        din=f"A9999{next(_numbers):08d}",
        product_code="S0000V00",
        product_name="test product",
        state="IN_PROCESS",
        made_at=at - timedelta(hours=2),
    )
    tissue, dose = (
        Material.objects.create(
            lot=lot,
            kind=kind,
            division=division,
            amount=Decimal(2),
            remaining=Decimal(2),
            place=clinic.place("PROC-1"),
            state="HELD",
            made_at=at - timedelta(hours=1),
            expires_at=at + timedelta(hours=1),
        )
        for kind, division in ((Material.Kind.TISSUE, "00"), (Material.Kind.DOSE, "A0"))
    )
    Material.objects.filter(pk=tissue.pk).update(remaining=Decimal(0), state="USED_UP")
    Derivation.objects.create(parent=tissue, child=dose, kind=Derivation.Kind.PROCESS, taken=Decimal(2))
    Lot.objects.filter(pk=lot.pk).update(state="QUARANTINE")
    signed = {
        role: sign(
            site=clinic.site,
            document_kind="certificate",
            document_id=lot.id,
            document_digest="0" * 64,
            meaning=Signature.Meaning.APPROVAL,
            role=role,
            credential=Simulated(),
            by=clinic.person(role.lower()),
            at=at,
        )
        for role in (Role.PHYSIATRIST, Role.QUALITY)
    }
    Release.objects.create(
        lot=lot,
        kind=Release.Kind.FULL,
        certificate="",
        certificate_digest="0" * 64,
        physician=clinic.person("physiatrist"),
        quality=clinic.person("quality"),
        physician_signature=signed[Role.PHYSIATRIST],
        quality_signature=signed[Role.QUALITY],
        released_at=at,
    )
    Lot.objects.filter(pk=lot.pk).update(state="RELEASED")
    return dose
