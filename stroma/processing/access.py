"""Seeing a batch record: a look at it is a look at the patient whose cells it is about."""

from datetime import datetime
from uuid import UUID

from django.http import Http404

from stroma.clinic.access import Person
from stroma.custody.access import lot_seen_by
from stroma.custody.models import Lot
from stroma.processing.models import Batch
from stroma.processing.queries import batch_at


def batch_seen_by(person: Person, batch_id: UUID, *, page: str, at: datetime) -> tuple[Batch, Lot]:
    """The batch and its lot, after noting who looked. Raises Http404 for one of another site."""
    batch = batch_at(person.site, batch_id)
    if batch is None:
        raise Http404("no such batch")
    batch.lot = lot_seen_by(person, batch.lot_id, page=page, at=at)
    return batch, batch.lot
