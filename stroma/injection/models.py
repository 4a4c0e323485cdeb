"""Step 3: the time-out, and the dose."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.custody.models import Material, Scan
from stroma.ledger.models import Record
from stroma.protocols.domain.spine import LEVELS, Side, Target

_TARGETS = [(t.value, t.value) for t in Target]
_LEVELS = [(level, level) for level in LEVELS]
_SIDES = [(s.value, _(s.value.lower())) for s in Side]


class TimeOut(Record):
    """The pause before the needle: everything checked and agreed, for one container at one place."""

    identifies = frozenset[str]()

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="time_outs")
    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="time_outs")
    scan = models.OneToOneField(Scan, on_delete=models.PROTECT, related_name="+")
    target = models.CharField(max_length=24, choices=_TARGETS)
    level = models.CharField(max_length=7, choices=_LEVELS)
    side = models.CharField(max_length=7, choices=_SIDES)
    led_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    second_person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    completed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(led_by=models.F("second_person")), name="a_time_out_takes_two_people"
            )
        ]

    def __str__(self) -> str:
        return f"time-out for {self.material_id}"


class TimeOutCancellation(Record):
    """Nothing was given after this time-out: two people saw the container whole. No dose follows it any more."""

    identifies = frozenset({"reason"})

    time_out = models.OneToOneField(TimeOut, on_delete=models.PROTECT, related_name="cancellation")
    scan = models.OneToOneField(Scan, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    cancelled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    witness = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(cancelled_by=models.F("witness")), name="two_people_see_that_nothing_was_given"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_time_out_is_cancelled_for_a_reason"),
        ]

    def __str__(self) -> str:
        return f"cancellation of {self.time_out_id}"


class Dose(Record):
    """A dose was given. Its table's triggers refuse it unless every guard of the way here holds."""

    identifies = frozenset[str]()

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="doses")
    material = models.OneToOneField(Material, on_delete=models.PROTECT, related_name="dose")
    time_out = models.OneToOneField(TimeOut, on_delete=models.PROTECT, related_name="dose")
    treatment_number = models.PositiveSmallIntegerField(default=1)
    target = models.CharField(max_length=24, choices=_TARGETS)
    level = models.CharField(max_length=7, choices=_LEVELS)
    side = models.CharField(max_length=7, choices=_SIDES)
    volume_ml = models.DecimalField(max_digits=6, decimal_places=3)
    viable_cells = models.DecimalField(max_digits=14, decimal_places=0, null=True)
    guidance = models.CharField(max_length=12)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "treatment_number", "level", "side"],
                name="a_place_is_injected_once_in_a_treatment",
            ),
            models.CheckConstraint(condition=Q(volume_ml__gt=0), name="a_dose_has_a_volume"),
        ]

    def __str__(self) -> str:
        return f"dose at {self.level}"
