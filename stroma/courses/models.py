"""One patient's walk through one protocol, bound to the exact version it began under."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stroma.candidacy.models import Decision
from stroma.clinic.models import AdoptedProtocol, Site, TreatmentAuthorization, User
from stroma.ledger.models import Record
from stroma.patients.models import Consent, Patient


class Course(Record):
    """A course of treatment. ``number`` is what people say ("C-26-0012")."""

    identifies = frozenset({"patient"})

    class State(models.TextChoices):
        OPEN = "OPEN", _("open")
        STOPPED = "STOPPED", _("stopped")
        COMPLETED = "COMPLETED", _("completed")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="courses")
    number = models.CharField(max_length=12)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    protocol = models.ForeignKey(AdoptedProtocol, on_delete=models.PROTECT, related_name="courses")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="course")
    authorization = models.ForeignKey(
        TreatmentAuthorization, on_delete=models.PROTECT, null=True, related_name="+"
    )
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, null=True, related_name="courses")
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["site", "state", "-opened_at"], name="courses_of_a_site_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="a_course_number_is_unique_at_its_site"),
            models.CheckConstraint(
                condition=Q(state="OPEN", ended_at__isnull=True)
                | (~Q(state="OPEN") & Q(ended_at__isnull=False)),
                name="a_course_that_ended_says_when",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ConsentOffer(Record):
    """What a physician puts before the patient to consent to: the text, and where the needle may go.

    The patient agrees to exactly this or not at all. A later offer takes the place of the one before it.
    """

    identifies = frozenset[str]()

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="consent_offers")
    text_version = models.CharField(max_length=40)
    places = models.JSONField()
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()

    class Meta:
        ordering = ["offered_at"]

    def __str__(self) -> str:
        return f"consent offered for {self.course_id}"


class CareGiven(Record):
    """A traditional treatment given under a course: medicine begun, a session held, an operation done."""

    identifies = frozenset[str]()

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="care_given")
    visit_code = models.CharField(max_length=60)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["given_at"]

    def __str__(self) -> str:
        return f"{self.visit_code} of {self.course_id}"
