"""Control materials, their runs, and the results and counts that a failed run holds."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Site, User
from stroma.ledger.models import Record
from stroma.processing.models import BatchStep
from stroma.release.domain.controls import RunVerdict
from stroma.release.models.assays import AssayResult


class ControlMaterial(Record):
    """Something of known content that is measured beside the samples, for some lines of the specification."""

    identifies = frozenset[str]()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="control_materials")
    name = models.CharField(max_length=120)
    lot_number = models.CharField(max_length=60)
    codes = models.JSONField()
    """The lines of the specification whose results it covers."""
    unit = models.CharField(max_length=30, blank=True)
    target = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    sd = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    learn_from = models.PositiveSmallIntegerField(null=True, blank=True)
    """From how many first runs target and spread are learned, where the maker names none."""
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "lot_number"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name", "lot_number"], name="a_control_material_is_named_once"
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=False, sd__isnull=False, sd__gt=0, learn_from__isnull=True)
                | Q(target__isnull=True, sd__isnull=True, learn_from__isnull=False, learn_from__gte=10),
                name="a_control_has_a_target_or_learns_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.lot_number}"


class ControlRun(Record):
    """A control measured once, with what the rules said of it then."""

    identifies = frozenset[str]()

    class Verdict(models.TextChoices):
        LEARNING = RunVerdict.LEARNING.value, _("the target is being learned")
        IN_CONTROL = RunVerdict.IN_CONTROL.value, _("in control")
        WARNING = RunVerdict.WARNING.value, _("warning")
        FAILED = RunVerdict.FAILED.value, _("failed")

    material = models.ForeignKey(ControlMaterial, on_delete=models.PROTECT, related_name="runs")
    value = models.DecimalField(max_digits=16, decimal_places=4)
    instrument = models.CharField(max_length=120, blank=True)
    z = models.FloatField(null=True)
    rules = models.JSONField(default=list)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    run_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    run_at = models.DateTimeField()

    class Meta:
        ordering = ["run_at"]
        constraints = [
            models.UniqueConstraint(fields=["material", "run_at"], name="a_control_is_run_once_at_a_time")
        ]

    def __str__(self) -> str:
        return self.verdict


class ResultHold(Record):
    """A result, or a count and every line computed from it, counts for nothing because a control of it failed."""

    identifies = frozenset[str]()

    result = models.ForeignKey(
        AssayResult, on_delete=models.PROTECT, related_name="holds", null=True, blank=True
    )
    step = models.ForeignKey(BatchStep, on_delete=models.PROTECT, related_name="holds", null=True, blank=True)
    """The step of the batch record whose count is held, however it is put right afterwards."""
    run = models.ForeignKey(ControlRun, on_delete=models.PROTECT, related_name="holds")
    placed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["result", "run"], name="a_run_holds_a_result_once"),
            models.UniqueConstraint(fields=["step", "run"], name="a_run_holds_a_count_once"),
            models.CheckConstraint(
                condition=Q(result__isnull=False, step__isnull=True)
                | Q(result__isnull=True, step__isnull=False),
                name="a_hold_is_on_a_result_or_on_a_count",
            ),
        ]

    def __str__(self) -> str:
        return f"hold on {self.result_id or self.step_id}"


class ResultHoldLift(Record):
    """The result counts again: a repeated control passed, or quality says why it may."""

    identifies = frozenset({"reason"})

    hold = models.OneToOneField(ResultHold, on_delete=models.PROTECT, related_name="lift")
    run = models.ForeignKey(ControlRun, on_delete=models.PROTECT, related_name="lifts", null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(run__isnull=False, reason="") | (Q(run__isnull=True) & ~Q(reason="")),
                name="a_hold_is_lifted_by_a_run_or_for_a_reason",
            )
        ]

    def __str__(self) -> str:
        return f"lift of {self.hold_id}"
