"""Pages on which a site's calendar is seen and changed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.ledger.record import present
from stroma.look.formats import moment_text
from stroma.look.refusals import REFUSED
from stroma.planning import actions
from stroma.planning.calendar_forms import AwayForm, ClosureForm, TurnForm, WeekForm
from stroma.planning.calendar_shown import (
    absence_of,
    coming_weeks,
    kinds_of,
    resource_of,
    shifts_of,
    shown_resources,
    shown_turns,
    week_line,
    week_of,
    week_today,
)
from stroma.planning.calendars import standing_absences
from stroma.planning.domain.kinds import EQUIPMENT, ROOMS
from stroma.planning.forms import ShortReasonForm
from stroma.planning.models import WeekPlan
from stroma.planning.standing import visits_in_the_way
from stroma.protocols.domain.blocker import Refused

_LISTED = 25
"""Visits in the calendar's way that are listed at once: as they are moved, the next come up."""

KEEPERS = (Role.COORDINATOR, Role.ADMINISTRATOR)


@granted_to(*KEEPERS)
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """The whole calendar of the site one works at, and what is booked where it has no room."""
    person = person_in(request)
    site, at = site_in(request), present()
    today = at.astimezone(ZoneInfo(site.time_zone)).date()
    in_the_way = visits_in_the_way(site, at=at, most=_LISTED + 1)
    context = {
        "site": site,
        "week": week_today(site, today=today),
        "coming": coming_weeks(site, today=today),
        "absences": standing_absences(site, at=at),
        "resources": shown_resources(site, at=at, today=today),
        "turns": shown_turns(site, today=today),
        "in_the_way": in_the_way[:_LISTED],
        "are_more_in_the_way": len(in_the_way) > _LISTED,
        "sees_patients": person.plays(Role.COORDINATOR),
    }
    return render(request, "planning/calendar.html", context)


@granted_to(*KEEPERS)
@require_http_methods(["GET", "POST"])
def calendar_hours(request: HttpRequest, area: str) -> HttpResponse:
    """Set the hours at which patients are seen or cells are tended."""
    site, at = site_in(request), present()
    if area.upper() not in WeekPlan.Area.values:
        raise Http404("no such hours")
    today = at.astimezone(ZoneInfo(site.time_zone)).date()
    now = {f"day_{day}": hours for day, hours in week_of(site, area.upper(), on=today).items()}
    form = WeekForm(request.POST or None, initial={"valid_from": today, **now})
    title = _("Hours for patients") if area == "patients" else _("Hours of the laboratory")

    def keep() -> object:
        given = form.cleaned_data
        return actions.set_hours(
            site=site,
            area=area.upper(),
            hours=given["hours"],
            valid_from=given["valid_from"],
            reason=given["reason"],
            by=person_in(request).user,
            at=at,
        )

    lead = _("The hours hold from the day you give; the days before keep theirs.")
    return _changed(request, form, keep, title=title, lead=lead, label=_("Set the hours"))


@granted_to(*KEEPERS)
@require_http_methods(["GET", "POST"])
def close_site(request: HttpRequest) -> HttpResponse:
    """Close the site for a time."""
    site, at = site_in(request), present()
    form = ClosureForm(request.POST or None)

    def keep() -> object:
        starts_at, ends_at = form.span(ZoneInfo(site.time_zone))
        return actions.close_site(
            site=site,
            kind=form.cleaned_data["kind"],
            starts_at=starts_at,
            ends_at=ends_at,
            is_for_laboratory=form.cleaned_data["is_for_laboratory"],
            reason=form.cleaned_data["reason"],
            by=person_in(request).user,
            at=at,
        )

    lead = _("Nothing new is booked then. What is booked already stays, and the calendar lists it.")
    return _changed(request, form, keep, title=_("Close the site"), lead=lead, label=_("Close the site"))


@granted_to(*KEEPERS)
@require_GET
def resource_page(request: HttpRequest, resource_id: UUID) -> HttpResponse:
    """One person, room or device: what as it is booked, when it works, when it is away."""
    site, at = site_in(request), present()
    resource = resource_of(site, resource_id)
    today = at.astimezone(ZoneInfo(site.time_zone)).date()
    context = {
        "site": site,
        "resource": resource,
        "kinds": [kind.replace("_", " ") for kind in kinds_of(site, resource)],
        "shifts": week_line(shifts_of(site, resource, on=today)),
        "coming": [plan for plan in coming_weeks(site, today=today) if plan.resource_id == resource.pk],
        "absences": [one for one in standing_absences(site, at=at) if one.resource_id == resource.pk],
    }
    return render(request, "planning/resource.html", context)


