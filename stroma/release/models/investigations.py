"""Results out of specification under investigation, and what is released in spite of one."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import User
from stroma.custody.models import Lot
from stroma.ledger.models import Record
from stroma.release.domain import investigation
from stroma.release.models.assays import AssayResult


class Investigation(Record):
    """Why a line of the specification is not met."""

    identifies = frozenset[str]()

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="investigations")
    code = models.CharField(max_length=60)
    result = models.OneToOneField(
        AssayResult, on_delete=models.PROTECT, related_name="investigation", null=True, blank=True
    )
    """None for a result that is computed from the batch record."""
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["opened_at"]

    def __str__(self) -> str:
        return f"investigation of {self.code}"


class InvestigationStep(Record):
    """A hypothesis, a plan to test again, a finding, or that the investigation becomes a full one."""

    identifies = frozenset({"words"})

    class Kind(models.TextChoices):
        HYPOTHESIS = investigation.Step.HYPOTHESIS.value, _("hypothesis")
        RETEST_PLAN = investigation.Step.RETEST_PLAN.value, _("plan of a retest")
        FINDING = investigation.Step.FINDING.value, _("finding")
        FULL = investigation.Step.FULL.value, _("full investigation begins")

    investigation = models.ForeignKey(Investigation, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    words = models.TextField(max_length=2000)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["written_at"]

    def __str__(self) -> str:
        return self.kind


class InvestigationConclusion(Record):
    """What quality concluded."""

    identifies = frozenset({"words"})

    class Outcome(models.TextChoices):
        LABORATORY_ERROR = (
            investigation.Outcome.LABORATORY_ERROR.value,
            _("error of the laboratory: the result is invalid"),
        )
        CONFIRMED = investigation.Outcome.CONFIRMED.value, _("confirmed: the product is out of specification")
        INCONCLUSIVE = investigation.Outcome.INCONCLUSIVE.value, _("no cause found: the result stands")

    investigation = models.OneToOneField(Investigation, on_delete=models.PROTECT, related_name="conclusion")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    words = models.TextField(max_length=2000)
    concluded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    concluded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.outcome


class ReleaseException(Record):
    """Why a lot is given although a line is not met, and that the patient was told. The newest counts."""

    identifies = frozenset({"reason"})

    class Means(models.TextChoices):
        IN_PERSON = "IN_PERSON", _("in person")
        PHONE = "PHONE", _("by phone")
        VIDEO = "VIDEO", _("by video")

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="exceptions")
    codes = models.JSONField()
    """The reasons against release that it answers."""
    reason = models.TextField(max_length=1000)
    informed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    informed_at = models.DateTimeField()
    means = models.CharField(max_length=9, choices=Means.choices)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["recorded_at"]

    def __str__(self) -> str:
        return f"exception for {self.lot_id}"
