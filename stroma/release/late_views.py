"""A late positive: who has the cells, whom to call, what is still to be done."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.custody.access import lot_seen_by
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.patients.queries import phone_of
from stroma.protocols.domain.blocker import Blocker
from stroma.release.actions import late_positives as actions
from stroma.release.control_queries import lines_of_site
from stroma.release.domain.late_positive import NOTICES
from stroma.release.late_queries import (
    case_at,
    containers_of_case,
    done_of,
    recipients_of,
    steps_of_case,
    tasks_of,
)
from stroma.release.late_words import TASKS, draft
from stroma.release.quality_forms import CloseForm, LateStepForm

CALLERS = (Role.QUALITY, Role.PHYSIATRIST)


@require_GET
@granted_to(*CALLERS)
def late_positive(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The case: the checklist, overdue first; who has what; what was said to whom."""
    person, at = person_in(request), present()
    case = case_at(person.site, case_id)
    if case is None:
        raise Http404("no such case")
    case.lot = lot_seen_by(person, case.lot_id, page="late_positive", at=at)
    courses = {course.number: course for course in recipients_of(case)}
    done = done_of(case)
    tasks = [
        {
            "task": task,
            "words": TASKS[task.code],
            "course": courses.get(task.recipient),
            "phone": phone_of(courses[task.recipient].patient) if task.code == "call_patient" else "",
            "is_late": task.due_at < at,
        }
        for task in tasks_of(case)
        if (task.code, task.recipient) not in done
    ]
    values = {
        "case": case,
        "lot": case.lot,
        "line": dict(lines_of_site(case.lot.site)).get(case.result.code, case.result.code),
        "tasks": tasks,
        "steps": [(step, TASKS.get(step.code, step.code)) for step in steps_of_case(case)],
        "containers": containers_of_case(case),
        "recipients": list(courses.values()),
        "closure": getattr(case, "closure", None),
        "is_quality": person.plays(Role.QUALITY),
        "zone": case.lot.site.time_zone,
    }
    return render(request, "release/late_positive.html", values)


@granted_to(*CALLERS)
def do_late_step(request: HttpRequest, case_id: UUID, task: str, recipient: str) -> HttpResponse:
    """Record one thing that was done; a notice begins as a draft that is edited before it is sent or read out."""
    person, at = person_in(request), present()
    case = case_at(person.site, case_id)
    if case is None or task not in TASKS:
        raise Http404("no such case")
    lot = case.lot = lot_seen_by(person, case.lot_id, page="do_late_step", at=at)
    course = next((one for one in recipients_of(case) if one.number == recipient), None)
    if recipient != "lot" and course is None:
        raise Http404("no such recipient")
    initial = {"words": draft(case, task, course)} if task in NOTICES else {}
    form = LateStepForm(request.POST or None, initial=initial)
    found: list[Blocker] = []
    back = reverse("late_positive", args=[case.pk])
    if form.is_valid():
        words = form.cleaned_data["words"]
        step, found = attempt(
            lambda: actions.do_late_step(
                case=case, code=task, course=course, words=words, by=person.user, at=at
            )
        )
        if step is not None:
            messages.success(request, _("On record: %(task)s.") % {"task": TASKS[task]})
            return redirect(back)
    is_notice = task in NOTICES
    values = {
        "form": form,
        "found": found,
        "subject": lot.din,
        "back": back,
        "heading": TASKS[task],
        "lead": _("A draft: edit it, say or send it, then record it as it was said.")
        if is_notice
        else _("Write down what was done and what was found."),
        "action": _("It was said or sent") if is_notice else _("It is done"),
        "call": course.patient if course and task == "call_patient" else None,
        "phone": phone_of(course.patient) if course else "",
    }
    return render(request, "release/late_step.html", values, status=422 if request.POST else 200)


@granted_to(Role.QUALITY)
def close_late_positive(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Close the case when nothing is left to do."""
    person, at = person_in(request), present()
    case = case_at(person.site, case_id)
    if case is None:
        raise Http404("no such case")
    lot = lot_seen_by(person, case.lot_id, page="close_late_positive", at=at)
    form = CloseForm(request.POST or None)
    found: list[Blocker] = []
    back = reverse("late_positive", args=[case.pk])
    if form.is_valid():
        words = form.cleaned_data["words"]
        closed, found = attempt(
            lambda: actions.close_late_positive(case=case, words=words, by=person.user, at=at)
        )
        if closed is not None:
            messages.success(request, _("The case is closed."))
            return redirect(back)
    values = {
        "form": form,
        "found": found,
        "subject": lot.din,
        "back": back,
        "heading": _("Close the case"),
        "lead": _("It leaves quality's home. Everything that was done stays on record."),
        "action": _("Close the case"),
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)
