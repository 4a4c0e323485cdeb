"""Cells that must never appear, move or be let go, written straight into the database and refused there.

Each row is one guard and a word on what is wrong; the same write passes once that guard alone is taken away.
"""

from decimal import Decimal
from itertools import product

import pytest

from stroma.clinic.queries import adopted_protocol
from stroma.custody.domain.states import LOT_TRANSITIONS, LotState
from stroma.custody.models import (
    Derivation,
    Discard,
    Donor,
    DonorEligibility,
    HandOver,
    Lot,
    Material,
)
from stroma.ledger.models import Installation
from stroma.processing.models import Batch, BatchStep
from stroma.release.models import Release
from tests.never.house import FROM_A_DONOR
from tests.never.rows import (
    a_container,
    a_lot,
    a_release,
    a_scan,
    a_signature,
    a_witness_signature,
    before,
    draw,
    left_with,
    somebody_else,
)
from tests.never.trial import Case, Write, ids, refusal_of, refused_by_its_guard_alone
from tests.never.unguarded import guards, take_away
from tests.never.world import World

DIGEST = "c" * 64


def changed(rows: object, **values: object) -> Write:
    return lambda: rows.update(**values)  # type: ignore[attr-defined]  # a queryset of any model


# --- Cells from nowhere ------------------------------------------------------------------------------------


def more_than_was_there(world: World) -> Write:
    lot = a_lot(world)
    parent, first, second = (a_container(world, lot) for _ in range(3))
    left_with(parent, "0")
    draw(parent, first, "10")
    return lambda: draw(parent, second, "0.001")


def out_of_a_container_that_is_still_full(world: World) -> Write:
    lot = a_lot(world)
    parent, child = a_container(world, lot), a_container(world, lot)
    return lambda: draw(parent, child, "1")


def twice_what_was_taken_out(world: World) -> Write:
    lot = a_lot(world)
    parent, first, second = (a_container(world, lot) for _ in range(3))
    left_with(parent, "7")
    draw(parent, first, "2")
    return lambda: draw(parent, second, "1.001")


def a_part_larger_than_what_was_taken(world: World) -> Write:
    lot = a_lot(world)
    parent, child = a_container(world, lot), a_container(world, lot, "5")
    left_with(parent, "6")
    return lambda: draw(parent, child, "4", Derivation.Kind.SPLIT)


def into_another_patients_lot(world: World) -> Write:
    parent, child = a_container(world, a_lot(world)), a_container(world, a_lot(world))
    left_with(parent, "0")
    return lambda: draw(parent, child, "10")


def filled_up_again(world: World) -> Write:
    container = left_with(a_container(world, a_lot(world)), "3")
    return changed(Material.objects.filter(pk=container.pk), remaining=Decimal("3.001"))


def come_back_from_the_bin(world: World) -> Write:
    container = left_with(a_container(world, a_lot(world)), "0")
    return changed(Material.objects.filter(pk=container.pk), state="HELD")


def made_larger_afterwards(world: World) -> Write:
    container = a_container(world, a_lot(world))
    return changed(Material.objects.filter(pk=container.pk), amount=Decimal(11))


def moved_into_another_lot(world: World) -> Write:
    container = a_container(world, a_lot(world))
    other = a_lot(world)
    return changed(Material.objects.filter(pk=container.pk), lot=other)


def filled_after_the_release(world: World) -> Write:
    return lambda: a_container(world, world.ready_lot)


def filled_in_quarantine(world: World) -> Write:
    return lambda: a_container(world, world.tested_lot)


def half_empty_from_the_start(world: World) -> Write:
    lot = a_lot(world)
    return lambda: a_container(world, lot, remaining=Decimal(9))


def used_up_from_the_start(world: World) -> Write:
    lot = a_lot(world)
    return lambda: a_container(world, lot, remaining=Decimal(0), state="USED_UP")


def a_later_expiry(world: World) -> Write:
    later = world.ready_dose.expires_at.replace(year=2099)  # type: ignore[union-attr]  # it has one
    return changed(Material.objects.filter(pk=world.ready_dose.pk), expires_at=later)


def an_expiry_taken_away(world: World) -> Write:
    return changed(Material.objects.filter(pk=world.ready_dose.pk), expires_at=None)


def a_sample_called_a_dose(world: World) -> Write:
    sample = Material.objects.filter(lot=world.ready_lot, kind=Material.Kind.SAMPLE)
    return changed(sample, kind=Material.Kind.DOSE)


def more_cells_than_were_counted(world: World) -> Write:
    return changed(Material.objects.filter(pk=world.ready_dose.pk), viable_cells=Decimal(10**12))


def a_container_removed(world: World) -> Write:
    container = a_container(world, a_lot(world))
    return lambda: Material.objects.filter(pk=container.pk).delete()


