"""Recovery: what is asked when, what was answered, what went wrong, and what was done besides.

Note [An answer stands until it is corrected]
    Nothing here is changed or removed. A correction is a row of its own that points at the one it corrects,
    with the reason; the row that no other points at stands. A later report on an adverse event follows the
    earlier one in the same way. Free text lies here and never in the ledger, which seals it.
"""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.follow_up.domain.adverse_events import GRADES, RelatedTo, Relation
from stroma.follow_up.domain.instruments import INSTRUMENTS
from stroma.follow_up.domain.plan import PlannedQuestionnaire
from stroma.follow_up.domain.schedule import Window
from stroma.follow_up.times import time_title
from stroma.ledger.models import Record
from stroma.patients.models import Patient

_INSTRUMENTS = [(code, _(instrument.title)) for code, instrument in INSTRUMENTS.items()]
_WINDOWS = [(window.value, _(window.value.lower().replace("_", " "))) for window in Window]
_RELATED_TO = [(part.value, _(part.value.lower())) for part in RelatedTo]
_RELATIONS = [(relation.value, _(relation.value.lower())) for relation in Relation]


class QuestionnaireDue(Record):
    """One questionnaire at one time of the plan. What was not answered stays here as missing."""

    identifies = frozenset[str]()

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="questionnaires_due")
    instrument = models.CharField(max_length=10, choices=_INSTRUMENTS)
    time_code = models.CharField(max_length=60)
    treated_at = models.DateTimeField("first treatment, from which the time counts", null=True)
    due_at = models.DateTimeField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField("end of the window, exclusive; none: the treatment", null=True)

    class Meta:
        ordering = ["due_at", "time_code", "instrument"]
        indexes = [models.Index(fields=["course", "closes_at", "opens_at", "id"], name="dues_of_a_course")]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "instrument", "time_code"], name="a_questionnaire_is_due_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(treated_at__isnull=True, closes_at__isnull=True)
                | Q(treated_at__isnull=False, closes_at__isnull=False),
                name="a_window_closes_once_treatment_is_known",
            ),
            models.CheckConstraint(
                condition=Q(opens_at__lte=F("due_at"))
                & (Q(closes_at__isnull=True) | Q(closes_at__gte=F("due_at"))),
                name="a_questionnaire_is_due_within_its_window",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} at {self.time_code}"

    @property
    def time_title(self) -> str:
        """When it is asked, in words."""
        return time_title(self.time_code)

    def as_planned(self) -> PlannedQuestionnaire:
        """The row as the rules take it."""
        return PlannedQuestionnaire(
            self.instrument, self.time_code, self.treated_at, self.due_at, self.opens_at, self.closes_at
        )


class AnswerQuerySet(models.QuerySet["QuestionnaireAnswer"]):
    """Speaks of answers as the clinic does."""

    def standing(self) -> "AnswerQuerySet":
        """Those that no later row corrects."""
        return self.filter(correction__isnull=True)


class QuestionnaireAnswer(Record):
    """A questionnaire as answered, and its score. See Note [An answer stands until it is corrected]."""

    identifies = frozenset({"answers", "score", "answered_count", "missing", "prorated", "reason"})

    class Method(models.TextChoices):
        PATIENT = "PATIENT", _("by the patient")
        PHONE = "PHONE", _("asked by telephone")
        PAPER = "PAPER", _("on paper")
        SIMULATED = "SIMULATED", _("simulated")

    due = models.ForeignKey(QuestionnaireDue, on_delete=models.PROTECT, related_name="answers")
    corrects = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="correction",
        verbose_name="answer it corrects",
    )
    reason = models.TextField("why it was corrected", blank=True)
    answered_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=9, choices=Method.choices)
    answers = models.JSONField()
    score = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    answered_count = models.PositiveSmallIntegerField()
    missing = models.JSONField()
    prorated = models.BooleanField("scored on fewer items")
    window = models.CharField(max_length=9, choices=_WINDOWS)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["answered_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["due"], condition=Q(corrects__isnull=True), name="a_questionnaire_is_answered_once"
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, reason="") | (Q(corrects__isnull=False) & ~Q(reason="")),
                name="a_correction_says_why",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | ~Q(corrects=F("id")),
                name="an_answer_does_not_correct_itself",
            ),
            models.CheckConstraint(
                condition=Q(entered_at__gte=F("answered_at")),
                name="an_answer_is_entered_when_or_after_it_is_given",
            ),
        ]

    def __str__(self) -> str:
        return f"answer to {self.due_id}"


class QuestionnaireDraft(Record):
    """Answers on the way: what a patient has chosen and not sent. It counts for nothing and goes when sent."""

    identifies = frozenset({"answers"})

    due = models.OneToOneField(QuestionnaireDue, on_delete=models.PROTECT, related_name="draft")
    answers = models.JSONField()
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft for {self.due_id}"


