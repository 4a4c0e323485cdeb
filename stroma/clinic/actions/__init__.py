"""Opening a site, giving roles, adopting protocols, signing."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator

from stroma.clinic.actions.badges import BadgeUnchanged, issue_badge, revoke_badge
from stroma.clinic.actions.links import NotInvited, confirm_link, hand_over_link, invite_again
from stroma.clinic.authority import authorize
from stroma.clinic.badge_queries import live_badge
from stroma.clinic.credentials import Credential
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import (
    AdoptedProtocol,
    Place,
    RoleAssignment,
    Signature,
    Site,
    TreatmentAuthorization,
    User,
)
from stroma.clinic.queries import colleagues, roles_of, sites_of
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.document import protocol_digest, read_protocol

__all__ = [
    "BadgeUnchanged",
    "NewPerson",
    "NotEnded",
    "NotInvited",
    "NotSignable",
    "NotWithdrawn",
    "add_person",
    "add_place",
    "adopt_protocol",
    "confirm_link",
    "end_roles",
    "file_authorization",
    "hand_over_link",
    "invite_again",
    "issue_badge",
    "note_credential_change",
    "open_site",
    "revoke_badge",
    "sign",
    "withdraw_credentials",
]


class NotSignable(Refused):
    """The signature was not accepted."""


class NotWithdrawn(Refused):
    """There is nothing of this person's to make void here."""


class NotEnded(Refused):
    """The person's roles cannot be ended."""


@dataclass(frozen=True)
class NewPerson:
    """An account to be made."""

    username: str
    name: str
    email: str = ""
    password: str | None = None


def _create_user(person: NewPerson) -> User:
    user = User(uuid=uuid.uuid4(), username=person.username, name=person.name, email=person.email)
    user.set_password(person.password)  # None makes a password that no one can type
    user.save()
    return user


@action
def open_site(
    *,
    name: str,
    facility_number: str,
    time_zone: str,
    address: str,
    administrator: NewPerson,
    by: object,
    at: datetime,
) -> tuple[Site, User]:
    """Open a site together with its first administrator, who gives everybody else their roles."""
    site = Site.objects.create(
        name=name, facility_number=facility_number, time_zone=time_zone, address=address, opened_at=at
    )
    user = _create_user(administrator)
    RoleAssignment.objects.create(user=user, site=site, role=Role.ADMINISTRATOR.value, active_from=at)
    record(
        "site.opened",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={"site": site.id, "facility_number": facility_number, "administrator": user.ledger_name},
        sealed={"name": name},
    )
    return site, user


@action
def add_person(*, site: Site, person: NewPerson, roles: list[Role], by: User, at: datetime) -> User:
    """Give a person an account and their roles at a site."""
    authorize(by, Role.ADMINISTRATOR, site=site, at=at)
    user = _create_user(person)
    for role in roles:
        RoleAssignment.objects.create(user=user, site=site, role=role.value, active_from=at)
    record(
        "person.added",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={"person": user.ledger_name, "roles": sorted(role.value for role in roles)},
        sealed={"name": person.name},
    )
    return user


@action
def note_credential_change(*, person: User, kind: str, change: str, by: User, at: datetime) -> None:
    """Write down that a person changed their own means of signing in, at each site where they hold a role.

    ``kind`` is the means (password, passkey, one-time code, recovery codes) and ``change`` what became of it.
    """
    for site in sites_of(person, at=at):
        record(
            "credential.changed",
            by=by,
            at=at,
            chains=[site_chain(site.id)],
            facts={"person": person.ledger_name, "kind": kind, "change": change},
        )


@action
def withdraw_credentials(*, site: Site, person: User, reason: str, by: User, at: datetime) -> int:
    """Make void every passkey, one-time code and recovery code of a person who lost one, and say how many there were.

    The password stays: a new one is chosen by a link. Raises NotWithdrawn.
    """
    authorize(by, Role.ADMINISTRATOR, site=site, at=at)
    held = Authenticator.objects.filter(user=person)
    blockers = []
    if not roles_of(person, site, at=at):
        blockers.append(Blocker("person_not_here", {}, "21 CFR 11.300(c)"))
    elif not held.exists():
        blockers.append(Blocker("nothing_to_withdraw", {}, "21 CFR 11.300(c)"))
    if blockers:
        raise NotWithdrawn(blockers)
    kinds = sorted(held.values_list("type", flat=True))
    held.delete()
    record(
        "credential.withdrawn",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={"person": person.ledger_name, "kinds": kinds},
        sealed={"reason": reason},
    )
    return len(kinds)


