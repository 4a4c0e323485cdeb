"""Results, the two signatures, release or rejection, and what follows a failed lot.

What is done with the files of a cytometer is in ``cytometry``.
"""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from stroma.clinic.actions import sign
from stroma.clinic.authority import authorize
from stroma.clinic.competence_queries import not_competent
from stroma.clinic.credentials import Credential
from stroma.clinic.domain.competence import Skill
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Signature, User
from stroma.courses.actions import stop_course
from stroma.courses.queries import course_to_change
from stroma.custody.containers import chains_of, change_lot, tell_that_cells_are_lost
from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot
from stroma.ledger.domain.canonical import digest
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import is_simulated, record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker, Refused, Weight, stopping
from stroma.protocols.domain.schema import SpecificationLimit
from stroma.release.control_queries import failing_runs
from stroma.release.domain import decision, signing
from stroma.release.domain.assays import Assay, assay_blockers
from stroma.release.domain.investigation import Outcome, Step, retest_blockers
from stroma.release.domain.specification import Verdict, judge, specification_blockers
from stroma.release.evidence import Records
from stroma.release.handed_in import HandedIn, keep_file
from stroma.release.holding import begin_investigation, call_back, place_hold
from stroma.release.judged import judgements_for, limits_for, result_of
from stroma.release.models import (
    AssayResult,
    CytometryReading,
    FailureDecision,
    FailureNotice,
    Investigation,
    InvestigationStep,
    LatePositive,
    Rejection,
    Release,
)
from stroma.release.queries import certificate_of, certificate_signatures, signatures_under


class NotReleasable(Refused):
    """The lot may not leave quarantine."""


class ResultRefused(Refused):
    """The result cannot be recorded."""


ROLES_NEEDED = (Role.PHYSIATRIST, Role.QUALITY)


@action
def record_result(
    *,
    lot: Lot,
    code: str,
    value: Decimal | None = None,
    text: str = "",
    method: str,
    assay: Assay | None = None,
    file: HandedIn | None = None,
    reading: CytometryReading | None = None,
    by: User,
    at: datetime,
) -> AssayResult:
    """Record a result for a line of the specification: a number, a word, or a bound such as ``<0.05``.

    ``assay`` says how it was measured; ``file`` is what the instrument wrote, kept as it came.

    Signatures under an earlier certificate are void from here on, because the certificate changes. A result that is
    not met calls a released lot, and every released part of it, back into quarantine, so that what has not been given
    is not given any more; it is investigated, and where it comes after release a list begins of what must be done.
    While a control of the line stands failed, the result is held.
    """
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=lot.site, at=at)
    limit = next((limit for limit in limits_for(lot) if limit.code == code), None)
    if limit is None:
        raise ResultRefused([Blocker("result_not_asked", {"code": code}, str(lot.protocol))])
    assay = assay or Assay()
    if refused := assay_blockers(assay, limit, value=value, text=text, at=at):
        raise ResultRefused(refused)
    failing = failing_runs(lot.site, [code])
    rows_to_change(Lot.objects).get(pk=lot.pk)
    _refuse_testing_into_compliance(lot, limit)
    kept = keep_file(lot, file, by, at) if file else None
    result = AssayResult.objects.create(
        lot=lot,
        code=code,
        value=value,
        text=text,
        method=method,
        reading=reading,
        file=kept,
        **asdict(assay),
        analyst=by,
        performed_at=at,
    )
    judgements_for(lot)  # raises BadInput for a word where a number is asked, and the like
    record(
        "result.recorded",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "lot": lot.id,
            "result": result.id,
            "code": code,
            "value": value,
            "text": text,
            "method": method,
            **({"reading": reading.id} if reading else {}),
            **({"file": kept.sha256} if kept else {}),
            **{name: fact for name, fact in asdict(assay).items() if fact not in (None, "")},
        },
    )
    _follow_up_a_failure(lot, limit, result, by=by, at=at)
    for run in failing:
        call_back(lot, code, by=by, at=at)
        place_hold(lot, result, run, by=by, at=at)
    return result


