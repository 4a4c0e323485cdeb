"""What a merge of two patient records does to bookings: one person is one resource, in one place at a time.

The merge is an action of ``patients``, which knows no bookings; this is registered with it at start-up and
writes in its transaction.
"""

from stroma.patients.models import Patient
from stroma.planning.domain.booking import SOURCE
from stroma.planning.models import Reservation, Resource, Visit
from stroma.protocols.domain.blocker import Blocker, Refused


class BookedInTwoPlaces(Refused):
    """The two records have appointments at the same time; nothing was merged."""


def move_bookings(duplicate: Patient, survivor: Patient) -> None:
    """Make the coming appointments of ``duplicate`` those of ``survivor``.

    Raises BookedInTwoPlaces with every pair that overlaps. What took place stays as it was written.
    """
    theirs = Resource.objects.filter(patient=duplicate).first()
    ours = Resource.objects.filter(patient=survivor).first()
    if theirs is None:
        return
    if ours is None:
        theirs.patient, theirs.name = survivor, survivor.record_number
        theirs.save(update_fields=["patient", "name"])
        return
    coming = Reservation.objects.filter(resource=theirs, is_live=True, visit__state=Visit.State.BOOKED)
    moved = list(coming.select_related("visit").order_by("starts_at"))
    blockers = [
        Blocker("merge_double_books", {"visit": str(held.visit), "starts_at": held.starts_at}, SOURCE)
        for held in moved
        if Reservation.objects.filter(
            resource=ours, is_live=True, starts_at__lt=held.ends_at, ends_at__gt=held.starts_at
        ).exists()
    ]
    if blockers:
        raise BookedInTwoPlaces(blockers)
    coming.update(is_live=False)
    Reservation.objects.bulk_create(
        Reservation(visit=held.visit, resource=ours, starts_at=held.starts_at, ends_at=held.ends_at)
        for held in moved
    )
