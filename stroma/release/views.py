"""Quality's home, results, the certificate and its signatures, release, rejection and what follows a failed lot.

The page of a lot is in ``lot_views``.
"""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from stroma.clinic.access import granted_to, person_in, site_in
from stroma.clinic.attempt_reports import open_reports
from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.clinic.link_queries import links_waiting
from stroma.clinic.live import ANSWERS_OF_THE_PATIENT, changes_since_opened, opened_at
from stroma.clinic.signing import counting_tries, has_passkey, shown_credential
from stroma.custody.access import lot_seen_by
from stroma.custody.models import Lot
from stroma.ledger.domain.canonical import digest
from stroma.ledger.domain.entry import lot_chain, site_chain
from stroma.ledger.record import is_simulated, present
from stroma.look.attempt import attempt
from stroma.look.formats import span_text
from stroma.look.paging import page_asked
from stroma.look.parts import Signature as SignatureLine
from stroma.processing.review_shown import accepting
from stroma.protocols.domain.blocker import Blocker
from stroma.release import actions
from stroma.release.assay_words import CANNOT_TELL
from stroma.release.control_queries import controls_at
from stroma.release.domain import decision
from stroma.release.domain.assays import kind_of
from stroma.release.evidence import Records
from stroma.release.file_views import handed_in
from stroma.release.forms import DecideForm, RejectForm, ResultForm, SigningForm, TellForm
from stroma.release.investigation_queries import open_investigations
from stroma.release.judged import limits_for
from stroma.release.late_queries import open_cases
from stroma.release.models import FailureDecision, FailureNotice, Investigation
from stroma.release.queries import certificate_of, certificate_signatures
from stroma.release.shown import (
    certificate_lines,
    looked_at_words,
    read_certificate,
    review_words,
    standing_words,
)
from stroma.release.standing import (
    failed_lots,
    last_release_of,
    notice_at,
    rejection_at,
    release_of,
    waiting_and_due,
)

SIGNERS = (Role.PHYSIATRIST, Role.QUALITY)
READERS = (Role.PHYSIATRIST, Role.QUALITY, Role.TECHNOLOGIST)


@granted_to(Role.QUALITY)
def quality_home(request: HttpRequest) -> HttpResponse:
    """What to do now: failures after use, lots in quarantine (exceptions first), final results due, failed lots."""
    person, site, at = person_in(request), site_in(request), present()
    live = opened_at(request, site_chain(site.id))
    quarantined, due = waiting_and_due(
        site, at=at, waiting_page=page_asked(request, "waiting"), due_page=page_asked(request, "due")
    )
    waiting = [
        {"row": row, "left": span_text(row.expires_at - at) if row.expires_at and row.expires_at > at else ""}
        for row in quarantined.rows
    ]
    values = {
        "live": live,
        "at": at,
        "zone": site.time_zone,
        "attempts": open_reports(site),
        "links": links_waiting(site, person.user, at=at),
        "cases": open_cases(site, at=at, page=page_asked(request, "cases")),
        "investigated": (
            investigated := open_investigations(site, page=page_asked(request, "investigations"))
        ),
        "investigations": [(one, _title_of(one)) for one in investigated.rows],
        "failing_controls": [row for row in controls_at(site) if row.held],
        "quarantined": quarantined,
        "waiting": waiting,
        "due_page": due,
        "due": [{"row": row, "wait": span_text(row.due_at - at)} for row in due.rows],
        "failed": failed_lots(site, page=page_asked(request, "failed")),
    }
    return render(request, "release/quality_home.html", values)