def _refuse_testing_into_compliance(lot: Lot, limit: SpecificationLimit) -> None:
    """A line that failed is measured again only by plan, and not at all once its failure stands (FDA-OOS)."""
    found = list(Investigation.objects.filter(lot=lot, code=limit.code).select_related("conclusion"))
    still_open = [one for one in found if not hasattr(one, "conclusion")]
    plans = InvestigationStep.objects.filter(investigation__in=still_open, kind=Step.RETEST_PLAN)
    stands = any(
        hasattr(one, "conclusion") and one.conclusion.outcome != Outcome.LABORATORY_ERROR for one in found
    )
    refused = retest_blockers(
        attribute=limit.attribute, is_open=bool(still_open), is_planned=plans.exists(), is_settled=stands
    )
    if refused:
        raise ResultRefused(refused)


def _follow_up_a_failure(
    lot: Lot, limit: SpecificationLimit, result: AssayResult, *, by: User, at: datetime
) -> None:
    """A result that is not met calls back what was released, and is investigated; a late one begins its list."""
    [alone] = judge([limit], [result_of(result)])
    if alone.verdict is not Verdict.NOT_MET:
        return
    call_back(lot, limit.code, by=by, at=at)
    begin_investigation(lot, limit.code, result, by=by, at=at)
    if limit.due == "final" and Release.objects.filter(Q(lot=lot) | Q(lot__parent=lot)).exists():
        case = LatePositive.objects.create(lot=lot, result=result, opened_by=by, opened_at=at)
        facts = {"lot": lot.id, "case": case.id, "line": limit.code}
        record("late_positive.opened", by=by, at=at, chains=chains_of(lot), facts=facts)


@action
def sign_certificate(
    *,
    lot: Lot,
    role: Role,
    shown_digest: str | None = None,
    credential: Credential,
    by: User,
    at: datetime,
) -> Signature:
    """Sign the lot's certificate exactly as it stands now, as physician or as quality, with fresh credentials.

    Refuses, before anybody signs, a lot that could not be released anyway for a hard reason, such as a finding of the
    review that nobody accepted, or for one that an exception could answer and none does. ``shown_digest`` is what the
    signer was shown: when a result has come in since, they are asked to read again and nothing is signed.
    """
    authorize(by, *ROLES_NEEDED, site=lot.site, at=at)
    if lot.course_id:
        course_to_change(lot.course_id)
    records = Records([lot])
    evidence = records.evidence_for(lot, at=at)
    blockers = decision.release_blockers(evidence, at=at)
    hard = [b for b in blockers if b.weight is Weight.HARD] + decision.unexcepted(blockers, evidence)
    already = [s for s in certificate_signatures(lot) if s.signer_id == by.id]
    certificate_digest = digest(certificate_of(lot, records).encode())
    if any(s.document_digest == certificate_digest for s in already):
        hard.append(Blocker("signed_already", {}, signing.TWO_PEOPLE_SOURCE))
    if shown_digest is not None and shown_digest != certificate_digest:
        hard.append(Blocker("certificate_changed_meanwhile", {}, signing.LINK_SOURCE))
    if hard:
        raise NotReleasable(hard)
    authorize(by, role, site=lot.site, at=at)
    if untrained := not_competent(by, Skill.RELEASE, site=lot.site, at=at):
        raise NotReleasable(untrained)
    signature = sign(
        site=lot.site,
        document_kind="certificate",
        document_id=lot.id,
        document_digest=certificate_digest,
        meaning=Signature.Meaning.APPROVAL if role is Role.QUALITY else Signature.Meaning.RESPONSIBILITY,
        role=role,
        credential=credential,
        by=by,
        at=at,
    )
    record(
        "certificate.signed",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"lot": lot.id, "signature": signature.as_facts()},
    )
    return signature


