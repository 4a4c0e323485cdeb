"""Boxes on the way: what is in them, their seal, and what the logger says."""

from django.db import models
from django.db.models import F, Q

from stroma.clinic.models import Badge, Place, Site, User
from stroma.custody.models.cells import Material
from stroma.ledger.models import Record


class TransportLimits(Record):
    """The site's own limits for a kind of storage, used where a protocol names none. A new row replaces the last."""

    identifies = frozenset[str]()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="transport_limits")
    storage = models.CharField(max_length=20)
    minimum_c = models.DecimalField(max_digits=5, decimal_places=1, null=True)
    maximum_c = models.DecimalField(max_digits=5, decimal_places=1)
    minutes_outside = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=200)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(minimum_c__isnull=True) | Q(minimum_c__lt=F("maximum_c")),
                name="transport_minimum_is_below_maximum",
            )
        ]

    def __str__(self) -> str:
        return f"{self.storage} at {self.site_id}"


class TransportBox(Record):
    """A box that is used again and again."""

    identifies = frozenset[str]()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="transport_boxes")
    code = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="a_box_code_is_unique_at_its_site")
        ]

    def __str__(self) -> str:
        return self.code


class Shipment(Record):
    """One journey of a box: sealed here, opened there, the limits it travelled under."""

    identifies = frozenset[str]()

    box = models.ForeignKey(TransportBox, on_delete=models.PROTECT, related_name="shipments")
    from_place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    to_place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    seal = models.CharField(max_length=40)
    minimum_c = models.DecimalField(max_digits=5, decimal_places=1, null=True)
    maximum_c = models.DecimalField(max_digits=5, decimal_places=1)
    minutes_outside = models.PositiveSmallIntegerField()
    limits_source = models.CharField(max_length=200)
    sealed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sealed_at = models.DateTimeField()
    seal_read = models.CharField(max_length=40, blank=True)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(null=True)
    opening_badge = models.ForeignKey(Badge, on_delete=models.PROTECT, null=True, related_name="+")
    """What was shown as the badge of who opened it, where they had one."""

    class Meta:
        ordering = ["-sealed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["box"], condition=Q(opened_at__isnull=True), name="a_box_makes_one_journey_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, opened_by__isnull=True)
                | Q(opened_at__gte=F("sealed_at"), opened_by__isnull=False, seal_read=F("seal")),
                name="a_box_is_opened_by_its_own_seal",
            ),
        ]

    def __str__(self) -> str:
        return f"box {self.box_id}"


class ShipmentContent(Record):
    """A container travelled in a box."""

    identifies = frozenset[str]()

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="contents")
    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="journeys")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "material"], name="a_container_is_in_a_box_once")
        ]

    def __str__(self) -> str:
        return f"{self.material_id} in {self.shipment_id}"


class TemperatureLog(Record):
    """What the logger in a box said over the journey, and the judgement.

    Another log of the same journey points at the one it takes the place of, and says why. The newest holds.
    """

    # A file as it came: whoever set the logger up may have typed a name. A reason is written freely.
    identifies = frozenset({"content", "reason"})

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="logs")
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    reason = models.CharField("why another one was read", max_length=400, blank=True)
    digest = models.CharField("digest of the file", max_length=64)
    content = models.BinaryField("the file", null=True)  # null: read before files were kept
    lowest_c = models.DecimalField(max_digits=5, decimal_places=1)
    highest_c = models.DecimalField(max_digits=5, decimal_places=1)
    minutes_outside = models.DecimalField(max_digits=8, decimal_places=1)
    is_excursion = models.BooleanField()
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shipment"], condition=Q(corrects__isnull=True), name="a_journey_has_one_first_log"
            ),
            models.UniqueConstraint(fields=["shipment", "digest"], name="a_log_of_a_journey_is_read_once"),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, reason="") | (Q(corrects__isnull=False) & ~Q(reason="")),
                name="another_log_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"log of {self.shipment_id}"


class TemperatureReading(Record):
    """One line of a log."""

    identifies = frozenset[str]()

    log = models.ForeignKey(TemperatureLog, on_delete=models.PROTECT, related_name="readings")
    read_at = models.DateTimeField()
    temperature_c = models.DecimalField(max_digits=5, decimal_places=1)

    class Meta:
        ordering = ["read_at"]
        constraints = [models.UniqueConstraint(fields=["log", "read_at"], name="a_log_reads_once_at_a_time")]

    def __str__(self) -> str:
        return f"{self.temperature_c} °C"
