"""Step 2, its gate: results, the release that two people sign, and what follows when a lot fails."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Signature, User
from stroma.courses.models import Course
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
    analyst = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    performed_at = models.DateTimeField()

    class Meta:
        ordering = ["performed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__isnull=False, text="") | (Q(value__isnull=True) & ~Q(text="")),
                name="a_result_is_a_number_or_a_word",
            )
        ]

    def __str__(self) -> str:
        return self.code


class Release(Record):
    """A lot was let go by two people, each signing exactly the certificate that is kept here."""

    identifies = frozenset[str]()

    class Kind(models.TextChoices):
        FULL = "FULL", _("full")
        CONDITIONAL = "CONDITIONAL", _("conditional, final results pending")
        EXCEPTION = "EXCEPTION", _("by exception")

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="releases")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    certificate = models.TextField()
    certificate_digest = models.CharField(max_length=64)
    physician = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    quality = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    physician_signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")
    quality_signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(physician=F("quality")), name="a_lot_is_released_by_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(physician_signature=F("quality_signature")), name="a_release_has_two_signatures"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} release of {self.lot_id}"


class Rejection(Record):
    """A lot failed and will not be given."""

    identifies = frozenset[str]()

    lot = models.OneToOneField(Lot, on_delete=models.PROTECT, related_name="rejection")
    rejected_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    rejected_at = models.DateTimeField()
    codes = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"rejection of {self.lot_id}"


class FailureNotice(Record):
    """The patient was told that the lot failed: by whom, when, how."""

    identifies = frozenset[str]()

    class Means(models.TextChoices):
        IN_PERSON = "IN_PERSON", _("in person")
        PHONE = "PHONE", _("by phone")
        VIDEO = "VIDEO", _("by video")

    rejection = models.OneToOneField(Rejection, on_delete=models.PROTECT, related_name="notice")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="failure_notices")
    means = models.CharField(max_length=9, choices=Means.choices)
    told_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"notice of {self.rejection_id}"


class FailureDecision(Record):
    """What patient and physiatrist decided after a failed lot."""

    identifies = frozenset[str]()

    class Kind(models.TextChoices):
        COLLECT_AGAIN = "COLLECT_AGAIN", _("collect again")
        STOP = "STOP", _("stop this course")

    notice = models.OneToOneField(FailureNotice, on_delete=models.PROTECT, related_name="decision")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.kind
