"""Step 2: the batch record, step by step, and the counts made along the way."""

from django.db import models
from django.db.models import Q

from stroma.clinic.models import User
from stroma.custody.models import Lot, Material
from stroma.ledger.models import Record


class Batch(Record):
    """The processing of one lot."""

    identifies = frozenset[str]()

    lot = models.OneToOneField(Lot, on_delete=models.PROTECT, related_name="batch")
    began_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"batch of {self.lot_id}"


class PlannedStep(Record):
    """A step that the protocol planned when the batch was begun, at its place in the order."""

    identifies = frozenset[str]()

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="planned")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=60)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="one_step_is_planned_at_a_position"),
            models.UniqueConstraint(fields=["batch", "code"], name="a_step_is_planned_once"),
        ]

    def __str__(self) -> str:
        return self.code


class BatchStep(Record):
    """A step done. Steps are done in the protocol's order, each once."""

    identifies = frozenset[str]()

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=60)
    kind = models.CharField(max_length=12)
    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="+")
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="one_step_at_a_time"),
        ]

    def __str__(self) -> str:
        return self.code


class CellCount(Record):
    """A count: cells seen, living and dead, and what they come to in the whole container."""

    identifies = frozenset[str]()

    step = models.OneToOneField(BatchStep, on_delete=models.PROTECT, related_name="count")
    live_cells = models.PositiveIntegerField()
    dead_cells = models.PositiveIntegerField()
    squares = models.PositiveSmallIntegerField()
    dilution_factor = models.DecimalField(max_digits=8, decimal_places=2)
    volume_ml = models.DecimalField(max_digits=10, decimal_places=3)
    viability = models.DecimalField(max_digits=5, decimal_places=4)
    viable_cells = models.DecimalField(max_digits=14, decimal_places=0)
    population_doublings = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    cumulative_population_doublings = models.DecimalField(max_digits=6, decimal_places=3, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(viability__gte=0) & Q(viability__lte=1), name="a_counted_viability_is_a_fraction"
            )
        ]

    def __str__(self) -> str:
        return f"count at {self.step_id}"


class GrowthForecast(Record):
    """When the culture was expected to hold the dose, as it was told after a count of plated cells.

    The three moments are those before which the dose is there with a chance of 5, 50 and 95 %; null where the chance is
    never so good. ``wanted_by`` is the harvest as the protocol planned it then.
    """

    identifies = frozenset[str]()

    step = models.OneToOneField(BatchStep, on_delete=models.PROTECT, related_name="forecast")
    ready_early = models.DateTimeField(null=True)
    ready_likely = models.DateTimeField(null=True)
    ready_late = models.DateTimeField(null=True)
    wanted_by = models.DateTimeField(null=True)
    chance_by_then = models.FloatField(null=True)
    reasons = models.JSONField()
    lots_learned = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(chance_by_then__isnull=True)
                | (Q(chance_by_then__gte=0) & Q(chance_by_then__lte=1)),
                name="a_forecast_chance_is_a_fraction",
            )
        ]

    def __str__(self) -> str:
        return f"forecast at {self.step_id}"
