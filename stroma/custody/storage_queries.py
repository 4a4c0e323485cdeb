"""Reads of the storage map: what lies where, quick with ten thousand positions, and what is frozen."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from stroma.clinic.models import Site
from stroma.custody.domain.isbt128.parse import parse_scan
from stroma.custody.domain.isbt128.scan_error import ScanError
from stroma.custody.models import (
    ContainerHold,
    Derivation,
    FreezeThaw,
    HandOver,
    Material,
    StoragePosition,
    StorageStay,
    StorageUnit,
)
from stroma.custody.queries import read_scans

_LYING = Q(positions__stays__isnull=False, positions__stays__taken_out_at__isnull=True)


def is_frozen(material: Material) -> bool:
    """Whether a container is frozen now: it was frozen, or filled to be kept frozen, and was not thawed since."""
    done = set(FreezeThaw.objects.filter(material=material).values_list("kind", flat=True))
    if FreezeThaw.Kind.THAWED in done:
        return False
    return FreezeThaw.Kind.FROZEN in done or material.kind == Material.Kind.STORED


def was_thawed(material: Material) -> bool:
    """Whether a container was thawed."""
    return FreezeThaw.objects.filter(material=material, kind=FreezeThaw.Kind.THAWED).exists()


@dataclass(frozen=True, slots=True)
class Fill:
    """How full a unit or a rack is."""

    places: int
    taken: int

    @property
    def free(self) -> int:
        """Positions with nothing in them."""
        return self.places - self.taken

    @property
    def percent(self) -> int:
        """How full, rounded down; but what is not empty is not nothing."""
        return max(100 * self.taken // self.places, min(self.taken, 1)) if self.places else 0


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in the map."""

    unit: StorageUnit
    fill: Fill


@dataclass(frozen=True, slots=True)
class RackRow:
    """A rack of a unit."""

    shelf: int
    rack: int
    fill: Fill


@dataclass(frozen=True, slots=True)
class PositionRow:
    """A position and the container in it, if any."""

    position: StoragePosition
    stay: StorageStay | None


def units_of(site: Site) -> list[UnitRow]:
    """Every storage unit of a site with how full it is; two queries, whatever the size."""
    taken = dict(
        StorageStay.objects.filter(position__unit__site=site, taken_out_at=None)
        .values_list("position__unit")
        .annotate(Count("id"))
    )
    units = StorageUnit.objects.filter(site=site).select_related("place").order_by("kind", "code")
    return [
        UnitRow(unit, Fill(unit.places, taken.get(unit.pk, 0)))
        for unit in units.annotate(places=Count("positions"))
    ]


def unit_at(site: Site | None, unit_id: UUID) -> StorageUnit | None:
    """A unit of the site."""
    return StorageUnit.objects.filter(site=site, pk=unit_id).select_related("place", "site").first()


def racks_of(unit: StorageUnit) -> list[RackRow]:
    """The racks of a unit with how full each is."""
    taken = {
        (shelf, rack): count
        for shelf, rack, count in StorageStay.objects.filter(position__unit=unit, taken_out_at=None)
        .values_list("position__shelf", "position__rack")
        .annotate(Count("id"))
    }
    places = (
        StoragePosition.objects.filter(unit=unit)
        .values_list("shelf", "rack")
        .annotate(Count("id"))
        .order_by("shelf", "rack")
    )
    return [RackRow(shelf, rack, Fill(count, taken.get((shelf, rack), 0))) for shelf, rack, count in places]


def positions_in(unit: StorageUnit, *, shelf: int, rack: int) -> list[PositionRow]:
    """The positions of one rack in order, with what lies in each."""
    stays = {
        stay.position_id: stay
        for stay in StorageStay.objects.filter(
            position__unit=unit, position__shelf=shelf, position__rack=rack, taken_out_at=None
        ).select_related("material__lot")
    }
    positions = StoragePosition.objects.filter(unit=unit, shelf=shelf, rack=rack).order_by("position")
    return [PositionRow(one, stays.get(one.pk)) for one in positions]


def position_with_code(site: Site | None, code: str) -> StoragePosition | None:
    """The position whose code was scanned or typed."""
    return (
        StoragePosition.objects.filter(unit__site=site, code__iexact=code.strip())
        .select_related("unit__place")
        .first()
    )


def first_free(site: Site, material: Material, *, cold: Sequence[str]) -> StoragePosition | None:
    """The first free position of a fitting unit where the container is now: what the page proposes."""
    return (
        StoragePosition.objects.filter(unit__site=site, unit__place=material.place_id, unit__kind__in=cold)
        .exclude(stays__in=StorageStay.objects.filter(taken_out_at=None))
        .select_related("unit__place")
        .order_by("unit__code", "shelf", "rack", "position")
        .first()
    )


def container_with_scan(site: Site | None, raw: str) -> Material | None:
    """The container whose label was scanned."""
    try:
        parse_scan(raw)
    except ScanError:
        return None
    scanned, _unreadable = read_scans({"container": raw})
    found = Material.objects.filter(lot__site=site, lot__din=scanned.din, division=scanned.division)
    return found.order_by("-made_at").first()


def stay_of(material: Material) -> StorageStay | None:
    """Where in storage a container lies."""
    return (
        StorageStay.objects.filter(material=material, taken_out_at=None)
        .select_related("position__unit")
        .first()
    )


def stays_of(material: Material) -> QuerySet[StorageStay]:
    """Every stay of a container, the newest first."""
    return (
        StorageStay.objects.filter(material=material)
        .select_related("position__unit", "stored_by", "taken_out_by")
        .order_by("-stored_at")
    )


def holds_of(material: Material) -> QuerySet[ContainerHold]:
    """Every quarantine of a container, the newest first."""
    return (
        ContainerHold.objects.filter(material=material)
        .select_related("placed_by", "lifted_by")
        .order_by("-placed_at")
    )


def hold_at(site: Site | None, hold_id: UUID) -> ContainerHold | None:
    """A hold on a container of the site."""
    return ContainerHold.objects.filter(pk=hold_id, material__lot__site=site).first()


def hand_overs_of(material: Material) -> list[HandOver]:
    """Every hand-over of a container, the newest first, with what was taken back."""
    return list(
        HandOver.objects.filter(material=material)
        .select_related("from_place", "to_place", "received_by", "undo", "undoes")
        .prefetch_related("scan__readings")
        .order_by("-handed_over_at", "-id")
    )


def pool_partners(material: Material) -> QuerySet[Material]:
    """Other containers of the lot that could be poured together with this one."""
    return (
        Material.objects.filter(lot=material.lot_id, kind=material.kind, unit=material.unit, state="HELD")
        .exclude(pk=material.pk)
        .exclude(holds__in=ContainerHold.objects.filter(lifted_at=None))
        .order_by("division")
    )


def children_of(material: Material) -> list[Derivation]:
    """What went from this container into others."""
    return list(
        Derivation.objects.filter(parent=material).select_related("child").order_by("child__division")
    )
