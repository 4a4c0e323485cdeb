"""Containers in storage, on the way, in quarantine and in pools: written straight into the database, refused there."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from stroma.custody.models import (
    ContainerHold,
    Derivation,
    Discard,
    FreezeThaw,
    HandOver,
    HandOverUndo,
    Material,
    Pooling,
    Shipment,
    ShipmentContent,
    StorageStay,
)
from tests.never.rows import (
    a_container,
    a_hold,
    a_log,
    a_lot,
    a_pool,
    a_position,
    a_scan,
    a_shipment,
    a_stay,
    a_witness_signature,
    handed,
    left_with,
)
from tests.never.trial import Case, Write, ids, refusal_of, refused_by_its_guard_alone
from tests.never.world import World


def changed(rows: object, **values: object) -> Write:
    return lambda: rows.update(**values)  # type: ignore[attr-defined]  # a queryset of any model


def taken_from_quarantine(world: World) -> Write:
    container = a_container(world, a_lot(world))
    a_hold(world, container)
    return changed(Material.objects.filter(pk=container.pk), remaining=Decimal(9))


def given_from_quarantine(world: World) -> Write:
    a_hold(world, world.ready_dose)
    return changed(Material.objects.filter(pk=world.ready_dose.pk), remaining=0, state="ADMINISTERED")


def a_hold_that_gets_another_cause(world: World) -> Write:
    hold = a_hold(world, a_container(world, a_lot(world)))
    by = world.house.person("quality")
    rows = ContainerHold.objects.filter(pk=hold.pk)
    return changed(rows, cause="OTHER", lifted_at=world.at, lifted_by=by)


def a_hold_placed_again(world: World) -> Write:
    hold = a_hold(world, a_container(world, a_lot(world)))
    rows = ContainerHold.objects.filter(pk=hold.pk)
    rows.update(lifted_at=world.at, lifted_by=world.house.person("quality"))
    return changed(rows, lifted_at=None, lifted_by=None)


def a_hold_removed(world: World) -> Write:
    hold = a_hold(world, a_container(world, a_lot(world)))
    return lambda: ContainerHold.objects.filter(pk=hold.pk).delete()


def pooled_more_than_was_poured(world: World) -> Write:
    pool = a_pool(world, "20.001")
    by = world.house.person("technologist")
    return lambda: Pooling.objects.create(child=pool, pooled_by=by, pooled_at=world.at)


def a_pool_of_nothing(world: World) -> Write:
    container = a_container(world, a_lot(world))
    by = world.house.person("technologist")
    return lambda: Pooling.objects.create(child=container, pooled_by=by, pooled_at=world.at)


def drawn_from_a_pool_nobody_accounted_for(world: World) -> Write:
    return changed(Material.objects.filter(pk=a_pool(world).pk), remaining=Decimal(1))


def discarded_without_a_witness(world: World) -> Write:
    container = a_container(world, a_lot(world))
    Material.objects.filter(pk=container.pk).update(remaining=0, state="DISCARDED")
    return lambda: Discard.objects.create(
        material=container,
        amount=Decimal(10),
        discarded_by=world.house.person("technologist"),
        witness=world.house.person("quality"),
        discarded_at=world.at,
    )


def witnessed_by_the_signature_for_another_container(world: World) -> Write:
    container, other = a_container(world, a_lot(world)), a_container(world, a_lot(world))
    Material.objects.filter(pk=container.pk).update(remaining=0, state="DISCARDED")
    signature = a_witness_signature(world, other)
    return lambda: Discard.objects.create(
        material=container,
        amount=Decimal(10),
        discarded_by=world.house.person("technologist"),
        witness=world.house.person("quality"),
        signature=signature,
        discarded_at=world.at,
    )


def stored_where_it_is_not(world: World) -> Write:
    container = a_container(world, a_lot(world))
    position = a_position(world, "INC-1")
    return lambda: a_stay(world, container, position)


def stored_empty(world: World) -> Write:
    container = left_with(a_container(world, a_lot(world)), "0")
    position = a_position(world)
    return lambda: a_stay(world, container, position)


def a_stay_moved_to_another_position(world: World) -> Write:
    stay = a_stay(world, a_container(world, a_lot(world)), a_position(world))
    by = world.house.person("technologist")
    rows = StorageStay.objects.filter(pk=stay.pk)
    return changed(rows, position=a_position(world), taken_out_at=world.at, taken_out_by=by)


def a_stay_removed(world: World) -> Write:
    stay = a_stay(world, a_container(world, a_lot(world)), a_position(world))
    return lambda: StorageStay.objects.filter(pk=stay.pk).delete()


def moved_while_it_lies_in_storage(world: World) -> Write:
    container = a_container(world, a_lot(world))
    a_stay(world, container, a_position(world))
    handed(world, container, "INC-1")
    return changed(Material.objects.filter(pk=container.pk), place=world.house.clinic.place("INC-1"))


def frozen_after_thawing(world: World) -> Write:
    container, by = a_container(world, a_lot(world)), world.house.person("technologist")
    FreezeThaw.objects.create(material=container, kind="THAWED", done_by=by, done_at=world.at)
    return lambda: FreezeThaw.objects.create(material=container, kind="FROZEN", done_by=by, done_at=world.at)


def packed_in_two_boxes(world: World) -> Write:
    container = a_container(world, a_lot(world))
    ShipmentContent.objects.create(shipment=a_shipment(world), material=container)
    other = a_shipment(world)
    return lambda: ShipmentContent.objects.create(shipment=other, material=container)


def packed_where_it_is_not(world: World) -> Write:
    container = a_container(world, a_lot(world))
    shipment = a_shipment(world, "INC-1")
    return lambda: ShipmentContent.objects.create(shipment=shipment, material=container)


def handed_over_out_of_a_sealed_box(world: World) -> Write:
    container = a_container(world, a_lot(world))
    ShipmentContent.objects.create(shipment=a_shipment(world), material=container)
    scan = a_scan(world, container, "hand_over")
    return lambda: handed(world, container, "INC-1", scan=scan)


def a_seal_rewritten(world: World) -> Write:
    shipment = a_shipment(world)
    by = world.house.person("nurse")
    rows = Shipment.objects.filter(pk=shipment.pk)
    return changed(rows, seal="S-2", seal_read="S-2", opened_at=world.at, opened_by=by)


def a_log_in_the_place_of_another_box_s(world: World) -> Write:
    first, other = a_log(world, a_shipment(world)), a_shipment(world)
    return lambda: a_log(world, other, corrects=first, reason="the logger of another box")


def a_journey_removed(world: World) -> Write:
    shipment = a_shipment(world)
    return lambda: Shipment.objects.filter(pk=shipment.pk).delete()


def taken_back_to_somewhere_else(world: World) -> Write:
    container = a_container(world, a_lot(world))
    there = handed(world, container, "INC-1")
    Material.objects.filter(pk=container.pk).update(place=there.to_place)
    container.refresh_from_db()
    on = handed(world, container, "LN2-1")
    by = world.house.person("technologist")
    return lambda: HandOverUndo.objects.create(hand_over=there, back=on, undone_by=by, undone_at=world.at)


CASES = [
    Case("custody_held_back_gives_nothing", taken_from_quarantine),
    Case("custody_hold_is_only_lifted", a_hold_that_gets_another_cause),
    Case("custody_hold_is_only_lifted", a_hold_placed_again),
    Case("custody_containerhold_no_delete", a_hold_removed),
    Case("custody_pool_holds_what_was_poured", pooled_more_than_was_poured),
    Case("custody_pool_holds_what_was_poured", a_pool_of_nothing),
    Case("custody_pool_is_accounted_for_before_use", drawn_from_a_pool_nobody_accounted_for),
    Case("custody_discard_is_witnessed", discarded_without_a_witness),
    Case("custody_discard_is_witnessed", witnessed_by_the_signature_for_another_container),
    Case("custody_stay_where_the_unit_stands", stored_where_it_is_not),
    Case("custody_stay_where_the_unit_stands", stored_empty),
    Case("custody_stay_only_ends", a_stay_moved_to_another_position),
    Case("custody_storagestay_no_delete", a_stay_removed),
    Case("custody_taken_out_before_it_moves", moved_while_it_lies_in_storage),
    Case("custody_thawed_after_frozen", frozen_after_thawing),
    Case("custody_packed_in_one_sealed_box", packed_in_two_boxes),
    Case("custody_packed_in_one_sealed_box", packed_where_it_is_not),
    Case("custody_no_hand_into_a_sealed_box", handed_over_out_of_a_sealed_box),
    Case("custody_shipment_is_only_opened", a_seal_rewritten),
    Case("custody_shipment_no_delete", a_journey_removed),
    Case("custody_log_corrects_its_own", a_log_in_the_place_of_another_box_s),
    Case("custody_undo_brings_it_back", taken_back_to_somewhere_else),
]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_what_must_never_be_written_of_kept_cells_is_refused_by_the_database(
    world: World, case: Case
) -> None:
    refused_by_its_guard_alone(case, world)


def test_a_dose_in_quarantine_is_not_given(world: World) -> None:
    assert "quarantine" in refusal_of(given_from_quarantine(world))


def test_two_containers_never_lie_in_one_position(world: World) -> None:
    lot, position = a_lot(world), a_position(world)
    a_stay(world, a_container(world, lot), position)
    other = a_container(world, lot)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_stay(world, other, position)


def test_a_container_never_lies_in_two_positions(world: World) -> None:
    container = a_container(world, a_lot(world))
    a_stay(world, container, a_position(world))
    second = a_position(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_stay(world, container, second)


def test_a_box_is_not_opened_by_another_seal(world: World) -> None:
    shipment, by = a_shipment(world), world.house.person("nurse")
    rows = Shipment.objects.filter(pk=shipment.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(seal_read="S-2", opened_at=world.at, opened_by=by)
    assert rows.update(seal_read="S-1", opened_at=world.at, opened_by=by) == 1


def test_what_is_right_is_let_through(world: World) -> None:
    by = world.house.person("technologist")
    pool = a_pool(world)
    Pooling.objects.create(child=pool, pooled_by=by, pooled_at=world.at)
    assert Material.objects.filter(pk=pool.pk).update(remaining=Decimal(19)) == 1
    assert Derivation.objects.filter(child=pool, kind="POOL").count() == 2
    hold = a_hold(world, pool)
    rows = ContainerHold.objects.filter(pk=hold.pk)
    assert rows.update(lifted_at=world.at, lifted_by=world.house.person("quality")) == 1
    assert Material.objects.filter(pk=pool.pk).update(remaining=Decimal(18)) == 1
    assert HandOver.objects.filter(material=pool).count() == 0
