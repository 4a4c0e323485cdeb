"""Seeing a lot or a container: only at one's own site, and a look at a patient's cells is a look at the patient.

Every page about a lot gets it from here, so that no page can forget either half. A donor's bank lot belongs to no
patient, so nobody is noted.
"""

from datetime import datetime
from uuid import UUID

from django.http import Http404

from stroma.clinic.access import Person
from stroma.custody.models import ContainerHold, Donor, HandOver, Label, Lot, Material
from stroma.patients.access import patient_seen_by


def lot_seen_by(person: Person, lot_id: UUID, *, page: str, at: datetime) -> Lot:
    """The lot, after noting who looked. Raises Http404 for a lot of another site."""
    lot = (
        Lot.objects.filter(pk=lot_id)
        .select_related("site", "donor", "protocol", "course__patient", "parent")
        .defer("protocol__document")
        .first()
    )
    if lot is None:
        raise Http404("no such lot")
    _seen(lot, person, page=page, at=at)
    return lot


def container_seen_by(person: Person, container_id: UUID, *, page: str, at: datetime) -> Material:
    """The container with its lot, after noting who looked. Raises Http404 for one of another site."""
    found = Material.objects.filter(pk=container_id)
    material = found.select_related("place", "lot__site", "lot__course__patient").first()
    if material is None:
        raise Http404("no such container")
    _seen(material.lot, person, page=page, at=at)
    return material


def _seen(lot: Lot, person: Person, *, page: str, at: datetime) -> None:
    """Note who looked at the lot's patient, if it has one. Raises Http404 for a lot of another site."""
    if person.site is None or lot.site_id != person.site.pk:
        raise Http404("no such lot")
    if lot.course is not None:
        patient_seen_by(person, lot.course.patient_id, page=page, at=at)


def hold_seen_by(person: Person, hold_id: UUID, *, page: str, at: datetime) -> ContainerHold:
    """The quarantine with its container. Raises Http404 for one of another site."""
    hold = ContainerHold.objects.filter(pk=hold_id).first()
    if hold is None:
        raise Http404("no such quarantine")
    hold.material = container_seen_by(person, hold.material_id, page=page, at=at)
    return hold


def donor_seen_by(person: Person, donor_id: UUID, *, page: str, at: datetime) -> Donor:
    """The donor of one's own site; a donor who is a patient is noted as seen. Raises Http404 otherwise."""
    donor = Donor.objects.filter(pk=donor_id).select_related("site").first()
    if donor is None or person.site is None or donor.site_id != person.site.pk:
        raise Http404("no such donor")
    if donor.patient_id is not None:
        patient_seen_by(person, donor.patient_id, page=page, at=at)
    return donor


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
