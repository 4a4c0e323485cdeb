"""The pages that gather everything about a patient or a course, and the search that leads to them."""

from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import CARERS, STAFF, Role
from stroma.clinic.ledger_words import happenings
from stroma.clinic.live import opened_at
from stroma.courses.access import course_seen_by
from stroma.follow_up.actions import plan_follow_up
from stroma.follow_up.harm_views import REPORTERS
from stroma.follow_up.queries import problems_to_take_up
from stroma.ledger.domain.entry import course_chain, patient_chain
from stroma.ledger.record import present
from stroma.look.refusals import REFUSED, show_problems
from stroma.patients.access import SEES_PATIENTS, note_found, patient_seen_by
from stroma.patients.account_queries import account_state
from stroma.patients.actions import LikelyDuplicate
from stroma.planning.trouble_queries import troubled_courses
from stroma.protocols.domain.blocker import Refused
from stroma.protocols.domain.problem import BadInput
from stroma.web import patient_queries
from stroma.web.intake_files import FileForm, register_from_file
from stroma.web.searching import find as find_what
from stroma.web.to_do import to_do_before_a_course, to_do_in_courses

SHOWN_AT_ONCE = 12
"""How many entries of the ledger stand open on a page; the earlier ones are folded away."""


@granted_to(*SEES_PATIENTS)
def patient_page(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """One patient with everything about them on one page."""
    person, at = person_in(request), present()
    patient = patient_seen_by(person, patient_id, page="patient", at=at)
    live = opened_at(request, patient_chain(patient.id))
    courses = patient_queries.courses_of(patient)
    cards = patient_queries.course_cards(courses, at=at)
    assessments = patient_queries.assessments_of(patient)
    told = happenings([("patient", patient.id), *(("course", course.id) for course in courses)])
    context = {
        "live": live,
        "patient": patient,
        "account": account_state(patient, reader=person.user, at=at),
        "site": patient.site,
        "at": at,
        "age": _age(patient.birth_date, at),
        "cards": cards,
        "assessments": assessments,
        "to_do": [
            *to_do_before_a_course(person, patient, assessments),
            *to_do_in_courses(person, cards, at=at),
        ],
        "newest": told[:SHOWN_AT_ONCE],
        "earlier": told[SHOWN_AT_ONCE:],
        "may_act": person.plays(*CARERS),
        "may_report": person.plays(*REPORTERS),
        "reports": problems_to_take_up(patient.site).filter(patient=patient),
        **patient_queries.identity_of(patient),
    }
    return render(request, "web/patient.html", context)


@granted_to(*SEES_PATIENTS)
def course_page(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """One course, as it is printed."""
    person, at, live = (
        person_in(request),
        present(),
        opened_at(request, course_chain(course_id)),
    )
    course = course_seen_by(person, course_id, page="course", at=at)
    card = patient_queries.course_cards([course], at=at)[0]
    told = happenings([("course", course.id)])
    context = {
        "live": live,
        "card": card,
        "patient": course.patient,
        "site": course.site,
        "at": at,
        "newest": told[:SHOWN_AT_ONCE],
        "earlier": told[SHOWN_AT_ONCE:],
        "may_act": person.plays(*CARERS),
        "may_report": person.plays(*REPORTERS),
        "to_do": to_do_in_courses(person, [card], at=at),
        "troubled": troubled_courses(course.site, [course.pk], at=at),
    }
    return render(request, "web/course.html", context)


@require_POST
@granted_to(*CARERS)
def plan_questionnaires(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Make the protocol's questionnaires due."""
    person, at = person_in(request), present()
    course = course_seen_by(person, course_id, page="course", at=at)
    try:
        planned = plan_follow_up(course=course, by=person.user, at=at)
    except Refused as refusal:
        context = {"found": refusal.blockers, "course": course}
        return render(request, "courses/refused.html", context, status=REFUSED)
    if planned:
        messages.success(request, _("%(n)d questionnaires were planned.") % {"n": len(planned)})
    else:
        messages.info(request, _("Everything that can be planned now is planned."))
    return redirect("patient_page", course.patient_id)


@granted_to(*STAFF)
def find(request: HttpRequest) -> HttpResponse:
    """A patient, a course, a lot or a container from what was typed or scanned."""
    person = person_in(request)
    query = request.GET.get("q", "").strip()
    found = find_what(person, query)
    note_found(person, found.patients, page="search", at=present())
    if found.count == 1 and found.patients:
        return redirect("patient_page", found.patients[0].id)
    if found.count == 1 and found.courses:
        return redirect("course_page", found.courses[0].id)
    lots = [(lot, patient_queries.lot_href(lot)) for lot in found.lots]
    context = {
        "query": query,
        "found": found,
        "lots": lots,
        "may_see": person.plays(*SEES_PATIENTS),
        "site": person.site,
    }
    return render(request, "web/find.html", context)


@granted_to(Role.COORDINATOR, Role.NURSE, Role.PHYSIATRIST)
@require_http_methods(["GET", "POST"])
def import_patient(request: HttpRequest) -> HttpResponse:
    """Bring a patient in from a FHIR R4 file; every fault of the file is named and nothing is written."""
    person, site = person_in(request), site_in(request)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "web/import.html", {"form": form}, status=status)
    context: dict[str, object] = {"form": form}
    try:
        patient = register_from_file(
            form.cleaned_data["file"],
            site=site,
            is_new_person=form.cleaned_data["answer"] == "new",
            same_record=form.cleaned_data["record"],
            by=person.user,
            at=present(),
        )
    except LikelyDuplicate as refusal:
        context |= {"found": refusal.blockers, "asks": True}
    except Refused as refusal:
        context |= {"found": refusal.blockers}
    except BadInput as fault:
        if all(problem.place in form.fields for problem in fault.problems):
            show_problems(form, fault)
        else:
            context |= {"problems": fault.problems}
    else:
        messages.success(
            request, _("The patient was registered as %(record)s.") % {"record": patient.record_number}
        )
        return redirect("patient_page", patient.id)
    return render(request, "web/import.html", context, status=REFUSED)


def _age(born: date, at: datetime) -> int:
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))
