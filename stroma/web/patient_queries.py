"""Everything about one patient, for the page that shows it without a second click."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stroma.candidacy.models import Assessment
from stroma.clinic.queries import protocol_of
from stroma.courses.models import CareGiven, Course
from stroma.custody.models import Lot, Material
from stroma.follow_up.models import AdverseEvent, QuestionnaireAnswer, QuestionnaireDue
from stroma.injection.models import Dose
from stroma.look.line import Line
from stroma.patients.models import ConsentedTarget, Measurement, Patient
from stroma.patients.queries import consents_that_hold
from stroma.planning.models import Visit
from stroma.protocols.domain.schema import Protocol
from stroma.web.course_line import course_lines

Text = str | Promise
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit of a course with its title."""

    visit: Visit
    title: str
    is_late: bool
    takes: str
    keeps_cells: bool
    """Whether a place stays kept for cells though the visit did not take place."""


@dataclass(frozen=True, slots=True)
class DueLine:
    """A questionnaire with the answer that stands, if there is one."""

    due: QuestionnaireDue
    answer: QuestionnaireAnswer | None
    state: str
    label: Text


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot with where its containers are, and its page where the laboratory has one."""

    lot: Lot
    containers: Sequence[Material]
    href: str


@dataclass(frozen=True, slots=True)
class CourseCard:
    """One course with everything that belongs to it."""

    course: Course
    protocol: Protocol
    line: Line
    consent_is_valid: bool
    targets: Sequence[Any]
    visits: Sequence[VisitLine]
    lots: Sequence[LotLine]
    doses: Sequence[Dose]
    care: Sequence[CareGiven]
    dues: Sequence[DueLine]
    adverse_events: Sequence[AdverseEvent]

    @property
    def is_open(self) -> bool:
        """Whether anything may still be done."""
        return self.course.state == Course.State.OPEN

    @property
    def is_treated(self) -> bool:
        """Whether a dose or a traditional treatment was given."""
        return bool(self.doses or self.care)


def course_cards(courses: Sequence[Course], *, at: datetime) -> list[CourseCard]:
    """The cards of these courses, in the order given; as many statements for many as for one."""
    lines, visits, lots, dues = (
        course_lines(courses, at=at),
        _visits(courses, at),
        _lots(courses),
        _dues(courses, at),
    )
    doses = _by_course(Dose.objects.select_related("material__lot", "given_by"), courses)
    care = _by_course(CareGiven.objects.select_related("given_by"), courses)
    harm = _by_course(AdverseEvent.objects.select_related("reported_by"), courses)
    consents = {course.consent_id for course in courses if course.consent_id}
    valid = consents_that_hold(consents)
    targets: dict[UUID, list[ConsentedTarget]] = defaultdict(list)
    for target in ConsentedTarget.objects.filter(consent__in=consents):
        targets[target.consent_id].append(target)
    return [
        CourseCard(
            course=course,
            protocol=protocol_of(course.protocol),
            line=lines[course.id],
            consent_is_valid=course.consent_id in valid,
            targets=targets[course.consent_id] if course.consent_id else [],
            visits=visits[course.id],
            lots=lots[course.id],
            doses=doses[course.id],
            care=care[course.id],
            dues=dues[course.id],
            adverse_events=harm[course.id],
        )
        for course in courses
    ]


def _by_course(rows: QuerySet[Row], courses: Sequence[Course]) -> dict[UUID, list[Row]]:
    """The rows of each of these courses, in their own order."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows.filter(course__in=courses):
        found[row.course_id].append(row)  # type: ignore[attr-defined]  # every model that is asked for has a course
    return found


def courses_of(patient: Patient) -> list[Course]:
    """A patient's courses, open ones first, the newest first."""
    rows = (
        Course.objects.filter(patient=patient)
        .select_related(
            "site", "patient", "protocol", "decision__assessment", "consent__signature", "authorization"
        )
        .order_by("-opened_at")
    )
    return sorted(rows, key=lambda course: course.state != Course.State.OPEN)


