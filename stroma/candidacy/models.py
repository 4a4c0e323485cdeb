"""Is it right for me: what was asked and answered, what the rules said, and what a physiatrist decided."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import AdoptedProtocol, Signature, Site, User
from stroma.ledger.models import Record
from stroma.patients.models import Patient


class Assessment(Record):
    """One patient against one protocol at one moment: every answer with where it came from, every reason found.

    ``salt`` goes into the digest that is signed, so that the digest alone tells nothing about the answers.
    """

    identifies = frozenset({"patient", "salt", "answers", "red_flags", "blockers"})

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="assessments")
    protocol = models.ForeignKey(AdoptedProtocol, on_delete=models.PROTECT, related_name="+")
    salt = models.CharField(max_length=32)
    answers = models.JSONField()
    red_flags = models.JSONField()
    blockers = models.JSONField()
    assessed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField()

    class Meta:
        indexes = [
            # With the id, so that those without a decision are found before any row is read.
            models.Index(fields=["site", "assessed_at", "id"], name="assessments_of_a_site")
        ]

    def __str__(self) -> str:
        return f"assessment for {self.protocol_id}"


class Decision(Record):
    """A physiatrist's decision on an assessment, signed. It is decided once; a change of mind is a new assessment."""

    identifies = frozenset({"overrides"})

    class Outcome(models.TextChoices):
        CANDIDATE = "CANDIDATE", _("candidate")
        NOT_A_CANDIDATE = "NOT_A_CANDIDATE", _("not a candidate")
        ROUTED_TO_CARE = "ROUTED_TO_CARE", _("routed to urgent care")

    assessment = models.OneToOneField(Assessment, on_delete=models.PROTECT, related_name="decision")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    overrides = models.JSONField(default=dict)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["outcome", "decided_at", "id", "assessment"], name="decisions_by_outcome")
        ]

    def __str__(self) -> str:
        return self.outcome.lower()
