"""Steps out of order and with what was not fit for use, and records changed: refused by the database itself."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from stroma.clinic.actions import NewPerson, open_site
from stroma.clinic.models import Site
from stroma.custody.models import Material
from stroma.processing.models import (
    Batch,
    BatchStep,
    CellCount,
    EquipmentEvent,
    GrowthForecast,
    PlannedStep,
    ReagentEvent,
    ReagentLot,
    StepEquipment,
    StepException,
    StepPhoto,
    StepReagent,
    StepValue,
)
from tests.lots_on_the_way import a_count_row, a_counter_file, a_counters_count
from tests.never.batch_rows import a_reagent, a_reagent_signature, a_scale, a_step, a_value
from tests.never.rows import a_container, a_lot
from tests.never.trial import Case, Write, ids, refused_by_its_guard_alone
from tests.never.world import World


def next_step(step: BatchStep, code: str, position: int, minutes: int = 5) -> Write:
    return lambda: BatchStep.objects.create(
        batch=step.batch,
        position=position,
        code=code,
        kind="fill",
        material=step.material,
        done_by=step.done_by,
        done_at=step.done_at + timedelta(minutes=minutes),
    )


def planned(world: World) -> BatchStep:
    lot = a_lot(world)
    batch = Batch.objects.create(lot=lot, began_at=world.at)
    for position, code in enumerate(("receive", "concentrate", "fill"), 1):
        PlannedStep.objects.create(batch=batch, position=position, code=code)
    return BatchStep.objects.create(
        batch=batch,
        position=1,
        code="receive",
        kind="receive",
        material=a_container(world, lot),
        done_by=world.house.person("technologist"),
        done_at=world.at,
    )


def a_step_skipped(world: World) -> Write:
    return next_step(planned(world), "fill", 2)


def a_step_nobody_planned(world: World) -> Write:
    return next_step(planned(world), "irradiate", 2)


def a_gap(world: World) -> Write:
    return next_step(a_step(world), "fill", 3)


def a_step_from_yesterday(world: World) -> Write:
    return next_step(a_step(world), "fill", 2, minutes=-1440)


def closed_half_done(world: World) -> Write:
    rows = Batch.objects.filter(pk=planned(world).batch_id)
    return lambda: rows.update(closed_at=world.at)


def an_expired_reagent(world: World) -> Write:
    step = a_step(world)
    reagent = a_reagent(world, "RELEASED", expires_at=step.done_at)
    return lambda: StepReagent.objects.create(step=step, reagent=reagent)


def a_reagent_open_for_too_long(world: World) -> Write:
    step, reagent = a_step(world), a_reagent(world, "RELEASED")
    ReagentEvent.objects.create(
        reagent=reagent,
        kind="OPENED",
        done_by=step.done_by,
        done_at=step.done_at - timedelta(days=2),
        valid_until=step.done_at,
    )
    return lambda: StepReagent.objects.create(step=step, reagent=reagent)


def an_unreleased_reagent(world: World) -> Write:
    step, reagent = a_step(world), a_reagent(world)
    return lambda: StepReagent.objects.create(step=step, reagent=reagent)


def a_recalled_reagent(world: World) -> Write:
    step, reagent = a_step(world), a_reagent(world, "RELEASED", "RECALLED")
    return lambda: StepReagent.objects.create(step=step, reagent=reagent)


def a_release(world: World, reagent: ReagentLot, **facts: Any) -> Write:
    values = {"kind": "RELEASED", "done_by": world.house.person("quality"), "done_at": world.at} | facts
    return lambda: ReagentEvent.objects.create(reagent=reagent, **values)


def a_reagent_released_unsigned(world: World) -> Write:
    return a_release(world, a_reagent(world))


def a_reagent_released_as_another_was_signed(world: World) -> Write:
    return a_release(world, a_reagent(world), signature=a_reagent_signature(world, a_reagent(world)))


def a_reagent_released_for_somebody_elses_signature(world: World) -> Write:
    reagent = a_reagent(world)
    signature = a_reagent_signature(world, reagent)
    return a_release(world, reagent, signature=signature, done_by=world.house.person("technologist"))


def an_opening_that_is_signed(world: World) -> Write:
    reagent = a_reagent(world)
    return a_release(world, reagent, kind="OPENED", signature=a_reagent_signature(world, reagent))


def equipment_never_calibrated(world: World) -> Write:
    step, scale = a_step(world), a_scale(world, calibrated=False)
    return lambda: StepEquipment.objects.create(step=step, equipment=scale)


def equipment_never_cleaned(world: World) -> Write:
    step, scale = a_step(world), a_scale(world, cleaned_for_hours=12)
    return lambda: StepEquipment.objects.create(step=step, equipment=scale)


def equipment_out_of_service(world: World) -> Write:
    step, scale = a_step(world), a_scale(world)
    EquipmentEvent.objects.create(
        equipment=scale, kind="TAKEN_OUT", done_by=step.done_by, done_at=step.done_at, reason="rattles"
    )
    return lambda: StepEquipment.objects.create(step=step, equipment=scale)


def a_correction_with_wider_limits(world: World) -> Write:
    value = a_value(a_step(world))
    return lambda: a_value(
        value.step, value=Decimal(9), maximum=Decimal(20), corrects=value, reason="read again"
    )


def a_correction_of_another_steps_count(world: World) -> Write:
    count, step = a_count_row(a_step(world)), a_step(world)
    return lambda: corrected(count, step, world)


def a_correction_of_the_other_sample(world: World) -> Write:
    first = a_count_row(a_step(world))
    second = repeated(first, world)
    return lambda: corrected(second, first.step, world)


def a_second_sample_of_another_steps_count(world: World) -> Write:
    count, step = a_count_row(a_step(world)), a_step(world)
    return lambda: repeated(count, world, step=step)


def a_second_sample_beside_a_wrong_count(world: World) -> Write:
    count = a_count_row(a_step(world))
    corrected(count, count.step, world)
    return lambda: repeated(count, world)


def a_second_sample_beside_a_second(world: World) -> Write:
    second = repeated(a_count_row(a_step(world)), world)
    return lambda: repeated(second, world, corrects=second, reason="read again")


def a_second_sample_after_the_next_step(world: World) -> Write:
    count = a_count_row(a_step(world))
    next_step(count.step, "fill", 2)()
    return lambda: repeated(count, world)


def a_count_after_the_close(world: World) -> Write:
    step = closed(world)
    return lambda: a_count_row(step)


def a_count_from_another_lots_file(world: World) -> Write:
    file, step = a_counter_file(a_step(world)), a_step(world)
    return lambda: a_counters_count(step, file)


def a_forecast_rewritten(world: World) -> Write:
    forecast = GrowthForecast.objects.create(step=a_step(world), reasons=[], lots_learned=0)
    return lambda: GrowthForecast.objects.filter(pk=forecast.pk).update(lots_learned=1)


def corrected(count: CellCount, step: BatchStep, world: World) -> CellCount:
    return a_count_row(
        step, corrects=count, reason="read again", entered_by=step.done_by, entered_at=world.at
    )


def repeated(count: CellCount, world: World, **facts: Any) -> CellCount:
    told = {"step": count.step, "repeats": count, "entered_by": count.step.done_by, "entered_at": world.at}
    return a_count_row(**(told | facts))


def closed(world: World) -> BatchStep:
    step = a_step(world)
    Batch.objects.filter(pk=step.batch_id).update(closed_at=world.at)
    return step


def equipment_after_the_close(world: World) -> Write:
    step, scale = closed(world), a_scale(world)
    return lambda: StepEquipment.objects.create(step=step, equipment=scale)


def a_reagent_after_the_close(world: World) -> Write:
    step, reagent = closed(world), a_reagent(world, "RELEASED")
    return lambda: StepReagent.objects.create(step=step, reagent=reagent)


def a_value_after_the_close(world: World) -> Write:
    step = closed(world)
    return lambda: a_value(step)


def an_exception_after_the_close(world: World) -> Write:
    step = closed(world)
    return lambda: StepException.objects.create(
        step=step,
        code="step_late",
        values={},
        source="s",
        reason="r",
        raised_by=step.done_by,
        raised_at=world.at,
    )


def a_photo_after_the_close(world: World) -> Write:
    step = closed(world)
    return lambda: StepPhoto.objects.create(
        step=step,
        name="p",
        media_type="image/png",
        sha256="f" * 64,
        content=b"p",
        taken_by=step.done_by,
        taken_at=world.at,
    )


def a_reagent_of_another_site(world: World) -> Write:
    step = a_step(world)
    reagent = a_reagent(world, "RELEASED", site=another_site(world))
    return lambda: StepReagent.objects.create(step=step, reagent=reagent)


def equipment_of_another_site(world: World) -> Write:
    step = a_step(world)
    scale = a_scale(world, site=another_site(world))
    return lambda: StepEquipment.objects.create(step=step, equipment=scale)


def another_site(world: World) -> Site:
    site, _ = open_site(
        name="Elsewhere",
        facility_number="A9998",
        time_zone="UTC",
        address="",
        administrator=NewPerson("elsewhere", "Eve Elsewhere"),
        by="tests",
        at=world.house.now,
    )
    return site


CASES = [
    Case("processing_step_as_planned", a_step_skipped),
    Case("processing_step_as_planned", a_step_nobody_planned),
    Case("processing_step_leaves_no_gap", a_gap),
    Case("processing_step_after_the_one_before", a_step_from_yesterday),
    Case("processing_batch_closes_when_done", closed_half_done),
    Case("processing_reagent_not_expired", an_expired_reagent),
    Case("processing_reagent_not_expired", a_reagent_open_for_too_long),
    Case("processing_reagent_released", an_unreleased_reagent),
    Case("processing_reagent_released", a_recalled_reagent),
    Case("processing_reagent_released_as_signed", a_reagent_released_unsigned),
    Case("processing_reagent_released_as_signed", a_reagent_released_as_another_was_signed),
    Case("processing_reagent_released_as_signed", a_reagent_released_for_somebody_elses_signature),
    Case("processing_reagent_released_as_signed", an_opening_that_is_signed),
    Case("processing_reagent_of_this_site", a_reagent_of_another_site),
    Case("processing_equipment_fit", equipment_never_calibrated),
    Case("processing_equipment_fit", equipment_never_cleaned),
    Case("processing_equipment_fit", equipment_out_of_service),
    Case("processing_equipment_of_this_site", equipment_of_another_site),
    Case("processing_value_corrects_itself", a_correction_with_wider_limits),
    Case("processing_count_corrects_itself", a_correction_of_another_steps_count),
    Case("processing_count_corrects_itself", a_correction_of_the_other_sample),
    Case("processing_count_repeats_its_own", a_second_sample_of_another_steps_count),
    Case("processing_count_repeats_its_own", a_second_sample_beside_a_wrong_count),
    Case("processing_count_repeats_its_own", a_second_sample_beside_a_second),
    Case("processing_count_repeats_in_time", a_second_sample_after_the_next_step),
    Case("processing_cellcount_of_an_open_batch", a_count_after_the_close),
    Case("processing_count_from_its_lots_file", a_count_from_another_lots_file),
    Case("processing_growthforecast_no_update", a_forecast_rewritten),
    Case("processing_stepequipment_of_an_open_batch", equipment_after_the_close),
    Case("processing_stepreagent_of_an_open_batch", a_reagent_after_the_close),
    Case("processing_stepvalue_of_an_open_batch", a_value_after_the_close),
    Case("processing_stepexception_of_an_open_batch", an_exception_after_the_close),
    Case("processing_stepphoto_of_an_open_batch", a_photo_after_the_close),
]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_the_database_refuses_it(case: Case, world: World) -> None:
    refused_by_its_guard_alone(case, world)


@pytest.mark.parametrize(
    "facts", [{"value": Decimal(9)}, {"value": Decimal(6), "minimum": Decimal("6.5")}], ids=["above", "below"]
)
def test_a_value_outside_its_limits_is_written_with_a_reason_only(
    world: World, facts: dict[str, Decimal]
) -> None:
    step = a_step(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_value(step, **facts)
    assert a_value(step, **facts, reason="read twice").pk


def test_a_correction_is_written_with_a_reason_only(world: World) -> None:
    value = a_value(a_step(world))
    with pytest.raises(IntegrityError), transaction.atomic():
        a_value(value.step, value=Decimal(6), corrects=value)
    assert StepValue.objects.filter(step=value.step).count() == 1


def test_a_count_is_corrected_by_somebody_for_a_reason_only(world: World) -> None:
    count = a_count_row(a_step(world))
    told = {"corrects": count, "entered_by": count.step.done_by, "entered_at": world.at}
    for name in ("reason", *told):
        facts = told | {"reason": "read again"}
        del facts[name]
        with pytest.raises(IntegrityError), transaction.atomic():
            a_count_row(count.step, **facts)
    assert corrected(count, count.step, world).pk


def test_a_containers_cells_follow_a_corrected_count_and_nothing_else(world: World) -> None:
    step = a_step(world)
    rows = Material.objects.filter(pk=step.material_id)
    count = a_count_row(step)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(viable_cells=1, viability=Decimal("0.5"))
    corrected(count, step, world)
    assert rows.update(viable_cells=1, viability=Decimal("0.5")) == 1
    Batch.objects.filter(pk=step.batch_id).update(closed_at=world.at)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(viable_cells=2)


def test_a_containers_cells_follow_a_second_sample_too(world: World) -> None:
    step = a_step(world)
    rows = Material.objects.filter(pk=step.material_id)
    repeated(a_count_row(step), world)
    assert rows.update(viable_cells=1, viability=Decimal("0.5")) == 1


def test_a_step_is_counted_again_once_and_by_somebody(world: World) -> None:
    first = a_count_row(a_step(world))
    for without in ({"entered_by": None}, {"entered_at": None}, {"reason": "why"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            repeated(first, world, **without)
    repeated(first, world)
    with pytest.raises(IntegrityError), transaction.atomic():
        repeated(first, world)
    assert first.step.standing_count() == CellCount.objects.standing().get(step=first.step)


def test_a_count_is_of_squares_or_of_a_counters_file_and_whole(world: World) -> None:
    step = a_step(world)
    file = a_counter_file(step)
    for facts in ({"squares": None}, {"viable_per_ml": 1}, {"file": file}):
        with pytest.raises(IntegrityError), transaction.atomic():
            a_count_row(step, **facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_counters_count(step, file, total_per_ml=None)
    assert a_counters_count(step, file).pk
