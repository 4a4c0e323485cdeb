"""Planning again after something happened: say what, see who would move and why, take all of it or some."""

from functools import partial
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from stroma.clinic.access import Person, granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.courses.access import course_seen_by
from stroma.courses.models import Course
from stroma.ledger.record import present
from stroma.look.refusals import REFUSED
from stroma.planning import replan_search
from stroma.planning.actions import ask_for_plan, begin_search, stop_search, take_plan
from stroma.planning.board_queries import resources_of
from stroma.planning.board_rows import short_title
from stroma.planning.replan_forms import AwayForm, ChainForm, TakeForm
from stroma.planning.replan_queries import newest_replans, replan_at, shown_plan
from stroma.protocols.domain.blocker import Blocker, Refused


@granted_to(Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def replan(request: HttpRequest) -> HttpResponse:
    """Say what happened; a plan is made at once."""
    person, at = person_in(request), present()
    site = cast(Site, person.site)
    course = _course(request, person)
    away, chain = _forms(request, site, course)
    context: dict[str, Any] = {
        "site": site,
        "course": course,
        "away": away,
        "chain": chain,
        "recent": newest_replans(site, at=at),
    }
    if request.method == "GET":
        return render(request, "planning/replan.html", context)
    form = chain if course and chain else away
    if not form.is_valid():
        return render(request, "planning/replan.html", context, status=REFUSED)
    upset = chain.upset(course.pk) if course and chain else away.upset()
    try:
        made = ask_for_plan(site=site, upset=upset, by=person.user, at=at)
    except Refused as refusal:
        context["found"] = refusal.blockers
        return render(request, "planning/replan.html", context, status=REFUSED)
    return redirect("replan_page", made.pk)


def _course(request: HttpRequest, person: Person) -> Course | None:
    named = request.POST.get("course") or request.GET.get("course", "")
    try:
        own = UUID(named)
    except ValueError:
        return None
    return course_seen_by(person, own, page="planning again", at=present())


def _forms(request: HttpRequest, site: Site, course: Course | None) -> tuple[AwayForm, ChainForm | None]:
    post = request.POST if request.method == "POST" else None
    things = [(str(pk), name) for pk, (name, _kinds) in resources_of(site).items()]
    away = AwayForm(
        None if course else post, resources=things, initial={"resource": request.GET.get("resource")}
    )
    if course is None:
        return away, None
    visits = [(visit.code, short_title(visit.title)) for visit in protocol_of(course.protocol).visits]
    asked = {name: request.GET[name] for name in ("visit", "not_before") if name in request.GET}
    return away, ChainForm(post, visits=visits, initial={"kind": "HELD_BACK", **asked})


@granted_to(Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def replan_page(request: HttpRequest, replan_id: UUID) -> HttpResponse:
    """Who would move, why, and how sure the new dates are; taking the chains that are chosen."""
    person, at = person_in(request), present()
    made = replan_at(cast(Site, person.site), replan_id)
    form = TakeForm(request.POST or None)
    found: list[Blocker] = []
    if request.method == "POST" and form.is_valid():
        try:
            changed = take_plan(
                replan=made,
                courses=_ids(request.POST.getlist("course")),
                agreed=_ids(request.POST.getlist("agreed")),
                reason=form.cleaned_data["reason"],
                by=person.user,
                at=at,
            )
        except Refused as refusal:
            found = list(refusal.blockers)
        else:
            messages.success(request, _("%(n)d visits were moved or booked.") % {"n": len(changed)})
            return redirect("replan_page", made.pk)
    context = {
        "site": person.site,
        "replan": made,
        "plan": shown_plan(made, ZoneInfo(cast(Site, person.site).time_zone)),
        "form": form,
        "found": found,
        "chosen": request.POST.getlist("course"),
        "agreed": request.POST.getlist("agreed"),
        "is_lost": replan_search.is_lost(made),
        "away": made.upset.get("resource", ""),
        "lengths": replan_search.LENGTHS,
    }
    is_part = request.headers.get("HX-Request") and request.method == "GET"
    template = "planning/replan_page.html#search" if is_part else "planning/replan_page.html"
    answer = render(request, template, context, status=REFUSED if request.method == "POST" else 200)
    if is_part and made.state != made.State.SEARCHING:
        answer.headers["HX-Refresh"] = "true"
    return answer


@require_POST
@granted_to(Role.COORDINATOR)
def replan_improve(request: HttpRequest, replan_id: UUID) -> HttpResponse:
    """Search on for a better plan, beside the server."""
    person, at = person_in(request), present()
    made = replan_at(cast(Site, person.site), replan_id)
    asked = request.POST.get("seconds", "")
    seconds = next((one for one in replan_search.LENGTHS if str(one) == asked), replan_search.LENGTHS[0])
    try:
        begin_search(replan=made, seconds=float(seconds), by=person.user, at=at)
    except Refused as refusal:
        context = {"found": refusal.blockers, "site": person.site}
        return render(request, "planning/replan_refused.html", context, status=REFUSED)
    transaction.on_commit(partial(replan_search.start, made))
    return redirect("replan_page", made.pk)


@require_POST
@granted_to(Role.COORDINATOR)
def replan_stop(request: HttpRequest, replan_id: UUID) -> HttpResponse:
    """Let the search end with the best it has."""
    person, at = person_in(request), present()
    made = replan_at(cast(Site, person.site), replan_id)
    stop_search(replan=made, by=person.user, at=at)
    return redirect("replan_page", made.pk)


def _ids(texts: list[str]) -> set[UUID]:
    found = set()
    for text in texts:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found
