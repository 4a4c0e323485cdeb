"""The release that two people sign, and what follows when a lot fails."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Signature, User
from stroma.courses.models import Course
from stroma.custody.models import Lot
from stroma.ledger.models import Record


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
