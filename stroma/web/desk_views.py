"""The homes of those who care for patients: what to do now, late first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.live import opened_at
from stroma.follow_up.queries import problems_to_take_up
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.record import present
from stroma.look.paging import page_asked
from stroma.planning.desk import desk_of
from stroma.release.late_queries import open_cases
from stroma.web import desk_queries


@granted_to(Role.COORDINATOR)
def coordinator_home(request: HttpRequest) -> HttpResponse:
    """The board: one line per patient, late ones on top; visits today; whom to call."""
    site = site_in(request)
    at, live = present(), opened_at(request, site_chain(site.id))
    context = {
        "live": live,
        "site": site,
        "problem_count": problems_to_take_up(site).count(),
        "at": at,
        "board": desk_queries.board_rows(site, at=at, page=page_asked(request, "board")),
        "desk": desk_of(site, at=at),
        "open_count": desk_queries.open_courses(site).count(),
        "today": desk_queries.visits_today(site, at=at),
        "left_open": desk_queries.visits_left_open(site, at=at),
        "next_visits": desk_queries.next_visits(site, at=at),
        "calls": desk_queries.calls(site, at=at, page=page_asked(request, "calls")),
        "candidates": desk_queries.decisions_without_course(site),
    }
    return render(request, "web/coordinator_home.html", context)


@granted_to(Role.PHYSIATRIST, Role.SURGEON)
def physiatrist_home(request: HttpRequest) -> HttpResponse:
    """Late positives, decisions waiting, procedures today, lots to be signed, and what is late."""
    person, site = person_in(request), site_in(request)
    at, live = present(), opened_at(request, site_chain(site.id))
    context = {
        "live": live,
        "site": site,
        "problem_count": problems_to_take_up(site).count(),
        "at": at,
        "cases": open_cases(site, at=at, page=page_asked(request, "cases"))
        if person.plays(Role.PHYSIATRIST)
        else None,
        "waiting": desk_queries.assessments_waiting(site),
        "procedures": desk_queries.visits_today(site, at=at, stages=("collect", "inject")),
        "lots": desk_queries.lots_waiting(site),
        "left_open": desk_queries.visits_left_open(site, at=at),
        "board": desk_queries.board_rows(site, at=at, page=page_asked(request, "board")),
        "open_count": desk_queries.open_courses(site).count(),
    }
    return render(request, "web/physiatrist_home.html", context)


@granted_to(Role.NURSE, Role.THERAPIST)
def nurse_home(request: HttpRequest) -> HttpResponse:
    """Whom to call, and today's injections."""
    site = site_in(request)
    at, live = present(), opened_at(request, site_chain(site.id))
    context = {
        "live": live,
        "site": site,
        "problem_count": problems_to_take_up(site).count(),
        "at": at,
        "calls": desk_queries.calls(site, at=at, page=page_asked(request, "calls")),
        "injections": desk_queries.visits_today(site, at=at, stages=("inject",)),
        "today": desk_queries.visits_today(site, at=at),
        "left_open": desk_queries.visits_left_open(site, at=at),
        "next_visits": desk_queries.next_visits(site, at=at),
    }
    return render(request, "web/nurse_home.html", context)
