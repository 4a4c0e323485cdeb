"""A final result that came in bad after release: what was done about it."""

from django.db import models

from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.custody.models import Lot
from stroma.ledger.models import Record
from stroma.release.models.assays import AssayResult


class LatePositive(Record):
    """A lot was let go, and then a final result was bad."""

    identifies = frozenset[str]()

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="late_positives")
    result = models.OneToOneField(AssayResult, on_delete=models.PROTECT, related_name="late_positive")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["opened_at"]

    def __str__(self) -> str:
        return f"late positive of {self.lot_id}"


class LatePositiveStep(Record):
    """One thing that was done about it, for one recipient or for the lot; a notice with its words."""

    identifies = frozenset({"words"})

    case = models.ForeignKey(LatePositive, on_delete=models.PROTECT, related_name="steps")
    code = models.CharField(max_length=30)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    words = models.TextField(max_length=4000)
    """What was done or found; of a notice, the text as it was sent or read out."""
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField()

    class Meta:
        ordering = ["done_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "code", "course"], name="a_late_step_is_done_once_for_each"
            ),
            models.UniqueConstraint(
                fields=["case", "code"],
                condition=models.Q(course__isnull=True),
                name="a_late_step_of_the_lot_is_done_once",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class LatePositiveClosure(Record):
    """Nothing was forgotten: quality closed the case."""

    identifies = frozenset({"words"})

    case = models.OneToOneField(LatePositive, on_delete=models.PROTECT, related_name="closure")
    words = models.TextField(max_length=2000)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"closure of {self.case_id}"
