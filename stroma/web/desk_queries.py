"""What the homes of the staff are made of: today, what is late, and what waits for a decision or a signature."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from stroma.candidacy.models import Assessment, Decision
from stroma.clinic.models import AdoptedProtocol, Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot
from stroma.follow_up.models import QuestionnaireDue
from stroma.follow_up.queries import has_missed, has_opened, unanswered_by_course
from stroma.ledger.wording import word
from stroma.look.line import State
from stroma.look.paging import HOME_LINES, Page
from stroma.look.templatetags.line import BoardRow
from stroma.patients.models import Patient
from stroma.planning.models import Visit
from stroma.release.models import FailureDecision
from stroma.web.course_line import course_lines

SHOWN = 25
"""How many rows a home shows of one list; the rest is counted. A home is for today, the search for everything."""


def late_first(late: QuerySet[Course], others: QuerySet[Course], page: int) -> tuple[list[Course], bool]:
    """One page of the late courses followed by the others, and whether more follow.

    The others are asked for where the late ones do not fill the page.
    """
    start = (page - 1) * HOME_LINES
    found = list(late[start : start + HOME_LINES + 1])
    if len(found) <= HOME_LINES:
        skipped = max(0, start - late.count()) if start else 0
        found += others[skipped : skipped + HOME_LINES + 1 - len(found)]
    return found[:HOME_LINES], len(found) > HOME_LINES


def patient_name(patient: Patient) -> str:
    """How staff read a patient's name: family name first, as in a list."""
    return f"{patient.family_name}, {patient.given_names}"


def open_courses(site: Site) -> QuerySet[Course]:
    """The open courses of a site with what a line needs, the newest first."""
    return (
        Course.objects.filter(site=site, state=Course.State.OPEN)
        .select_related("site", "patient", "protocol", "decision", "consent")
        .defer("protocol__document")
        .order_by("-opened_at")
    )


def board_rows(site: Site, *, at: datetime, page: int = 1) -> Page[BoardRow]:
    """One row for each open course, late ones first and the newest first among each, a page at a time.

    The database says which courses are late, so that only the lines of this page are computed.
    """
    courses = open_courses(site)
    late = courses.filter(_has_fallen_behind(at))
    shown, has_more = late_first(late, courses.exclude(_has_fallen_behind(at)), page)
    lines = course_lines(shown, at=at)

    def rank(course: Course) -> int:
        states = {station.state for station in lines[course.id].stations}
        return 0 if State.LATE in states else 1

    rows = [
        BoardRow(
            who=patient_name(course.patient),
            href=reverse("patient_page", args=[course.patient_id]),
            line=lines[course.id],
            protocol=word(protocol_of(course.protocol).title),
        )
        for course in sorted(shown, key=rank)
    ]
    return Page(rows, page, has_more)


def _has_fallen_behind(at: datetime) -> Q:
    """A visit is over and nobody has said so, a missed one has no later date, or the newest lot failed.

    The line has the last word on each row; this chooses which rows come first.
    """
    visits = Visit.objects.filter(course=OuterRef("pk"))
    lots = Lot.objects.filter(course=OuterRef("course"), made_at__gt=OuterRef("made_at"))
    missed = visits.filter(state=Visit.State.MISSED).exclude(
        Exists(
            Visit.objects.filter(
                course=OuterRef("course"), code=OuterRef("code"), starts_at__gt=OuterRef("starts_at")
            )
        )
    )
    failed = Lot.objects.filter(course=OuterRef("pk"), state=LotState.REJECTED).exclude(
        Exists(lots)
        | Exists(
            FailureDecision.objects.filter(
                notice__rejection__lot=OuterRef("pk"), kind=FailureDecision.Kind.COLLECT_AGAIN
            )
        )
    )
    return Q(
        Exists(visits.filter(state=Visit.State.BOOKED, ends_at__lt=at)) | Exists(missed) | Exists(failed)
    )


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


def _visit_rows(visits: QuerySet[Visit], at: datetime, *, limit: int = SHOWN) -> list[VisitRow]:
    rows = []
    related = (
        visits.select_related("course__patient", "course__protocol", "site")
        .defer("course__protocol__document")
        .prefetch_related("reservations__resource")
    )
    for visit in related[:limit]:
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