def more_discarded_than_there_was(world: World) -> Write:
    container = a_container(world, a_lot(world))
    Material.objects.filter(pk=container.pk).update(remaining=0, state="DISCARDED")
    return discarding(world, container, "10.001")


def discarded_and_still_held(world: World) -> Write:
    return discarding(world, a_container(world, a_lot(world)), "10")


def discarding(world: World, container: Material, amount: str) -> Write:
    signature = a_witness_signature(world, container)
    return lambda: Discard.objects.create(
        material=container,
        amount=Decimal(amount),
        discarded_by=world.house.person("technologist"),
        witness=world.house.person("quality"),
        signature=signature,
        discarded_at=world.at,
    )


# --- Whose, and where --------------------------------------------------------------------------------------


def moved_without_a_hand_over(world: World) -> Write:
    freezer = world.house.clinic.place("LN2-1")
    return changed(Material.objects.filter(pk=world.ready_dose.pk), place=freezer)


def handed_over_on_a_scan_that_said_stop(world: World) -> Write:
    return handing_over(world, is_go=False)


def handed_over_on_a_time_outs_scan(world: World) -> Write:
    return handing_over(world, purpose="time_out")


def handed_over_from_where_it_is_not(world: World) -> Write:
    return handing_over(world, from_place="LN2-1")


def handing_over(
    world: World, *, purpose: str = "hand_over", is_go: bool = True, from_place: str = "PROC-1"
) -> Write:
    scan = a_scan(world, world.ready_dose, purpose, is_go=is_go)
    clinic = world.house.clinic
    return lambda: HandOver.objects.create(
        material=world.ready_dose,
        from_place=clinic.place(from_place),
        to_place=clinic.place("LAB-1"),
        received_by=world.house.person("nurse"),
        scan=scan,
        handed_over_at=world.at,
    )


def a_donor_given_to_another_patient(world: World) -> Write:
    return changed(Donor.objects.filter(pk=world.ready_lot.donor_id), patient=world.twin)


def own_cells_called_a_donors(world: World) -> Write:
    return changed(Donor.objects.filter(pk=world.ready_lot.donor_id), relation="ALLOGENEIC")


def a_donor_removed(world: World) -> Write:
    donor = Donor.objects.create(site=world.house.clinic.site, relation="ALLOGENEIC")
    return lambda: Donor.objects.filter(pk=donor.pk).delete()


def eligibility_on_another_donors_signature(world: World) -> Write:
    donor = Donor.objects.create(site=world.house.clinic.site, relation="ALLOGENEIC")
    physiatrist = world.house.person("physiatrist")
    signature = a_signature(
        world,
        world.tested_lot,
        "physiatrist",
        "PHYSIATRIST",
        DIGEST,
        document_kind="donor_eligibility",
        document_id=world.bank.donor_id,
    )
    return lambda: DonorEligibility.objects.create(
        donor=donor,
        outcome="ELIGIBLE",
        signature=signature,
        determined_by=physiatrist,
        determined_at=world.at,
    )


def a_lot_that_begins_released(world: World) -> Write:
    return lambda: a_lot(world, state="RELEASED")


def another_patients_cells_made_for_this_course(world: World) -> Write:
    return lambda: a_lot(world, donor=world.ready_lot.donor)


def a_part_of_another_donation(world: World) -> Write:
    donor = world.tested_lot.donor
    return lambda: a_lot(world, parent=world.tested_lot, donor=donor, course=world.tested)


def a_lot_made_over_to_another_course(world: World) -> Write:
    return changed(Lot.objects.filter(pk=world.ready_lot.pk), course=world.consented)


def a_lot_given_another_donor(world: World) -> Write:
    return changed(Lot.objects.filter(pk=world.ready_lot.pk), donor=world.tested_lot.donor)


def a_lot_renumbered(world: World) -> Write:
    return changed(Lot.objects.filter(pk=world.ready_lot.pk), din="A999926999999")


def a_lot_of_another_protocol(world: World) -> Write:
    other = adopted_protocol(world.house.clinic.site, FROM_A_DONOR)
    return changed(Lot.objects.filter(pk=world.ready_lot.pk), protocol=other)


def a_lot_removed(world: World) -> Write:
    lot = a_lot(world)
    return lambda: Lot.objects.filter(pk=lot.pk).delete()


# --- Processing and release --------------------------------------------------------------------------------


def a_batch_closed_again(world: World) -> Write:
    return changed(Batch.objects.filter(lot=world.ready_lot), closed_at=world.at)


def a_batch_for_another_lot(world: World) -> Write:
    batch = Batch.objects.create(lot=a_lot(world), began_at=world.at)
    return changed(Batch.objects.filter(pk=batch.pk), lot=a_lot(world))


