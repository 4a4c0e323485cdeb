"""Where a patient tells the clinic something that matters: a problem, or that the consent is taken back."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.courses.actions import withdraw_from_course
from stroma.courses.models import Course
from stroma.courses.queries import course_for
from stroma.follow_up.actions import report_problem
from stroma.follow_up.domain.warning_signs import is_emergency, warning_blockers
from stroma.ledger.record import present
from stroma.patients.queries import consent_is_valid
from stroma.protocols.domain.blocker import Refused
from stroma.protocols.domain.problem import BadInput
from stroma.web.my.forms import ProblemForm, WithdrawForm
from stroma.web.my.queries import cells_left, my_course, my_patient, stands_round

REFUSED = 422


@granted_to(Role.PATIENT)
def problem(request: HttpRequest) -> HttpResponse:
    """Something is wrong. Warning signs are answered at once with where to go; the words go to a nurse."""
    person, at = person_in(request), present()
    patient = my_patient(person)
    course = my_course(patient)
    form = ProblemForm(request.POST if request.method == "POST" else None)
    shown: dict[str, Any] = {
        **stands_round(patient, course),
        "form": form,
    }
    if request.method != "POST":
        return render(request, "my/problem.html", shown)
    if form.is_valid():
        signs = form.cleaned_data["signs"]
        try:
            report_problem(
                patient=patient,
                course=course,
                words=form.cleaned_data["words"],
                signs=signs,
                by=person.user,
                at=at,
            )
        except BadInput:
            form.add_error("words", _("Write what is wrong, or tick what is there."))
        else:
            warnings = [replace(b, values={"sign": _(b.values["sign"])}) for b in warning_blockers(signs)]
            told = {**shown, "blockers": warnings, "is_emergency": is_emergency(signs)}
            return render(request, "my/problem_told.html", told)
    return render(request, "my/problem.html", shown, status=REFUSED)


@granted_to(Role.PATIENT)
def withdraw(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Take the consent back: what it means for the visits and the cells, then one word."""
    person, at = person_in(request), present()
    course = course_for(person, course_id, page="withdraw consent", at=at)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    shown = {
        **stands_round(course.patient, course),
        "form": form,
        "containers": cells_left(course),
        "may": course.state == Course.State.OPEN and consent_is_valid(course.consent),
        "blockers": [],
    }
    if request.method != "POST":
        return render(request, "my/withdraw.html", shown)
    if form.is_valid():
        try:
            withdraw_from_course(course=course, reason=form.cleaned_data["reason"], by=person.user, at=at)
        except Refused as refusal:
            shown["blockers"] = refusal.blockers
        else:
            messages.success(request, _("Your consent is taken back. Nothing more is done under it."))
            return redirect("my_home")
    return render(request, "my/withdraw.html", shown, status=REFUSED)
