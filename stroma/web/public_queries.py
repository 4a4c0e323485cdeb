"""What anybody may know of the clinic: its sites, its physiatrists, and what is offered where."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from stroma.clinic.models import AdoptedProtocol, Site
from stroma.clinic.queries import open_sites, protocol_of
from stroma.planning.domain.consultation import STAFF_KIND
from stroma.planning.models import Capability
from stroma.protocols.domain.schema import Protocol


@dataclass(frozen=True)
class PublicSite:
    """A site as a visitor sees it."""

    site: Site
    physiatrists: list[str]
    protocols: list[Protocol]


def public_sites() -> list[PublicSite]:
    """Every site with its physiatrists by name and the newest version of each protocol it offers."""
    people: dict[UUID, list[str]] = defaultdict(list)
    able = Capability.objects.filter(kind=STAFF_KIND, resource__user__is_active=True)
    for site, name in able.order_by("resource__name").values_list("site_id", "resource__name"):
        people[site].append(name)
    offered: dict[UUID, dict[str, AdoptedProtocol]] = defaultdict(dict)
    for adopted in AdoptedProtocol.objects.order_by("adopted_at", "version"):
        offered[adopted.site_id][adopted.protocol_id] = adopted
    return [
        PublicSite(site, people[site.id], [protocol_of(adopted) for adopted in offered[site.id].values()])
        for site in open_sites()
    ]
