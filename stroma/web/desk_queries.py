"""What the homes of the staff are made of: today, what is late, and what waits for a decision or a signature."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse

from stroma.candidacy.models import Assessment, Decision
from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot
from stroma.follow_up.models import QuestionnaireDue
from stroma.follow_up.queries import dues_open, late_dues
from stroma.look.line import State
from stroma.look.templatetags.line import BoardRow
from stroma.patients.models import Patient
from stroma.planning.models import Visit
from stroma.web.course_line import course_lines

SHOWN = 50
"""How many rows a home shows of one list; the rest is counted. A home is for today, the search for everything."""


def patient_name(patient: Patient) -> str:
    """How staff read a patient's name: family name first, as in a list."""
    return f"{patient.family_name}, {patient.given_names}"


def open_courses(site: Site) -> QuerySet[Course]:
    """The open courses of a site with what a line needs, the newest first."""
    return (
        Course.objects.filter(site=site, state=Course.State.OPEN)
        .select_related("site", "patient", "protocol", "decision", "consent")
        .order_by("-opened_at")
    )


def board_rows(site: Site, *, at: datetime) -> tuple[list[BoardRow], int]:
    """One row for each open course, late ones on top, and how many open courses there are."""
    courses = list(open_courses(site)[: 4 * SHOWN])
    lines = course_lines(courses, at=at)

    def rank(course: Course) -> int:
        states = {station.state for station in lines[course.id].stations}
        return 0 if State.LATE in states else 1

    rows = [
        BoardRow(
            who=patient_name(course.patient),
            href=reverse("patient_page", args=[course.patient_id]),
            line=lines[course.id],
            protocol=protocol_of(course.protocol).title,
        )
        for course in sorted(courses, key=rank)[:SHOWN]
    ]
    return rows, open_courses(site).count()


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit as a list shows it."""

    visit: Visit
    title: str
    who: str
    is_late: bool
    takes: str
    more: int = 0
    """How many later visits of the same course are in the same state."""


def _visit_rows(visits: QuerySet[Visit], at: datetime) -> list[VisitRow]:
    rows = []
    related = visits.select_related("course__patient", "course__protocol", "site").prefetch_related(
        "reservations__resource"
    )
    for visit in related[:SHOWN]:
        planned = next((v for v in protocol_of(visit.course.protocol).visits if v.code == visit.code), None)
        takes = sorted(
            reservation.resource.name
            for reservation in visit.reservations.all()
            if reservation.is_live and reservation.resource.patient_id is None
        )
        rows.append(
            VisitRow(
                visit=visit,
                title=planned.title if planned else visit.code,
                who=patient_name(visit.course.patient),
                is_late=visit.state == Visit.State.BOOKED and visit.ends_at < at,
                takes=", ".join(takes),
            )
        )
    return rows


def visits_today(site: Site, *, at: datetime, stage: str | None = None) -> list[VisitRow]:
    """The visits of the site's day around ``at`` in order; of one stage where it is named."""
    start = at.astimezone(ZoneInfo(site.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    visits = Visit.objects.filter(
        site=site,
        starts_at__gte=start,
        starts_at__lt=start + timedelta(days=1),
        state__in=[Visit.State.BOOKED, Visit.State.COMPLETED],
    ).order_by("starts_at")
    return _of_stage(_visit_rows(visits, at), stage)


def visits_left_open(site: Site, *, at: datetime, stage: str | None = None) -> list[VisitRow]:
    """Visits of days gone of which nobody has said what became of them: the oldest of each course."""
    start = at.astimezone(ZoneInfo(site.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    visits = Visit.objects.filter(site=site, state=Visit.State.BOOKED, ends_at__lt=start)
    return _first_of_each_course(_of_stage(_visit_rows(visits.order_by("starts_at"), at), stage))


def next_visits(site: Site, *, at: datetime) -> list[VisitRow]:
    """The next visits after today, so that an empty day is no empty page."""
    visits = Visit.objects.filter(site=site, state=Visit.State.BOOKED, starts_at__gt=at)
    return _visit_rows(visits.order_by("starts_at"), at)[:8]


def _first_of_each_course(rows: list[VisitRow]) -> list[VisitRow]:
    counts = Counter(row.visit.course_id for row in rows)
    first: dict[UUID, VisitRow] = {}
    for row in rows:
        first.setdefault(row.visit.course_id, row)
    return [replace(row, more=counts[course] - 1) for course, row in first.items()]


def _of_stage(rows: list[VisitRow], stage: str | None) -> list[VisitRow]:
    if stage is None:
        return rows
    kept = []
    for row in rows:
        planned = protocol_of(row.visit.course.protocol).visits
        if any(v.code == row.visit.code and v.stage == stage for v in planned):
            kept.append(row)
    return kept


@dataclass(frozen=True, slots=True)
class CallRow:
    """One patient to be called: the questionnaires that are open or were missed."""

    course: Course
    who: str
    phone: str
    dues: Sequence[QuestionnaireDue]
    is_late: bool


def calls(site: Site, *, at: datetime) -> list[CallRow]:
    """Whom to call for answers: one row for each course, those whose time is over first."""
    missed = list(late_dues(site, at=at)[: 4 * SHOWN])
    late = {due.id for due in missed}
    rows: dict[UUID, list[QuestionnaireDue]] = {}
    for due in [*missed, *dues_open(site, at=at)[: 4 * SHOWN]]:
        rows.setdefault(due.course_id, []).append(due)
    courses = {
        course.id: course
        for course in Course.objects.filter(id__in=list(rows))
        .select_related("patient")
        .prefetch_related("patient__contacts")
    }
    listed = []
    for course_id, dues in rows.items():
        course = courses[course_id]
        phone = next((c.value for c in course.patient.contacts.all() if c.kind == "phone"), "")
        is_late = any(due.id in late for due in dues)
        listed.append(CallRow(course, patient_name(course.patient), phone, dues, is_late))
    return sorted(listed, key=lambda row: (not row.is_late, row.dues[0].due_at))[:SHOWN]


def assessments_waiting(site: Site) -> list[Assessment]:
    """Assessments that nobody has decided, the oldest first."""
    return list(
        Assessment.objects.filter(site=site, decision__isnull=True)
        .select_related("patient", "protocol", "assessed_by")
        .order_by("assessed_at")[:SHOWN]
    )


def decisions_without_course(site: Site) -> list[Decision]:
    """Candidates for whom no course was opened yet."""
    return list(
        Decision.objects.filter(
            assessment__site=site, outcome=Decision.Outcome.CANDIDATE, course__isnull=True
        )
        .select_related("assessment__patient", "assessment__protocol")
        .order_by("decided_at")[:SHOWN]
    )


def lots_waiting(site: Site) -> list[Lot]:
    """Lots in quarantine: they wait for results or for signatures."""
    return list(
        Lot.objects.filter(site=site, state=LotState.QUARANTINE)
        .select_related("course__patient", "protocol")
        .order_by("made_at")[:SHOWN]
    )
