"""The link by which somebody chooses a password: one asks for it, a second confirms it (21 CFR 11.200(a)(3))."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.inviting import confirming_blockers, showing_blockers
from stroma.clinic.domain.roles import Role
from stroma.clinic.link_queries import may_confirm
from stroma.clinic.models import LinkRequest, LinkStep, Site, User
from stroma.clinic.queries import roles_of
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker, Refused

CONFIRMERS = (Role.QUALITY, Role.ADMINISTRATOR)


class NotInvited(Refused):
    """The person cannot be invited to choose a password."""


@action
def invite_again(*, site: Site, person: User, by: User, at: datetime) -> LinkRequest | None:
    """Ask for a link by which a person of the site chooses a password; a second person confirms it.

    None where nobody else at the site could confirm, as on its first day: then the link may be made at once, and the
    entry says that one person did it alone. Raises NotInvited.
    """
    authorize(by, Role.ADMINISTRATOR, site=site, at=at)
    if not person.is_active or not roles_of(person, site, at=at):
        raise NotInvited([Blocker("person_not_here", {}, "21 CFR 11.300(c)")])
    asked = None
    if may_confirm(site, person=person, asked_by=by, at=at):
        asked = LinkRequest.objects.create(site=site, person=person, asked_by=by, asked_at=at)
    facts = {"person": person.ledger_name, "alone": asked is None}
    if asked is not None:
        facts["request"] = str(asked.id)
    record("person.invited", by=by, at=at, chains=[site_chain(site.id)], facts=facts)
    return asked


@action
def confirm_link(*, request: LinkRequest, by: User, at: datetime) -> LinkStep:
    """Confirm, as the second person, that somebody is to get the link that a colleague asked for. Raises NotInvited."""
    authorize(by, *CONFIRMERS, site=request.site, at=at)
    return _step(request, LinkStep.Kind.CONFIRMED, by, at)


@action
def hand_over_link(*, request: LinkRequest, by: User, at: datetime) -> LinkStep:
    """Let who asked for a link see it, once, now that a second person confirmed it. Raises NotInvited."""
    authorize(by, Role.ADMINISTRATOR, site=request.site, at=at)
    return _step(request, LinkStep.Kind.HANDED_OVER, by, at)


def _step(request: LinkRequest, kind: LinkStep.Kind, by: User, at: datetime) -> LinkStep:
    held = rows_to_change(LinkRequest.objects).select_related("person").get(pk=request.pk)
    done = set(LinkStep.objects.filter(request=held).values_list("kind", flat=True))
    works_here = held.person.is_active and bool(roles_of(held.person, held.site, at=at))
    is_confirmed = LinkStep.Kind.CONFIRMED in done
    if kind is LinkStep.Kind.CONFIRMED:
        blockers = confirming_blockers(
            asked_at=held.asked_at,
            is_asker=held.asked_by_id == by.pk,
            is_oneself=held.person_id == by.pk,
            is_confirmed=is_confirmed,
            works_here=works_here,
            at=at,
        )
    else:
        blockers = showing_blockers(
            asked_at=held.asked_at,
            is_asker=held.asked_by_id == by.pk,
            is_confirmed=is_confirmed,
            is_shown=LinkStep.Kind.HANDED_OVER in done,
            works_here=works_here,
            at=at,
        )
    if blockers:
        raise NotInvited(blockers)
    step = LinkStep.objects.create(request=held, kind=kind, done_by=by, done_at=at)
    record(
        "link.confirmed" if kind is LinkStep.Kind.CONFIRMED else "link.handed_over",
        by=by,
        at=at,
        chains=[site_chain(held.site_id)],
        facts={"request": held.id, "person": held.person.ledger_name},
    )
    return step
