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

    def standing_count(self) -> "CellCount | None":
        """The count that holds: the one made at the step, or the last that put it right; None where none was made.

        Where a second sample was counted it is that one, whose figures are those of both. Reads ``counts``, which is
        fetched with the steps wherever there are several.
        """
        samples = self.standing_samples()
        return samples[-1] if samples else None

    def standing_samples(self) -> "list[CellCount]":
        """The counts of the first and the second sample as they hold; one where no second was counted."""
        counts = self.counts.all()
        corrected = {count.corrects_id for count in counts}
        standing = [count for count in counts if count.pk not in corrected]
        return sorted(standing, key=lambda count: count.repeats_id is not None)


class CounterFile(Record):
    """The file of an automated cell counter as it was handed in, byte for byte."""

    identifies = frozenset({"name", "content"})  # somebody may name a sample for a person

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="counter_files")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    handed_in_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lot", "sha256"], name="a_counter_file_is_kept_once_for_its_lot")
        ]

    def __str__(self) -> str:
        return self.sha256


class StandingCounts(models.QuerySet["CellCount"]):
    """Counts by what holds."""

    def standing(self) -> "StandingCounts":
        """One for each step: not corrected, and that of the second sample where one was counted."""
        return self.filter(corrected_by=None, repeated_by=None)


class CellCount(Record):
    """A count: cells seen, living and dead, and what they come to in the whole container.

    Seen in a hemocytometer, or told by an automated counter, whose file is kept.

    None is ever changed. A count that was wrong is followed by the right one, which says why and by whom. A second
    sample of the same container is a count of its own that ``repeats`` the first: what was seen is that of its sample,
    and viability, viable cells and doublings are those of both samples together (``domain.counting.BothSamples``).
    """

    identifies = frozenset({"reason"})  # somebody may name a person in it

    step = models.ForeignKey(BatchStep, on_delete=models.PROTECT, related_name="counts")
    live_cells = models.PositiveIntegerField(null=True)
    dead_cells = models.PositiveIntegerField(null=True)
    squares = models.PositiveSmallIntegerField(null=True)
    dilution_factor = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    """Of an automated counter: as it told it; its concentrations are those before the dilution."""
    volume_ml = models.DecimalField(max_digits=10, decimal_places=3)
    viability = models.DecimalField(max_digits=5, decimal_places=4)
    viable_cells = models.DecimalField(max_digits=14, decimal_places=0)
    population_doublings = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    cumulative_population_doublings = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    file = models.ForeignKey(
        CounterFile, on_delete=models.PROTECT, related_name="counts", null=True, blank=True
    )
    sample = models.CharField(max_length=200, blank=True)
    """How the file names the sample."""
    file_line = models.PositiveIntegerField(null=True, blank=True)
    viable_per_ml = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    total_per_ml = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    diameter_um = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    cells_seen = models.PositiveIntegerField(null=True, blank=True)
    """By the counter; null where its file does not say."""
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="corrected_by", null=True, blank=True
    )
    repeats = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="repeated_by", null=True, blank=True
    )
    reason = models.CharField(max_length=400, blank=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    entered_at = models.DateTimeField(null=True, blank=True)
    """Who put it right or counted the second sample, and when; any other was made by whoever did the step, then."""

    objects = StandingCounts.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(viability__gte=0) & Q(viability__lte=1), name="a_counted_viability_is_a_fraction"
            ),
            models.UniqueConstraint(
                fields=["step"],
                condition=Q(corrects__isnull=True, repeats__isnull=True),
                name="a_count_is_made_once_in_a_step",
            ),
            models.UniqueConstraint(
                fields=["step"],
                condition=Q(corrects__isnull=True, repeats__isnull=False),
                name="a_step_is_counted_again_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    corrects__isnull=True,
                    repeats__isnull=True,
                    reason="",
                    entered_by__isnull=True,
                    entered_at__isnull=True,
                )
                | Q(
                    corrects__isnull=True,
                    repeats__isnull=False,
                    reason="",
                    entered_by__isnull=False,
                    entered_at__isnull=False,
                )
                | (
                    Q(corrects__isnull=False, entered_by__isnull=False, entered_at__isnull=False)
                    & ~Q(reason="")
                ),
                name="a_count_is_corrected_by_somebody_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(
                    file__isnull=True,
                    viable_per_ml__isnull=True,
                    live_cells__isnull=False,
                    dead_cells__isnull=False,
                    squares__isnull=False,
                    dilution_factor__isnull=False,
                )
                | Q(
                    file__isnull=False,
                    viable_per_ml__isnull=False,
                    total_per_ml__isnull=False,
                    live_cells__isnull=True,
                    dead_cells__isnull=True,
                    squares__isnull=True,
                ),
                name="a_count_is_of_squares_or_of_a_counters_file",
            ),
        ]

    def __str__(self) -> str:
        return f"count at {self.step_id}"


class GrowthForecast(Record):
    """When the culture was expected to hold the dose, as it was told after a count of plated cells.

    The three moments are those before which the dose is there with a chance of 5, 50 and 95 %; null where the chance is
    never so good. ``wanted_by`` is the harvest as the protocol planned it then. A count that is put right makes the
    forecast anew: the new one names the one it replaces.
    """

    identifies = frozenset[str]()

    step = models.ForeignKey(BatchStep, on_delete=models.PROTECT, related_name="forecasts")
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True, blank=True
    )
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
            ),
            models.UniqueConstraint(
                fields=["step"], condition=Q(replaces__isnull=True), name="a_forecast_is_made_once_at_a_step"
            ),
        ]

    def __str__(self) -> str:
        return f"forecast at {self.step_id}"
