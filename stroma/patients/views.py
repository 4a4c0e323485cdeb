"""Pages about who comes: registering, weighing, and making two records of one person one.

Everything else about a patient stands on one page, which gathers what all steps know (``stroma.web``).
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.domain.roles import Role
from stroma.ledger.record import present
from stroma.look.refusals import REFUSED, show_problems
from stroma.patients.access import patient_seen_by
from stroma.patients.actions import LikelyDuplicate, merge_patients, record_measurement, register_patient
from stroma.patients.forms import MergeForm, RegistrationForm, SamePersonForm, WeightForm
from stroma.patients.queries import patient_with_record_number
from stroma.protocols.domain.blocker import Refused
from stroma.protocols.domain.problem import BadInput

LOINC = "http://loinc.org"
BODY_WEIGHT = "29463-7"


@granted_to(Role.COORDINATOR, Role.NURSE, Role.PHYSIATRIST)
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Write down who comes. Somebody very like a known patient is asked about first."""
    person, site = person_in(request), site_in(request)
    form = RegistrationForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "patients/register.html", {"form": form}, status=status)
    suspects = [number for number in request.POST.getlist("suspect") if number]
    answer = SamePersonForm(request.POST, records=suspects) if suspects else None
    is_answered = answer is not None and answer.is_valid()
    try:
        record = answer.record if answer is not None and is_answered else None
        patient = register_patient(
            site=site,
            intake=form.intake(),
            is_new_person=is_answered and record is None,
            same_person=patient_with_record_number(site, record) if record else None,
            by=person.user,
            at=present(),
        )
    except LikelyDuplicate as refusal:
        records = [str(blocker.values["record"]) for blocker in refusal.blockers]
        asked = answer if records == suspects else None
        context = {
            "form": form,
            "found": refusal.blockers,
            "suspects": records,
            "same": asked or SamePersonForm(records=records),
        }
        return render(request, "patients/register.html", context, status=REFUSED)
    except BadInput as fault:
        show_problems(form, fault)
        return render(request, "patients/register.html", {"form": form}, status=REFUSED)
    messages.success(
        request, _("The patient was registered as %(record)s.") % {"record": patient.record_number}
    )
    return redirect("patient_page", patient.id)


@granted_to(Role.COORDINATOR, Role.PHYSIATRIST)
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Make this record part of another record of the same person."""
    person, at = person_in(request), present()
    patient = patient_seen_by(person, patient_id, page="merge", at=at)
    form = MergeForm(request.POST or None)
    context = {"form": form, "patient": patient, "found": []}
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "patients/merge.html", context, status=status)
    try:
        survivor = merge_patients(
            duplicate=patient,
            survivor=patient_with_record_number(patient.site, form.cleaned_data["survivor"].strip().upper()),
            reason=form.cleaned_data["reason"],
            by=person.user,
            at=at,
        )
    except Refused as refusal:
        return render(request, "patients/merge.html", {**context, "found": refusal.blockers}, status=REFUSED)
    except BadInput as fault:
        show_problems(form, fault, fields={"--same-as": "survivor"})
        return render(request, "patients/merge.html", context, status=REFUSED)
    messages.success(request, _("The two records are one now."))
    return redirect("patient_page", survivor.id)


@granted_to(Role.NURSE, Role.PHYSIATRIST, Role.COORDINATOR)
@require_http_methods(["GET", "POST"])
def weigh(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Record the patient's weight."""
    person, at = person_in(request), present()
    patient = patient_seen_by(person, patient_id, page="weight", at=at)
    form = WeightForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "patients/weigh.html", {"form": form, "patient": patient}, status=status)
    record_measurement(
        patient=patient,
        system=LOINC,
        code=BODY_WEIGHT,
        display="Body weight",
        value=form.cleaned_data["weight_kg"],
        unit="kg",
        by=person.user,
        at=at,
    )
    messages.success(request, _("The weight was recorded."))
    return redirect("patient_page", patient.id)
