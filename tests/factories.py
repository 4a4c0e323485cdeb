"""Honest rows for tests, made through the same actions as in a clinic wherever there is one.

Each function makes what it needs and is not given. Everything happens at ``NOW`` unless a test says
otherwise; the database is founded as a simulated one, so that signatures may be simulated.
"""

import secrets
from datetime import UTC, date, datetime, timedelta
from itertools import count

from stroma.candidacy.models import Assessment, Decision
from stroma.candidacy.queries import decision_digest
from stroma.clinic.actions import NewPerson, add_person, adopt_protocol, file_authorization, open_site, sign
from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import AdoptedProtocol, Signature, Site, User
from stroma.clinic.queries import protocol_of
from stroma.courses.actions import consent_to_course, open_course
from stroma.courses.models import Course
from stroma.ledger.actions import found_installation
from stroma.ledger.domain.entry import Nature
from stroma.patients.actions import register_patient
from stroma.patients.domain.consenting import Place as ConsentedPlace
from stroma.patients.domain.intake import PatientIntake
from stroma.patients.models import Consent, Patient
from stroma.protocols.library import shipped_protocol

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
"""Monday, 2 March 2026, 08:00 in New York."""

_numbers = count(1)


def a_site(*, time_zone: str = "America/New_York", at: datetime = NOW) -> Site:
    """A site with its administrator, in a database founded as simulated."""
    found_installation(nature=Nature.SIMULATED, by="tests", at=at)
    number = next(_numbers)
    site, _ = open_site(
        name=f"Clinic {number}",
        facility_number="W0000",
        time_zone=time_zone,
        address="",
        administrator=NewPerson(f"administrator-{number}", "Ada Administrator"),
        by="tests",
        at=at,
    )
    return site


def the_administrator(site: Site) -> User:
    """The person who gives everybody else at ``site`` their roles."""
    return User.objects.get(role_assignments__site=site, role_assignments__role=Role.ADMINISTRATOR)


def a_user(site: Site, *roles: Role, at: datetime = NOW) -> User:
    """A person with ``roles`` at ``site``."""
    number = next(_numbers)
    person = NewPerson(f"person-{number}", f"Person {number}")
    return add_person(site=site, person=person, roles=list(roles), by=the_administrator(site), at=at)


def a_patient(site: Site, *, at: datetime = NOW) -> Patient:
    """A registered patient, unlike every other."""
    number = next(_numbers)
    intake = PatientIntake(
        family_name=f"Family{number}",
        given_names=(f"Given{number}",),
        birth_date=date(1970, 1, 1) + timedelta(days=number),
        sex="female",
    )
    by = a_user(site, Role.COORDINATOR, at=at)
    return register_patient(site=site, intake=intake, is_new_person=True, by=by, at=at)


def an_adopted_protocol(
    site: Site, protocol_id: str = "disc-marrow-concentrate", *, at: datetime = NOW
) -> AdoptedProtocol:
    """A shipped protocol as the site offers it, with an authorization on file where the law asks for one."""
    shipped = shipped_protocol(protocol_id)
    administrator = the_administrator(site)
    if found := AdoptedProtocol.objects.filter(site=site, digest=shipped.digest).first():
        return found
    if shipped.protocol.legal.authorization_required:
        file_authorization(
            site=site,
            protocol_id=protocol_id,
            reference="IND 000000",
            title="An authorization for tests",
            valid_from=at - timedelta(days=1),
            valid_to=None,
            by=administrator,
            at=at,
        )
    return adopt_protocol(site=site, document=shipped.text, by=administrator, at=at)


def a_candidate(patient: Patient, adopted: AdoptedProtocol, *, at: datetime = NOW) -> Decision:
    """A signed decision, made the waiting time before ``at``, on an assessment without any blocker.

    Written as rows: the action would need every answer the protocol asks for, and the clock of a chain never
    goes back.
    """
    physiatrist = a_user(patient.site, Role.PHYSIATRIST, at=at)
    decided_at = at - protocol_of(adopted).consent.waiting
    assessment = Assessment.objects.create(
        site=patient.site,
        patient=patient,
        protocol=adopted,
        salt=secrets.token_hex(16),
        answers=[],
        red_flags={},
        blockers=[],
        assessed_by=physiatrist,
        assessed_at=decided_at,
    )
    signature = sign(
        site=patient.site,
        document_kind="assessment",
        document_id=assessment.id,
        document_digest=decision_digest(assessment),
        meaning=Signature.Meaning.APPROVAL,
        role=Role.PHYSIATRIST,
        credential=Simulated(),
        by=physiatrist,
        at=at,
    )
    return Decision.objects.create(
        assessment=assessment,
        outcome=Decision.Outcome.CANDIDATE,
        overrides={},
        decided_by=physiatrist,
        decided_at=decided_at,
        signature=signature,
    )


def an_open_course(
    site: Site | None = None,
    *,
    protocol_id: str = "disc-marrow-concentrate",
    patient: Patient | None = None,
    is_consented: bool = True,
    at: datetime = NOW,
) -> Course:
    """A course opened at ``at``, consented at once: the waiting time after the decision is over."""
    site = site or (patient.site if patient else a_site(at=at))
    patient = patient or a_patient(site, at=at)
    adopted = an_adopted_protocol(site, protocol_id, at=at)
    coordinator = a_user(site, Role.COORDINATOR, at=at)
    course = open_course(decision=a_candidate(patient, adopted, at=at), by=coordinator, at=at)
    if is_consented:
        target = protocol_of(adopted).target
        places = [ConsentedPlace(target.target, target.levels[-1], target.sides[0])] if target else []
        consent_to_course(
            course=course,
            places=places,
            language="en",
            method=Consent.Method.SIMULATED,
            by=coordinator,
            at=at,
        )
        course.refresh_from_db()
    return course
