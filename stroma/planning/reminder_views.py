"""Calls to make: patients whom no mail reaches, told by telephone of visits that changed and reminded of those near."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.ledger.record import present
from stroma.look.paging import page_asked
from stroma.look.refusals import REFUSED
from stroma.planning.actions import mark_change_called, mark_reminder_phoned, take_back_change_call
from stroma.planning.calling import call_to_take_back, calls_made, change_of, change_rows
from stroma.planning.forms import ShortReasonForm
from stroma.planning.queries import visit_seen_by
from stroma.planning.reminding import phone_rows, to_phone
from stroma.protocols.domain.blocker import Refused

CALLERS = (Role.COORDINATOR, Role.NURSE)


@granted_to(*CALLERS)
@require_GET
def reminders(request: HttpRequest) -> HttpResponse:
    """Whom to telephone about which visit: those that changed, then those that are near; the nearest first."""
    site, at = site_in(request), present()
    context = {
        "site": site,
        "changes": change_rows(site, at=at, page=page_asked(request, "changes")),
        "calls": phone_rows(site, at=at, page=page_asked(request, "page")),
        "made": calls_made(site, at=at),
    }
    return render(request, "planning/reminders.html", context)


@require_POST
@granted_to(*CALLERS)
def change_called(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Say that the patient was telephoned about a visit that changed; ``visit_id`` is the one they know of."""
    person, at = person_in(request), present()
    visit = visit_seen_by(person, visit_id, page="reminder", at=at)
    if (change := change_of(visit)) is None:
        messages.info(request, _("This visit did not change: nobody is to be called about it."))
        return redirect("reminders")
    try:
        mark_change_called(change=change, by=person.user, at=at)
    except Refused as refusal:
        context = {"found": refusal.blockers, "course": visit.course}
        return render(request, "courses/refused.html", context, status=REFUSED)
    messages.success(request, _("The call was noted."))
    return redirect("reminders")


@granted_to(*CALLERS)
@require_http_methods(["GET", "POST"])
def change_call_back(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Take back a call that was noted by mistake; the patient is to be called still."""
    person, at = person_in(request), present()
    visit = visit_seen_by(person, visit_id, page="reminder", at=at)
    if (call := call_to_take_back(visit)) is None:
        messages.info(request, _("No call about this visit is noted."))
        return redirect("reminders")
    form = ShortReasonForm(request.POST or None)
    context: dict[str, Any] = {
        "form": form,
        "patient": visit.course.patient,
        "title": _("Take a call back"),
        "lead": _("It was noted by mistake. The patient is on the list of calls to make again."),
        "label": _("Take the call back"),
    }
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "planning/reason.html", context, status=status)
    try:
        take_back_change_call(call=call, reason=form.cleaned_data["reason"], by=person.user, at=at)
    except Refused as refusal:
        return render(request, "planning/reason.html", {**context, "found": refusal.blockers}, status=REFUSED)
    messages.success(request, _("The call was taken back."))
    return redirect("reminders")


@require_POST
@granted_to(*CALLERS)
def reminder_phoned(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Say that the patient of a visit was telephoned."""
    person, at = person_in(request), present()
    visit = visit_seen_by(person, visit_id, page="reminder", at=at)
    try:
        for reminder in to_phone(visit.site, at=at).filter(visit=visit):
            mark_reminder_phoned(reminder=reminder, by=person.user, at=at)
    except Refused as refusal:
        context = {"found": refusal.blockers, "course": visit.course}
        return render(request, "courses/refused.html", context, status=REFUSED)
    messages.success(request, _("The call was noted."))
    return redirect("reminders")
