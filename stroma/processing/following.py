"""What follows from a count that was corrected or repeated: cells of containers, and the forecast.

Called inside actions.
"""

from collections.abc import Iterator
from decimal import Decimal

from stroma.custody.models import Derivation, Material
from stroma.processing.domain.recounting import carried_cells
from stroma.processing.growth import keep_forecast
from stroma.processing.models import Batch, BatchStep, CellCount, GrowthForecast
from stroma.processing.queries import PLATED


def refill(step: BatchStep, count: CellCount) -> Iterator[Material]:
    """Give what the step made the cells that were counted in it, and carry them on into what was filled from it."""
    for drawn in _filled_at(step):
        made = drawn.child
        before = made.viable_cells
        made.viable_cells, made.viability = count.viable_cells, count.viability
        made.save(update_fields=["viable_cells", "viability"])
        yield made
        yield from _carry(step, made, before)


def _carry(step: BatchStep, parent: Material, before: Decimal | None) -> Iterator[Material]:
    """The containers filled from this one that were not counted by themselves, and theirs."""
    counted = {
        (one.material_id, one.done_at)
        for one in step.batch.steps.filter(position__gt=step.position, counts__isnull=False)
    }
    for drawn in Derivation.objects.filter(parent=parent, child__lot=parent.lot_id).select_related("child"):
        child = drawn.child
        if (parent.pk, child.made_at) in counted or child.viable_cells is None:
            continue
        known = child.viable_cells
        child.viable_cells = carried_cells(
            child=known,
            was=before,
            now=parent.viable_cells or Decimal(0),
            share=drawn.taken / parent.amount,
            is_pooled=drawn.kind == Derivation.Kind.POOL,
        )
        child.viability = parent.viability
        child.save(update_fields=["viable_cells", "viability"])
        yield child
        yield from _carry(step, child, known)


def _filled_at(step: BatchStep) -> list[Derivation]:
    """What the step made of its container; a step that only counts made nothing."""
    made = Derivation.objects.filter(
        parent=step.material, child__made_at=step.done_at, child__lot=step.material.lot_id
    )
    return list(made.select_related("child"))


def forecast_anew(batch: Batch) -> GrowthForecast | None:
    """The last forecast, made from the counts as they stand now."""
    standing = (
        GrowthForecast.objects.filter(step__batch=batch, step__kind__in=PLATED, replaced_by=None)
        .select_related("step__batch")
        .order_by("step__position")
        .last()
    )
    return None if standing is None else keep_forecast(standing.step, replaces=standing)
