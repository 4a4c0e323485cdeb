"""Whose cells, and where: lots, containers and what became of each.

Note [Quantities conserve]
    A container's ``remaining`` only falls, never below zero, and every fall has a row that says where it went: a
    derivation, a dose, a discard. What is taken from a parent over all its children can be at most what it held; a
    trigger on derivations keeps that on both databases. Cells grow in culture, so the count of a cultured child comes
    from a count that was made, not from its parent.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import AdoptedProtocol, Badge, Place, Signature, Site, User
from stroma.courses.models import Course
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.models.donors import Donor
from stroma.ledger.models import Record


class DonationCounter(models.Model):
    """The last serial given out for a facility in a year; the row that a new donation number locks."""

    identifies = frozenset[str]()

    facility_number = models.CharField(max_length=5)
    year = models.PositiveSmallIntegerField()
    last_serial = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["facility_number", "year"], name="one_counter_for_a_facility_and_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.facility_number} {self.year}"


class Lot(Record):
    """Cells of one donation, made under one protocol, for one course; a donor's bank lot serves many courses.

    A dose made from a bank lot is a lot of its own with a ``parent``: its chain may be shown to its recipient, and the
    bank's chain names no recipient.
    """

    identifies = frozenset({"din"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="lots")
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="lots")
    protocol = models.ForeignKey(AdoptedProtocol, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, null=True, related_name="lots")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    din = models.CharField("donation identification number", max_length=13)
    product_code = models.CharField(max_length=8)
    product_name = models.CharField(max_length=60)
    state = models.CharField(max_length=12, choices=[(s.value, _(s.value.lower())) for s in LotState])
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["site", "state", "made_at"], name="lots_of_a_site_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["din"], condition=Q(parent__isnull=True), name="a_donation_number_names_one_donation"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in LotState]), name="a_lot_is_in_a_known_state"
            ),
        ]

    def __str__(self) -> str:
        return self.din


class Material(Record):
    """One container with cells or tissue in it: what it holds, where it is, until when it may be used."""

    identifies = frozenset[str]()

    class Kind(models.TextChoices):
        TISSUE = "TISSUE", _("tissue as collected")
        CULTURE = "CULTURE", _("culture")
        PRODUCT = "PRODUCT", _("product")
        DOSE = "DOSE", _("dose")
        STORED = "STORED", _("frozen for a later treatment")
        SAMPLE = "SAMPLE", _("sample")

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="materials")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    division = models.CharField(max_length=2)
    unit = models.CharField("unit of the amounts", max_length=6, default="mL")
    amount = models.DecimalField("amount at first", max_digits=10, decimal_places=3)
    remaining = models.DecimalField("amount left", max_digits=10, decimal_places=3)
    viable_cells = models.DecimalField(max_digits=14, decimal_places=0, null=True)
    viability = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="materials")
    state = models.CharField(max_length=12, choices=[(s.value, _(s.value.lower())) for s in MaterialState])
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "division"], name="a_division_names_one_container_of_a_lot"
            ),
            models.CheckConstraint(
                condition=Q(remaining__gte=0) & Q(remaining__lte=F("amount")) & Q(amount__gt=0),
                name="a_container_holds_between_nothing_and_what_it_held",
            ),
            models.CheckConstraint(
                condition=Q(viability__isnull=True) | (Q(viability__gte=0) & Q(viability__lte=1)),
                name="viability_is_a_fraction",
            ),
            models.CheckConstraint(
                condition=Q(viable_cells__isnull=True) | Q(viable_cells__gte=0), name="cells_are_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(state=MaterialState.HELD.value) | Q(remaining=0),
                name="only_a_held_container_holds_anything",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id}/{self.division}"


class Derivation(Record):
    """What went from one container into another."""

    identifies = frozenset[str]()

    class Kind(models.TextChoices):
        SPLIT = "SPLIT", _("split")
        SAMPLE = "SAMPLE", _("sample")
        PROCESS = "PROCESS", _("processed into")
        POOL = "POOL", _("pooled")

    parent = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="children")
    child = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="parents")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    taken = models.DecimalField("amount taken", max_digits=10, decimal_places=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parent", "child"], name="a_child_is_drawn_from_a_parent_once"),
            models.CheckConstraint(condition=Q(taken__gt=0), name="something_was_taken"),
            models.CheckConstraint(condition=~Q(parent=F("child")), name="a_container_is_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.parent_id} to {self.child_id}"


class Label(Record):
    """What was printed for a container, to the letter, and what became of it: on it, destroyed or missing.

    ``reason`` says why another one was printed; the first of a container needs none.
    """

    identifies = frozenset({"content", "reason"})

    class State(models.TextChoices):
        PRINTED = "PRINTED", _("printed")
        APPLIED = "APPLIED", _("applied")
        DESTROYED = "DESTROYED", _("destroyed")
        MISSING = "MISSING", _("missing")

    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="labels")
    version = models.CharField(max_length=20)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State.choices)
    reason = models.CharField("why another one was printed", max_length=200, blank=True, default="")
    printed_at = models.DateTimeField()
    printed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["state", "printed_at", "id"], name="labels_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["material"], condition=Q(state="APPLIED"), name="one_label_is_on_a_container"
            )
        ]

    def __str__(self) -> str:
        return f"label of {self.material_id}"


class SiteProductCode(Record):
    """The product code that a site gives what a protocol makes, from its own table; the newest row is in force."""

    identifies = frozenset[str]()

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="product_codes")
    protocol_id = models.CharField(max_length=60)
    product_code = models.CharField("product description code", max_length=5)
    collection_type = models.CharField(max_length=1)
    product_name = models.CharField(max_length=60)
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    class Meta:
        ordering = ["imported_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "protocol_id", "imported_at"],
                name="a_protocol_has_one_product_code_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_code} for {self.protocol_id}"


class Scan(Record):
    """One scan as it came, and the answer: go, or stop with the reasons. Refused scans are kept."""

    identifies = frozenset({"raw"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="scans")
    purpose = models.CharField(max_length=20)
    raw = models.JSONField()
    material = models.ForeignKey(Material, on_delete=models.PROTECT, null=True, related_name="scans")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    """Where the container was when it was scanned; none on scans from before this was kept."""
    is_go = models.BooleanField()
    blockers = models.JSONField()
    scanned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    scanned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.purpose}: {'go' if self.is_go else 'stop'}"


class HandOver(Record):
    """A container changed place and hands."""

    identifies = frozenset[str]()

    material = models.ForeignKey(Material, on_delete=models.PROTECT, related_name="hand_overs")
    from_place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    to_place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    badge = models.ForeignKey(Badge, on_delete=models.PROTECT, null=True, related_name="+")
    """The receiver's, which was scanned; none where they had no live one."""
    scan = models.OneToOneField(Scan, on_delete=models.PROTECT, related_name="+")
    handed_over_at = models.DateTimeField()

    class Meta:
        ordering = ["handed_over_at"]

    def __str__(self) -> str:
        return f"{self.material_id} to {self.to_place_id}"


