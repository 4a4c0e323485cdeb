"""Reporting an adverse event of a course, from what a patient told or from what was seen."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.courses.access import course_seen_by
from stroma.courses.models import Course
from stroma.follow_up.actions import report_adverse_event
from stroma.follow_up.domain.adverse_events import adverse_event_cautions
from stroma.follow_up.harm_forms import AdverseEventForm
from stroma.follow_up.models import AdverseEvent, ProblemReport
from stroma.ledger.record import present
from stroma.ledger.wording import sentence
from stroma.look.refusals import REFUSED, show_problems
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.problem import BadInput

REPORTERS = (Role.PHYSIATRIST, Role.SURGEON, Role.NURSE)


@granted_to(*REPORTERS)
def report(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Judge what happened and report it; ``?report=`` names the patient's own report, whose words are taken over."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="adverse event", at=at)
    told = _told(course, request.GET.get("report", ""))
    form = AdverseEventForm(
        request.POST or None,
        time_zone=course.site.time_zone,
        initial={"verbatim": told.words} if told else None,
    )
    found: list[Blocker] = []
    if form.is_valid():
        event = form.event()
        try:
            kept = report_adverse_event(
                course=course,
                event=event,
                verbatim=form.cleaned_data["verbatim"],
                outcome=AdverseEvent.Outcome(form.cleaned_data["outcome"]),
                action_taken=form.cleaned_data["action_taken"],
                by=person.user,
                at=at,
            )
        except BadInput as fault:
            show_problems(form, fault)
        except Refused as refusal:
            found = refusal.blockers
        else:
            _say_what_follows(request, kept)
            for caution in adverse_event_cautions(event):
                messages.warning(request, sentence(caution))
            return redirect("course_page", course_id=course.pk)
    values = {"form": form, "found": found, "course": course, "told": told, "patient": course.patient}
    return render(request, "follow_up/adverse_event.html", values, status=REFUSED if request.POST else 200)


def _told(course: Course, report_id: str) -> ProblemReport | None:
    """The patient's own report that this follows from, where it is one of this patient."""
    try:
        wanted = UUID(report_id)
    except ValueError:
        return None
    return ProblemReport.objects.filter(pk=wanted, patient=course.patient).first()


def _say_what_follows(request: HttpRequest, kept: AdverseEvent) -> None:
    if kept.duty_days is None:
        messages.success(request, _("The adverse event was reported. No authority need be told by law."))
        return
    messages.warning(
        request,
        _("The adverse event was reported. The authority must be told within %(n)d days (%(source)s).")
        % {"n": kept.duty_days, "source": kept.duty_source},
    )
