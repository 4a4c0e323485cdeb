"""The patient's own pages: today, visits, cells, questions, pain, who looked."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.follow_up.queries import pain_by_course
from stroma.follow_up.times import time_title
from stroma.ledger.record import present
from stroma.planning.changes import changes_shown
from stroma.planning.models import Visit
from stroma.planning.own_booking import may_book_oneself
from stroma.planning.own_visits import OwnVisit, own_visits_to_change
from stroma.planning.waiting import open_offer_of
from stroma.planning.whereabouts import site_line
from stroma.web.course_facts import CourseFacts, DueFact, VisitFact, course_facts
from stroma.web.course_line import line_of
from stroma.web.my.calendar_file import MEDIA_TYPE, calendar_file
from stroma.web.my.cell_story import cell_story
from stroma.web.my.next_step import NextKind, next_step, upcoming_visit
from stroma.web.my.pain_chart import pain_csv, pain_figure, pain_points
from stroma.web.my.plain_words import INSTRUMENTS, grows, visit_title
from stroma.web.my.queries import (
    laboratory_steps,
    looks_at,
    lot_numbers,
    my_course,
    my_courses,
    my_patient,
    stands_round,
    visit_rows,
)


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit with its plain name."""

    visit: VisitFact
    title: str
    change: OwnVisit | None = None


@dataclass(frozen=True, slots=True)
class DueRow:
    """A questionnaire with its plain name and time."""

    due: DueFact
    title: str
    time: str


def own_visits(facts: CourseFacts) -> list[VisitRow]:
    """The visits that the patient attends."""
    return [
        VisitRow(visit, visit_title(visit.code, visit.stage, visit.title, facts.protocol))
        for visit in facts.visits
        if visit.is_for_patient
    ]


def _own(request: HttpRequest) -> tuple[dict[str, Any], Course | None, CourseFacts | None]:
    """What every page of a patient shows, their course, and its facts; none before the first course."""
    at = present()
    patient = my_patient(person_in(request))
    course = my_course(patient, request.GET.get("course", ""))
    facts = course_facts([course], at=at)[course.pk] if course else None
    shown: dict[str, Any] = {
        "at": at,
        **stands_round(patient, course),
        "facts": facts,
        "zone": (course or patient).site.time_zone,
    }
    if course is not None and facts is not None:
        shown["protocol"] = facts.protocol
        shown["line"] = line_of(facts, at=at, audience="patient")
    return shown, course, facts


@granted_to(Role.PATIENT)
def home(request: HttpRequest) -> HttpResponse:
    """Today: the line, the one thing to do next, whom to call."""
    shown, course, facts = _own(request)
    if course is None or facts is None:
        return render(request, "my/home.html", shown)
    step = next_step(facts, at=shown["at"])
    visit = step.visit or upcoming_visit(facts, at=shown["at"])
    shown |= {
        "step": step,
        "kind": step.kind.value,
        "may_book": step.kind is NextKind.DATES_ARE_MADE and may_book_oneself(course, at=shown["at"]),
        "visit": visit,
        "visit_title": visit_title(visit.code, visit.stage, visit.title, facts.protocol) if visit else "",
        "minutes": sum(MINUTES.get(due.instrument, 2) for due in step.dues),
        "others": [other for other in my_courses(shown["patient"]) if other.pk != course.pk],
    }
    return render(request, "my/home.html", shown)


MINUTES = {"NRS_BACK": 1, "NRS_LEG": 1, "PEG": 1, "RMDQ": 4, "PGIC": 1}
"""How long a questionnaire takes, by judgment, so that a patient knows before beginning."""