def a_batch_removed(world: World) -> Write:
    batch = Batch.objects.create(lot=a_lot(world), began_at=world.at)
    return lambda: Batch.objects.filter(pk=batch.pk).delete()


def a_step_after_the_batch_was_closed(world: World) -> Write:
    batch = Batch.objects.get(lot=world.ready_lot)
    return lambda: BatchStep.objects.create(
        batch=batch,
        position=99,
        code="fill",
        kind="fill",
        material=world.ready_dose,
        done_by=world.house.person("technologist"),
        done_at=world.at,
    )


def a_role_the_signer_does_not_hold(world: World) -> Write:
    return lambda: a_signature(world, world.tested_lot, "nurse", "QUALITY", DIGEST)


def a_simulated_signature_in_a_real_database(world: World) -> Write:
    take_away("ledger_installation_no_update")
    Installation.objects.update(nature="REAL")
    return lambda: a_signature(world, world.tested_lot, "quality", "QUALITY", DIGEST)


def signed_by_somebody_else(world: World) -> Write:
    lot = world.tested_lot
    signature = a_signature(world, lot, "physiatrist2", "PHYSIATRIST", DIGEST)
    return lambda: a_release(world, lot, DIGEST, physician_signature=signature)


def signed_under_another_certificate(world: World) -> Write:
    lot = world.tested_lot
    signature = a_signature(world, lot, "quality", "QUALITY", "d" * 64)
    return lambda: a_release(world, lot, DIGEST, quality_signature=signature)


def signed_for_another_lot(world: World) -> Write:
    signature = a_signature(world, world.bank, "quality", "QUALITY", DIGEST)
    return lambda: a_release(world, world.tested_lot, DIGEST, quality_signature=signature)


def signed_by_a_technologist_as_physician(world: World) -> Write:
    lot, technologist = world.tested_lot, world.house.person("technologist")
    signature = a_signature(world, lot, "technologist", "TECHNOLOGIST", DIGEST)
    return lambda: a_release(world, lot, DIGEST, physician=technologist, physician_signature=signature)


def signed_after_the_release(world: World) -> Write:
    lot = world.tested_lot
    return lambda: a_release(world, lot, DIGEST, released_at=before(world.at))


def a_signature_under_something_else(world: World) -> Write:
    lot = world.tested_lot
    signature = a_signature(world, lot, "quality", "QUALITY", DIGEST, document_kind="assessment")
    return lambda: a_release(world, lot, DIGEST, quality_signature=signature)


def released_while_in_process(world: World) -> Write:
    lot = a_lot(world)
    return lambda: a_release(world, lot, DIGEST)


def let_go_without_a_release(world: World) -> Write:
    return changed(Lot.objects.filter(pk=world.tested_lot.pk), state="RELEASED")


def let_go_again_by_the_old_release(world: World) -> Write:
    lot = Lot.objects.filter(pk=world.ready_lot.pk)
    lot.update(state="QUARANTINE")
    return changed(lot, state="RELEASED")