@granted_to(Role.TECHNOLOGIST, Role.QUALITY)
def enter_result(request: HttpRequest, lot_id: UUID, code: str) -> HttpResponse:
    """Record one result for one line of the specification."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="enter_result", at=at)
    limit = next((limit for limit in limits_for(lot) if limit.code == code), None)
    if limit is None:
        raise Http404("no such line of the specification")
    form = ResultForm(request.POST or None, request.FILES or None, limit=limit)
    found: list[Blocker] = []
    if form.is_valid():
        done, found = attempt(
            lambda: actions.record_result(
                lot=lot,
                code=code,
                value=form.cleaned_data.get("value"),
                text=form.cleaned_data.get("text", ""),
                method=form.cleaned_data["method"],
                assay=form.assay,
                file=handed_in(form.cleaned_data.get("file")),
                by=person.user,
                at=at,
            ),
            form,
        )
        if done is not None:
            messages.success(request, _("Recorded: %(line)s.") % {"line": limit.attribute})
            return redirect("lot_page", lot_id=lot.pk)
    values = _form_values(form, found, lot) | {
        "heading": _("Enter a result"),
        "lead": _("A result is never changed. A repeat is a new one, and the earlier one stays to be seen."),
        "action": _("Record the result"),
        "cannot_tell": CANNOT_TELL.get(kind_of(code), ""),
    }
    return render(request, "release/enter_result.html", values, status=422 if request.POST else 200)


def _title_of(investigation: Investigation) -> str:
    """The title of the line that is investigated; lines are never taken out of an adopted protocol."""
    limits = {limit.code: limit.attribute for limit in limits_for(investigation.lot)}
    return limits[investigation.code]


def _form_values(form: object, found: list[Blocker], lot: Lot) -> dict[str, Any]:
    return {
        "form": form,
        "found": found,
        "subject": lot.din,
        "back": reverse("lot_page", args=[lot.pk]),
    }


# --- The certificate -----------------------------------------------------------------------------------


@granted_to(*READERS)
def certificate(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """The certificate exactly as it is signed, with the signatures under it, what is missing, and the way to sign."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="certificate", at=at)
    return _certificate_page(request, lot, at, found=[])


def _certificate_page(
    request: HttpRequest,
    lot: Lot,
    at: datetime,
    *,
    found: list[Blocker],
) -> HttpResponse:
    live = opened_at(request, lot_chain(lot.pk), has_form=True)
    lot.refresh_from_db(fields=["state"])
    released = release_of(lot)
    records = Records([lot])
    text = released.certificate if released else certificate_of(lot, records)
    shown = digest(text.encode())
    signed = {s.role: s for s in certificate_signatures(lot) if s.document_digest == shown}
    evidence = records.evidence_for(lot, at=at)
    blockers = [] if released else decision.release_blockers(evidence, at=at)
    person = person_in(request)
    mine = [role for role in SIGNERS if person.plays(role)]
    values = {
        "live": live,
        "lot": lot,
        "released": released,
        "standing": standing_words(lot, last_release_of(lot), records.judged.judgements_for(lot)),
        "shown": shown,
        "text": text,
        "read": (read := read_certificate(text)),
        "lines": certificate_lines(text),
        "open_reviews": []
        if released
        else [(batch, review) for batch, review in records.reviews_for(lot) if review.waiting],
        "reviews": [(one, *review_words(one), looked_at_words(one)) for one in read["reviews"]],
        "signatures": [_signature_line(role, signed) for role in SIGNERS],
        "blockers": blockers,
        "found": found,
        "form": SigningForm(initial={"shown": shown}),
        "wants_exception": bool(decision.unexcepted(blockers, evidence)),
        "may_except": person.plays(Role.PHYSIATRIST) and lot.course_id is not None,
        "roles": mine,
        "is_signed": len(signed) == len(SIGNERS),
        "may_release": person.plays(Role.QUALITY) and released is None and lot.state == "QUARANTINE",
        "may_sign": bool(mine) and released is None and lot.state == "QUARANTINE",
        "offers_simulated": is_simulated(),
        "has_passkey": has_passkey(person.user),
        "zone": lot.site.time_zone,
    } | accepting(lot, person, "certificate")
    return render(request, "release/certificate.html", values, status=422 if found else 200)


def _signature_line(role: Role, signed: dict[str, Any]) -> SignatureLine:
    meaning = (
        _("Approved, as quality") if role is Role.QUALITY else _("Responsible for giving it, as physician")
    )
    given = signed.get(role.value)
    if given is None:
        return SignatureLine(meaning, needs=_("Somebody else than the other signer"))
    return SignatureLine(meaning, given.printed_name, given.get_role_display(), given.signed_at)


