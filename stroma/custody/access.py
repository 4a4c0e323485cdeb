"""Seeing a lot or a container: only at one's own site, and a look at a patient's cells is a look at the patient.

Every page about a lot gets it from here, so that no page can forget either half. A donor's bank lot belongs to no
patient, so nobody is noted.
"""

from datetime import datetime
from uuid import UUID

from django.http import Http404

from stroma.clinic.access import Person
from stroma.custody.models import HandOver, Label, Lot, Material
from stroma.patients.access import patient_seen_by


def lot_seen_by(person: Person, lot_id: UUID, *, page: str, at: datetime) -> Lot:
    """The lot, after noting who looked. Raises Http404 for a lot of another site."""
    lot = (
        Lot.objects.filter(pk=lot_id)
        .select_related("site", "donor", "protocol", "course__patient", "parent")
        .first()
    )
    if lot is None or person.site is None or lot.site_id != person.site.pk:
        raise Http404("no such lot")
    if lot.course is not None:
        patient_seen_by(person, lot.course.patient_id, page=page, at=at)
    return lot


def container_seen_by(person: Person, container_id: UUID, *, page: str, at: datetime) -> Material:
    """The container with its lot, after noting who looked. Raises Http404 for one of another site."""
    material = Material.objects.filter(pk=container_id).select_related("place").first()
    if material is None:
        raise Http404("no such container")
    material.lot = lot_seen_by(person, material.lot_id, page=page, at=at)
    return material


def label_seen_by(person: Person, label_id: UUID, *, page: str, at: datetime) -> Label:
    """The label with its container. Raises Http404 for one of another site."""
    label = Label.objects.filter(pk=label_id).first()
    if label is None:
        raise Http404("no such label")
    label.material = container_seen_by(person, label.material_id, page=page, at=at)
    return label


def hand_over_seen_by(person: Person, hand_over_id: UUID, *, page: str, at: datetime) -> HandOver:
    """The hand-over with its container. Raises Http404 for one of another site."""
    handed = HandOver.objects.filter(pk=hand_over_id).select_related("from_place", "to_place").first()
    if handed is None:
        raise Http404("no such hand-over")
    handed.material = container_seen_by(person, handed.material_id, page=page, at=at)
    return handed
