"""Everything about one patient, for the page that shows it without a second click."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
from stroma.patients.models import Measurement, Patient
from stroma.patients.queries import consent_is_valid
from stroma.planning.models import Visit
from stroma.protocols.domain.schema import Protocol
from stroma.web.course_line import course_lines

Text = str | Promise


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit of a course with its title."""

    visit: Visit
    title: str
    is_late: bool
    takes: str


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
    """The cards of these courses, in the order given."""
    lines = course_lines(courses, at=at)
    return [_card(course, lines[course.id], at) for course in courses]


def courses_of(patient: Patient) -> list[Course]:
    """A patient's courses, open ones first, the newest first."""
    rows = (
        Course.objects.filter(patient=patient)
        .select_related("site", "patient", "protocol", "decision__assessment", "consent", "authorization")
        .order_by("-opened_at")
    )
    return sorted(rows, key=lambda course: course.state != Course.State.OPEN)


def _card(course: Course, line: Line, at: datetime) -> CourseCard:
    protocol = protocol_of(course.protocol)
    visits = _visits(course, protocol, at)
    dues = _dues(course, at)
    valid = consent_is_valid(course.consent)
    doses = list(Dose.objects.filter(course=course).select_related("material__lot", "given_by"))
    care = list(CareGiven.objects.filter(course=course).select_related("given_by"))
    return CourseCard(
        course=course,
        protocol=protocol,
        line=line,
        consent_is_valid=valid,
        targets=list(course.consent.targets.all()) if course.consent else [],
        visits=visits,
        lots=_lots(course),
        doses=doses,
        care=care,
        dues=dues,
        adverse_events=list(AdverseEvent.objects.filter(course=course).select_related("reported_by")),
    )


def _visits(course: Course, protocol: Protocol, at: datetime) -> list[VisitLine]:
    titles = {visit.code: visit.title for visit in protocol.visits}
    rows = (
        Visit.objects.filter(course=course)
        .select_related("site")
        .prefetch_related("reservations__resource")
        .order_by("starts_at")
    )
    return [
        VisitLine(
            visit,
            titles.get(visit.code, visit.code),
            visit.state == Visit.State.BOOKED and visit.ends_at < at,
            ", ".join(
                sorted(
                    reservation.resource.name
                    for reservation in visit.reservations.all()
                    if reservation.resource.patient_id is None
                )
            ),
        )
        for visit in rows
    ]


def _dues(course: Course, at: datetime) -> list[DueLine]:
    standing = {
        answer.due_id: answer for answer in QuestionnaireAnswer.objects.standing().filter(due__course=course)
    }
    lines = []
    for due in QuestionnaireDue.objects.filter(course=course):
        answer = standing.get(due.id)
        if answer is not None:
            lines.append(DueLine(due, answer, "DONE", _("answered")))
        elif due.closes_at is not None and due.closes_at <= at:
            lines.append(DueLine(due, None, "LATE", _("missing")))
        elif due.opens_at <= at:
            lines.append(DueLine(due, None, "DUE", _("open now")))
        else:
            lines.append(DueLine(due, None, "PLANNED", _("later")))
    return lines


def _lots(course: Course) -> list[LotLine]:
    lots = Lot.objects.filter(course=course).prefetch_related("materials__place").order_by("made_at")
    return [
        LotLine(lot, [m for m in lot.materials.all() if m.state == "HELD"], lot_href(lot)) for lot in lots
    ]


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
