"""Reads about sites and people."""

from datetime import datetime

from django.db.models import Q

from stroma.clinic.domain.roles import Role
from stroma.clinic.models import AdoptedProtocol, RoleAssignment, Site, TreatmentAuthorization, User
from stroma.protocols.domain.document import read_protocol
from stroma.protocols.domain.schema import Protocol

_read: dict[str, Protocol] = {}


def roles_of(user: User, site: Site, *, at: datetime) -> frozenset[Role]:
    """The roles that ``user`` holds at ``site`` at that moment."""
    held = RoleAssignment.objects.filter(user=user, site=site, active_from__lte=at).filter(
        Q(active_to__isnull=True) | Q(active_to__gt=at)
    )
    return frozenset(Role(role) for role in held.values_list("role", flat=True))


def protocol_of(adopted: AdoptedProtocol) -> Protocol:
    """The document of an adopted protocol, read; the text never changes, so one reading serves."""
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