@granted_to(Role.PATIENT)
def visits(request: HttpRequest) -> HttpResponse:
    """The whole chain of visits: what was, what comes, how to move one."""
    shown, course, facts = _own(request)
    changes = own_visits_to_change(course, at=shown["at"]) if course else {}
    rows = [
        replace(row, change=changes.get(row.visit.code) if row.visit.state == Visit.State.BOOKED else None)
        for row in (own_visits(facts) if facts else [])
    ]
    coming = [
        row for row in rows if row.visit.state == Visit.State.BOOKED and row.visit.ends_at > shown["at"]
    ]
    shown["open_offer"] = open_offer_of(course, at=shown["at"]) if course else None
    shown |= {"coming": coming, "past": [row for row in rows if row not in coming]}
    titles = {row.visit.code: row.title for row in rows}
    found = changes_shown(course, at=shown["at"]) if course else []
    shown["changed"] = [(change, titles.get(change.code, "")) for change in found]
    shown["may_book"] = may_book_oneself(course, at=shown["at"])
    shown["place"] = site_line(course.site if course else shown["patient"].site)
    return render(request, "my/visits.html", shown)


@granted_to(Role.PATIENT)
def visits_file(request: HttpRequest) -> HttpResponse:
    """The visits for the patient's own calendar."""
    shown, course, facts = _own(request)
    rows = visit_rows(course) if course else []
    codes = (
        frozenset(visit.code for visit in protocol_of(course.protocol).visits if visit.patient)
        if course
        else ()
    )
    file = calendar_file(rows, codes=frozenset(codes), made_at=shown["at"])
    headers = {"Content-Disposition": 'attachment; filename="appointments.ics"'}
    del facts
    return HttpResponse(file, content_type=MEDIA_TYPE, headers=headers)


@granted_to(Role.PATIENT)
def cells(request: HttpRequest) -> HttpResponse:
    """Where are my cells? From vein to vein, with dates and how sure they are."""
    shown, course, facts = _own(request)
    if course is not None and facts is not None and facts.protocol.gives_cells:
        shown |= {
            "story": cell_story(facts, laboratory_steps(course), at=shown["at"]),
            "grow": grows(facts.protocol),
            "numbers": lot_numbers(course),
        }
    return render(request, "my/cells.html", shown)


@granted_to(Role.PATIENT)
def questions(request: HttpRequest) -> HttpResponse:
    """Which questionnaires wait, which come later, which were answered."""
    shown, _course, facts = _own(request)
    at = shown["at"]
    dues = facts.dues if facts else ()
    rows = [DueRow(due, str(INSTRUMENTS[due.instrument]), time_title(due.time_code)) for due in dues]
    is_treated = facts is not None and facts.is_treated
    waiting = [row for row in rows if row.due.is_open(at, is_treated=is_treated)]
    later = [due.opens_at for due in dues if due.opens_at > at]
    shown |= {
        "waiting": waiting,
        "answered": [row for row in rows if row.due.is_answered],
        "next_at": min(later, default=None),
        "is_open": facts is not None and facts.state == Course.State.OPEN,
    }
    return render(request, "my/questions.html", shown)


@granted_to(Role.PATIENT)
def pain(request: HttpRequest) -> HttpResponse:
    """My pain over time, drawn and as a table."""
    shown, course, facts = _own(request)
    if course is not None and facts is not None:
        answers = pain_by_course([course.pk], at=shown["at"]).get(course.pk, [])
        points = pain_points(facts, answers, at=shown["at"])
        treated_at = min(facts.given.values(), default=None)
        address = f"{reverse('my_pain_file')}?course={course.pk}"
        if points:
            shown["figure"] = pain_figure(points, treated_at=treated_at, zone=facts.zone, download=address)
    return render(request, "my/pain.html", shown)


@granted_to(Role.PATIENT)
def pain_file(request: HttpRequest) -> HttpResponse:
    """The numbers of the pain chart as a file."""
    shown, course, facts = _own(request)
    text = ""
    if course is not None and facts is not None:
        answers = pain_by_course([course.pk], at=shown["at"]).get(course.pk, [])
        text = pain_csv(pain_points(facts, answers, at=shown["at"]), facts.zone)
    headers = {"Content-Disposition": 'attachment; filename="my-pain.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@granted_to(Role.PATIENT)
def who_looked(request: HttpRequest) -> HttpResponse:
    """Who opened a page about me: name, part they play, page, time."""
    shown, _course, _facts = _own(request)
    looks, count = looks_at(shown["patient"])
    return render(request, "my/who_looked.html", {**shown, "looks": looks, "count": count})
