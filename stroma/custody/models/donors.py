"""Whoever the cells come from: tests, history, and whether they may go to somebody else."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import Signature, Site, User
from stroma.ledger.models import Record
from stroma.patients.models import Patient


class Donor(Record):
    """Whoever the tissue comes from; kept apart from the patient even when they are one person (21 CFR 1271).

    ``salt`` goes into the digest a physician signs, so that the digest alone does not give the test results away.
    """

    identifies = frozenset({"patient", "salt"})

    class Relation(models.TextChoices):
        AUTOLOGOUS = "AUTOLOGOUS", _("autologous")
        ALLOGENEIC = "ALLOGENEIC", _("allogeneic")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="donors")
    relation = models.CharField(max_length=10, choices=Relation.choices)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="donor_records")
    salt = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(relation="ALLOGENEIC") | Q(patient__isnull=False),
                name="an_autologous_donor_is_a_patient",
            )
        ]

    def __str__(self) -> str:
        return f"{self.relation.lower()} donor"


class DonorTest(Record):
    """An infectious-disease test of a donor (21 CFR 1271.85; agents listed in clinical.md §6.4)."""

    identifies = frozenset({"donor", "result"})

    class Result(models.TextChoices):
        NON_REACTIVE = "NON_REACTIVE", _("non-reactive")
        REACTIVE = "REACTIVE", _("reactive")
        INDETERMINATE = "INDETERMINATE", _("indeterminate")

    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="tests")
    agent = models.CharField(max_length=20)
    method = models.CharField(max_length=60)
    result = models.CharField(max_length=13, choices=Result.choices)
    sampled_at = models.DateTimeField()
    reported_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.agent} {self.result}"


class DonorScreening(Record):
    """The donor's history, records and examination were gone through (21 CFR 1271.75)."""

    identifies = frozenset({"donor", "has_risk"})

    donor = models.OneToOneField(Donor, on_delete=models.PROTECT, related_name="screening")
    has_risk = models.BooleanField()
    screened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    screened_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"screening of {self.donor_id}"


class DonorEligibility(Record):
    """The determination that a donor's cells may go to somebody else (21 CFR 1271.50), or the documented exception."""

    identifies = frozenset({"donor", "outcome"})

    class Outcome(models.TextChoices):
        ELIGIBLE = "ELIGIBLE", _("eligible")
        INELIGIBLE = "INELIGIBLE", _("ineligible")
        EXCEPTION = "EXCEPTION", _("ineligible, used by documented exception")

    donor = models.OneToOneField(Donor, on_delete=models.PROTECT, related_name="eligibility")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")
    determined_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    determined_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.outcome
