"""The review by exception: quality accepts what it found and nobody at the bench had explained."""

from collections.abc import Mapping
from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.competence_queries import not_competent
from stroma.clinic.domain.competence import Skill
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.custody.containers import chains_of
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.processing.domain.review import acceptance_blockers
from stroma.processing.models import Batch, FindingAcceptance
from stroma.processing.record_queries import review_of
from stroma.protocols.domain.blocker import Refused


class NotAccepted(Refused):
    """The findings cannot be accepted so."""


@action
def accept_findings(
    *, batch: Batch, reasons: Mapping[str, str], by: User, at: datetime
) -> list[FindingAcceptance]:
    """Accept open findings of the review, each with the reason why the lot may go on in spite of it.

    ``reasons`` is by the key of the finding. An acceptance is of the finding as it is: when the record changes there,
    it is open again. Whoever of quality may sign for a release may accept. All of them are accepted or none; raises
    NotAccepted with every reason.
    """
    lot = batch.lot
    authorize(by, Role.QUALITY, site=lot.site, at=at)
    rows_to_change(Batch.objects).get(pk=batch.pk)
    found = review_of(batch)
    blockers = [
        *acceptance_blockers(found, reasons),
        *not_competent(by, Skill.RELEASE, site=lot.site, at=at),
    ]
    if blockers:
        raise NotAccepted(blockers)
    accepted = [
        FindingAcceptance.objects.create(
            batch=batch,
            step=one.step,
            code=one.blocker.code,
            finding=one.key,
            reason=reasons[one.key].strip(),
            accepted_by=by,
            accepted_at=at,
        )
        for one in {one.key: one for one in found.findings if one.key in reasons}.values()
    ]
    record(
        "batch.findings_accepted",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "lot": lot.id,
            "batch": batch.id,
            "findings": [{"step": one.step, "code": one.code, "finding": one.finding} for one in accepted],
        },
        sealed={f"reason_{number}": one.reason for number, one in enumerate(accepted, 1)},
    )
    return accepted
