"""The storage of a simulated clinic: a nitrogen tank and an incubator with positions, and what lies in them."""

from collections.abc import Iterable
from datetime import datetime

from stroma.custody.actions import (
    add_storage_unit,
    apply_label,
    print_label,
    store_container,
    take_out_of_storage,
)
from stroma.custody.domain.states import MaterialState
from stroma.custody.domain.storage import FROZEN_UNITS, UnitKind
from stroma.custody.models import Label, Material, StoragePosition, StorageStay
from stroma.custody.storage_queries import first_free, stay_of
from stroma.simulation.clinic import SimulatedClinic

TANK, INCUBATOR = "TANK1", "INC1"
"""What the codes of their positions begin with: ``TANK1-2-3-4`` is shelf 2, rack 3, position 4."""


def set_up_storage(clinic: SimulatedClinic, *, at: datetime) -> None:
    """Give the tank and the incubator of the clinic their positions."""
    by = clinic.person("quality")
    add_storage_unit(
        place=clinic.place("LN2-1"),
        kind=UnitKind.TANK,
        name="Nitrogen vapor tank 1",
        code=TANK,
        shelves=3,
        racks=4,
        positions=10,
        by=by,
        at=at,
    )
    # One rack on a shelf: the cells of one person on a shelf, as the incubator is booked.
    add_storage_unit(
        place=clinic.place("INC-1"),
        kind=UnitKind.INCUBATOR,
        name="Incubator 1",
        code=INCUBATOR,
        shelves=6,
        racks=1,
        positions=4,
        by=by,
        at=at,
    )


def put_into_tank(clinic: SimulatedClinic, frozen: Iterable[Material], at: datetime) -> None:
    """Put labeled frozen containers into the first free positions; a clinic without a storage map has none."""
    for material in frozen:
        cold = [kind.value for kind in FROZEN_UNITS]
        _put(clinic, material, first_free(clinic.site, material, cold=cold), at)


def take_out(clinic: SimulatedClinic, material: Material, at: datetime) -> None:
    """Take a container out of its position, where it lies in one."""
    if stay_of(material) is not None:
        take_out_of_storage(material=material, by=clinic.person("technologist"), at=at)


def put_cultures_on_shelves(clinic: SimulatedClinic, *, at: datetime) -> None:
    """Label every culture that stands in the incubator, and record the position in which it stands."""
    by = clinic.person("technologist")
    cultures = Material.objects.filter(
        lot__site=clinic.site,
        kind=Material.Kind.CULTURE,
        state=MaterialState.HELD.value,
        place=clinic.place("INC-1"),
    )
    for culture in cultures.select_related("lot__site", "lot__course", "place").order_by("made_at", "id"):
        if not Label.objects.filter(material=culture, state=Label.State.APPLIED).exists():
            apply_label(label=print_label(material=culture, by=by, at=at), by=by, at=at)
        _put(clinic, culture, _free_shelf(clinic), at)


def _free_shelf(clinic: SimulatedClinic) -> StoragePosition | None:
    """The first position of a shelf of the incubator on which nothing stands: nobody's cells stand beside another's."""
    positions = StoragePosition.objects.filter(unit__site=clinic.site, unit__code=INCUBATOR)
    taken = positions.filter(stays__in=StorageStay.objects.filter(taken_out_at=None))
    free = positions.exclude(shelf__in=taken.values("shelf")).select_related("unit__place")
    return free.order_by("shelf", "rack", "position").first()


def _put(clinic: SimulatedClinic, material: Material, position: StoragePosition | None, at: datetime) -> None:
    if position is None:
        return
    label = Label.objects.get(material=material, state=Label.State.APPLIED)
    store_container(
        material=material,
        position=position,
        scans={"container": str(label.content["compound"]), "position": position.code},
        by=clinic.person("technologist"),
        at=at,
    )
