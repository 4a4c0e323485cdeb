"""Staff badges: given to a person at a site, and revoked with a reason."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.badges import issuing_blockers, new_code, revoking_blockers
from stroma.clinic.domain.roles import STAFF, Role
from stroma.clinic.models import Badge, BadgeRevocation, Site, User
from stroma.clinic.queries import roles_of
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Refused


class BadgeUnchanged(Refused):
    """No badge was given, or none was revoked."""


@action
def issue_badge(*, site: Site, person: User, by: User, at: datetime) -> Badge:
    """Give a person who works at a site a badge with a new code. Raises BadgeUnchanged while one of theirs is live."""
    authorize(by, Role.ADMINISTRATOR, site=site, at=at)
    held = rows_to_change(User.objects).get(pk=person.pk)
    earlier = Badge.objects.filter(site=site, person=held)
    blockers = issuing_blockers(
        works_here=held.is_active and bool(roles_of(held, site, at=at) & STAFF),
        has_live_badge=earlier.filter(revocation__isnull=True).exists(),
    )
    if blockers:
        raise BadgeUnchanged(blockers)
    badge = Badge.objects.create(
        site=site, person=held, number=earlier.count() + 1, code=new_code(), issued_by=by, issued_at=at
    )
    record(
        "badge.issued",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        # Not the code: who reads the ledger could else hold up somebody's badge.
        facts={"badge": badge.id, "person": held.ledger_name, "number": badge.number},
    )
    return badge


@action
def revoke_badge(*, badge: Badge, reason: str, by: User, at: datetime) -> BadgeRevocation:
    """Let a badge open nothing from now on. What was done with it stays. Raises BadgeUnchanged."""
    authorize(by, Role.ADMINISTRATOR, site=badge.site, at=at)
    held = rows_to_change(Badge.objects).get(pk=badge.pk)
    is_revoked = BadgeRevocation.objects.filter(badge=held).exists()
    if blockers := revoking_blockers(is_revoked=is_revoked, reason=reason):
        raise BadgeUnchanged(blockers)
    revocation = BadgeRevocation.objects.create(
        badge=held, reason=reason.strip(), revoked_by=by, revoked_at=at
    )
    record(
        "badge.revoked",
        by=by,
        at=at,
        chains=[site_chain(held.site_id)],
        facts={"badge": held.id, "person": held.person.ledger_name},
        sealed={"reason": revocation.reason},
    )
    return revocation
