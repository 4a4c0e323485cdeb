"""Pages of candidacy: which treatment, the questions, and the review at which a physiatrist decides and signs."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from stroma.candidacy.actions import assess_candidacy, decide_candidacy
from stroma.candidacy.forms import AssessmentForm, DecisionForm
from stroma.candidacy.models import Decision
from stroma.candidacy.queries import (
    assessment_seen_by,
    decision_digest,
    decision_of,
    findings_of,
    offered_protocol,
    offered_protocols,
    shown_answers,
    shown_red_flags,
    stored_blockers,
)
from stroma.clinic.access import granted_to, person_in
from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.clinic.queries import protocol_of
from stroma.clinic.signing import counting_tries, has_passkey, shown_credential
from stroma.ledger.record import present
from stroma.look.refusals import REFUSED
from stroma.patients.access import SEES_PATIENTS, patient_seen_by
from stroma.protocols.domain.blocker import Refused, Weight

ASSESSORS = (Role.PHYSIATRIST, Role.NURSE, Role.COORDINATOR)


@granted_to(*ASSESSORS)
def choose_treatment(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The treatments the site offers, cells and traditional ones side by side."""
    person, at = person_in(request), present()
    patient = patient_seen_by(person, patient_id, page="candidacy", at=at)
    context = {"patient": patient, "offers": offered_protocols(patient.site, at=at)}
    return render(request, "candidacy/choose.html", context)


@granted_to(*ASSESSORS)
@require_http_methods(["GET", "POST"])
def assess(request: HttpRequest, patient_id: UUID, protocol_id: str) -> HttpResponse:
    """Ask what the protocol needs to know; red flags first. What the record says is shown beside each question."""
    person, at = person_in(request), present()
    patient = patient_seen_by(person, patient_id, page="candidacy", at=at)
    adopted = offered_protocol(patient.site, protocol_id)
    protocol = protocol_of(adopted)
    form = AssessmentForm(request.POST or None, protocol=protocol, found=findings_of(patient, at=at))
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        context = {"form": form, "patient": patient, "protocol": protocol}
        return render(request, "candidacy/assess.html", context, status=status)
    assessment = assess_candidacy(
        patient=patient,
        protocol=adopted,
        asked=form.asked(),
        assumed={},
        red_flags=form.red_flags(),
        asked_basis="asked at the site",
        by=person.user,
        at=at,
    )
    return redirect("review", assessment.id)


@granted_to(*SEES_PATIENTS)
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """The answers with where each came from, the reasons by weight, and the decision."""
    person, at = person_in(request), present()
    assessment = assessment_seen_by(person, assessment_id, page="candidacy", at=at)
    blockers = stored_blockers(assessment)
    decision = decision_of(assessment)
    may_decide = decision is None and person.plays(Role.PHYSIATRIST, Role.SURGEON)
    shown = decision_digest(assessment)
    form = DecisionForm(request.POST or None, blockers=blockers, initial={"shown": shown})
    context = {
        "assessment": assessment,
        "patient": assessment.patient,
        "site": assessment.site,
        "protocol": protocol_of(assessment.protocol),
        "blockers": blockers,
        "is_urgent": any(b.weight is Weight.URGENT for b in blockers),
        "answers": shown_answers(assessment),
        "red_flags": shown_red_flags(assessment),
        "decision": decision,
        "form": form if may_decide else None,
        "has_passkey": has_passkey(person.user),
    }
    if request.method == "GET":
        return render(request, "candidacy/review.html", context)
    if not form.is_valid():
        return render(request, "candidacy/review.html", context, status=REFUSED)
    is_simulated = request.POST.get("sign") == "simulated"
    credential = Simulated() if is_simulated else shown_credential(request, form)
    try:
        act = partial(
            decide_candidacy,
            assessment=assessment,
            outcome=Decision.Outcome(form.cleaned_data["outcome"]),
            overrides=form.overrides(),
            credential=credential,
            by=person.user,
            at=at,
        )
        counting_tries(request, person.user, act)
    except Refused as refusal:
        return render(
            request, "candidacy/review.html", {**context, "refused": refusal.blockers}, status=REFUSED
        )
    messages.success(request, _("The decision was signed."))
    return redirect("patient_page", assessment.patient_id)
