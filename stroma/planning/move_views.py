"""Moving or cancelling one visit, and answering a patient who asked for another time."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.ledger.record import present
from stroma.look.refusals import REFUSED
from stroma.planning import actions
from stroma.planning.domain.moving import OVERRIDABLE
from stroma.planning.forms import ReasonForm
from stroma.planning.move_forms import AnswerForm, MoveForm
from stroma.planning.moves import choices_of, open_wish, titled
from stroma.planning.queries import visit_seen_by
from stroma.planning.views import ATTENDING
from stroma.protocols.domain.blocker import Refused, Weight


@granted_to(Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def move_visit(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Let a visit stand at another time or take somebody else; the rules of the whole chain judge it."""
    person, at = person_in(request), present()
    visit = visit_seen_by(person, visit_id, page="move a visit", at=at)
    zone = ZoneInfo(visit.site.time_zone)
    begins = visit.starts_at.astimezone(zone)
    takes = choices_of(visit, at=at)
    form = MoveForm(request.POST or None, takes=takes, initial={"day": begins.date(), "time": begins.time()})
    context: dict[str, Any] = {
        "form": form,
        "visit": visit,
        "visit_title": titled(visit),
        "patient": visit.course.patient,
        "site": visit.site,
        "wish": open_wish(visit),
        "may_override": False,
    }
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "planning/move.html", context, status=status)
    try:
        moved = actions.move_visit(
            visit=visit,
            to=form.to(zone),
            instead=form.instead(),
            has_patient_agreed=form.cleaned_data["has_patient_agreed"],
            reason=form.cleaned_data["reason"],
            overriding=OVERRIDABLE if form.cleaned_data["overriding"] else (),
            by=person.user,
            at=at,
        )
    except Refused as refusal:
        context["found"] = refusal.blockers
        context["may_override"] = all(b.weight is Weight.OVERRIDABLE for b in refusal.blockers)
        return render(request, "planning/move.html", context, status=REFUSED)
    words = _("The visit begins on %(when)s now. The patient's calendar file has it.")
    messages.success(request, words % {"when": f"{moved.starts_at.astimezone(zone):%Y-%m-%d %H:%M}"})
    return redirect("patient_page", visit.course.patient_id)


@granted_to(*ATTENDING)
@require_http_methods(["GET", "POST"])
def cancel_visit(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Cancel one visit; the others of its chain stay booked."""
    person, at = person_in(request), present()
    visit = visit_seen_by(person, visit_id, page="cancel a visit", at=at)
    form = ReasonForm(request.POST or None)
    context: dict[str, Any] = {
        "form": form,
        "patient": visit.course.patient,
        "title": _("Cancel the visit “%(title)s”") % {"title": titled(visit)},
        "lead": _(
            "What it held is free again, but for a place in which cells are. The other visits stay booked."
        ),
        "label": _("Cancel the visit"),
    }
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "planning/reason.html", context, status=status)
    try:
        actions.cancel_visit(visit=visit, reason=form.cleaned_data["reason"], by=person.user, at=at)
    except Refused as refusal:
        return render(request, "planning/reason.html", {**context, "found": refusal.blockers}, status=REFUSED)
    messages.success(request, _("The visit was cancelled."))
    return redirect("patient_page", visit.course.patient_id)


@granted_to(Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def answer_wish(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Tell a patient who asked for another time that the visit stays, and why."""
    person, at = person_in(request), present()
    visit = visit_seen_by(person, visit_id, page="answer a wish", at=at)
    wish = open_wish(visit)
    if wish is None:
        messages.info(request, _("This wish was answered."))
        return redirect("patient_page", visit.course.patient_id)
    form = AnswerForm(request.POST or None)
    context: dict[str, Any] = {
        "form": form,
        "wish": wish,
        "visit": visit,
        "visit_title": titled(visit),
        "site": visit.site,
        "patient": visit.course.patient,
    }
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "planning/answer_wish.html", context, status=status)
    try:
        actions.answer_wish(wish=wish, answer=form.cleaned_data["answer"], by=person.user, at=at)
    except Refused as refusal:
        context["found"] = refusal.blockers
        return render(request, "planning/answer_wish.html", context, status=REFUSED)
    messages.success(request, _("The patient reads the answer on their page."))
    return redirect("patient_page", visit.course.patient_id)