class ProblemReport(Record):
    """A patient says that something is wrong. A nurse takes it up and judges whether it is an adverse event."""

    identifies = frozenset({"words", "signs"})

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="problem_reports")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, null=True, related_name="problem_reports")
    words = models.TextField("what is wrong, in the patient's words", blank=True)
    signs = models.JSONField("warning signs ticked", default=list)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    taken_up_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    taken_up_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["reported_at"]
        indexes = [
            models.Index(
                fields=["reported_at"], condition=Q(taken_up_at__isnull=True), name="reports_to_take_up"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(taken_up_by__isnull=True, taken_up_at__isnull=True)
                | Q(taken_up_by__isnull=False, taken_up_at__isnull=False),
                name="who_takes_a_report_up_says_when",
            )
        ]

    def __str__(self) -> str:
        return f"report of {self.patient_id}"


class AdverseEvent(Record):
    """Something went wrong for the patient, as reported then; ``follows`` is the report before it."""

    identifies = frozenset({"verbatim", "action_taken"})

    class Outcome(models.TextChoices):
        RECOVERED = "RECOVERED", _("recovered")
        RECOVERED_WITH_SEQUELAE = "RECOVERED_WITH_SEQUELAE", _("recovered with lasting harm")
        RECOVERING = "RECOVERING", _("recovering")
        NOT_RECOVERED = "NOT_RECOVERED", _("not recovered")
        FATAL = "FATAL", _("fatal")
        UNKNOWN = "UNKNOWN", _("unknown")

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="adverse_events")
    follows = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="followed_by")
    verbatim = models.TextField("what happened, in the reporter's words")
    code_system = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40, blank=True)
    ctcae_grade = models.PositiveSmallIntegerField(
        "CTCAE grade", choices=[(grade, _(words)) for grade, words in GRADES.items()]
    )
    seriousness = models.JSONField("criteria of seriousness", default=list)
    is_serious = models.BooleanField()
    related_to = models.CharField(max_length=10, choices=_RELATED_TO)
    relation = models.CharField(max_length=9, choices=_RELATIONS)
    is_expected = models.BooleanField()
    communicable_disease_suspected = models.BooleanField(default=False)
    onset_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    action_taken = models.TextField(blank=True)
    outcome = models.CharField(max_length=23, choices=Outcome.choices)
    duty_days = models.PositiveSmallIntegerField("calendar days until the authority must be told", null=True)
    duty_due_at = models.DateTimeField(null=True)
    duty_source = models.CharField(max_length=200, blank=True)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField("when the site learned of it")

    class Meta:
        ordering = ["reported_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ctcae_grade__gte=min(GRADES), ctcae_grade__lte=max(GRADES)),
                name="a_ctcae_grade_is_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(ctcae_grade=5, outcome="FATAL") | (~Q(ctcae_grade=5) & ~Q(outcome="FATAL")),
                name="grade_5_and_a_fatal_outcome_go_together",
            ),
            models.CheckConstraint(
                condition=Q(related_to="NONE", relation="UNRELATED")
                | (~Q(related_to="NONE") & ~Q(relation="UNRELATED")),
                name="an_unrelated_event_is_related_to_nothing",
            ),
            models.CheckConstraint(
                condition=Q(onset_at__lte=F("reported_at"))
                & (Q(ended_at__isnull=True) | Q(ended_at__gte=F("onset_at"))),
                name="an_event_begins_before_it_ends_or_is_reported",
            ),
            models.CheckConstraint(
                condition=Q(duty_days__isnull=True, duty_due_at__isnull=True, duty_source="")
                | (Q(duty_days__isnull=False, duty_due_at__isnull=False) & ~Q(duty_source="")),
                name="a_reporting_duty_says_by_when_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"adverse event, grade {self.ctcae_grade}"


class Intervention(Record):
    """A further treatment of the same back, wherever. The first three kinds count as non-response."""

    identifies = frozenset({"note"})

    class Kind(models.TextChoices):
        SURGERY = "SURGERY", _("surgery")
        INJECTION = "INJECTION", _("injection")
        STRONG_OPIOID = "STRONG_OPIOID", _("new strong opioid")
        OTHER = "OTHER", _("other")

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="interventions")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    happened_at = models.DateTimeField()
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["happened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "kind", "happened_at"], name="an_intervention_is_recorded_once"
            ),
            models.CheckConstraint(
                condition=Q(recorded_at__gte=F("happened_at")),
                name="an_intervention_is_recorded_after_it_happened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind.lower()} during {self.course_id}"


class AnotherTreatmentDecision(Record):
    """Whether a further treatment may be given, by the protocol's rule, with every reason found."""

    identifies = frozenset({"reasons", "overrides"})

    class Outcome(models.TextChoices):
        MAY_BE_GIVEN = "MAY_BE_GIVEN", _("may be given")
        NOT_NOW = "NOT_NOW", _("not now")

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="another_treatment_decisions")
    treatment_number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reasons = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    overrides = models.JSONField(default=dict)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["decided_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "treatment_number"],
                condition=Q(outcome="MAY_BE_GIVEN"),
                name="a_further_treatment_is_agreed_once",
            ),
            models.CheckConstraint(
                condition=Q(treatment_number__gte=2), name="candidacy_decides_the_first_treatment"
            ),
        ]

    def __str__(self) -> str:
        return f"treatment {self.treatment_number}: {self.outcome.lower()}"