@action
def release_lot(*, lot: Lot, by: User, at: datetime) -> Release:
    """Let a lot leave quarantine for the patient it was made for.

    Two people, a physician and quality, have each signed the certificate as it stands now. Where a line that allows an
    exception is not met, the certificate says why it is given all the same and that the patient was told
    (``ask_exception``). The release, the lot's new state and the ledger entry are written together or not at all.
    Raises NotReleasable with every reason.
    """
    authorize(by, Role.QUALITY, site=lot.site, at=at)
    if lot.course_id:
        course_to_change(lot.course_id)
    lot = rows_to_change(Lot.objects).get(pk=lot.pk)
    records = Records([lot])
    evidence = records.evidence_for(lot, at=at)
    certificate = certificate_of(lot, records)
    certificate_digest = digest(certificate.encode())
    blockers = [
        *decision.release_blockers(evidence, at=at),
        *signing.signature_blockers(
            _standing(lot, certificate_digest),
            document_digest=certificate_digest,
            roles_needed=ROLES_NEEDED,
            at=at,
            simulated=is_simulated(),
        ),
    ]
    excepted = [b.code for b in blockers if b.weight is Weight.OVERRIDABLE]
    in_the_way = stopping(blockers, overridden=evidence.excepted)
    if in_the_way:
        raise NotReleasable(in_the_way)
    signed = {s.role: s for s in certificate_signatures(lot) if s.document_digest == certificate_digest}
    physician, quality = signed[Role.PHYSIATRIST.value], signed[Role.QUALITY.value]
    conditional = decision.release_kind(evidence.judgements) is decision.ReleaseKind.CONDITIONAL
    kind = Release.Kind.CONDITIONAL if conditional else Release.Kind.FULL
    release = Release.objects.create(
        lot=lot,
        kind=Release.Kind.EXCEPTION if excepted else kind,
        certificate=certificate,
        certificate_digest=certificate_digest,
        physician=physician.signer,
        quality=quality.signer,
        physician_signature=physician,
        quality_signature=quality,
        released_at=at,
    )
    changes = change_lot(lot, LotState.RELEASED)
    record(
        "lot.released",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "lot": lot.id,
            "release": release.id,
            "kind": release.kind,
            "certificate": certificate_digest,
            "excepted": excepted,
            "signatures": [physician.as_facts(), quality.as_facts()],
            "custody": changes,
        },
    )
    return release


def _standing(lot: Lot, certificate_digest: str) -> list[signing.Signature]:
    """The signatures that speak of the certificate as it is, or, where there is none in a role, the last void one."""
    given = signatures_under(lot)
    current = [s for s in given if s.document_digest == certificate_digest]
    roles = {s.role for s in current}
    void = {s.role: s for s in given if s.role not in roles}
    return [*current, *void.values()]


@action
def reject_lot(*, lot: Lot, reason: str, by: User, at: datetime) -> Rejection:
    """Reject a lot: nothing of it will be given. The reasons of the specification go on record with it.

    The place that its culture was to be kept in is free at once, and offered to whoever waits.
    """
    authorize(by, Role.QUALITY, site=lot.site, at=at)
    if lot.course_id is not None:
        course_to_change(lot.course_id)
    lot = rows_to_change(Lot.objects).get(pk=lot.pk)
    if not reason.strip():
        raise ResultRefused([Blocker("reason_missing", {}, "21 CFR 11.10(e)")])
    codes = [b.code for b in specification_blockers(judgements_for(lot)) if b.weight is not Weight.CAUTION]
    changes = change_lot(lot, LotState.REJECTED)
    rejection = Rejection.objects.create(lot=lot, rejected_by=by, rejected_at=at, codes=codes)
    record(
        "lot.rejected",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"lot": lot.id, "rejection": rejection.id, "codes": codes, "custody": changes},
        sealed={"reason": reason},
    )
    tell_that_cells_are_lost(lot, by=by, at=at)
    return rejection


@action
def tell_patient_of_failure(
    *, rejection: Rejection, means: FailureNotice.Means, by: User, at: datetime
) -> FailureNotice:
    """Record that the patient was told, by a person, that the cells cannot be used."""
    lot = rejection.lot
    authorize(by, Role.PHYSIATRIST, site=lot.site, at=at)
    if lot.course is None:
        raise ResultRefused([Blocker("lot_has_no_patient", {}, "Stroma release")])
    notice = FailureNotice.objects.create(
        rejection=rejection, course=lot.course, means=means, told_by=by, told_at=at
    )
    record(
        "failure.told",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"lot": lot.id, "course": lot.course.id, "means": means},
    )
    return notice


@action
def decide_after_failure(
    *, notice: FailureNotice, kind: FailureDecision.Kind, reason: str, by: User, at: datetime
) -> FailureDecision:
    """Record what patient and physiatrist decided after a failed lot: collect again, or stop the course."""
    course = course_to_change(notice.course_id)
    authorize(by, Role.PHYSIATRIST, site=course.site, at=at)
    decided = FailureDecision.objects.create(notice=notice, kind=kind, decided_by=by, decided_at=at)
    record(
        "failure.decided",
        by=by,
        at=at,
        chains=chains_of(notice.rejection.lot),
        facts={"lot": notice.rejection.lot_id, "course": course.id, "decision": kind},
        sealed={"reason": reason},
    )
    if kind is FailureDecision.Kind.STOP:
        stop_course(course=course, reason=reason, by=by, at=at)
    return decided
