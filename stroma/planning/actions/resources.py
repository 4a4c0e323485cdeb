"""Adding what can be booked: a person, a room or a device, as one kind or several."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Place, Site, User
from stroma.clinic.queries import roles_of
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.planning.domain.resources import resource_blockers
from stroma.planning.models import Capability, Resource
from stroma.protocols.domain.blocker import Refused


class NotAddable(Refused):
    """The person, room or device cannot be booked as that."""


@action
def add_resource(
    *,
    site: Site,
    kind: str,
    name: str,
    user: User | None = None,
    place: Place | None = None,
    by: User,
    at: datetime,
) -> Resource:
    """Make a person, a room or a device bookable at a site as ``kind`` (``stroma.planning.domain.kinds``).

    What exists once is one resource, so that it is never booked twice at a time: a person is known by their
    account, a room or device by its ``place`` (the spot scanned for it alone) or its name at the site.
    Adding it again as another kind gives the same resource. Raises NotAddable.
    """
    authorize(by, Role.COORDINATOR, Role.ADMINISTRATOR, site=site, at=at)
    known = _known_resource(site, name, user, place)
    blockers = resource_blockers(
        kind=kind,
        is_person=user is not None,
        has_place=place is not None,
        place_is_of_site=place is None or place.site_id == site.id,
        name_is_free=place is None or known is None or known.place_id == place.id,
        roles=roles_of(user, site, at=at) if user else (),
        kinds_there=[] if known is None else list(_kinds_of(known, site)),
    )
    if blockers:
        raise NotAddable(blockers)
    resource = known or Resource.objects.create(site=site, name=name, user=user, place=place)
    Capability.objects.create(site=site, resource=resource, kind=kind)
    record(
        "resource.added",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={
            "resource": resource.id,
            "kind": kind,
            "person": user.ledger_name if user else None,
            "place": place.id if place else None,
        },
        sealed={"name": name},
    )
    return resource


def _known_resource(site: Site, name: str, user: User | None, place: Place | None) -> Resource | None:
    if user is not None:
        return Resource.objects.filter(user=user).first()
    if place is not None and (there := Resource.objects.filter(place=place).first()):
        return there
    return Resource.objects.filter(site=site, name=name, user=None, patient=None).first()


def _kinds_of(resource: Resource, site: Site) -> set[str]:
    return set(Capability.objects.filter(resource=resource, site=site).values_list("kind", flat=True))
