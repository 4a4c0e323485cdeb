"""Making and emptying containers: the pieces that the actions of collection, processing, injection and custody share.

Nothing here is an action by itself. Each function writes its rows and returns the changes that the calling action puts
into its one ledger entry, so that folding the ledger gives back exactly these rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from stroma.clinic.badge_queries import live_badge
from stroma.clinic.models import Badge, Place, Site, User
from stroma.custody.domain.fold import (
    Change,
    container_drawn,
    container_made,
    container_taken_out,
    lot_begun,
    lot_changed,
)
from stroma.custody.domain.isbt128.din import Din, is_test_facility
from stroma.custody.domain.products import division_code
from stroma.custody.domain.states import (
    LotState,
    MaterialState,
    lot_transition_blockers,
    material_transition_blockers,
    quarantine_blockers,
)
from stroma.custody.models import (
    ContainerHold,
    Derivation,
    DonationCounter,
    Lot,
    Material,
    ShipmentContent,
    StorageStay,
)
from stroma.ledger import readers
from stroma.ledger.domain.entry import ChainKey, course_chain, lot_chain, patient_chain, site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import is_simulated
from stroma.protocols.domain.blocker import Blocker, Refused


class NotPossible(Refused):
    """The container or the lot does not allow this."""


@dataclass(frozen=True)
class Draw:
    """An amount to be taken from a container."""

    material: Material
    amount: Decimal


@dataclass
class Filled:
    """A new container and the changes to record."""

    material: Material
    changes: list[Change] = field(default_factory=list)


def chains_of(lot: Lot) -> list[ChainKey]:
    """The chains an entry about a lot joins: the lot, its site, and its course and patient when it has them.

    A donor's bank lot has neither, so its chain never names a recipient.
    """
    chains = [lot_chain(lot.id), site_chain(lot.site_id)]
    if lot.course is not None:
        chains += [course_chain(lot.course.id), patient_chain(lot.course.patient_id)]
    return chains


def next_din(site: Site, at: datetime) -> Din:
    """Give out the next donation number of the site's facility for this year; two askers never get the same.

    Raises NotPossible for a test number in a real database.
    """
    if is_test_facility(site.facility_number) and not is_simulated():
        raise NotPossible(
            [Blocker("facility_number_is_a_test", {"number": site.facility_number}, "ST-001 §5.3")]
        )
    key: dict[str, Any] = {"facility_number": site.facility_number, "year": at.year}
    DonationCounter.objects.get_or_create(**key)
    counter = rows_to_change(DonationCounter.objects).get(**key)
    counter.last_serial += 1
    counter.save(update_fields=["last_serial"])
    return Din.build(site.facility_number, at.year, counter.last_serial)


def next_division(lot: Lot) -> str:
    """The name of the donation's next container: no two containers of one donation share one, in whatever lot."""
    # Locked, so that two parts of one bank that are filled at the same time wait for each other.
    donation = rows_to_change(Lot.objects).get(din=lot.din, parent__isnull=True)
    return division_code(Material.objects.filter(lot__din=donation.din).count())


def begin_lot(lot: Lot) -> list[Change]:
    """Save a new lot in its first state."""
    lot.state = LotState.IN_PROCESS.value
    lot.save(force_insert=True)
    return [lot_begun(lot.id, LotState.IN_PROCESS)]


def change_lot(lot: Lot, wanted: LotState) -> list[Change]:
    """Bring a lot into another state. Raises NotPossible when the table of states does not allow it."""
    before = rows_to_change(Lot.objects).get(pk=lot.pk).state
    if blockers := lot_transition_blockers(LotState(before), wanted):
        raise NotPossible(blockers)
    lot.state = wanted.value
    lot.save(update_fields=["state"])
    return [lot_changed(lot.id, before, wanted.value)]


def fill(
    *,
    lot: Lot,
    kind: Material.Kind,
    amount: Decimal,
    place: Place,
    at: datetime,
    unit: str = "mL",
    draws: Sequence[Draw] = (),
    how: Derivation.Kind = Derivation.Kind.PROCESS,
    viable_cells: Decimal | None = None,
    viability: Decimal | None = None,
    expires_at: datetime | None = None,
) -> Filled:
    """Fill a new container, drawing what goes into it from others. Raises NotPossible when they hold less."""
    changes = [change for draw in draws for change in take(draw)]
    material = Material.objects.create(
        lot=lot,
        kind=kind,
        division=next_division(lot),
        unit=unit,
        amount=amount,
        remaining=amount,
        viable_cells=viable_cells,
        viability=viability,
        place=place,
        state=MaterialState.HELD.value,
        made_at=at,
        expires_at=expires_at,
    )
    Derivation.objects.bulk_create(
        Derivation(parent=draw.material, child=material, kind=how, taken=draw.amount) for draw in draws
    )
    changes.append(container_made(material.id, lot.id, place.id, amount))
    return Filled(material, changes)


def is_held_back(material: Material) -> bool:
    """Whether the container is in quarantine by itself."""
    return ContainerHold.objects.filter(material=material, lifted_at__isnull=True).exists()


def is_in_sealed_box(material: Material) -> bool:
    """Whether the container is in a box that nobody opened yet."""
    return ShipmentContent.objects.filter(material=material, shipment__opened_at__isnull=True).exists()


def log_is_missing(material: Material) -> bool:
    """Whether the container travelled in a box whose temperature log nobody read yet."""
    return ShipmentContent.objects.filter(material=material, shipment__logs__isnull=True).exists()


def badge_held(person: User, site: Site) -> Badge | None:
    """The live badge of who takes something over, held: who revokes it comes before this or after it."""
    if not list(rows_to_change(Badge.objects).filter(site=site, person=person)):
        return None
    return live_badge(person, site)


def end_stay(material: Material, *, by: User, at: datetime) -> list[Change]:
    """Take the container out of the position it lies in, if any."""
    stay = rows_to_change(StorageStay.objects).filter(material=material, taken_out_at=None).first()
    if stay is None:
        return []
    stay.taken_out_by, stay.taken_out_at = by, at
    stay.save(update_fields=["taken_out_by", "taken_out_at"])
    return [container_taken_out(material.id, stay.position_id)]


def take(draw: Draw, *, becomes: MaterialState = MaterialState.USED_UP) -> list[Change]:
    """Take an amount out of a container; when nothing is left it is what ``becomes`` says."""
    material = rows_to_change(Material.objects).get(pk=draw.material.pk)
    blockers = material_transition_blockers(MaterialState(material.state), becomes)
    if becomes is not MaterialState.DISCARDED:
        blockers += quarantine_blockers(is_held_back=is_held_back(material))
    if blockers:
        raise NotPossible(blockers)
    if draw.amount <= 0 or draw.amount > material.remaining:
        values = {"wanted": draw.amount, "held": material.remaining, "unit": material.unit}
        raise NotPossible([Blocker("container_holds_less", values, "Stroma custody")])
    material.remaining -= draw.amount
    if material.remaining == 0:
        material.state = becomes.value
    material.save(update_fields=["remaining", "state"])
    draw.material.remaining, draw.material.state = material.remaining, material.state
    return [container_drawn(material.id, draw.amount, material.remaining, material.state)]


def tell_that_cells_are_lost(lot: Lot, *, by: User, at: datetime) -> None:
    """Tell earlier steps that the cells of a lot are lost; part of an action. Not where its course has a newer lot."""
    if lot.course is None or Lot.objects.filter(course=lot.course, made_at__gt=lot.made_at).exists():
        return
    for what_follows in readers.registered("cells_lost").values():
        what_follows(lot.course, by, at)
