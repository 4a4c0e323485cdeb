"""Seeing a patient: whose record a person may open, and the note that stays of it.

Every page about a patient gets the patient from :func:`patient_seen_by`, so that no page can forget either half.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from stroma.clinic.access import Person
from stroma.clinic.domain.roles import Role
from stroma.patients.models import Patient, PatientAccess
from stroma.patients.queries import survivor

SEES_PATIENTS = (
    Role.COORDINATOR,
    Role.PHYSIATRIST,
    Role.SURGEON,
    Role.NURSE,
    Role.THERAPIST,
    Role.TECHNOLOGIST,
    Role.QUALITY,
)
"""Roles that see the patients of their site by name. The analyst and the administrator do not."""


def patients_of(person: Person) -> QuerySet[Patient]:
    """The patients a person has a part in: their own record, or those of the site at which they care for patients."""
    if person.plays(*SEES_PATIENTS) and person.site is not None:
        return Patient.objects.filter(site=person.site, merged_into__isnull=True)
    return Patient.objects.filter(user=person.user)


def patient_seen_by(person: Person, patient_id: UUID, *, page: str, at: datetime) -> Patient:
    """The patient, after noting who looked at which page and when. Raises Http404 for a patient who is not theirs.

    A patient looking at their own pages is not noted.
    """
    patient = patients_of(person).filter(pk=patient_id).select_related("site").first()
    if patient is None or patient.merged_into_id is not None:  # it is another's, or has become another record
        found = Patient.objects.filter(pk=patient_id).select_related("site", "merged_into").first()
        if found is None or not patients_of(person).filter(pk=survivor(found).pk).exists():
            raise Http404("no such patient")
        patient = survivor(found)
    if patient.user_id != person.user.pk:
        PatientAccess.objects.create(patient=patient, user=person.user, page=page, seen_at=at)
    return patient


def note_found(person: Person, patients: Iterable[Patient], *, page: str, at: datetime) -> None:
    """Note that a list brought up these patients for somebody who was looking for them."""
    PatientAccess.objects.bulk_create(
        PatientAccess(patient=patient, user=person.user, page=page, seen_at=at)
        for patient in patients
        if patient.user_id != person.user.pk
    )