@granted_to(*KEEPERS)
@require_http_methods(["GET", "POST"])
def resource_shifts(request: HttpRequest, resource_id: UUID) -> HttpResponse:
    """Set when a person works."""
    site, at = site_in(request), present()
    resource = resource_of(site, resource_id)
    today = at.astimezone(ZoneInfo(site.time_zone)).date()
    now = {f"day_{day}": hours for day, hours in shifts_of(site, resource, on=today).items()}
    form = WeekForm(request.POST or None, initial={"valid_from": today, **now})

    def keep() -> object:
        given = form.cleaned_data
        return actions.set_shifts(
            site=site,
            resource=resource,
            hours=given["hours"],
            valid_from=given["valid_from"],
            reason=given["reason"],
            by=person_in(request).user,
            at=at,
        )

    title = _("Shifts of %(name)s") % {"name": resource.name}
    lead = _("Whoever has no shifts is booked whenever the site is open.")
    return _changed(request, form, keep, title=title, lead=lead, label=_("Set the shifts"))


@granted_to(*KEEPERS)
@require_http_methods(["GET", "POST"])
def resource_away(request: HttpRequest, resource_id: UUID) -> HttpResponse:
    """Say that somebody is away or something is down."""
    site, at = site_in(request), present()
    resource = resource_of(site, resource_id)
    form = AwayForm(request.POST or None, kinds=kinds_of(site, resource))

    def keep() -> object:
        starts_at, ends_at = form.span(ZoneInfo(site.time_zone))
        return actions.mark_away(
            site=site,
            resource=resource,
            starts_at=starts_at,
            ends_at=ends_at,
            as_kind=form.cleaned_data["as_kind"],
            reason=form.cleaned_data["reason"],
            by=person_in(request).user,
            at=at,
        )

    is_person = resource.user_id is not None
    title = (_("%(name)s is away") if is_person else _("%(name)s is out of order")) % {"name": resource.name}
    lead = _("Nothing new is booked then. What is booked already stays, and the calendar lists it.")
    return _changed(request, form, keep, title=title, lead=lead, label=_("Keep this"))


@granted_to(*KEEPERS)
@require_http_methods(["GET", "POST"])
def absence_back(request: HttpRequest, absence_id: UUID) -> HttpResponse:
    """Let a closure or an absence end now."""
    site, at = site_in(request), present()
    absence = absence_of(site, absence_id)
    form = ShortReasonForm(request.POST or None)

    def keep() -> object:
        return actions.take_back_absence(
            absence=absence,
            reason=form.cleaned_data["reason"],
            by=person_in(request).user,
            at=at,
        )

    zone = ZoneInfo(site.time_zone)
    title = _("Take back: %(who)s, %(reason)s") % {
        "who": absence.resource.name if absence.resource else site.name,
        "reason": absence.reason,
    }
    lead = _(
        "%(start)s to %(end)s. It no longer holds from now on. What was of it before stays as it was."
    ) % {
        "start": moment_text(absence.starts_at, zone, with_year=True),
        "end": moment_text(absence.ends_at, zone, with_year=True),
    }
    return _changed(request, form, keep, title=title, lead=lead, label=_("Take it back"))


@granted_to(*KEEPERS)
@require_http_methods(["GET", "POST"])
def turn_time(request: HttpRequest, kind: str) -> HttpResponse:
    """Set how long rooms or devices of a kind are set up and cleaned."""
    site, at = site_in(request), present()
    if kind not in ROOMS | EQUIPMENT:
        raise Http404("no such kind of room or device")
    today = at.astimezone(ZoneInfo(site.time_zone)).date()
    known = next((turn for turn in shown_turns(site, today=today) if turn.kind == kind), None)
    now = {"before_minutes": known.before, "after_minutes": known.after} if known else {}
    form = TurnForm(request.POST or None, initial={"valid_from": today, **now})

    def keep() -> object:
        given = form.cleaned_data
        return actions.set_turn_time(
            site=site,
            kind=kind,
            before_minutes=given["before_minutes"],
            after_minutes=given["after_minutes"],
            valid_from=given["valid_from"],
            reason=given["reason"],
            by=person_in(request).user,
            at=at,
        )

    title = _("Set-up and cleaning: %(kind)s") % {"kind": kind.replace("_", " ")}
    lead = _(
        "The room or device is held for this time round each visit. What is booked already keeps its times."
    )
    return _changed(request, form, keep, title=title, lead=lead, label=_("Set the times"))


def _changed(
    request: HttpRequest, form: BaseForm, keep: Callable[[], object], **context: Any
) -> HttpResponse:
    """Show the form; keep what it says; and say what in the calendar now stands in the way of what is booked."""
    shown = {"form": form, **context}
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "planning/calendar_form.html", shown, status=status)
    try:
        keep()
    except Refused as refusal:
        return render(
            request, "planning/calendar_form.html", {**shown, "found": refusal.blockers}, status=REFUSED
        )
    messages.success(request, _("The calendar was changed."))
    if visits_in_the_way(site_in(request), at=present(), most=1):
        messages.warning(
            request,
            _("Visits stand booked where the calendar has no room, as listed here. They stay booked."),
        )
    return redirect("calendar")
