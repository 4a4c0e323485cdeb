"""Pages of planning: the chain as it would be booked, booking it, and what became of a visit."""

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.courses.access import course_seen_by
from stroma.ledger.record import present
from stroma.look.refusals import REFUSED
from stroma.planning.actions import book_chain as book
from stroma.planning.actions import cancel_visits, complete_visit, free_place, miss_visit
from stroma.planning.booking_forms import ChosenForm, OffersForm
from stroma.planning.forms import PlaceForm, ReasonForm
from stroma.planning.left_in_place import kept_since, places_for
from stroma.planning.moves import titled
from stroma.planning.offers_shown import shown_offers
from stroma.planning.queries import (
    held_without_booking,
    physiatrists_of,
    reasons_not_to_book,
    visit_seen_by,
)
from stroma.planning.waiting import place_of
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

FREEING = (Role.COORDINATOR, Role.TECHNOLOGIST, Role.QUALITY)
"""Who says where cells are."""


@granted_to(Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def book_chain(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Offer whole chains, the earliest first, and book the one that is chosen: every visit or none."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="booking", at=at)
    zone = ZoneInfo(course.site.time_zone)
    tomorrow = (at.astimezone(zone) + timedelta(days=1)).date()
    asked = {"earliest": tomorrow.isoformat()} if "earliest" not in request.GET else request.GET
    form = OffersForm(asked, physiatrists=physiatrists_of(course.site))
    context: dict[str, Any] = {
        "form": form,
        "course": course,
        "patient": course.patient,
        "site": course.site,
        "waits": place_of(course),
        "query": request.GET.urlencode(),
    }
    if not form.is_valid():
        return render(request, "planning/book.html", context, status=REFUSED)
    earliest, wish = max(form.earliest_at(zone), at), form.wish(zone)
    if request.method == "POST":
        chosen = ChosenForm(request.POST)
        if chosen.is_valid():
            try:
                visits = book(
                    course=course,
                    earliest=max(chosen.cleaned_data["from_at"], at),
                    held=held_without_booking(course),
                    wish=wish,
                    chosen=chosen.cleaned_data["chosen"],
                    reason=chosen.cleaned_data["reason"],
                    by=person.user,
                    at=at,
                )
            except Refused as refusal:
                context["found"] = refusal.blockers
            else:
                messages.success(request, _("%(n)d visits were booked.") % {"n": len(visits)})
                return redirect("patient_page", course.patient_id)
        if "found" not in context and (blockers := reasons_not_to_book(course, at=at)):
            return render(request, "planning/book.html", {**context, "found": blockers}, status=REFUSED)
        shown = shown_offers(course, earliest=earliest, wish=wish, at=at)
        return render(request, "planning/book.html", {**context, "shown": shown}, status=REFUSED)
    if blockers := reasons_not_to_book(course, at=at):
        return render(request, "planning/book.html", {**context, "found": blockers})
    context["shown"] = shown_offers(course, earliest=earliest, wish=wish, at=at)
    return render(request, "planning/book.html", context)


@require_POST
@granted_to(*ATTENDING)
def visit_held(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Say that a visit took place."""
    person, at = person_in(request), present()
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
    """Say that a visit did not take place, and why; what it held is free again, but for cells in their place."""
    person, at = person_in(request), present()
    visit = visit_seen_by(person, visit_id, page="visit", at=at)
    form = ReasonForm(request.POST or None)
    context = {
        "form": form,
        "patient": visit.course.patient,
        "title": _("Mark the visit “%(title)s” as missed") % {"title": titled(visit)},
        "lead": _(
            "What the visit held is free again, but for a place in which cells are. The visits after it stay booked "
            "until they are cancelled."
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


@granted_to(*FREEING)
@require_http_methods(["GET", "POST"])
def place_freed(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Say where the cells are that stayed in their place when their visit was missed or cancelled."""
    person, at = person_in(request), present()
    visit = visit_seen_by(person, visit_id, page="visit", at=at)
    form = PlaceForm(request.POST or None, places=places_for(visit))
    names = ", ".join(sorted({one.resource.name for one in kept_since(visit)}))
    context: dict[str, Any] = {
        "form": form,
        "patient": visit.course.patient,
        "title": _("Say where the cells are"),
        "lead": _(
            "The visit “%(title)s” did not take place, so %(place)s stays kept for the cells. A harvest, a lot that is "
            "rejected and a new date for the visit say by themselves what becomes of it."
        )
        % {"title": titled(visit), "place": names or _("nothing")},
        "label": _("Free the place"),
    }
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "planning/reason.html", context, status=status)
    try:
        free_place(visit=visit, to=form.moved_to(), reason=form.cleaned_data["reason"], by=person.user, at=at)
    except Refused as refusal:
        return render(request, "planning/reason.html", {**context, "found": refusal.blockers}, status=REFUSED)
    messages.success(request, _("%(place)s is free again.") % {"place": names})
    return redirect("patient_page", visit.course.patient_id)


@granted_to(*ATTENDING)
@require_http_methods(["GET", "POST"])
def cancel_chain(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Cancel every visit of a course that is still booked."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="booking", at=at)
    form = ReasonForm(request.POST or None)
    context = {
        "form": form,
        "patient": course.patient,
        "title": _("Cancel the visits that are booked"),
        "lead": _(
            "People, rooms and devices are free again at once, but for a place in which cells are. Book the chain anew "
            "afterwards."
        ),
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