def _visits(courses: Sequence[Course], at: datetime) -> dict[UUID, list[VisitLine]]:
    titles = {
        course.id: {visit.code: visit.title for visit in protocol_of(course.protocol).visits}
        for course in courses
    }
    rows = _by_course(
        Visit.objects.select_related("site", "replaced_by")
        .prefetch_related("reservations__resource")
        .order_by("starts_at"),
        courses,
    )
    found: dict[UUID, list[VisitLine]] = defaultdict(list)
    for course, visits in rows.items():
        found[course] = [
            _visit_line(visit, titles[course].get(visit.code, visit.code), at) for visit in visits
        ]
    return found


def _visit_line(visit: Visit, title: str, at: datetime) -> VisitLine:
    taken = [each.resource for each in visit.reservations.all() if each.resource.patient_id is None]
    is_late = visit.state == Visit.State.BOOKED and visit.ends_at < at
    is_off = visit.state in (Visit.State.MISSED, Visit.State.CANCELLED)
    keeps_cells = is_off and any(each.is_live and each.hold for each in visit.reservations.all())
    return VisitLine(
        visit, title, is_late, ", ".join(sorted({resource.name for resource in taken})), keeps_cells
    )


def _dues(courses: Sequence[Course], at: datetime) -> dict[UUID, list[DueLine]]:
    answers = QuestionnaireAnswer.objects.standing().filter(due__course__in=courses)
    standing = {answer.due_id: answer for answer in answers}
    found: dict[UUID, list[DueLine]] = defaultdict(list)
    for course, dues in _by_course(QuestionnaireDue.objects.all(), courses).items():
        found[course] = [_due_line(due, standing.get(due.id), at) for due in dues]
    return found


def _due_line(due: QuestionnaireDue, answer: QuestionnaireAnswer | None, at: datetime) -> DueLine:
    if answer is not None:
        return DueLine(due, answer, "DONE", _("answered"))
    if due.closes_at is not None and due.closes_at <= at:
        return DueLine(due, None, "LATE", _("missing"))
    if due.opens_at <= at:
        return DueLine(due, None, "DUE", _("open now"))
    return DueLine(due, None, "PLANNED", _("later"))


def _lots(courses: Sequence[Course]) -> dict[UUID, list[LotLine]]:
    found: dict[UUID, list[LotLine]] = defaultdict(list)
    rows = _by_course(Lot.objects.prefetch_related("materials__place").order_by("made_at"), courses)
    for course, lots in rows.items():
        found[course] = [
            LotLine(lot, [m for m in lot.materials.all() if m.state == "HELD"], lot_href(lot)) for lot in lots
        ]
    return found


def lot_href(lot: Lot) -> str:
    """The lot's own page; empty where this installation has none."""
    try:
        return reverse("lot_page", args=[lot.id])
    except NoReverseMatch:
        return ""


def assessments_of(patient: Patient) -> list[Assessment]:
    """The assessments of a patient, the newest first."""
    return list(
        Assessment.objects.filter(patient=patient)
        .select_related("protocol", "assessed_by", "decision__decided_by", "decision__course")
        .defer("protocol__document")
        .order_by("-assessed_at")
    )


def measurements_of(patient: Patient) -> list[Measurement]:
    """The newest of each measured value."""
    newest: dict[str, Measurement] = {}
    for measurement in Measurement.objects.filter(patient=patient).order_by("measured_at"):
        newest[measurement.code] = measurement
    return sorted(newest.values(), key=lambda m: m.measured_at, reverse=True)[:8]


def identity_of(patient: Patient) -> dict[str, Any]:
    """Conditions and medication that hold now, and how many do not."""
    conditions = list(patient.conditions.order_by("-is_active", "display"))
    medications = list(patient.medications.order_by("-is_active", "display"))
    now = [c for c in conditions if c.is_active and c.abated is None]
    taken = [m for m in medications if m.is_active]
    return {
        "conditions": now,
        "past_conditions": len(conditions) - len(now),
        "medications": taken,
        "past_medications": len(medications) - len(taken),
        "allergies": list(patient.allergies.filter(is_active=True)),
        "treatments": list(patient.earlier_treatments.order_by("-performed")[:6]),
        "contacts": list(patient.contacts.all()),
        "measurements": measurements_of(patient),
    }
