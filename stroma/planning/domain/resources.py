"""Whether something may be added to what a site can book."""

from collections.abc import Collection

from stroma.clinic.domain.roles import Role
from stroma.planning.domain.kinds import STAFF, sort_of
from stroma.protocols.domain.blocker import Blocker

SOURCE = "Stroma planning"


def resource_blockers(
    *,
    kind: str,
    is_person: bool,
    has_place: bool,
    place_is_of_site: bool,
    name_is_free: bool,
    roles: Collection[Role],
    kinds_there: Collection[str],
) -> list[Blocker]:
    """Why a person, room or device may not be booked as ``kind``.

    ``roles`` are the person's at this site; ``kinds_there`` is what the same person, room or device can be
    booked as at this site already.
    """
    sort = sort_of(kind)
    if sort is None:
        return [Blocker("resource_kind_unknown", {"kind": kind}, SOURCE)]
    blockers = []
    if kind in STAFF:
        if not is_person:
            blockers.append(Blocker("resource_needs_person", {"kind": kind}, SOURCE))
        elif Role(kind.upper()) not in roles:
            blockers.append(Blocker("resource_lacks_role", {"kind": kind}, "21 CFR 11.10(g)"))
        if has_place:
            blockers.append(Blocker("resource_person_has_no_place", {"kind": kind}, SOURCE))
    elif is_person:
        blockers.append(Blocker("resource_is_no_person", {"kind": kind}, SOURCE))
    if not place_is_of_site:
        blockers.append(Blocker("resource_place_elsewhere", {}, SOURCE))
    if not name_is_free:
        blockers.append(Blocker("resource_name_taken", {}, SOURCE))
    if kind in kinds_there:
        blockers.append(Blocker("resource_exists", {"kind": kind}, SOURCE))
    if other := sorted(set(kinds_there) - sort):
        values = {"kind": kind, "is": ", ".join(other)}
        blockers.append(Blocker("resource_of_another_sort", values, SOURCE))
    return blockers
