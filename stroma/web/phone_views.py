"""The follow-up call: every questionnaire that is open for a course, asked by telephone and kept one by one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import CARERS
from stroma.courses.access import course_seen_by
from stroma.follow_up.actions import answer_questionnaire
from stroma.follow_up.models import QuestionnaireAnswer
from stroma.ledger.record import present
from stroma.look.refusals import REFUSED, show_problems
from stroma.protocols.domain.blocker import Refused
from stroma.protocols.domain.problem import BadInput
from stroma.web.call_queries import link_to, unanswered
from stroma.web.phone_forms import PhoneForm


@granted_to(*CARERS)
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """The questionnaires of one course to be asked now; each has its own button, so that none is lost."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="questionnaires", at=at)
    dues = unanswered(course, at=at)
    chosen = request.POST.get("due", "")
    forms = [
        PhoneForm(
            request.POST if str(due.id) == chosen else None,
            due=due,
            link=request.build_absolute_uri(link) if (link := link_to(due, at=at)) else "",
        )
        for due in dues
    ]
    context = {
        "course": course,
        "patient": course.patient,
        "contacts": list(course.patient.contacts.all()),
        "site": course.site,
        "at": at,
        "forms": forms,
    }
    if request.method == "GET":
        return render(request, "web/call.html", context)
    form = next((form for form in forms if form.is_bound), None)
    if form is None or not form.is_valid():
        return render(request, "web/call.html", context, status=REFUSED)
    try:
        answer_questionnaire(
            due=form.due,
            answers=form.answers(),
            method=QuestionnaireAnswer.Method.PHONE,
            by=person.user,
            at=at,
        )
    except Refused as refusal:
        return render(request, "web/call.html", {**context, "found": refusal.blockers}, status=REFUSED)
    except BadInput as fault:
        items = {f"answers.{name}": name for name in form.fields}
        show_problems(form, fault, fields=items)
        return render(request, "web/call.html", context, status=REFUSED)
    messages.success(
        request, _("The answers to “%(title)s” were kept.") % {"title": _(form.instrument.title)}
    )
    return redirect(
        "call" if len(dues) > 1 else "patient_page", course.id if len(dues) > 1 else course.patient_id
    )
