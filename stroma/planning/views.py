"""Pages of planning: the chain as it would be booked, booking it, and what became of a visit."""

from datetime import datetime, time, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from stroma.clinic.access import PersonRequest, granted_to
from stroma.clinic.domain.roles import Role
from stroma.courses.access import course_seen_by
from stroma.ledger.record import present
from stroma.look.refusals import REFUSED
from stroma.planning.actions import book_chain as book
from stroma.planning.actions import cancel_visits, complete_visit, miss_visit
from stroma.planning.forms import EarliestForm, ReasonForm
from stroma.planning.queries import held_without_booking, offered_chain, reasons_not_to_book, visit_seen_by
from stroma.protocols.domain.blocker import Refused

ATTENDING = (
    Role.COORDINATOR,
    Role.PHYSIATRIST,
    Role.NURSE,
    Role.TECHNOLOGIST,
    Role.QUALITY,
    Role.THERAPIST,
    Role.SURGEON,
)


@granted_to(Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def book_chain(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Offer the earliest chain from a day on, show all of it, and book it: every visit or none."""
    person, at = cast(PersonRequest, request).person, present()
    course = course_seen_by(person, course_id, page="booking", at=at)
    zone = ZoneInfo(course.site.time_zone)
    tomorrow = (at.astimezone(zone) + timedelta(days=1)).date()
    data = request.POST if request.method == "POST" else request.GET if "earliest" in request.GET else None
    form = EarliestForm(data, initial={"earliest": tomorrow})
    context: dict[str, Any] = {
        "form": form,
        "course": course,
        "patient": course.patient,
        "site": course.site,
    }
    if data is not None and not form.is_valid():
        return render(request, "planning/book.html", context, status=REFUSED)
    begin = form.earliest_at(zone) if data is not None else datetime.combine(tomorrow, time(), tzinfo=zone)
    earliest = max(begin, at)
    if request.method == "POST":
        try:
            visits = book(
                course=course, earliest=earliest, held=held_without_booking(course), by=person.user, at=at
            )
        except Refused as refusal:
            return render(
                request, "planning/book.html", {**context, "found": refusal.blockers}, status=REFUSED
            )
        messages.success(request, _("%(n)d visits were booked.") % {"n": len(visits)})
        return redirect("patient_page", course.patient_id)
    if blockers := reasons_not_to_book(course, at=at):
        return render(request, "planning/book.html", {**context, "found": blockers})
    try:
        context["offer"] = offered_chain(course, earliest=earliest)
    except Refused as refusal:
        context["found"] = refusal.blockers
    context["from_day"] = earliest.astimezone(zone).date().isoformat()
    return render(request, "planning/book.html", context)


@require_POST
@granted_to(*ATTENDING)
def visit_held(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Say that a visit took place."""
    person, at = cast(PersonRequest, request).person, present()
    visit = visit_seen_by(person, visit_id, page="visit", at=at)
    try:
        complete_visit(visit=visit, by=person.user, at=at)
    except Refused as refusal:
        context = {"found": refusal.blockers, "course": visit.course}
        return render(request, "courses/refused.html", context, status=REFUSED)
    messages.success(request, _("The visit was marked as held."))
    return redirect("patient_page", visit.course.patient_id)


@granted_to(*ATTENDING)
@require_http_methods(["GET", "POST"])
def visit_missed(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Say that a visit did not take place, and why; what it held is free again."""
    person, at = cast(PersonRequest, request).person, present()
    visit = visit_seen_by(person, visit_id, page="visit", at=at)
    form = ReasonForm(request.POST or None)
    context = {
        "form": form,
        "patient": visit.course.patient,
        "title": _("Mark the visit as missed"),
        "lead": _(
            "What the visit held is free again. The visits after it stay booked until they are cancelled."
        ),
        "label": _("Mark as missed"),
    }
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "planning/reason.html", context, status=status)
    try:
        miss_visit(visit=visit, reason=form.cleaned_data["reason"], by=person.user, at=at)
    except Refused as refusal:
        return render(request, "planning/reason.html", {**context, "found": refusal.blockers}, status=REFUSED)
    messages.success(request, _("The visit was marked as missed."))
    return redirect("patient_page", visit.course.patient_id)


@granted_to(*ATTENDING)
@require_http_methods(["GET", "POST"])
def cancel_chain(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Cancel every visit of a course that is still booked."""
    person, at = cast(PersonRequest, request).person, present()
    course = course_seen_by(person, course_id, page="booking", at=at)
    form = ReasonForm(request.POST or None)
    context = {
        "form": form,
        "patient": course.patient,
        "title": _("Cancel the visits that are booked"),
        "lead": _("People, rooms and devices are free again at once. Book the chain anew afterwards."),
        "label": _("Cancel visits"),
    }
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "planning/reason.html", context, status=status)
    try:
        cancelled = cancel_visits(course=course, reason=form.cleaned_data["reason"], by=person.user, at=at)
    except Refused as refusal:
        return render(request, "planning/reason.html", {**context, "found": refusal.blockers}, status=REFUSED)
    messages.success(request, _("%(n)d visits were cancelled.") % {"n": len(cancelled)})
    return redirect("patient_page", course.patient_id)
