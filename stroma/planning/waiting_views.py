"""The waiting list: who waits, putting a course on it, taking it off, and answering an offer for a patient."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.queries import protocol_of
from stroma.courses.access import course_seen_by
from stroma.ledger.record import present
from stroma.look.refusals import REFUSED
from stroma.planning import actions
from stroma.planning.forms import ReasonForm
from stroma.planning.queries import physiatrists_of
from stroma.planning.waiting import open_offer_of, place_of, visits_of_offer, waiting_rows
from stroma.planning.waiting_forms import WaitingForm
from stroma.protocols.domain.blocker import Refused


@granted_to(Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def waiting_list(request: HttpRequest) -> HttpResponse:
    """Everybody who waits, the longest first; a press looks through the list for what is free."""
    person, site, at = person_in(request), site_in(request), present()
    if request.method == "POST":
        made = actions.offer_free_slots(site=site, by=person.user, at=at)
        messages.success(request, _("%(n)d chains were offered.") % {"n": len(made)})
        return redirect("waiting_list")
    context = {"site": site, "rows": waiting_rows(site), "at": at}
    return render(request, "planning/waiting_list.html", context)


@granted_to(Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def wait(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Put a course on the waiting list."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="waiting list", at=at)
    form = WaitingForm(request.POST or None, physiatrists=physiatrists_of(course.site))
    context: dict[str, Any] = {"form": form, "course": course, "patient": course.patient}
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "planning/wait.html", context, status=status)
    try:
        actions.wait_for_visits(
            course=course,
            first_by=form.cleaned_data["first_by"],
            weekdays="".join(sorted(form.cleaned_data["weekdays"])),
            physiatrist=form.chosen(),
            by=person.user,
            at=at,
        )
    except Refused as refusal:
        return render(request, "planning/wait.html", {**context, "found": refusal.blockers}, status=REFUSED)
    messages.success(
        request, _("The course is on the waiting list. What suits is offered as soon as it is free.")
    )
    return redirect("waiting_list")


@granted_to(Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def leave_waiting(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Take a course off the waiting list."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="waiting list", at=at)
    place = place_of(course)
    if place is None:
        messages.info(request, _("This course is no longer on the waiting list."))
        return redirect("waiting_list")
    form = ReasonForm(request.POST or None)
    context: dict[str, Any] = {
        "form": form,
        "patient": course.patient,
        "title": _("Take off the waiting list"),
        "lead": _("An open offer is closed, and the times go to the next it suits."),
        "label": _("Take off the list"),
    }
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "planning/reason.html", context, status=status)
    try:
        actions.leave_waiting_list(place=place, reason=form.cleaned_data["reason"], by=person.user, at=at)
    except Refused as refusal:
        return render(request, "planning/reason.html", {**context, "found": refusal.blockers}, status=REFUSED)
    messages.success(request, _("The course is no longer on the waiting list."))
    return redirect("waiting_list")


@granted_to(Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def answer_offer(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Accept or decline an offer for the patient, as they said on the telephone."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="offer", at=at)
    offer = open_offer_of(course, at=at)
    if offer is None:
        messages.info(request, _("No offer waits for an answer."))
        return redirect("waiting_list")
    planned = {visit.code: visit for visit in protocol_of(course.protocol).visits}
    context: dict[str, Any] = {
        "course": course,
        "patient": course.patient,
        "site": course.site,
        "offer": offer,
        "visits": visits_of_offer(offer, planned),
    }
    if request.method == "GET":
        return render(request, "planning/offer.html", context)
    try:
        if request.POST.get("answer") == "accept":
            visits = actions.accept_offer(offer=offer, by=person.user, at=at)
            messages.success(request, _("%(n)d visits were booked.") % {"n": len(visits)})
            return redirect("patient_page", course.patient_id)
        actions.decline_offer(offer=offer, by=person.user, at=at)
    except Refused as refusal:
        return render(request, "planning/offer.html", {**context, "found": refusal.blockers}, status=REFUSED)
    messages.success(request, _("The offer was declined. The course waits on."))
    return redirect("waiting_list")
