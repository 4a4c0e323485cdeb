"""Rows of the batch record and of the registers, written without any action."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from stroma.clinic.models import Signature
from stroma.processing.models import (
    Batch,
    BatchStep,
    Equipment,
    EquipmentEvent,
    FindingAcceptance,
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
from tests.lots_on_the_way import a_counter_file, a_counters_count
from tests.never.rows import a_container, a_lot
from tests.never.world import World


def a_step(world: World, **facts: Any) -> BatchStep:
    """A step of an open batch record that nothing planned, on a container of a new lot."""
    lot = a_lot(world)
    values = {"position": 1, "code": "receive", "kind": "receive", "done_at": world.at} | facts
    return BatchStep.objects.create(
        batch=Batch.objects.create(lot=lot, began_at=world.at),
        material=a_container(world, lot),
        done_by=world.house.person("technologist"),
        **values,
    )


def a_reagent(world: World, *happened: str, **facts: Any) -> ReagentLot:
    """A reagent lot to which all of ``happened`` came an hour ago; it keeps for a day unless told otherwise."""
    by, number = world.house.person("quality"), ReagentLot.objects.count()
    values = {"expires_at": world.at + timedelta(days=1), "site": world.house.clinic.site} | facts
    reagent = ReagentLot.objects.create(
        kind="dye",
        name="Dye",
        manufacturer="Maker",
        number=f"{number}",
        code=f"DY-{number}",
        received_by=by,
        received_at=world.at - timedelta(days=9),
        **values,
    )
    for kind in happened:
        ReagentEvent.objects.create(
            reagent=reagent,
            kind=kind,
            done_by=by,
            done_at=world.at - timedelta(hours=1),
            reason="known",
            signature=a_reagent_signature(world, reagent) if kind == "RELEASED" else None,
        )
    return reagent


def a_reagent_signature(world: World, reagent: ReagentLot, **facts: Any) -> Signature:
    """Quality's signature under the release of a reagent lot."""
    by = world.house.person("quality")
    values = {"role": "QUALITY", "document_kind": "reagent_release", "document_id": reagent.pk} | facts
    return Signature.objects.create(
        site=world.house.clinic.site,
        signer=by,
        printed_name=by.name,
        meaning="APPROVAL",
        document_digest="d" * 64,
        method="SIMULATED",
        signed_at=world.at,
        **values,
    )


def a_scale(world: World, *, calibrated: bool = True, **facts: Any) -> Equipment:
    """A piece of equipment that needs no cleaning."""
    by = world.house.person("quality")
    values = {"site": world.house.clinic.site} | facts
    scale = Equipment.objects.create(
        kind="scale",
        name="Scale",
        code=f"SC-{Equipment.objects.count()}",
        added_by=by,
        added_at=world.at,
        **values,
    )
    if calibrated:
        then = world.at - timedelta(hours=1)
        EquipmentEvent.objects.create(
            equipment=scale, kind="CALIBRATED", done_by=by, done_at=then, valid_until=then + timedelta(days=9)
        )
    return scale


def a_value(step: BatchStep, **facts: Any) -> StepValue:
    """A value within its limits."""
    values = {"code": "ph", "value": Decimal(7), "maximum": Decimal(8), "entered_at": step.done_at} | facts
    return StepValue.objects.create(step=step, title="pH", entered_by=step.done_by, **values)


def one_row_of_a_step(world: World) -> None:
    """A row of each kind that is written with a step, and of the registers."""
    step, by, at = a_step(world), world.house.person("technologist"), world.at
    PlannedStep.objects.create(batch=step.batch, position=1, code="receive")
    StepEquipment.objects.create(step=step, equipment=a_scale(world))
    StepReagent.objects.create(step=step, reagent=a_reagent(world, "RELEASED"))
    a_value(step)
    a_counters_count(step, a_counter_file(step))
    GrowthForecast.objects.create(step=step, reasons=[], lots_learned=0)
    StepException.objects.create(
        step=step, code="step_late", values={}, source="s", reason="r", raised_by=by, raised_at=at
    )
    StepPhoto.objects.create(
        step=step,
        name="p",
        media_type="image/png",
        sha256="f" * 64,
        content=b"p",
        taken_by=by,
        taken_at=at,
    )
    FindingAcceptance.objects.create(
        batch=step.batch,
        step=step.code,
        code="value_drifts",
        finding="f" * 64,
        reason="r",
        accepted_by=by,
        accepted_at=at,
    )
