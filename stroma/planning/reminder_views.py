"""Calls to make: patients whom no mail reaches, reminded of their visits by telephone."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from stroma.clinic.access import PersonRequest, granted_to
from stroma.clinic.domain.roles import Role
from stroma.ledger.record import present
from stroma.look.paging import page_asked
from stroma.look.refusals import REFUSED
from stroma.planning.actions import mark_reminder_phoned
from stroma.planning.queries import visit_seen_by
from stroma.planning.reminding import phone_rows, to_phone
from stroma.protocols.domain.blocker import Refused

CALLERS = (Role.COORDINATOR, Role.NURSE)


@granted_to(*CALLERS)
@require_GET
def reminders(request: HttpRequest) -> HttpResponse:
    """Whom to telephone about which visit, the nearest first."""
    site = cast(PersonRequest, request).person.site
    if site is None:
        raise Http404("no site was chosen")
    return render(
        request,
        "planning/reminders.html",
        {"site": site, "calls": phone_rows(site, at=present(), page=page_asked(request, "page"))},
    )


@require_POST
@granted_to(*CALLERS)
def reminder_phoned(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Say that the patient of a visit was telephoned."""
    person, at = cast(PersonRequest, request).person, present()
    visit = visit_seen_by(person, visit_id, page="reminder", at=at)
    try:
        for reminder in to_phone(visit.site, at=at).filter(visit=visit):
            mark_reminder_phoned(reminder=reminder, by=person.user, at=at)
    except Refused as refusal:
        context = {"found": refusal.blockers, "course": visit.course}
        return render(request, "courses/refused.html", context, status=REFUSED)
    messages.success(request, _("The call was noted."))
    return redirect("reminders")
