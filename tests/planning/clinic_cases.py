"""A clinic that can be booked, for the tests that need a database."""

from datetime import datetime

from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site, User
from stroma.planning.actions import add_resource
from stroma.planning.domain.kinds import EQUIPMENT, ROOMS, STAFF
from stroma.planning.models import Resource
from tests.factories import NOW, a_user


def a_staffed_clinic(
    site: Site, *, people: int = 2, things: int = 2, at: datetime = NOW
) -> dict[str, Resource]:
    """Everybody and everything that a shipped protocol takes, ``people`` and ``things`` of each kind.

    Gives the first resource of every kind.
    """
    coordinator = a_user(site, Role.COORDINATOR, at=at)
    first: dict[str, Resource] = {}

    def add(kind: str, name: str, user: User | None = None) -> None:
        resource = add_resource(site=site, kind=kind, name=name, user=user, by=coordinator, at=at)
        first.setdefault(kind, resource)

    for kind in sorted(STAFF):
        for number in range(people):
            add(kind, f"{kind} {number}", a_user(site, Role(kind.upper()), at=at))
    for kind in sorted(ROOMS | EQUIPMENT):
        for number in range(things):
            add(kind, f"{kind} {number}")
    return first