@action
def end_roles(*, site: Site, person: User, reason: str, by: User, at: datetime) -> User:
    """End every role a person holds at a site; who holds none anywhere can no longer sign in.

    What they did and signed stays; their badge there is revoked. The last administrator of a site cannot be let go.
    Raises NotEnded.
    """
    authorize(by, Role.ADMINISTRATOR, site=site, at=at)
    held = roles_of(person, site, at=at)
    blockers = []
    if not held:
        blockers.append(Blocker("person_not_here", {}, "21 CFR 11.10(d)"))
    if Role.ADMINISTRATOR in held and colleagues(site, Role.ADMINISTRATOR, at=at).count() == 1:
        blockers.append(Blocker("last_administrator", {}, "Stroma clinic"))
    if blockers:
        raise NotEnded(blockers)
    if (badge := live_badge(person, site)) is not None:
        revoke_badge(badge=badge, reason="roles ended", by=by, at=at)
    RoleAssignment.objects.filter(user=person, site=site, active_to__isnull=True).update(active_to=at)
    if not RoleAssignment.objects.filter(user=person, active_to__isnull=True).exists():
        person.is_active = False
        person.save(update_fields=["is_active"])
    record(
        "person.roles_ended",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={"person": person.ledger_name, "roles": sorted(role.value for role in held)},
        sealed={"reason": reason},
    )
    return person


@action
def add_place(*, site: Site, kind: Place.Kind, name: str, code: str, by: User, at: datetime) -> Place:
    """Add a room or a storage place with the code that is scanned there."""
    authorize(by, Role.ADMINISTRATOR, site=site, at=at)
    place = Place.objects.create(site=site, kind=kind, name=name, code=code)
    record(
        "place.added",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={"place": place.id, "kind": kind, "code": code},
    )
    return place


@action
def adopt_protocol(*, site: Site, document: str, by: User, at: datetime) -> AdoptedProtocol:
    """Offer a protocol version at a site, kept to the letter. Raises BadInput when the document is malformed."""
    authorize(by, Role.PHYSIATRIST, Role.ADMINISTRATOR, site=site, at=at)
    protocol = read_protocol(document, file="protocol")
    adopted = AdoptedProtocol.objects.create(
        site=site,
        protocol_id=protocol.id,
        version=protocol.version,
        digest=protocol_digest(document),
        document=document,
        adopted_by=by,
        adopted_at=at,
    )
    record(
        "protocol.adopted",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={"protocol": protocol.id, "version": protocol.version, "digest": adopted.digest},
    )
    return adopted


@action
def file_authorization(
    *,
    site: Site,
    protocol_id: str,
    reference: str,
    title: str,
    valid_from: datetime,
    valid_to: datetime | None,
    by: User,
    at: datetime,
) -> TreatmentAuthorization:
    """Put on file the document under which an unapproved product may be given."""
    authorize(by, Role.QUALITY, Role.ADMINISTRATOR, site=site, at=at)
    filed = TreatmentAuthorization.objects.create(
        site=site,
        protocol_id=protocol_id,
        reference=reference,
        title=title,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    record(
        "authorization.filed",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={
            "authorization": filed.id,
            "protocol": protocol_id,
            "reference": reference,
            "valid_from": valid_from,
            "valid_to": valid_to,
        },
    )
    return filed


@action
def sign(
    *,
    site: Site,
    document_kind: str,
    document_id: UUID,
    document_digest: str,
    meaning: Signature.Meaning,
    role: Role,
    credential: Credential,
    by: User,
    at: datetime,
) -> Signature:
    """Sign exactly what was shown, with credentials shown now.

    The signature's entry is written by the action that uses it, in the chains of the thing signed. Raises NotSignable
    when the credential fails and NotAuthorized when the person does not hold the role they sign in.
    """
    authorize(by, role, site=site, at=at)
    if blockers := credential.blockers(by, document_digest=document_digest, at=at):
        raise NotSignable(blockers)
    return Signature.objects.create(
        site=site,
        signer=by,
        printed_name=by.name,
        role=role.value,
        meaning=meaning,
        document_kind=document_kind,
        document_id=document_id,
        document_digest=document_digest,
        method=credential.method,
        signed_at=at,
    )
