"""Step 1: tissue leaves the patient or the donor."""

from django.db import models
from django.db.models import Q

from stroma.clinic.models import User
from stroma.custody.models import Lot
from stroma.ledger.models import Record


class Collection(Record):
    """One collection: what was taken, how much, by whom and when. It begins a lot."""

    identifies = frozenset[str]()

    lot = models.OneToOneField(Lot, on_delete=models.PROTECT, related_name="collection")
    procedure = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=8, decimal_places=2)
    unit = models.CharField(max_length=6)
    collected_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    collected_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="something_was_collected")]

    def __str__(self) -> str:
        return f"collection of {self.lot_id}"
