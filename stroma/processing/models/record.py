"""What a step of the batch record was done with: equipment, reagents, values, exceptions and photos; and what quality
accepted at its review.

None of these rows is ever changed. A value that was wrong is followed by the right one, which says why.
"""

from django.db import models
from django.db.models import F, Q

from stroma.clinic.models import User
from stroma.ledger.models import Record
from stroma.processing.models.batch import Batch, BatchStep
from stroma.processing.models.registers import Equipment, ReagentLot


class StepEquipment(Record):
    """A piece of equipment that was scanned for a step."""

    identifies = frozenset[str]()

    step = models.ForeignKey(BatchStep, on_delete=models.PROTECT, related_name="equipment_used")
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="uses")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["step", "equipment"], name="equipment_is_used_once_in_a_step")
        ]

    def __str__(self) -> str:
        return f"{self.equipment_id} in {self.step_id}"


class StepReagent(Record):
    """A reagent lot that was scanned for a step."""

    identifies = frozenset[str]()

    step = models.ForeignKey(BatchStep, on_delete=models.PROTECT, related_name="reagents_used")
    reagent = models.ForeignKey(ReagentLot, on_delete=models.PROTECT, related_name="uses")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["step", "reagent"], name="a_reagent_is_used_once_in_a_step")
        ]

    def __str__(self) -> str:
        return f"{self.reagent_id} in {self.step_id}"


class StepValue(Record):
    """A value read at a step, beside the limits that held then. A correction is a new row that says why."""

    identifies = frozenset({"reason"})  # somebody may name a person in it

    step = models.ForeignKey(BatchStep, on_delete=models.PROTECT, related_name="values")
    code = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    value = models.DecimalField(max_digits=16, decimal_places=4)
    unit = models.CharField(max_length=40, blank=True)
    minimum = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    maximum = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="corrected_by", null=True, blank=True
    )
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["entered_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "code"],
                condition=Q(corrects__isnull=True),
                name="a_value_is_read_once_in_a_step",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | ~Q(reason=""), name="a_value_is_corrected_for_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(reason="")
                | (
                    (Q(minimum__isnull=True) | Q(value__gte=F("minimum")))
                    & (Q(maximum__isnull=True) | Q(value__lte=F("maximum")))
                ),
                name="a_value_outside_its_limits_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.value} {self.unit}"


class StepException(Record):
    """What was not as the protocol wants it at a step, accepted at the bench with a reason."""

    identifies = frozenset({"reason"})  # somebody may name a person in it

    step = models.ForeignKey(BatchStep, on_delete=models.PROTECT, related_name="exceptions")
    code = models.CharField(max_length=60)
    values = models.JSONField()
    source = models.CharField(max_length=200)
    reason = models.CharField(max_length=400)
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()

    class Meta:
        ordering = ["raised_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="an_exception_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.code


class StepPhoto(Record):
    """A photo taken at a step, kept byte for byte."""

    identifies = frozenset({"name", "content"})  # a photo may show a person or a name on a label

    step = models.ForeignKey(BatchStep, on_delete=models.PROTECT, related_name="photos")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["taken_at"]
        constraints = [
            models.UniqueConstraint(fields=["step", "sha256"], name="a_photo_is_kept_once_for_its_step")
        ]

    def __str__(self) -> str:
        return self.sha256


class FindingAcceptance(Record):
    """A finding of the review that nobody at the bench had explained, accepted by quality with a reason."""

    identifies = frozenset({"reason"})  # somebody may name a person in it

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="acceptances")
    step = models.CharField(max_length=60)
    code = models.CharField(max_length=60)
    finding = models.CharField(max_length=64)
    """The key of the finding (``domain.review.Finding.key``): it is accepted as it was then, and no other."""
    reason = models.CharField(max_length=400)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()

    class Meta:
        ordering = ["accepted_at"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "finding"], name="a_finding_is_accepted_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_finding_is_accepted_for_a_reason"),
        ]

    def __str__(self) -> str:
        return self.code
