"""A count that is put right: the wrong one stays, and all that followed from it is worked out anew."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.custody.containers import chains_of
from stroma.custody.models import Material
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.processing.actions.record import EDIT_SOURCE
from stroma.processing.actions.steps import StepRefused
from stroma.processing.count_keeping import all_readings_of, count_facts, keep_count, readings_of
from stroma.processing.domain.counting import AnyCount, BothSamples, Counted, evaluate_count
from stroma.processing.following import forecast_anew, refill
from stroma.processing.models import Batch, BatchStep, CellCount
from stroma.processing.queries import previous_count
from stroma.protocols.domain.blocker import Blocker


@action
def correct_count(
    *, count: CellCount, right: AnyCount, reason: str, by: User, at: datetime
) -> tuple[CellCount, list[Material]]:
    """Put a count right: what was seen, and what it comes to in the container. Gives the containers it changed too.

    The wrong count stays and can be read; the new one says why and by whom. What followed from the wrong one follows
    anew: the doublings of every later count, the cells of every container that was filled from what was counted, and
    the forecast. Their labels then say something else than the record, and are printed anew before the batch is closed.
    """
    batch = rows_to_change(Batch.objects).get(pk=count.step.batch_id)
    lot = batch.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=lot.site, at=at)
    blockers = []
    if batch.closed_at is not None:
        blockers.append(Blocker("batch_closed", {}, "21 CFR 1271.270"))
    if CellCount.objects.filter(corrects=count).exists():
        blockers.append(Blocker("count_corrected_already", {}, EDIT_SOURCE))
    if right == readings_of(count):
        blockers.append(Blocker("count_is_the_same", {}, EDIT_SOURCE))
    if count.repeats is not None and right.volume_ml != count.volume_ml:
        blockers.append(
            Blocker(
                "volume_is_of_the_first_count", {"volume": f"{count.volume_ml.normalize():f}"}, EDIT_SOURCE
            )
        )
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    if blockers:
        raise StepRefused(blockers)
    why = {"reason": reason.strip(), "entered_by": by, "entered_at": at}
    new = _put_right(count, right, why)
    standing = _second_anew(new, why) or new
    changed = list(refill(count.step, standing))
    again = [new, *([standing] if standing != new else []), *_doublings_anew(count.step, why)]
    forecast_anew(batch)
    record(
        "batch.count_corrected",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "lot": lot.id,
            "batch": batch.id,
            "step": count.step.code,
            "count": new.id,
            "corrects": count.id,
            "was": count_facts(count),
            "is": count_facts(new),
            **({"both_samples": count_facts(standing)} if standing != new else {}),
            "followed": {one.step.code: one.cumulative_population_doublings for one in again[1:]},
            "cells": [
                {"container": one.id, "viable_cells": one.viable_cells, "viability": one.viability}
                for one in changed
            ],
        },
        sealed={"reason": reason},
    )
    return new, changed


def _earlier(count: CellCount) -> Any:
    return previous_count(count.step.batch, before=count.step.position)


def _put_right(
    count: CellCount, right: AnyCount, why: dict[str, Any], *, first: CellCount | None = None
) -> CellCount:
    """Write the right count in the place of the wrong one; that of a second sample is worked out with the ``first``."""
    repeats = first or count.repeats
    whole = right if repeats is None else BothSamples(readings_of(repeats), right)
    counted = evaluate_count(whole, _earlier(count))
    return _in_place_of(count, right, counted, why, repeats=repeats)


def _in_place_of(
    count: CellCount,
    right: AnyCount,
    counted: Counted,
    why: dict[str, Any],
    *,
    repeats: CellCount | None,
) -> CellCount:
    by, at = why["entered_by"], why["entered_at"]
    return keep_count(count.step, right, counted, by=by, at=at, corrects=count, repeats=repeats, **why)


def _second_anew(first: CellCount, why: dict[str, Any]) -> CellCount | None:
    """The count of the second sample with the first as it is now; None where no second sample was counted."""
    assert first.corrects is not None
    second = first.corrects.repeated_by.filter(corrected_by=None).first()
    if second is None:
        return None
    return _put_right(second, replace(readings_of(second), volume_ml=first.volume_ml), why, first=first)


def _doublings_anew(step: BatchStep, why: dict[str, Any]) -> Iterator[CellCount]:
    """The doublings of every later count, in order: each counts on from the one before it."""
    later = (
        step.batch.steps.filter(position__gt=step.position).prefetch_related("counts").order_by("position")
    )
    for one in later:
        count = one.standing_count()
        if count is None:
            continue
        counted = evaluate_count(all_readings_of(count), _earlier(count))
        if counted.cumulative_population_doublings != count.cumulative_population_doublings:
            yield _in_place_of(count, readings_of(count), counted, why, repeats=count.repeats)