CASES = [
    Case("custody_children_sum_to_parent", more_than_was_there, also=("custody_derivation_was_taken",)),
    Case("custody_derivation_was_taken", out_of_a_container_that_is_still_full),
    Case("custody_derivation_was_taken", twice_what_was_taken_out),
    Case("custody_split_child_is_what_was_taken", a_part_larger_than_what_was_taken),
    Case("custody_derivation_within_its_lot", into_another_patients_lot),
    Case("custody_material_only_empties", filled_up_again),
    Case("custody_material_only_empties", come_back_from_the_bin),
    Case("custody_material_only_empties", made_larger_afterwards),
    Case("custody_material_only_empties", moved_into_another_lot),
    Case("custody_material_filled_in_process", filled_after_the_release),
    Case("custody_material_filled_in_process", filled_in_quarantine),
    Case("custody_material_begins_full", half_empty_from_the_start),
    Case("custody_material_begins_full", used_up_from_the_start),
    Case("custody_material_stays_what_it_is", a_later_expiry),
    Case("custody_material_stays_what_it_is", an_expiry_taken_away),
    Case("custody_material_stays_what_it_is", a_sample_called_a_dose),
    Case("custody_material_stays_what_it_is", more_cells_than_were_counted),
    Case("custody_material_no_delete", a_container_removed),
    Case("custody_discard_of_what_was_left", more_discarded_than_there_was),
    Case("custody_discard_of_what_was_left", discarded_and_still_held),
    Case("custody_material_moves_by_hand_over", moved_without_a_hand_over),
    Case("custody_handover_after_its_scan", handed_over_on_a_scan_that_said_stop),
    Case("custody_handover_after_its_scan", handed_over_on_a_time_outs_scan),
    Case("custody_handover_after_its_scan", handed_over_from_where_it_is_not),
    Case("custody_donor_is_who_it_is", a_donor_given_to_another_patient),
    Case("custody_donor_is_who_it_is", own_cells_called_a_donors),
    Case("custody_donor_no_delete", a_donor_removed),
    Case("custody_eligibility_is_signed", eligibility_on_another_donors_signature),
    Case("custody_lot_begins_in_process", a_lot_that_begins_released),
    Case("custody_lot_of_own_cells", another_patients_cells_made_for_this_course),
    Case("custody_lot_part_of_its_parent", a_part_of_another_donation),
    Case("custody_lot_is_whose_it_is", a_lot_made_over_to_another_course),
    Case("custody_lot_is_whose_it_is", a_lot_given_another_donor),
    Case("custody_lot_is_whose_it_is", a_lot_renumbered),
    Case("custody_lot_stays_what_it_is", a_lot_of_another_protocol),
    Case("custody_lot_no_delete", a_lot_removed),
    Case("processing_batch_stays_closed", a_batch_closed_again),
    Case("processing_batch_stays_closed", a_batch_for_another_lot),
    Case("processing_batch_no_delete", a_batch_removed),
    Case(
        "processing_step_of_an_open_batch",
        a_step_after_the_batch_was_closed,
        also=("processing_step_as_planned", "processing_step_leaves_no_gap"),
    ),
    Case("clinic_signature_in_a_held_role", a_role_the_signer_does_not_hold),
    Case("clinic_signature_simulated_where_all_is", a_simulated_signature_in_a_real_database),
    Case("release_is_signed_by_both", signed_by_somebody_else),
    Case("release_is_signed_by_both", signed_under_another_certificate),
    Case("release_is_signed_by_both", signed_for_another_lot),
    Case("release_is_signed_in_both_roles", signed_by_a_technologist_as_physician),
    Case("release_is_signed_in_both_roles", signed_after_the_release),
    Case("release_is_signed_in_both_roles", a_signature_under_something_else),
    Case("release_is_out_of_quarantine", released_while_in_process),
    Case("release_comes_before_released", let_go_without_a_release, also=("release_lets_go_once",)),
    Case("release_lets_go_once", let_go_again_by_the_old_release),
]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_what_must_never_be_written_of_cells_is_refused_by_the_database(world: World, case: Case) -> None:
    refused_by_its_guard_alone(case, world)


@pytest.mark.parametrize(
    ("now", "wanted"), [pair for pair in product(LotState, LotState) if pair[0] != pair[1]]
)
def test_the_database_keeps_the_same_table_of_states_as_the_rule(
    world: World, now: LotState, wanted: LotState
) -> None:
    take_away("custody_lot_begins_in_process", "release_comes_before_released", "release_lets_go_once")
    write = changed(Lot.objects.filter(pk=a_lot(world, state=now).pk), state=wanted)
    if wanted in LOT_TRANSITIONS[now]:
        write()
    else:
        assert refusal_of(write) == guards()["custody_lot_state_table"].message


def test_what_is_right_is_let_through(world: World) -> None:
    lot = a_lot(world)
    parent, first, second = (
        a_container(world, lot),
        a_container(world, lot, "4"),
        a_container(world, lot, "6"),
    )
    left_with(parent, "0")
    draw(parent, first, "4", Derivation.Kind.SPLIT)
    draw(parent, second, "6", Derivation.Kind.SPLIT)
    Material.objects.filter(pk=first.pk).update(remaining=0, state="DISCARDED")
    discarding(world, first, "4")()
    handing_over(world)()
    a_release(world, world.tested_lot, DIGEST)
    Lot.objects.filter(pk=world.tested_lot.pk).update(state="RELEASED")
    assert Release.objects.filter(lot=world.tested_lot).count() == 1


def test_a_lot_called_back_is_let_go_by_new_signatures(world: World) -> None:
    lot = Lot.objects.filter(pk=world.ready_lot.pk)
    lot.update(state="QUARANTINE")
    a_release(world, world.ready_lot, DIGEST)
    assert lot.update(state="RELEASED") == 1


def test_one_person_does_not_sign_for_two(world: World) -> None:
    both = world.house.person("quality")
    other = somebody_else(world, both)
    lot = world.tested_lot
    signatures = {
        "physician_signature": a_signature(world, lot, "physiatrist", "PHYSIATRIST", DIGEST),
        "quality_signature": a_signature(world, lot, "quality", "QUALITY", DIGEST),
    }
    take_away("release_is_signed_by_both")
    said = refusal_of(lambda: a_release(world, lot, DIGEST, physician=both, quality=both, **signatures))
    assert "a_lot_is_released_by_two_people" in said
    a_release(world, lot, DIGEST, physician=other, quality=both, **signatures)
