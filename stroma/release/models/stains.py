"""The stained area of a differentiation test: the photographs it was measured on, and what was found."""

from django.db import models
from django.db.models import F, Q

from stroma.custody.models import Lot
from stroma.ledger.models import Record
from stroma.release.models.assays import AssayResult, InstrumentFile


class StainReading(Record):
    """A stained area, against cells that were not induced. Its result has the share of the induced cells."""

    identifies = frozenset[str]()

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="stain_readings")
    result = models.OneToOneField(AssayResult, on_delete=models.PROTECT, related_name="stain_reading")
    induced = models.ForeignKey(InstrumentFile, on_delete=models.PROTECT, related_name="+")
    control = models.ForeignKey(InstrumentFile, on_delete=models.PROTECT, related_name="+")
    stain = models.CharField(max_length=20)
    color = models.JSONField()
    """Optical densities of red, green and blue by which the stain was told."""
    threshold = models.FloatField()
    """The density above which a pixel is called stained."""
    control_percent = models.DecimalField(max_digits=7, decimal_places=4)
    control_low = models.DecimalField(max_digits=7, decimal_places=4)
    control_high = models.DecimalField(max_digits=7, decimal_places=4)
    is_told_apart = models.BooleanField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(induced=F("control")), name="induced_cells_are_not_their_own_control"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stain} of {self.lot_id}"
