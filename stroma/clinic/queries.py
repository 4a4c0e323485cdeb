"""Reads about sites and people."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from stroma.clinic.domain.roles import Role
from stroma.clinic.models import AdoptedProtocol, Place, RoleAssignment, Site, TreatmentAuthorization, User
from stroma.ledger.record import is_simulated
from stroma.ledger.statements import send
from stroma.ledger.wording import word
from stroma.protocols.domain.document import read_protocol
from stroma.protocols.domain.problem import BadInput, Problem
from stroma.protocols.domain.schema import Protocol

_read: dict[str, Protocol] = {}


def roles_of(user: User, site: Site, *, at: datetime) -> frozenset[Role]:
    """The roles that ``user`` holds at ``site`` at that moment."""
    # In plain SQL: every action and every page asks this, some of them several times.
    held = send(
        "SELECT role FROM clinic_roleassignment WHERE user_id = %s AND site_id = %s "
        "AND active_from <= %s AND (active_to IS NULL OR active_to > %s)",
        [user.pk, site.pk, at, at],
    )
    return frozenset(Role(role) for (role,) in held.fetchall())


def sites_of(user: User, *, at: datetime) -> list[Site]:
    """The sites at which a person holds a role at that moment."""
    held = RoleAssignment.objects.filter(user=user, active_from__lte=at)
    still = held.filter(Q(active_to__isnull=True) | Q(active_to__gt=at))
    return list(Site.objects.filter(pk__in=still.values("site")).order_by("id"))


def colleagues(site: Site, *roles: Role, at: datetime) -> QuerySet[User]:
    """The people who hold one of ``roles`` at ``site`` at that moment, by name."""
    held = RoleAssignment.objects.filter(
        site=site, role__in=[role.value for role in roles], active_from__lte=at
    ).filter(Q(active_to__isnull=True) | Q(active_to__gt=at))
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("name")


def places_of(site: Site) -> QuerySet[Place]:
    """The rooms and storage places of a site, by kind and code."""
    return Place.objects.filter(site=site).order_by("kind", "code")


def protocol_of(adopted: AdoptedProtocol) -> Protocol:
    """The document of an adopted protocol, read; the text never changes, so one reading serves.

    Queries for many rows leave the text where it is: ``.defer("protocol__document")``.
    """
    if adopted.digest not in _read:
        _read[adopted.digest] = read_protocol(adopted.document, file=str(adopted))
    return _read[adopted.digest]


def adopted_protocol(site: Site, protocol_id: str) -> AdoptedProtocol:
    """The newest version of a protocol that ``site`` offers. Raises AdoptedProtocol.DoesNotExist."""
    return AdoptedProtocol.objects.filter(site=site, protocol_id=protocol_id).latest("adopted_at")


def authorization_for(site: Site, protocol_id: str, *, at: datetime) -> TreatmentAuthorization | None:
    """The authorization on file for a protocol at a site at that moment, if there is one."""
    return (
        TreatmentAuthorization.objects.filter(site=site, protocol_id=protocol_id, valid_from__lte=at)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=at))
        .order_by("valid_from")
        .last()
    )


def open_sites() -> list[Site]:
    """Every site, the first opened first."""
    return list(Site.objects.order_by("opened_at", "name"))


def site_named(name: str | None) -> Site:
    """The site of that name, or the first that was opened. Raises BadInput with the names there are."""
    sites = list(Site.objects.order_by("opened_at"))
    if name is None and sites:
        return sites[0]
    for site in sites:
        if site.name == name:
            return site
    known = ", ".join(site.name for site in sites) or "none yet"
    raise BadInput(
        [Problem("site_unknown", f"there is no such site; the sites are: {known}", place="--site")]
    )


def acting_user(site: Site, username: str | None, *roles: Role, at: datetime) -> User:
    """Who acts when a command is run: the person named, or, in a simulated database, somebody with a fitting role.

    Raises BadInput: in a real database a person must be named.
    """
    if username is not None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise BadInput([Problem("user_unknown", "there is no person with that user name", place="--as")])
        return user
    if not is_simulated():
        raise BadInput([Problem("user_missing", "say who acts: --as USERNAME", place="--as")])
    held = RoleAssignment.objects.filter(
        site=site, role__in=[role.value for role in roles], active_from__lte=at
    )
    assignment = held.select_related("user").order_by("active_from").first()
    if assignment is None:
        raise BadInput([Problem("user_missing", "nobody at this site may do this", place="--as")])
    return assignment.user


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A person at a site with the roles they hold there now."""

    user: User
    roles: tuple[str, ...]


def staff_of(site: Site, *, at: datetime) -> list[StaffRow]:
    """Everybody who holds a role at a site now, patients left out, by name."""
    held = (
        RoleAssignment.objects.filter(site=site, active_from__lte=at)
        .filter(Q(active_to__isnull=True) | Q(active_to__gt=at))
        .exclude(role=Role.PATIENT.value)
        .select_related("user")
        .order_by("user__name", "user_id", "role")
    )
    people: dict[int, tuple[User, list[str]]] = {}
    for assignment in held:
        people.setdefault(assignment.user_id, (assignment.user, []))[1].append(word(assignment.role))
    return [StaffRow(user, tuple(roles)) for user, roles in people.values()]


def protocols_of(site: Site) -> list[AdoptedProtocol]:
    """Every protocol version a site adopted, the newest first."""
    return list(
        AdoptedProtocol.objects.filter(site=site).select_related("adopted_by").order_by("-adopted_at")
    )


def authorizations_of(site: Site) -> list[TreatmentAuthorization]:
    """The authorizations on file at a site, the newest first."""
    return list(TreatmentAuthorization.objects.filter(site=site).order_by("-valid_from"))


def username_is_taken(username: str) -> bool:
    """Whether somebody, at any site, has this user name."""
    return User.objects.filter(username=username).exists()


def person_at(site: Site, uuid: UUID, *, at: datetime) -> StaffRow | None:
    """A person of the site's staff by the name under which the ledger knows them, with their roles there now."""
    return next((row for row in staff_of(site, at=at) if row.user.uuid == uuid), None)
