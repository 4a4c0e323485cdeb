"""The board: days by people, rooms and devices, drag to move with reasons; and the page that moves one visit."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import quote, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.live import opened_at
from stroma.clinic.models import Site
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.record import present
from stroma.look.back import own_path
from stroma.look.paging import LINES
from stroma.look.refusals import REFUSED
from stroma.planning.actions import Move, move_visit
from stroma.planning.board_queries import SORTS, board_of, resources_of
from stroma.planning.board_rows import short_title
from stroma.planning.domain.moving import OVERRIDABLE
from stroma.planning.move_forms import MoveForm
from stroma.planning.moves import choices_of, titled
from stroma.planning.moving_queries import free_that_day, is_told, reasons_against
from stroma.planning.queries import visit_seen_by
from stroma.planning.to_book import courses_to_book
from stroma.planning.trouble_queries import overview, troubled_courses
from stroma.planning.views import ATTENDING, FREEING
from stroma.protocols.domain.blocker import Blocker, Refused, Weight

WEEK, DAY = 7, 1


@require_GET
@granted_to(*ATTENDING)
def board(request: HttpRequest) -> HttpResponse:
    """A week or a day of everybody and everything at the site, chains in trouble first."""
    person = person_in(request)
    site = cast(Site, person.site)
    at, live = present(), opened_at(request, site_chain(site.id))
    zone = ZoneInfo(site.time_zone)
    today = at.astimezone(zone).date()
    days = DAY if request.GET.get("span") == "day" else WEEK
    first = _day(request.GET.get("from", "")) or today
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else ""
    resource = _id(request.GET.get("who", ""))
    troubled = overview(site, at=at)
    to_book = list(courses_to_book(site)[: LINES + 1]) if person.plays(Role.COORDINATOR) else []
    chosen = {"span": "day" if days == DAY else "week", "sort": sort, "who": str(resource or "")}

    def address(**changed: str) -> str:
        asked = {"from": first.isoformat(), **chosen, **changed}
        return f"{reverse('board')}?{urlencode({key: value for key, value in asked.items() if value})}"

    context: dict[str, Any] = {
        "live": live,
        "site": site,
        "at": at,
        "today": today,
        "board": board_of(
            site, first=first, days=days, sort=sort, resource=resource, troubles=troubled.kinds
        ),
        "is_day": days == DAY,
        "may_move": person.plays(Role.COORDINATOR),
        "may_free": person.plays(*FREEING),
        "troubled": troubled_courses(site, troubled.first, at=at),
        "trouble_count": len(troubled.first),
        "to_book": to_book[:LINES],
        "are_more_to_book": len(to_book) > LINES,
        "sorts": [
            ("", _("everybody and everything")),
            ("people", _("people")),
            ("rooms", _("rooms")),
            ("devices", _("devices")),
        ],
        "people": [(str(pk), name) for pk, (name, _kinds) in resources_of(site).items()],
        "chosen": chosen,
        "first": first,
        "earlier": address(**{"from": (first - timedelta(days=days)).isoformat()}),
        "later": address(**{"from": (first + timedelta(days=days)).isoformat()}),
        "this_day": address(**{"from": ""}),
        "as_week": address(span="week"),
        "as_day": address(span="day"),
        "day_links": [
            address(span="day", **{"from": (first + timedelta(days=n)).isoformat()}) for n in range(days)
        ],
        "here": (here := address()),
        "back": quote(here),
    }
    return render(request, "planning/board.html", context)


@granted_to(Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def board_move(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Where a visit stands, whether it may stand elsewhere, and moving it there."""
    person, at = person_in(request), present()
    visit = visit_seen_by(person, visit_id, page="visit", at=at)
    zone = ZoneInfo(visit.site.time_zone)
    takes = choices_of(visit, at=at)
    asked: Mapping[str, Any] | None = request.POST if request.method == "POST" else request.GET or None
    data = None if asked is None or "day" not in asked else asked
    begins = visit.starts_at.astimezone(zone)
    form = MoveForm(data, takes=takes, initial={"day": begins.date(), "time": begins.time()})
    form.fields["reason"].required = request.method == "POST"  # nothing is moved by a question
    is_fit = data is not None and form.is_valid()
    form.fields["reason"].required = True
    back = own_path(request.POST.get("back") or request.GET.get("back", ""))
    context: dict[str, Any] = {
        "visit": visit,
        "form": form,
        "taking": [form[f"take_{resource.pk}"] for resource, _kind, others in takes if others],
        "is_told": is_told(visit),
        "site": visit.site,
        "patient": visit.course.patient,
        "title": short_title(titled(visit)),
        "back": back,
        "in_dialog": bool(request.headers.get("HX-Request")),
    }
    template = (
        "planning/board_move.html#move" if request.headers.get("HX-Request") else "planning/board_move.html"
    )
    if not is_fit:
        return render(request, template, context, status=200 if data is None else REFUSED)
    to = form.to(zone)
    move = Move(visit, to, form.instead(), form.cleaned_data.get("has_patient_agreed", False))
    if request.method == "POST":
        try:
            _move(move, form, request)
        except Refused as refusal:
            context |= {"found": refusal.blockers, "may_override": _may_override(refusal.blockers)}
            context |= {"suggested": free_that_day(move, zone=zone, at=at)}
            return render(request, template, context, status=REFUSED)
        messages.success(request, _("The visit was moved."))
        return redirect(back or reverse("board"))
    found = reasons_against(move, at=at)
    context |= {
        "is_checked": True,
        "found": found,
        "to": to,
        "may_override": _may_override(found),
        "suggested": free_that_day(move, zone=zone, at=at) if found else [],
    }
    return render(request, template, context)


def _move(move: Move, form: MoveForm, request: HttpRequest) -> None:
    move_visit(
        visit=move.visit,
        to=move.to,
        instead=move.instead,
        has_patient_agreed=move.has_patient_agreed,
        reason=form.cleaned_data["reason"],
        overriding=OVERRIDABLE if form.cleaned_data["overriding"] else (),
        by=person_in(request).user,
        at=present(),
    )


def _may_override(found: Sequence[Blocker]) -> bool:
    """Whether only soft reasons are in the way."""
    return bool(found) and all(blocker.weight is Weight.OVERRIDABLE for blocker in found)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
