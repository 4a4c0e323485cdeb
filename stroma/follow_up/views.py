"""Answering a questionnaire: signed in, or by a link that opens this one and nothing else."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from stroma.clinic.access import granted_to, open_to_all, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.follow_up.actions import answer_questionnaire, keep_draft
from stroma.follow_up.domain.instruments import INSTRUMENTS
from stroma.follow_up.forms import AnswersForm
from stroma.follow_up.links import due_id_of
from stroma.follow_up.models import QuestionnaireAnswer, QuestionnaireDue
from stroma.follow_up.queries import due_by_link, due_of, next_due_of, saved_draft, was_answered
from stroma.follow_up.questionnaire_page import Screens
from stroma.ledger.record import present
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.problem import BadInput

REFUSED = 422
GONE = 410


@never_cache
@granted_to(Role.PATIENT)
def questionnaire(request: HttpRequest, due_id: UUID) -> HttpResponse:
    """One of the patient's own questionnaires."""
    person = person_in(request)
    due = due_of(person, due_id)
    return _ask(
        request, due, by=person.user, base="look/reading.html", here=reverse("questionnaire", args=[due.pk])
    )


@never_cache
@open_to_all
def questionnaire_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The one questionnaire that a link opens. It shows no name and nothing that was sent before."""
    due_id = due_id_of(token)
    due = due_by_link(due_id) if due_id else None
    if due is None or due.course.patient.user is None:
        return render(request, "follow_up/link_ended.html", status=GONE)
    here = reverse("questionnaire_by_link", args=[token])
    return _ask(request, due, by=due.course.patient.user, base="follow_up/linked.html", here=here)


def _ask(request: HttpRequest, due: QuestionnaireDue, *, by: User, base: str, here: str) -> HttpResponse:
    """Show a screen, keep what was chosen, and send it all at the end."""
    shown: dict[str, Any] = {"base": base, "due": due, "here": here, "is_linked": base != "look/reading.html"}
    if was_answered(due):
        shown["next_due"] = None if shown["is_linked"] else next_due_of(due, at=present())
        return render(request, "follow_up/answered.html", shown)
    instrument = INSTRUMENTS[due.instrument]
    if not instrument.licence.may_ship_text:
        shown["blockers"] = [
            Blocker("questions_not_shipped", {"title": instrument.title}, instrument.licence.source)
        ]
        return render(request, "follow_up/not_open.html", shown)
    screens, draft = Screens(instrument), saved_draft(due)
    wanted = request.GET.get("screen") or request.POST.get("screen") or str(screens.first_open(draft))
    number = screens.clamped(wanted)
    form = AnswersForm(
        instrument, screens.items(number), request.POST if request.method == "POST" else None, draft=draft
    )
    shown |= {
        "form": form,
        "instrument": instrument,
        "instruction": _(instrument.instruction),
        "number": number,
        "count": screens.count,
        "is_last": number in {0, screens.count},
        "ends": [_(label) for label in instrument.items[number - 1].labels] if number else [],
    }
    if request.method != "POST":
        return render(request, "follow_up/questionnaire.html", shown)
    return _take(request, shown, due, screens, by=by)


def _take(
    request: HttpRequest, shown: dict[str, Any], due: QuestionnaireDue, screens: Screens, *, by: User
) -> HttpResponse:
    form, number, at = shown["form"], shown["number"], present()
    if not form.is_valid():
        return render(request, "follow_up/questionnaire.html", shown, status=REFUSED)
    answers = {**saved_draft(due), **form.answers()}
    try:
        if shown["is_last"]:
            method = QuestionnaireAnswer.Method.PATIENT
            answer_questionnaire(due=due, answers=answers, method=method, by=by, at=at)
        else:
            keep_draft(due=due, answers=answers, by=by, at=at)
    except BadInput as fault:
        for problem in fault.problems:
            field = problem.place.removeprefix("answers.")
            form.add_error(field if field in form.fields else None, _(problem.message))
        return render(request, "follow_up/questionnaire.html", shown, status=REFUSED)
    except Refused as refusal:
        return render(
            request, "follow_up/not_open.html", {**shown, "blockers": refusal.blockers}, status=REFUSED
        )
    return redirect(shown["here"] if shown["is_last"] else f"{shown['here']}?screen={number + 1}")
