"""Reads about patients."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import cast
from uuid import UUID

from django.utils.translation import gettext as _

from stroma.clinic.models import AdoptedProtocol, Site, User
from stroma.clinic.queries import protocol_of
from stroma.ledger.domain.canonical import canonical, digest
from stroma.ledger.locks import rows_to_change
from stroma.patients.domain.consenting import Place, consent_facts
from stroma.patients.domain.intake import (
    IntakeAllergy,
    IntakeCondition,
    IntakeContact,
    IntakeIdentifier,
    IntakeMeasurement,
    IntakeMedication,
    IntakeTreatment,
    PatientIntake,
    Sex,
    duplicate_reasons,
)
from stroma.patients.models import Consent, ConsentWithdrawal, Identifier, Patient
from stroma.protocols.domain.problem import BadInput, Problem


def intake_of(patient: Patient) -> PatientIntake:
    """The patient as plain values, for the rules."""
    return PatientIntake(
        family_name=patient.family_name,
        given_names=tuple(patient.given_names.split()),
        birth_date=patient.birth_date,
        birth_date_is_partial=patient.birth_date_is_partial,
        sex=cast(Sex, patient.sex),
        deceased=patient.is_deceased,
        deceased_at=patient.deceased_at,
        language=patient.language,
        identifiers=tuple(
            IntakeIdentifier(i.system, i.value, i.type_code) for i in patient.identifiers.all()
        ),
        # The table's choices are the kinds that the intake knows.
        contacts=tuple(IntakeContact(c.kind, c.value) for c in patient.contacts.all()),  # type: ignore[arg-type]
        conditions=tuple(
            IntakeCondition(c.system, c.code, c.display, c.onset, c.abated, c.is_active, c.is_confirmed)
            for c in patient.conditions.all()
        ),
        medications=tuple(
            IntakeMedication(m.system, m.code, m.display, m.started, m.is_active)
            for m in patient.medications.all()
        ),
        treatments=tuple(
            IntakeTreatment(t.system, t.code, t.display, t.performed, t.end)
            for t in patient.earlier_treatments.all()
        ),
        measurements=tuple(
            IntakeMeasurement(
                m.system,
                m.code,
                m.display,
                Decimal(m.value) if m.value_is_number else m.value,
                m.unit,
                m.measured_at,
                m.value_code,
            )
            for m in patient.measurements.all()
        ),
        allergies=tuple(
            IntakeAllergy(a.system, a.code, a.display, a.recorded, a.is_active)
            for a in patient.allergies.all()
        ),
    )


def patient_with_identifier(site: Site, intake: PatientIntake) -> Patient | None:
    """The patient of this site who already carries one of the intake's identifiers: the same person, known before."""
    for identifier in intake.identifiers:
        known = (
            Identifier.objects.filter(site=site, system=identifier.system, value=identifier.value)
            .select_related("patient")
            .first()
        )
        if known is not None:
            return survivor(known.patient)
    return None


def patient_with_record_number(site: Site, record_number: str) -> Patient:
    """The patient of this site with that record number. Raises BadInput."""
    patient = Patient.objects.filter(site=site, record_number=record_number).first()
    if patient is None:
        raise BadInput(
            [Problem("record_unknown", "this site has no record with that number", place="--same-as")]
        )
    return survivor(patient)


def likely_duplicates(site: Site, intake: PatientIntake) -> list[tuple[Patient, list[str]]]:
    """Patients of this site who may be the same person, each with the reasons. Never acted upon silently."""
    suspects = Patient.objects.filter(site=site, merged_into__isnull=True).prefetch_related(
        "identifiers", "contacts"
    )
    found = []
    for patient in suspects.iterator(chunk_size=500):
        known = PatientIntake(
            family_name=patient.family_name,
            given_names=tuple(patient.given_names.split()),
            birth_date=patient.birth_date,
            birth_date_is_partial=patient.birth_date_is_partial,
            sex=cast(Sex, patient.sex),
            identifiers=tuple(
                IntakeIdentifier(i.system, i.value, i.type_code) for i in patient.identifiers.all()
            ),
            # As in intake_of.
            contacts=tuple(IntakeContact(c.kind, c.value) for c in patient.contacts.all()),  # type: ignore[arg-type]
        )
        if reasons := duplicate_reasons(intake, known):
            found.append((patient, reasons))
    return found


def survivor(patient: Patient) -> Patient:
    """The record that a merged record became part of; itself when it was never merged."""
    while patient.merged_into is not None:
        patient = patient.merged_into
    return patient


def records_merged_into(patient: Patient) -> list[Patient]:
    """Every record that became part of this one, also by way of another."""
    found = list(Patient.objects.filter(merged_into=patient).order_by("record_number"))
    return [record for own in found for record in (own, *records_merged_into(own))]


def account_problems(username: str, email: str) -> list[Problem]:
    """Why no account can be made with this user name and address."""
    problems = []
    if not username.strip():
        problems.append(Problem("username_missing", _("a user name is needed"), place="username"))
    if User.objects.filter(username__iexact=username).exists():
        problems.append(Problem("username_taken", _("somebody has that user name already"), place="username"))
    if "@" not in email:
        problems.append(
            Problem("email_missing", _("an email address is needed to sign in by a code"), place="email")
        )
    return problems


def consent_digest(protocol: AdoptedProtocol, places: Sequence[Place]) -> str:
    """The digest of what a patient is shown and signs: the points, the document they stand in, and the places."""
    return digest(canonical(consent_facts(protocol_of(protocol), protocol.digest, places)))


def consent_is_valid(consent: Consent | None) -> bool:
    """Whether there is a consent and it was not withdrawn."""
    return consent is not None and not ConsentWithdrawal.objects.filter(consent=consent).exists()


def hold_consents(consents: Iterable[UUID | None]) -> dict[UUID, Consent]:
    """Lock consents for this transaction: what rests on one comes before its withdrawal or after it. Gives them."""
    given = {consent for consent in consents if consent is not None}
    locked = rows_to_change(Consent.objects).filter(pk__in=given).order_by("pk")
    return {consent.pk: consent for consent in locked} if given else {}


def consents_that_hold(consents: Iterable[UUID]) -> set[UUID]:
    """Of these consents, those that were not withdrawn; one statement for all."""
    given = set(consents)
    return given - set(
        ConsentWithdrawal.objects.filter(consent__in=given).values_list("consent_id", flat=True)
    )


def next_record_number(site: Site) -> str:
    """The next number of this site's records: P and seven digits."""
    newest = (
        Patient.objects.filter(site=site)
        .order_by("record_number")
        .values_list("record_number", flat=True)
        .last()
    )
    return f"P{int(newest[1:]) + 1 if newest else 1:07d}"


def mail_of(patient: Patient) -> str:
    """The patient's mail address on file, or nothing."""
    return str(patient.contacts.filter(kind="email").values_list("value", flat=True).first() or "")


def phone_of(patient: Patient) -> str:
    """The telephone number the patient can be called at; blank where none is on record."""
    return str(patient.contacts.filter(kind="phone").values_list("value", flat=True).first() or "")
