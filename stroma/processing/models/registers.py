"""The registers of the laboratory: its equipment and the lots of its reagents, each with what happened to it.

What a thing is stands in its own row; what happened to it (cleaned, released, recalled) is a row of its own that is
never changed, so that it can be told for any moment whether it was fit for use.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Signature, Site, User
from stroma.ledger.models import Record


class Equipment(Record):
    """A cabinet, a centrifuge, an incubator: whatever a step of a protocol asks for by its kind."""

    identifies = frozenset[str]()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="equipment")
    kind = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    code = models.CharField(max_length=80)
    """What is scanned off it."""
    cleaned_for_hours = models.PositiveIntegerField(null=True)
    """How long a cleaning keeps; null where it needs none."""
    needs_calibration = models.BooleanField(default=True)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="an_equipment_code_is_unique_at_its_site")
        ]

    def __str__(self) -> str:
        return self.name


class EquipmentEvent(Record):
    """Cleaned, calibrated, taken out of service, or returned to it. The words of a reason stand here."""

    identifies = frozenset({"reason"})  # somebody may name a person in it

    class Kind(models.TextChoices):
        CLEANED = "CLEANED", _("cleaned")
        CALIBRATED = "CALIBRATED", _("calibrated")
        TAKEN_OUT = "TAKEN_OUT", _("taken out of service")
        RETURNED = "RETURNED", _("returned to service")

    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["done_at"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(kind__in=["CLEANED", "CALIBRATED"], valid_until__gt=F("done_at"))
                    | Q(kind__in=["TAKEN_OUT", "RETURNED"], valid_until__isnull=True)
                ),
                name="cleaning_and_calibration_keep_for_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(kind="TAKEN_OUT") | ~Q(reason=""),
                name="equipment_is_taken_out_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment_id} {self.get_kind_display()}"


class ReagentLot(Record):
    """A lot of a reagent as its manufacturer made it and the laboratory received it."""

    identifies = frozenset[str]()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="reagent_lots")
    kind = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    manufacturer = models.CharField(max_length=120)
    number = models.CharField(max_length=80)
    """The manufacturer's."""
    code = models.CharField(max_length=80)
    """What is scanned off it."""
    expires_at = models.DateTimeField()
    keeps_open_hours = models.PositiveIntegerField(null=True)
    """How long it keeps once opened; null where its expiry stands."""
    quantity = models.CharField(max_length=40, blank=True)
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "expires_at"]
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="a_reagent_code_is_unique_at_its_site"),
            models.UniqueConstraint(
                fields=["site", "kind", "manufacturer", "number"], name="a_reagent_lot_is_registered_once"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("received_at")), name="a_reagent_is_received_before_it_expires"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class ReagentEvent(Record):
    """Released by quality, opened, or recalled; each at most once."""

    identifies = frozenset({"reason"})  # somebody may name a person in it

    class Kind(models.TextChoices):
        RELEASED = "RELEASED", _("released")
        OPENED = "OPENED", _("opened")
        RECALLED = "RECALLED", _("recalled")

    reagent = models.ForeignKey(ReagentLot, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    """Of an opening: until when it keeps."""
    reason = models.CharField(max_length=400, blank=True)
    signature = models.OneToOneField(
        Signature, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    """Of a release: quality's, under what the register says of the lot."""

    class Meta:
        ordering = ["done_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["reagent", "kind"], name="a_reagent_is_released_opened_and_recalled_at_most_once"
            ),
            models.CheckConstraint(
                condition=~Q(kind="RECALLED") | ~Q(reason=""), name="a_reagent_is_recalled_for_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reagent_id} {self.get_kind_display()}"
