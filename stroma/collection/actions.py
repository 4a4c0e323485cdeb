"""Collecting tissue: it begins a lot, with a donation number of its own."""

from datetime import datetime
from decimal import Decimal

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import AdoptedProtocol, Place, User
from stroma.clinic.queries import protocol_of
from stroma.collection.domain.amount import collection_blockers
from stroma.collection.models import Collection
from stroma.collection.queries import own_donor
from stroma.courses.models import Course
from stroma.courses.queries import course_to_change
from stroma.custody.actions import register_donor
from stroma.custody.containers import begin_lot, chains_of, fill, next_din
from stroma.custody.label_queries import product_of
from stroma.custody.models import Donor, Lot, Material
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.patients.queries import consent_is_valid
from stroma.protocols.domain.blocker import Refused


class NotCollectable(Refused):
    """The tissue may not be collected now."""


@action
def collect_tissue(
    *,
    donor: Donor,
    protocol: AdoptedProtocol,
    course: Course | None,
    amount: Decimal,
    place: Place,
    by: User,
    at: datetime,
) -> Collection:
    """Record a collection: the lot it begins, its donation number, and the container the tissue is in.

    An autologous collection belongs to a course with a valid consent; a donor's has none. Raises NotCollectable with
    every reason.
    """
    authorize(by, Role.PHYSIATRIST, Role.NURSE, site=donor.site, at=at)
    course = course and course_to_change(course.pk)
    document = protocol_of(protocol)
    blockers = collection_blockers(
        document,
        amount=amount,
        is_autologous=donor.relation == Donor.Relation.AUTOLOGOUS,
        has_course=course is not None,
        course_is_open=course is not None and course.state == Course.State.OPEN,
        consent_is_valid=course is not None and consent_is_valid(course.consent),
        donor_is_patient=course is not None and course.patient_id == donor.patient_id,
    )
    if blockers:
        raise NotCollectable(blockers)
    assert document.collection is not None
    product = product_of(donor.site, document)
    lot = Lot(
        site=donor.site,
        donor=donor,
        protocol=protocol,
        course=course,
        din=str(next_din(donor.site, at)),
        product_code=product.code,
        product_name=product.name,
        made_at=at,
    )
    begun = begin_lot(lot)
    filled = fill(
        lot=lot,
        kind=Material.Kind.TISSUE,
        amount=amount,
        unit=document.collection.unit,
        place=place,
        at=at,
    )
    collection = Collection.objects.create(
        lot=lot,
        procedure=document.collection.procedure,
        amount=amount,
        unit=document.collection.unit,
        collected_by=by,
        collected_at=at,
    )
    record(
        "tissue.collected",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "collection": collection.id,
            "lot": lot.id,
            "din": lot.din,
            "donor": donor.id,
            "relation": donor.relation,
            "course": course.id if course else None,
            "protocol": document.key,
            "source": document.source,
            "amount": amount,
            "unit": document.collection.unit,
            "custody": [*begun, *filled.changes],
        },
    )
    return collection


@action
def collect_own_tissue(
    *, course: Course, amount: Decimal, place: Place, by: User, at: datetime
) -> Collection:
    """Record a collection from the patient of a course, who is written down as their own donor where they are not yet.

    Raises NotCollectable with every reason, and then nothing is written down.
    """
    authorize(by, Role.PHYSIATRIST, Role.NURSE, site=course.site, at=at)
    course = course_to_change(course.pk)
    donor = own_donor(course) or register_donor(
        site=course.site, relation=Donor.Relation.AUTOLOGOUS, patient=course.patient, by=by, at=at
    )
    return collect_tissue(
        donor=donor, protocol=course.protocol, course=course, amount=amount, place=place, by=by, at=at
    )
