"""Pages on the way of a course: opening it, the consent on paper, care given, and its end.

The page that shows a course stands in ``stroma.web``: it gathers what later steps know.
"""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from stroma.candidacy.queries import decision_seen_by
from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.queries import protocol_of
from stroma.courses.access import course_seen_by
from stroma.courses.actions import (
    complete_course,
    consent_to_course,
    give_care,
    stop_course,
    withdraw_from_course,
)
from stroma.courses.actions import open_course as open_the_course
from stroma.courses.forms import ConsentForm, ReasonForm
from stroma.courses.models import Course
from stroma.ledger.record import present
from stroma.look.refusals import REFUSED
from stroma.patients.models import Consent
from stroma.protocols.domain.blocker import Refused


@require_POST
@granted_to(Role.COORDINATOR, Role.PHYSIATRIST, Role.SURGEON)
def open_course(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Open a course on a signed decision."""
    person, at = person_in(request), present()
    decision = decision_seen_by(person, decision_id, page="course", at=at)
    try:
        course = open_the_course(decision=decision, by=person.user, at=at)
    except Refused as refusal:
        context = {"found": refusal.blockers, "patient": decision.assessment.patient}
        return render(request, "courses/refused.html", context, status=REFUSED)
    messages.success(request, _("Course %(number)s was opened.") % {"number": course.number})
    return redirect("patient_page", course.patient_id)


@granted_to(Role.PHYSIATRIST, Role.NURSE, Role.COORDINATOR, Role.SURGEON)
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Record a consent that was signed on paper; whoever records it is its witness."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="consent", at=at)
    protocol = protocol_of(course.protocol)
    form = ConsentForm(request.POST or None, protocol=protocol, initial={"language": course.patient.language})
    context = {
        "form": form,
        "course": course,
        "patient": course.patient,
        "protocol": protocol,
        "site": course.site,
        "earliest": course.decision.decided_at + protocol.consent.waiting,
    }
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "courses/consent.html", context, status=status)
    try:
        consent_to_course(
            course=course,
            places=form.places(),
            language=form.cleaned_data["language"],
            method=Consent.Method.PAPER,
            by=person.user,
            at=at,
        )
    except Refused as refusal:
        return render(request, "courses/consent.html", {**context, "found": refusal.blockers}, status=REFUSED)
    messages.success(request, _("The consent was recorded."))
    return redirect("patient_page", course.patient_id)


@require_POST
@granted_to(Role.PHYSIATRIST, Role.SURGEON, Role.THERAPIST, Role.NURSE)
def care(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Record that a traditional treatment was given at one of the protocol's visits."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="course", at=at)
    try:
        give_care(course=course, visit_code=request.POST.get("visit", ""), by=person.user, at=at)
    except Refused as refusal:
        context = {"found": refusal.blockers, "patient": course.patient, "course": course}
        return render(request, "courses/refused.html", context, status=REFUSED)
    messages.success(request, _("The treatment was recorded."))
    return redirect("patient_page", course.patient_id)


@granted_to(Role.PHYSIATRIST, Role.SURGEON, Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Stop a course before its end, with the reason."""
    words = (
        gettext_lazy("Stop course"),
        gettext_lazy("Visits that are booked stay booked until they are cancelled; cells await a decision."),
    )
    return _end(request, course_id, stop_course, words)


@granted_to(Role.PHYSIATRIST, Role.NURSE, Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """The patient takes the consent back."""
    words = (
        gettext_lazy("Record withdrawal"),
        gettext_lazy("The patient owes no reason; write down what was said. The course stops at once."),
    )
    return _end(request, course_id, withdraw_from_course, words)


def _end(
    request: HttpRequest,
    course_id: UUID,
    action: Callable[..., Course],
    words: tuple[str | Promise, str | Promise],
) -> HttpResponse:
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="course", at=at)
    form = ReasonForm(request.POST or None)
    label, lead = words
    context = {"form": form, "course": course, "patient": course.patient, "label": label, "lead": lead}
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "courses/end.html", context, status=status)
    try:
        action(course=course, reason=form.cleaned_data["reason"], by=person.user, at=at)
    except Refused as refusal:
        return render(request, "courses/end.html", {**context, "found": refusal.blockers}, status=REFUSED)
    messages.success(request, _("The course was stopped."))
    return redirect("patient_page", course.patient_id)


@require_POST
@granted_to(Role.PHYSIATRIST, Role.SURGEON, Role.COORDINATOR)
def complete(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Close a course whose follow-up is over and whose cells are accounted for."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="course", at=at)
    try:
        complete_course(course=course, by=person.user, at=at)
    except Refused as refusal:
        context = {"found": refusal.blockers, "patient": course.patient, "course": course}
        return render(request, "courses/refused.html", context, status=REFUSED)
    messages.success(request, _("The course was completed."))
    return redirect("patient_page", course.patient_id)