class HandOverUndo(Record):
    """A hand-over was taken back: the container was scanned back to where it came from, with the reason.

    The reason stands sealed in the ledger. Nothing is erased; ``back`` is a hand-over of its own.
    """

    identifies = frozenset[str]()

    hand_over = models.OneToOneField(HandOver, on_delete=models.PROTECT, related_name="undo")
    back = models.OneToOneField(HandOver, on_delete=models.PROTECT, related_name="undoes")
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.hand_over_id} taken back"


class Pooling(Record):
    """What was poured together in a new container. Until this stands, nothing comes out of that container."""

    identifies = frozenset[str]()

    child = models.OneToOneField(Material, on_delete=models.PROTECT, related_name="pooling")
    pooled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    pooled_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"pooling into {self.child_id}"


class Discard(Record):
    """What was left of a container was destroyed before a witness."""

    identifies = frozenset[str]()

    material = models.OneToOneField(Material, on_delete=models.PROTECT, related_name="discard")
    amount = models.DecimalField("amount", max_digits=10, decimal_places=3)
    discarded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    witness = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, null=True, related_name="+")
    """The witness's; none on a discard from before witnesses signed."""
    discarded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(discarded_by=F("witness")), name="a_witness_is_somebody_else")
        ]

    def __str__(self) -> str:
        return f"discard of {self.material_id}"


class Disposition(Record):
    """What becomes of a lot that will not be given: decided, with the reason, by a named person."""

    identifies = frozenset[str]()

    class Kind(models.TextChoices):
        DISCARD = "DISCARD", _("discard")
        KEEP = "KEEP", _("keep in quarantine")

    lot = models.OneToOneField(Lot, on_delete=models.PROTECT, related_name="disposition")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} of {self.lot_id}"
