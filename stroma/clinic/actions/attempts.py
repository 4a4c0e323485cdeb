"""Wrong tries at an account: reported at once to those who answer for security, and cleared with a reason."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.attempts import TRIES, clearing_blockers, is_reported_again
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import AttemptClearance, AttemptReport, User
from stroma.clinic.queries import sites_of
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Refused

KEEPERS = (Role.QUALITY, Role.ADMINISTRATOR)
"""Who is told, and who clears a report: a site's security unit, in the words of 21 CFR 11.300(d)."""


class NotCleared(Refused):
    """The report stays open."""


@action
def report_attempts(*, person: User, by: object, at: datetime) -> list[AttemptReport]:
    """Report that five wrong tries closed the door of a person's account, at each site where they hold a role.

    ``by`` is the door itself: nobody knows who tried. Tries against a closed door make no second report.
    """
    made = []
    for site in sites_of(person, at=at):
        last = AttemptReport.objects.filter(site=site, person=person).order_by("reported_at").last()
        if not is_reported_again(last.reported_at if last else None, at=at):
            continue
        report = AttemptReport.objects.create(site=site, person=person, tries=TRIES, reported_at=at)
        record(
            "attempts.reported",
            by=by,
            at=at,
            chains=[site_chain(site.id)],
            facts={"report": report.id, "person": person.ledger_name, "tries": TRIES},
        )
        made.append(report)
    return made


@action
def clear_attempts(*, report: AttemptReport, reason: str, by: User, at: datetime) -> AttemptClearance:
    """Say what the wrong tries were, so that the report leaves everybody's home. Raises NotCleared."""
    authorize(by, *KEEPERS, site=report.site, at=at)
    held = rows_to_change(AttemptReport.objects).get(pk=report.pk)
    is_cleared = AttemptClearance.objects.filter(report=held).exists()
    if blockers := clearing_blockers(is_cleared=is_cleared, reason=reason):
        raise NotCleared(blockers)
    clearance = AttemptClearance.objects.create(
        report=held, reason=reason.strip(), cleared_by=by, cleared_at=at
    )
    record(
        "attempts.cleared",
        by=by,
        at=at,
        chains=[site_chain(held.site_id)],
        facts={"report": held.id, "person": held.person.ledger_name},
        sealed={"reason": clearance.reason},
    )
    return clearance
