"""What patients do with a visit of their own: ask for another time, or cancel it in time."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.queries import protocol_of
from stroma.ledger.record import present
from stroma.look.refusals import REFUSED
from stroma.planning.actions import accept_offer, ask_to_move, cancel_own_visit, decline_offer
from stroma.planning.models import Visit
from stroma.planning.own_visits import planned_visit
from stroma.planning.queries import visit_seen_by
from stroma.planning.waiting import open_offer_of, visits_of_offer
from stroma.protocols.domain.blocker import Refused
from stroma.web.my.plain_words import visit_title
from stroma.web.my.queries import my_course, my_patient, stands_round


class WordsForm(forms.Form):
    """A few words of the patient's own."""

    words = forms.CharField(
        label=gettext_lazy("In your words"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


@granted_to(Role.PATIENT)
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Ask for another time."""
    visit, shown = _page(request, visit_id)
    shown |= {
        "heading": _("Ask for another time"),
        "lead": _(
            "Tell us which days and times suit you. The visits hang together, so we look which others move with it, "
            "and answer you here. Until then the visit stays booked."
        ),
        "label": _("Ask for another time"),
    }
    form: forms.Form = shown["form"]
    if request.method == "GET" or not form.is_valid():
        return render(request, "planning/own_visit.html", shown, status=_status(request))
    try:
        ask_to_move(visit=visit, words=form.cleaned_data["words"], by=_user(request), at=shown["at"])
    except Refused as refusal:
        return render(
            request, "planning/own_visit.html", {**shown, "found": refusal.blockers}, status=REFUSED
        )
    messages.success(request, _("We have your wish and answer you soon. Until then the visit stays booked."))
    return redirect("my_visits")


@granted_to(Role.PATIENT)
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Cancel a visit, where nothing is prepared for it yet."""
    visit, shown = _page(request, visit_id)
    shown |= {
        "heading": _("Cancel this visit"),
        "lead": _("The time is free for somebody else at once. Your other visits stay booked."),
        "label": _("Cancel this visit"),
    }
    form: forms.Form = shown["form"]
    if request.method == "GET" or not form.is_valid():
        return render(request, "planning/own_visit.html", shown, status=_status(request))
    try:
        cancel_own_visit(visit=visit, reason=form.cleaned_data["words"], by=_user(request), at=shown["at"])
    except Refused as refusal:
        return render(
            request, "planning/own_visit.html", {**shown, "found": refusal.blockers}, status=REFUSED
        )
    messages.success(request, _("The visit was cancelled."))
    return redirect("my_visits")


@granted_to(Role.PATIENT)
@require_http_methods(["GET", "POST"])
def offer(request: HttpRequest) -> HttpResponse:
    """Answer an offer of free times."""
    person, at = person_in(request), present()
    patient = my_patient(person)
    course = my_course(patient, request.GET.get("course", ""))
    found = open_offer_of(course, at=at) if course else None
    shown: dict[str, Any] = {**stands_round(patient, course), "offer": found}
    if course is None or found is None:
        return render(request, "planning/own_offer.html", shown)
    protocol = protocol_of(course.protocol)
    planned = {visit.code: visit for visit in protocol.visits}
    shown["visits"] = [
        replace(row, title=visit_title(row.code, planned[row.code].stage, row.title, protocol))
        for row in visits_of_offer(found, planned)
        if row.is_for_patient
    ]
    if request.method == "GET":
        return render(request, "planning/own_offer.html", shown)
    try:
        if request.POST.get("answer") == "accept":
            accept_offer(offer=found, by=person.user, at=at)
            messages.success(request, _("Your visits are booked."))
        else:
            decline_offer(offer=found, by=person.user, at=at)
            messages.success(request, _("You wait on. We tell you when other times are free."))
    except Refused as refusal:
        shown |= {"found": refusal.blockers, "offer": open_offer_of(course, at=at)}
        return render(request, "planning/own_offer.html", shown, status=REFUSED)
    return redirect("my_visits")


def _page(request: HttpRequest, visit_id: UUID) -> tuple[Visit, dict[str, Any]]:
    person, at = person_in(request), present()
    visit = visit_seen_by(person, visit_id, page="own visit", at=at)
    patient = my_patient(person)
    said = planned_visit(visit)
    return visit, {
        **stands_round(patient, visit.course),
        "at": at,
        "visit": visit,
        "is_over": visit.state != Visit.State.BOOKED or visit.starts_at <= at,
        "visit_title": visit_title(
            visit.code,
            said.stage if said else "",
            said.title if said else visit.code,
            protocol_of(visit.course.protocol),
        ),
        "form": WordsForm(request.POST or None),
    }


def _user(request: HttpRequest) -> Any:
    return person_in(request).user


def _status(request: HttpRequest) -> int:
    return 200 if request.method == "GET" else REFUSED
