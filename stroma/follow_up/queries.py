"""Reads about recovery: what is due, what was answered, and why a course cannot be closed yet."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from stroma.clinic.access import Person
from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import CareGiven, Course
from stroma.follow_up.domain.another_treatment import TreatmentFacts
from stroma.follow_up.domain.plan import BASELINE, PAIN, PlannedQuestionnaire, planned_questionnaires
from stroma.follow_up.domain.schedule import Window
from stroma.follow_up.domain.scoring import Answer
from stroma.follow_up.models import ProblemReport, QuestionnaireAnswer, QuestionnaireDraft, QuestionnaireDue
from stroma.injection.models import Dose
from stroma.patients.models import Patient
from stroma.protocols.domain.blocker import Blocker


@dataclass(frozen=True, slots=True)
class PainAnswer:
    """One standing answer on a pain scale; ``pain`` is NRS 0–10, None where the form came back blank."""

    time_code: str
    answered_at: datetime
    pain: Decimal | None
    window: Window


@dataclass(frozen=True, slots=True)
class FirstTreatment:
    """When a course first gave cells and when it first gave traditional care; None where it did not."""

    dose_at: datetime | None
    care_at: datetime | None

    @property
    def at(self) -> datetime | None:
        """The earlier of the two."""
        return min((moment for moment in (self.dose_at, self.care_at) if moment is not None), default=None)


def first_treatments(courses: QuerySet[Course], *, at: datetime) -> dict[UUID, FirstTreatment]:
    """The first treatment of each of these courses, as known at ``at``; one query."""
    doses = Dose.objects.filter(course=OuterRef("pk"), given_at__lte=at).order_by("given_at")
    care = CareGiven.objects.filter(course=OuterRef("pk"), given_at__lte=at).order_by("given_at")
    rows = courses.annotate(
        first_dose_at=Subquery(doses.values("given_at")[:1]),
        first_care_at=Subquery(care.values("given_at")[:1]),
    ).values_list("id", "first_dose_at", "first_care_at")
    return {course_id: FirstTreatment(dose_at, care_at) for course_id, dose_at, care_at in rows}


def treatments_given(course: Course, *, at: datetime) -> dict[int, datetime]:
    """The treatments of a course by number, each with the time it began.

    One treatment may take several places or sessions. Traditional care is one treatment, however many
    sessions.
    """
    given: dict[int, datetime] = {}
    doses = Dose.objects.filter(course=course, given_at__lte=at).order_by("given_at")
    for number, given_at in doses.values_list("treatment_number", "given_at"):
        given.setdefault(number, given_at)
    care = CareGiven.objects.filter(course=course, given_at__lte=at).order_by("given_at").first()
    if care is not None:
        given[1] = min(care.given_at, given.get(1, care.given_at))
    return given


def first_treatment_at(course: Course, *, at: datetime) -> datetime | None:
    """When the first treatment of a course began: follow-up counts from there. None before it."""
    return min(treatments_given(course, at=at).values(), default=None)


def questionnaires_to_plan(course: Course, *, at: datetime) -> list[PlannedQuestionnaire]:
    """What the protocol asks for, can be planned at ``at``, and is not planned yet."""
    planned = set(QuestionnaireDue.objects.filter(course=course).values_list("instrument", "time_code"))
    wanted = planned_questionnaires(
        protocol_of(course.protocol).follow_up,
        opened_at=course.opened_at,
        treated_at=first_treatment_at(course, at=at),
    )
    return [each for each in wanted if (each.instrument, each.time_code) not in planned]


def dues_open(site: Site, *, at: datetime) -> QuerySet[QuestionnaireDue]:
    """The questionnaires of a site that may be answered now and were not."""
    is_open = Q(closes_at__gt=at) | Q(closes_at__isnull=True, is_treated=False)
    return _unanswered(site, at=at).filter(is_open, opens_at__lte=at)


def due_of(person: Person, due_id: UUID) -> QuestionnaireDue:
    """One of the patient's own questionnaires. Raises Http404 for another's."""
    own = QuestionnaireDue.objects.filter(course__patient__user=person.user)
    due = own.select_related("course__site", "course__patient__user").filter(pk=due_id).first()
    if due is None:
        raise Http404("no such questionnaire")
    return due


def due_by_link(due_id: UUID) -> QuestionnaireDue | None:
    """The questionnaire that a link opens, while its course is open."""
    due = QuestionnaireDue.objects.select_related("course__site", "course__patient__user").filter(pk=due_id)
    return due.filter(course__state=Course.State.OPEN).first()


def next_due_of(due: QuestionnaireDue, *, at: datetime) -> QuestionnaireDue | None:
    """The next questionnaire of the same course that may be answered at ``at``; none when all are."""
    return (
        dues_open(due.course.site, at=at).filter(course=due.course).order_by("due_at", "instrument").first()
    )


def saved_draft(due: QuestionnaireDue) -> dict[str, Answer]:
    """What was chosen and not sent yet."""
    draft = QuestionnaireDraft.objects.filter(due=due).first()
    return dict(draft.answers) if draft else {}


def was_answered(due: QuestionnaireDue) -> bool:
    """Whether the questionnaire was answered."""
    return QuestionnaireAnswer.objects.filter(due=due).exists()


def problems_to_take_up(site: Site) -> QuerySet[ProblemReport]:
    """What patients of a site reported and nobody has taken up, the oldest first."""
    reports = ProblemReport.objects.filter(patient__site=site, taken_up_at__isnull=True)
    return reports.select_related("patient", "course").order_by("reported_at")


def move_reports(duplicate: Patient, survivor: Patient) -> None:
    """What a merge of patient records does to reports: they follow the surviving record."""
    ProblemReport.objects.filter(patient=duplicate).update(patient=survivor)


def late_dues(site: Site, *, at: datetime) -> QuerySet[QuestionnaireDue]:
    """The questionnaires of a site whose window closed unanswered: missing, and late if answered now."""
    return _unanswered(site, at=at).filter(Q(closes_at__lte=at) | Q(closes_at__isnull=True, is_treated=True))


def has_missed(*, at: datetime) -> Q:
    """Of courses: those with a questionnaire whose window closed unanswered, as ``late_dues`` finds them."""
    return Q(Exists(_unanswered_of_course().filter(closes_at__lte=at))) | Q(
        Exists(_unanswered_of_course().filter(closes_at__isnull=True)) & _was_treated("pk", at)
    )


def has_opened(*, at: datetime) -> Q:
    """Of courses: those with a questionnaire that may be answered now, as ``dues_open`` finds them."""
    waiting = _unanswered_of_course().filter(opens_at__lte=at)
    return Q(Exists(waiting.filter(closes_at__gt=at))) | Q(
        Exists(waiting.filter(closes_at__isnull=True)) & ~_was_treated("pk", at)
    )


def unanswered_by_course(
    courses: Iterable[UUID], *, at: datetime
) -> dict[UUID, tuple[list[QuestionnaireDue], list[QuestionnaireDue]]]:
    """Of each of these courses the questionnaires that were missed and those that may be answered now; one query."""
    found: dict[UUID, tuple[list[QuestionnaireDue], list[QuestionnaireDue]]] = defaultdict(lambda: ([], []))
    rows = QuestionnaireDue.objects.filter(course__in=list(courses), answers__isnull=True)
    for due in rows.annotate(is_treated=_was_treated("course", at)):
        missed, opened = found[due.course_id]
        if due.is_treated if due.closes_at is None else due.closes_at <= at:
            missed.append(due)
        elif due.opens_at <= at:
            opened.append(due)
    return found


def pain_by_course(
    courses: QuerySet[Course, Any] | Iterable[UUID], *, instrument: str = PAIN, at: datetime
) -> dict[UUID, list[PainAnswer]]:
    """The standing answers on a pain scale given by ``at``, by course and in order of time; one query."""
    rows = (
        QuestionnaireAnswer.objects.standing()
        .filter(due__course__in=courses, due__instrument=instrument, answered_at__lte=at)
        .order_by("answered_at")
        .values_list("due__course_id", "due__time_code", "answered_at", "score", "window")
    )
    found: dict[UUID, list[PainAnswer]] = defaultdict(list)
    for course_id, time_code, answered_at, score, window in rows:
        found[course_id].append(PainAnswer(time_code, answered_at, score, Window(window)))
    return dict(found)


def another_treatment_facts(course: Course, *, at: datetime) -> TreatmentFacts:
    """What the protocol's rule for another treatment is judged on.

    Pain now is the answer to the newest questionnaire that may be answered by now: an older one tells how it
    was.
    """
    treated_at = sorted(treatments_given(course, at=at).values())
    if not treated_at:
        return TreatmentFacts()
    answers = pain_by_course([course.id], at=at).get(course.id, [])
    newest = (
        QuestionnaireDue.objects.filter(course=course, instrument=PAIN, opens_at__lte=at)
        .exclude(time_code=BASELINE)
        .order_by("due_at")
        .last()
    )
    second = treated_at[1] if len(treated_at) > 1 else at
    after_first = [a.pain for a in answers if treated_at[0] < a.answered_at <= second and a.pain is not None]
    return TreatmentFacts(
        treated_at=treated_at,
        baseline_pain=next(
            (a.pain for a in answers if a.time_code == BASELINE and a.answered_at < treated_at[0]), None
        ),
        lowest_pain=min(after_first, default=None),
        pain=next(
            (
                a.pain
                for a in answers
                if newest and a.time_code == newest.time_code and a.answered_at > treated_at[-1]
            ),
            None,
        ),
    )


def follow_up_open_ends(course: Course, at: datetime) -> list[Blocker]:
    """Why a course cannot be closed yet: questionnaires may still be answered, or were never planned.

    What was missed is missing, not open. Nobody is waited for who has died.
    """
    if course.patient.is_deceased or first_treatment_at(course, at=at) is None:
        return []
    source = protocol_of(course.protocol).follow_up.source
    blockers = []
    if to_plan := questionnaires_to_plan(course, at=at):
        blockers.append(Blocker("follow_up_not_planned", {"questionnaires": len(to_plan)}, source))
    waiting = QuestionnaireDue.objects.filter(course=course, answers__isnull=True, closes_at__gt=at)
    if last := waiting.order_by("closes_at").last():
        values = {"questionnaires": waiting.count(), "last_closes_at": last.closes_at}
        blockers.append(Blocker("questionnaires_open", values, source))
    return blockers


def _unanswered(site: Site, *, at: datetime) -> QuerySet[QuestionnaireDue]:
    return (
        QuestionnaireDue.objects.filter(
            course__site=site,
            course__state=Course.State.OPEN,
            course__patient__is_deceased=False,
            answers__isnull=True,
        )
        .annotate(is_treated=_was_treated("course", at))
        .select_related("course__patient")
    )


def _unanswered_of_course() -> QuerySet[QuestionnaireDue]:
    answered = Exists(QuestionnaireAnswer.objects.filter(due=OuterRef("pk")))
    return QuestionnaireDue.objects.filter(~answered, course=OuterRef("pk")).order_by()


def _was_treated(course: str, at: datetime) -> Q:
    """Whether the course that this column names was given a dose or care by ``at``."""
    return Q(Exists(Dose.objects.filter(course=OuterRef(course), given_at__lte=at))) | Q(
        Exists(CareGiven.objects.filter(course=OuterRef(course), given_at__lte=at))
    )
