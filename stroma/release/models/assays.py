"""What was measured: instruments' files as they came, readings of them, and results for lines of the specification."""

from django.db import models
from django.db.models import F, Q

from stroma.clinic.models import User
from stroma.custody.models import Lot
from stroma.ledger.models import Record


class InstrumentFile(Record):
    """A file as an instrument wrote it and somebody handed it in, kept byte for byte."""

    identifies = frozenset({"name", "content"})  # an operator may have typed a patient's name into either

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="instrument_files")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    handed_in_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lot", "sha256"], name="a_file_is_kept_once_for_its_lot")
        ]

    def __str__(self) -> str:
        return self.sha256


class CytometryReading(Record):
    """A cytometry file read by a panel with one set of gates. Moving a gate makes a new reading that follows it."""

    identifies = frozenset({"gate_set"})  # holds the words of whoever moved a gate

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="readings")
    sample = models.ForeignKey(InstrumentFile, on_delete=models.PROTECT, related_name="+")
    control = models.ForeignKey(InstrumentFile, on_delete=models.PROTECT, related_name="+", null=True)
    panel = models.TextField()
    gate_set = models.TextField()
    gate_set_digest = models.CharField(max_length=64)
    populations = models.JSONField()
    warnings = models.JSONField(default=list)
    follows = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="followed_by", null=True, blank=True
    )
    moved_gate = models.CharField(max_length=120, blank=True)
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["read_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(follows__isnull=True, moved_gate="")
                | (Q(follows__isnull=False) & ~Q(moved_gate="")),
                name="a_reading_that_follows_says_which_gate_moved",
            ),
            models.CheckConstraint(condition=~Q(follows=F("id")), name="a_reading_follows_another"),
        ]

    def __str__(self) -> str:
        return self.gate_set_digest


class AssayResult(Record):
    """One result for one line of the specification. A repeat is a new row; the newest counts."""

    identifies = frozenset[str]()

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="results")
    code = models.CharField(max_length=60)
    value = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    text = models.CharField(max_length=60, blank=True)
    method = models.CharField(max_length=120)
    reading = models.ForeignKey(
        CytometryReading, on_delete=models.PROTECT, related_name="results", null=True, blank=True
    )
    low = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    """The 95 % interval of ``value``, where the method gives one."""
    limit_of_detection = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    """In the unit of the line, or in colony-forming units for a test of growth."""
    instrument = models.CharField(max_length=120, blank=True)
    file = models.ForeignKey(
        InstrumentFile, on_delete=models.PROTECT, related_name="results", null=True, blank=True
    )
    analyst = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    performed_at = models.DateTimeField()

    class Meta:
        ordering = ["performed_at"]
        indexes = [models.Index(fields=["lot", "code", "text"], name="results_of_a_lot_by_line")]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__isnull=False, text="") | (Q(value__isnull=True) & ~Q(text="")),
                name="a_result_is_a_number_or_a_word",
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=True, high__isnull=True)
                | Q(
                    value__isnull=False,
                    low__isnull=False,
                    high__isnull=False,
                    low__lte=F("value"),
                    high__gte=F("value"),
                ),
                name="an_interval_holds_its_result",
            ),
            models.CheckConstraint(
                condition=Q(started_at__isnull=True)
                | Q(finished_at__isnull=True)
                | Q(started_at__lte=F("finished_at")),
                name="an_assay_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return self.code