def visits_today(site: Site, *, at: datetime, stages: Collection[str] = ()) -> list[VisitRow]:
    """The visits of the site's day around ``at`` in order; of these stages where they are named."""
    start = at.astimezone(ZoneInfo(site.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    visits = Visit.objects.filter(
        site=site,
        starts_at__gte=start,
        starts_at__lt=start + timedelta(days=1),
        state__in=[Visit.State.BOOKED, Visit.State.COMPLETED],
    ).order_by("starts_at")
    return _visit_rows(_of_stage(visits, site, stages), at)


def visits_left_open(site: Site, *, at: datetime, stages: Collection[str] = ()) -> list[VisitRow]:
    """Visits of days gone of which nobody has said what became of them: the oldest of each course."""
    start = at.astimezone(ZoneInfo(site.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    visits = Visit.objects.filter(site=site, state=Visit.State.BOOKED, ends_at__lt=start)
    rows = _visit_rows(_of_stage(visits.order_by("starts_at"), site, stages), at, limit=HOME_LINES)
    return _first_of_each_course(rows)


def next_visits(site: Site, *, at: datetime) -> list[VisitRow]:
    """The next visits after today, so that an empty day is no empty page."""
    visits = Visit.objects.filter(site=site, state=Visit.State.BOOKED, starts_at__gt=at)
    return _visit_rows(visits.order_by("starts_at"), at, limit=8)


def _first_of_each_course(rows: list[VisitRow]) -> list[VisitRow]:
    counts = Counter(row.visit.course_id for row in rows)
    first: dict[UUID, VisitRow] = {}
    for row in rows:
        first.setdefault(row.visit.course_id, row)
    return [replace(row, more=counts[course] - 1) for course, row in first.items()]


def _of_stage(visits: QuerySet[Visit], site: Site, stages: Collection[str]) -> QuerySet[Visit]:
    if not stages:
        return visits
    wanted = Q(pk__in=[])
    for adopted in AdoptedProtocol.objects.filter(site=site):
        codes = [visit.code for visit in protocol_of(adopted).visits if visit.stage in stages]
        wanted |= Q(course__protocol=adopted, code__in=codes)
    return visits.filter(wanted)


@dataclass(frozen=True, slots=True)
class CallRow:
    """One patient to be called: the questionnaires that are open or were missed."""

    course: Course
    who: str
    phone: str
    dues: Sequence[QuestionnaireDue]
    is_late: bool


def calls(site: Site, *, at: datetime, page: int = 1) -> Page[CallRow]:
    """Whom to call for answers: one row for each course, those whose time is over first, a page at a time.

    Among each, the courses opened first come first: their questionnaires have waited longest, and the database finds
    them without sorting every questionnaire of the site.
    """
    courses = (
        Course.objects.filter(site=site, state=Course.State.OPEN, patient__is_deceased=False)
        .select_related("patient")
        .prefetch_related("patient__contacts")
        .order_by("opened_at")
    )
    missed, opened = has_missed(at=at), has_opened(at=at)
    shown, has_more = late_first(courses.filter(missed), courses.filter(opened).exclude(missed), page)
    dues = unanswered_by_course([course.pk for course in shown], at=at)
    rows = [
        CallRow(
            course,
            patient_name(course.patient),
            next((c.value for c in course.patient.contacts.all() if c.kind == "phone"), ""),
            [*dues[course.pk][0], *dues[course.pk][1]],
            is_late=bool(dues[course.pk][0]),
        )
        for course in shown
    ]
    return Page(sorted(rows, key=lambda row: (not row.is_late, row.dues[0].due_at)), page, has_more)


def assessments_waiting(site: Site) -> list[Assessment]:
    """Assessments that nobody has decided, the oldest first."""
    return list(
        Assessment.objects.filter(~Exists(Decision.objects.filter(assessment=OuterRef("pk"))), site=site)
        .select_related("patient", "protocol", "assessed_by")
        .defer("protocol__document")
        .order_by("assessed_at")[:SHOWN]
    )


def decisions_without_course(site: Site) -> list[Decision]:
    """Candidates for whom no course was opened yet; the database walks the decisions in order and sorts nothing."""
    opened = Exists(Course.objects.filter(decision=OuterRef("pk")))
    of_the_site = Exists(Assessment.objects.filter(pk=OuterRef("assessment"), site=site))
    return list(
        Decision.objects.filter(~opened, of_the_site, outcome=Decision.Outcome.CANDIDATE)
        .select_related("assessment__patient", "assessment__protocol")
        .defer("assessment__protocol__document")
        .order_by("decided_at")[:SHOWN]
    )


def lots_waiting(site: Site) -> list[Lot]:
    """Lots in quarantine: they wait for results or for signatures."""
    return list(
        Lot.objects.filter(site=site, state=LotState.QUARANTINE)
        .select_related("course__patient", "protocol")
        .defer("protocol__document")
        .order_by("made_at")[:SHOWN]
    )
