"""The storage map: units with their positions; containers stored, moved, frozen, thawed and taken out."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Place, User
from stroma.custody.actions.hand_overs import keep_scan
from stroma.custody.containers import NotPossible, chains_of, end_stay
from stroma.custody.domain.fold import Change, container_stored
from stroma.custody.domain.hand_over import scanned_container_blockers
from stroma.custody.domain.reading import NOT_TOLD, Readings, readings_as_facts
from stroma.custody.domain.states import MaterialState
from stroma.custody.domain.storage import (
    ToStore,
    UnitKind,
    container_to_store_blockers,
    storage_blockers,
    thawing_blockers,
)
from stroma.custody.models import (
    FreezeThaw,
    Material,
    StoragePosition,
    StorageStay,
    StorageUnit,
)
from stroma.custody.queries import read_scans
from stroma.custody.storage_queries import is_frozen, was_thawed
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import Recorded, action
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.problem import BadInput, Problem

POSITIONS_MAX = 20_000
"""In one unit; a large vapor-phase tank holds about that many vials (general knowledge)."""


class NotStored(Recorded, Refused):
    """The container is not put there. The scan and the reasons stay on record."""


@action
def add_storage_unit(
    *,
    place: Place,
    kind: UnitKind,
    name: str,
    code: str,
    shelves: int,
    racks: int,
    positions: int,
    by: User,
    at: datetime,
) -> StorageUnit:
    """Set up a freezer, tank or incubator with its shelves, racks and positions, each with a code to scan."""
    authorize(by, Role.QUALITY, Role.TECHNOLOGIST, site=place.site, at=at)
    problems = []
    if StorageUnit.objects.filter(site=place.site, code=code).exists():
        problems.append(
            Problem("code_taken", _("The code %(code)s names another unit.") % {"code": code}, place="code")
        )
    if min(shelves, racks, positions) < 1 or shelves * racks * positions > POSITIONS_MAX:
        said = _("%(asked)s positions; a unit has between 1 and %(most)s.") % {
            "asked": f"{shelves} × {racks} × {positions}",
            "most": f"{POSITIONS_MAX:,}",
        }
        problems.append(Problem("positions_out_of_range", said, place="positions"))
    if problems:
        raise BadInput(problems)
    unit = StorageUnit.objects.create(site=place.site, place=place, kind=kind.value, name=name, code=code)
    StoragePosition.objects.bulk_create(
        (
            StoragePosition(
                unit=unit,
                shelf=shelf,
                rack=rack,
                position=position,
                code=f"{code}-{shelf}-{rack}-{position}",
            )
            for shelf in range(1, shelves + 1)
            for rack in range(1, racks + 1)
            for position in range(1, positions + 1)
        ),
        batch_size=1000,
    )
    record(
        "storage.unit_added",
        by=by,
        at=at,
        chains=[site_chain(unit.site_id)],
        facts={"unit": unit.id, "kind": kind.value, "positions": shelves * racks * positions},
    )
    return unit


@action
def store_container(
    *,
    material: Material,
    position: StoragePosition | None,
    scans: Mapping[str, str],
    readings: Readings = NOT_TOLD,
    freezes: bool = False,
    by: User,
    at: datetime,
) -> StorageStay:
    """Put a container into a free position, or move it there from another; with ``freezes`` it is frozen by it.

    ``scans`` are raw: ``container`` (the label) and ``position``. ``position`` is None where the code is no position's.
    Raises NotStored with every reason; the scans are kept either way.
    """
    lot = material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=lot.site, at=at)
    material = rows_to_change(Material.objects).select_related("place", "lot__course").get(pk=material.pk)
    blockers = _container_scanned(material, scans)
    if position is None:
        values = {"scanned": scans.get("position", "")[:40]}
        blockers.append(Blocker("position_unknown", values, "Stroma custody"))
    else:
        position = rows_to_change(StoragePosition.objects).select_related("unit__place").get(pk=position.pk)
        blockers += _position_scanned(position, scans.get("position", "").strip())
        blockers += storage_blockers(_to_store(material, position, freezes=freezes))
    scan = keep_scan(material, "store", scans, blockers, readings, by=by, at=at)
    if blockers or position is None:
        raise NotStored(blockers)
    changes: list[Change] = [*end_stay(material, by=by, at=at), container_stored(material.id, position.id)]
    stay = StorageStay.objects.create(position=position, material=material, stored_by=by, stored_at=at)
    if freezes:
        FreezeThaw.objects.create(material=material, kind=FreezeThaw.Kind.FROZEN, done_by=by, done_at=at)
    record(
        "container.frozen" if freezes else "container.stored",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "container": material.id,
            "position": position.id,
            "code": position.code,
            "scan": scan.id,
            **readings_as_facts(readings),
            "custody": changes,
        },
    )
    return stay


@action
def stop_wrong_storing(
    *,
    material: Material,
    scans: Mapping[str, str],
    readings: Readings = NOT_TOLD,
    freezes: bool = False,
    by: User,
    at: datetime,
) -> None:
    """Stop at a container that is wrong, before a position is scanned; where it is right, nothing is written.

    Everything as in :func:`store_container`, but that the position is still to come.
    """
    lot = material.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=lot.site, at=at)
    material = rows_to_change(Material.objects).select_related("lot__course").get(pk=material.pk)
    blockers = [
        *_container_scanned(material, scans),
        *container_to_store_blockers(
            state=MaterialState(material.state),
            is_frozen=is_frozen(material),
            was_thawed=was_thawed(material),
            freezes=freezes,
        ),
    ]
    if blockers:
        keep_scan(material, "store", scans, blockers, readings, by=by, at=at)
        raise NotStored(blockers)


def _container_scanned(material: Material, scans: Mapping[str, str]) -> list[Blocker]:
    scanned, unreadable = read_scans({"container": scans.get("container", "")})
    return [
        *unreadable,
        *scanned_container_blockers(scanned, din=material.lot.din, division=material.division),
    ]


def _to_store(material: Material, position: StoragePosition, *, freezes: bool) -> ToStore:
    lying = (
        StorageStay.objects.filter(position=position, taken_out_at=None)
        .select_related("material__lot")
        .first()
    )
    return ToStore(
        state=MaterialState(material.state),
        is_frozen=is_frozen(material),
        was_thawed=was_thawed(material),
        place=material.place.name,
        unit_place=position.unit.place.name,
        unit_kind=UnitKind(position.unit.kind),
        occupied_by="" if lying is None else f"{lying.material.lot.din} {lying.material.division}",
        freezes=freezes,
    )


def _position_scanned(position: StoragePosition, scanned: str) -> list[Blocker]:
    if not scanned:
        return [Blocker("position_not_scanned", {}, "Stroma custody")]
    if scanned != position.code:
        values = {"expected": position.code, "scanned": scanned}
        return [Blocker("position_mismatch", values, "Stroma custody")]
    return []


@action
def take_out_of_storage(*, material: Material, by: User, at: datetime) -> Material:
    """Take a container out of its position; the position is free again."""
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=material.lot.site, at=at)
    changes = end_stay(material, by=by, at=at)
    if not changes:
        raise NotPossible([Blocker("container_not_stored", {}, "Stroma custody")])
    record(
        "container.taken_out",
        by=by,
        at=at,
        chains=chains_of(material.lot),
        facts={"container": material.id, "custody": changes},
    )
    return material


@action
def thaw_container(*, material: Material, by: User, at: datetime) -> FreezeThaw:
    """Thaw a frozen container; it leaves its position and is never frozen again."""
    authorize(by, Role.TECHNOLOGIST, site=material.lot.site, at=at)
    material = rows_to_change(Material.objects).select_related("lot__course").get(pk=material.pk)
    blockers = thawing_blockers(is_frozen=is_frozen(material))
    if material.state != MaterialState.HELD:
        state = material.state.lower().replace("_", " ")
        blockers.append(Blocker("container_not_held", {"state": state}, "Stroma custody"))
    if blockers:
        raise NotPossible(blockers)
    changes = end_stay(material, by=by, at=at)
    thawed = FreezeThaw.objects.create(material=material, kind=FreezeThaw.Kind.THAWED, done_by=by, done_at=at)
    record(
        "container.thawed",
        by=by,
        at=at,
        chains=chains_of(material.lot),
        facts={"container": material.id, "custody": changes},
    )
    return thawed
