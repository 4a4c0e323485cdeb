"""Results out of specification: opened, investigated step by step, concluded by quality; and an exception asked for."""

from collections.abc import Sequence
from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.custody.containers import chains_of
from stroma.custody.models import Lot
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.release.domain import investigation as rules
from stroma.release.domain.specification import Verdict
from stroma.release.holding import begin_investigation
from stroma.release.judged import judgements_for
from stroma.release.models import (
    Investigation,
    InvestigationConclusion,
    InvestigationStep,
    ReleaseException,
)


class InvestigationRefused(Refused):
    """The investigation cannot be opened, written into or concluded so, or no exception asked for."""


@action
def open_investigation(*, lot: Lot, code: str, by: User, at: datetime) -> Investigation:
    """Open the investigation of a line that is not met and has none: one that is computed from the batch record.

    For a result that is recorded it opens by itself.
    """
    authorize(by, Role.QUALITY, site=lot.site, at=at)
    lot = rows_to_change(Lot.objects).get(pk=lot.pk)
    failed = {one.limit.code for one in judgements_for(lot) if one.verdict is Verdict.NOT_MET}
    if code not in failed:
        raise InvestigationRefused([Blocker("nothing_to_investigate", {"code": code}, rules.SOURCE)])
    if Investigation.objects.filter(lot=lot, code=code).exists():
        raise InvestigationRefused([Blocker("investigated_already", {"code": code}, rules.SOURCE)])
    return begin_investigation(lot, code, None, by=by, at=at)


@action
def write_step(
    *, investigation: Investigation, kind: InvestigationStep.Kind, words: str, by: User, at: datetime
) -> InvestigationStep:
    """Write a hypothesis, a plan to test again, a finding, or that the investigation becomes a full one."""
    roles = (Role.QUALITY,) if kind in _BY_QUALITY else (Role.TECHNOLOGIST, Role.QUALITY)
    authorize(by, *roles, site=investigation.lot.site, at=at)
    rows_to_change(Lot.objects).get(pk=investigation.lot_id)
    refused = rules.step_blockers(
        rules.Step(kind), _steps(investigation), is_concluded=_is_concluded(investigation)
    )
    if not words.strip():
        refused.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if refused:
        raise InvestigationRefused(refused)
    step = InvestigationStep.objects.create(
        investigation=investigation, kind=kind, words=words, written_by=by, written_at=at
    )
    record(
        "investigation.step",
        by=by,
        at=at,
        chains=chains_of(investigation.lot),
        facts={"lot": investigation.lot_id, "investigation": investigation.id, "kind": kind},
        sealed={"words": words},
    )
    return step


_BY_QUALITY = {InvestigationStep.Kind.RETEST_PLAN, InvestigationStep.Kind.FULL}


@action
def conclude_investigation(
    *,
    investigation: Investigation,
    outcome: InvestigationConclusion.Outcome,
    words: str,
    by: User,
    at: datetime,
) -> InvestigationConclusion:
    """Conclude: an error of the laboratory makes the result invalid, else it stands."""
    authorize(by, Role.QUALITY, site=investigation.lot.site, at=at)
    rows_to_change(Lot.objects).get(pk=investigation.lot_id)
    refused = rules.conclusion_blockers(
        rules.Outcome(outcome),
        _steps(investigation),
        is_concluded=_is_concluded(investigation),
        has_result=investigation.result_id is not None,
    )
    if not words.strip():
        refused.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if refused:
        raise InvestigationRefused(refused)
    concluded = InvestigationConclusion.objects.create(
        investigation=investigation, outcome=outcome, words=words, concluded_by=by, concluded_at=at
    )
    record(
        "investigation.concluded",
        by=by,
        at=at,
        chains=chains_of(investigation.lot),
        facts={"lot": investigation.lot_id, "investigation": investigation.id, "outcome": outcome},
        sealed={"words": words},
    )
    return concluded


@action
def ask_exception(
    *,
    lot: Lot,
    codes: Sequence[str],
    reason: str,
    means: ReleaseException.Means,
    by: User,
    at: datetime,
) -> ReleaseException:
    """A physician asks that the lot be given although it does not meet its specification, having told the patient.

    It becomes part of the certificate that physician and quality sign, and voids the signatures under an earlier one.
    """
    authorize(by, Role.PHYSIATRIST, site=lot.site, at=at)
    lot = rows_to_change(Lot.objects).get(pk=lot.pk)
    refused = []
    if lot.course_id is None:
        refused.append(Blocker("exception_needs_a_patient", {}, rules.SOURCE))
    if not reason.strip():
        refused.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if not codes:
        refused.append(Blocker("nothing_to_except", {}, rules.SOURCE))
    if refused:
        raise InvestigationRefused(refused)
    asked = ReleaseException.objects.create(
        lot=lot,
        codes=sorted(codes),
        reason=reason,
        informed_by=by,
        informed_at=at,
        means=means,
        recorded_at=at,
    )
    record(
        "exception.asked",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"lot": lot.id, "exception": asked.id, "reasons": sorted(codes), "means": means},
        sealed={"reason": reason},
    )
    return asked


def _steps(investigation: Investigation) -> list[rules.Step]:
    return [rules.Step(kind) for kind in investigation.steps.values_list("kind", flat=True)]


def _is_concluded(investigation: Investigation) -> bool:
    return InvestigationConclusion.objects.filter(investigation=investigation).exists()
