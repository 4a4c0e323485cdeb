"""The consent: the physician prepares it, the patient reads and signs it."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.actions import NotSignable
from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.clinic.queries import protocol_of
from stroma.clinic.signing import counting_tries, has_passkey, shown_credential
from stroma.courses.actions import offer_consent, sign_consent
from stroma.courses.queries import course_for, offered_consent, offered_places, signing_blockers
from stroma.courses.signing_forms import OfferConsentForm, SignConsentForm
from stroma.ledger.record import present
from stroma.ledger.wording import sentence
from stroma.patients.domain.consenting import Place
from stroma.patients.queries import consent_digest, consent_is_valid
from stroma.protocols.domain.blocker import Refused
from stroma.protocols.domain.spine import Side

REFUSED = 422


@granted_to(Role.PATIENT)
def my_consent(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Read the consent, and sign it once the time to think is over."""
    person, at = person_in(request), present()
    course = course_for(person, course_id, page="consent", at=at)
    document, offer = protocol_of(course.protocol), offered_consent(course)
    digest_shown = consent_digest(course.protocol, offered_places(offer)) if offer else ""
    form = SignConsentForm(
        request.POST if request.method == "POST" else None, initial={"shown": digest_shown}
    )
    shown = {
        "course": course,
        "protocol": document,
        "zone": course.site.time_zone,
        "offer": offer,
        "places": offered_places(offer) if offer else [],
        "is_given": consent_is_valid(course.consent),
        "is_withdrawn": course.consent is not None and not consent_is_valid(course.consent),
        "blockers": signing_blockers(course, at=at),
        "form": form,
        "has_passkey": has_passkey(person.user),
    }
    if request.method != "POST":
        return render(request, "courses/my_consent.html", shown)
    if form.is_valid():
        is_simulated = request.POST.get("sign") == "simulated"
        credential = Simulated() if is_simulated else shown_credential(request, form)
        try:
            act = partial(
                sign_consent,
                course=course,
                language=get_language() or "en",
                shown_digest=form.cleaned_data["shown"],
                credential=credential,
                by=person.user,
                at=at,
            )
            counting_tries(request, person.user, act)
        except NotSignable as refusal:
            for blocker in refusal.blockers:
                form.add_error("password", sentence(blocker))
        except Refused as refusal:
            shown["blockers"] = refusal.blockers
        else:
            messages.success(request, _("You have signed. We make your dates now and call you."))
            return redirect("my_consent", course.pk)
    return render(request, "courses/my_consent.html", shown, status=REFUSED)


@granted_to(Role.PHYSIATRIST, Role.SURGEON)
def prepare_consent(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """The physician names the levels and the side that the patient is asked to consent to."""
    person, at = person_in(request), present()
    course = course_for(person, course_id, page="prepare consent", at=at)
    document = protocol_of(course.protocol)
    target = document.target
    form = OfferConsentForm(
        target.levels if target else [],
        [side.value for side in target.sides] if target else [],
        request.POST if request.method == "POST" else None,
    )
    shown = {
        "course": course,
        "protocol": document,
        "form": form,
        "offer": offered_consent(course),
        "blockers": [],
    }
    if request.method != "POST":
        return render(request, "courses/prepare_consent.html", shown)
    if target is None or form.is_valid():
        places = (
            [
                Place(target.target, level, Side(form.cleaned_data["side"]))
                for level in form.cleaned_data["levels"]
            ]
            if target
            else []
        )
        try:
            offer_consent(course=course, places=places, by=person.user, at=at)
        except Refused as refusal:
            shown["blockers"] = refusal.blockers
        else:
            messages.success(request, _("The consent is ready for the patient to read and sign."))
            return redirect("prepare_consent", course.pk)
    return render(request, "courses/prepare_consent.html", shown, status=REFUSED)