@require_POST
@granted_to(*SIGNERS)
def sign_certificate(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Sign the certificate that was shown, with the credential given now."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="sign_certificate", at=at)
    form = SigningForm(request.POST)
    form.is_valid()
    role = next((role for role in SIGNERS if role.value == request.POST.get("role")), None)
    if role is None:
        values = {"wanted": ", ".join(one.value.lower() for one in SIGNERS)}
        unsigned = [Blocker("role_missing", values, "21 CFR 11.10(g)")]
        return _certificate_page(request, lot, at, found=unsigned)
    # The other's signature alters nothing of what is signed here.
    if stale := changes_since_opened(request, aside=ANSWERS_OF_THE_PATIENT | {"certificate.signed"}):
        return _certificate_page(request, lot, at, found=stale)
    is_simulation = request.POST.get("credential") == "simulated"
    credential = Simulated() if is_simulation else shown_credential(request, form)
    act = partial(
        actions.sign_certificate,
        lot=lot,
        role=role,
        shown_digest=form.cleaned_data.get("shown", ""),
        credential=credential,
        by=person.user,
        at=at,
    )
    signature, found = attempt(lambda: counting_tries(request, person.user, act))
    if signature is None:
        return _certificate_page(request, lot, at, found=found)
    messages.success(request, _("You signed this certificate."))
    return redirect("certificate", lot_id=lot.pk)


@require_POST
@granted_to(Role.QUALITY)
def release(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Let the lot go, when two people signed and nothing stands in the way."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="release", at=at)
    if stale := changes_since_opened(request):
        return _certificate_page(request, lot, at, found=stale)
    done, found = attempt(lambda: actions.release_lot(lot=lot, by=person.user, at=at))
    if done is None:
        return _certificate_page(request, lot, at, found=found)
    messages.success(request, _("The lot was released: %(kind)s.") % {"kind": done.get_kind_display()})
    return redirect("certificate", lot_id=lot.pk)


# --- A lot that fails ----------------------------------------------------------------------------------


@granted_to(Role.QUALITY)
def reject(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Reject a lot: nothing of it will be given. The physiatrist tells the patient next."""
    person, at = person_in(request), present()
    lot = lot_seen_by(person, lot_id, page="reject", at=at)
    live = opened_at(request, lot_chain(lot.pk), has_form=True)
    form = RejectForm(request.POST or None)
    found = changes_since_opened(request)
    if form.is_valid() and not found:
        done, found = attempt(
            lambda: actions.reject_lot(lot=lot, reason=form.cleaned_data["reason"], by=person.user, at=at)
        )
        if done is not None:
            messages.warning(request, _("The lot was rejected. A physiatrist tells the patient today."))
            return redirect("lot_page", lot_id=lot.pk)
    values = _form_values(form, found, lot) | {
        "heading": _("Reject this lot"),
        "lead": _("A rejected lot never returns. What its results say goes on record with your reason."),
        "action": _("Reject the lot"),
        "kind": "stop",
        "live": live,
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)


@granted_to(Role.PHYSIATRIST)
def tell_patient(request: HttpRequest, rejection_id: UUID) -> HttpResponse:
    """Record that a person told the patient that the cells cannot be used."""
    person, at = person_in(request), present()
    rejection = rejection_at(person.site, rejection_id)
    if rejection is None:
        raise Http404("no such rejection")
    lot = rejection.lot = lot_seen_by(person, rejection.lot_id, page="tell_patient", at=at)
    form = TellForm(request.POST or None)
    found: list[Blocker] = []
    if form.is_valid():
        notice, found = attempt(
            lambda: actions.tell_patient_of_failure(
                rejection=rejection,
                means=FailureNotice.Means(form.cleaned_data["means"]),
                by=person.user,
                at=at,
            )
        )
        if notice is not None:
            messages.success(
                request, _("It is on record that the patient was told. Decide together what follows.")
            )
            return redirect("decide_after_failure", notice_id=notice.pk)
    values = _form_values(form, found, lot) | {
        "heading": _("Tell the patient"),
        "lead": _(
            "Call first, then record it here. It is bad news and is told by a person, not by a message."
        ),
        "action": _("The patient was told"),
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)


@granted_to(Role.PHYSIATRIST)
def decide_after_failure(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Record what patient and physiatrist decided: collect again, or stop the course."""
    person, at = person_in(request), present()
    notice = notice_at(person.site, notice_id)
    if notice is None:
        raise Http404("no such notice")
    lot = lot_seen_by(person, notice.rejection.lot_id, page="decide_after_failure", at=at)
    form = DecideForm(request.POST or None)
    found: list[Blocker] = []
    if form.is_valid():
        done, found = attempt(
            lambda: actions.decide_after_failure(
                notice=notice,
                kind=FailureDecision.Kind(form.cleaned_data["kind"]),
                reason=form.cleaned_data["reason"],
                by=person.user,
                at=at,
            )
        )
        if done is not None:
            messages.success(request, _("Your decision is on record."))
            return redirect("lot_page", lot_id=lot.pk)
    values = _form_values(form, found, lot) | {
        "heading": _("Decide together what follows"),
        "lead": _(
            "Collecting again starts with a new appointment. Stopping ends the course; follow-up goes on."
        ),
        "action": _("Record the decision"),
    }
    return render(request, "custody/form_page.html", values, status=422 if request.POST else 200)
