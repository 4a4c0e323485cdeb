"""A patient's account: given by one, with the link to choose a password, and confirmed by a second person."""

from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from stroma.clinic.access import granted_to, person_in
from stroma.clinic.domain.roles import Role
from stroma.clinic.invitations import show_invitation
from stroma.ledger.record import present
from stroma.look.attempt import attempt
from stroma.look.refusals import REFUSED, show_problems
from stroma.patients.access import patient_seen_by
from stroma.patients.account_queries import account_state
from stroma.patients.actions import attest_account as attest_the_account
from stroma.patients.actions import give_account as give_the_account
from stroma.patients.domain.attesting import ATTESTERS
from stroma.patients.forms import AccountForm, AttestationForm
from stroma.patients.queries import mail_of
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.problem import BadInput


@granted_to(Role.COORDINATOR, Role.NURSE, Role.PHYSIATRIST)
@require_http_methods(["GET", "POST"])
def give_account(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Give the patient an account for their own pages, and the link by which they choose a password."""
    person, at = person_in(request), present()
    patient = patient_seen_by(person, patient_id, page="account", at=at)
    suggested = {"username": patient.record_number.lower(), "email": mail_of(patient)}
    form = AccountForm(request.POST or None, initial=suggested)
    context = {"form": form, "patient": patient, "found": []}
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else REFUSED
        return render(request, "patients/give_account.html", context, status=status)
    try:
        user, found = attempt(
            lambda: give_the_account(patient=patient, **form.cleaned_data, by=person.user, at=at)
        )
    except BadInput as fault:
        show_problems(form, fault)
        user, found = None, []
    if user is None:
        return render(request, "patients/give_account.html", {**context, "found": found}, status=REFUSED)
    back = reverse("patient_page", args=[patient.id])
    return show_invitation(request, user, site=patient.site, back=back, language=patient.language)


@granted_to(*ATTESTERS)
@require_http_methods(["GET", "POST"])
def attest_account(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Confirm, as the second person, that the account and its mail address are the patient's."""
    person, at = person_in(request), present()
    patient = patient_seen_by(person, patient_id, page="account", at=at)
    form = AttestationForm(request.POST or None)
    found: list[Blocker] = []
    if request.method == "POST" and form.is_valid():
        done, found = attempt(
            lambda: attest_the_account(patient=patient, document=form.seen(), by=person.user, at=at)
        )
        if done is not None:
            messages.success(request, _("It is confirmed: the patient can sign with this account."))
            return redirect("patient_page", patient.id)
    account = patient.user
    values = {
        "patient": patient,
        "site": patient.site,
        "form": form,
        "found": found,
        "account": account_state(patient, reader=person.user, at=at),
        "has_password": account is not None and account.has_usable_password(),
        "keys": Authenticator.objects.filter(user=account).count() if account else 0,
    }
    status = 200 if request.method == "GET" else REFUSED
    return render(request, "patients/attest_account.html", values, status=status)
