"""A second sample counted on the same day because the first leaves a doubt; or not counted, and why."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.competence_queries import not_competent
from stroma.clinic.domain.competence import Skill
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.custody.containers import chains_of
from stroma.custody.models import Material
from stroma.ledger.locks import rows_to_change
from stroma.ledger.readers import registered
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.processing.actions.steps import StepRefused
from stroma.processing.count_keeping import count_facts, keep_count, readings_of
from stroma.processing.domain.counting import AnyCount, BothSamples, evaluate_count
from stroma.processing.domain.recounting import RECOUNT_SOURCE, decline_blockers, recount_blockers
from stroma.processing.following import forecast_anew, refill
from stroma.processing.models import Batch, BatchStep, CellCount, StepException
from stroma.processing.queries import previous_count
from stroma.processing.recount_queries import DECLINED, recountable
from stroma.protocols.domain.blocker import Blocker


@action
def count_again(
    *, step: BatchStep, count: AnyCount, by: User, at: datetime
) -> tuple[CellCount, list[Material]]:
    """Count a second sample of what a step counted. Gives the containers that hold the mean of both now.

    Neither count is dropped: cells, viability and doublings are those of both samples together from now on, in the
    containers that the step filled and in the forecast, which is made anew.
    """
    batch = rows_to_change(Batch.objects).get(pk=step.batch_id)
    lot = batch.lot
    authorize(by, Role.TECHNOLOGIST, site=lot.site, at=at)
    blockers = [
        *recount_blockers(recountable(step, batch), at=at),
        *not_competent(by, Skill.BATCH_STEP, site=lot.site, at=at),
    ]
    first = step.standing_count()
    if first is not None and count.volume_ml != first.volume_ml:
        blockers.append(
            Blocker(
                "volume_is_of_the_first_count", {"volume": f"{first.volume_ml.normalize():f}"}, RECOUNT_SOURCE
            )
        )
    if blockers or first is None:
        raise StepRefused(blockers)
    both = BothSamples(readings_of(first), count)
    counted = evaluate_count(both, previous_count(batch, before=step.position))
    told = {"repeats": first, "entered_by": by, "entered_at": at}
    second = keep_count(step, count, counted, by=by, at=at, **told)
    changed = list(refill(step, second))
    for hold in registered("count_made").values():
        hold(step, by=by, at=at)
    forecast_anew(batch)
    record(
        "batch.counted_again",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "lot": lot.id,
            "batch": batch.id,
            "step": step.code,
            "count": second.id,
            "is": count_facts(second),
            "population_doublings": second.population_doublings,
            "cumulative_population_doublings": second.cumulative_population_doublings,
            "cells": [
                {"container": one.id, "viable_cells": one.viable_cells, "viability": one.viability}
                for one in changed
            ],
        },
    )
    return second, changed


@action
def decline_recount(*, step: BatchStep, reason: str, by: User, at: datetime) -> StepException:
    """Say why the second count that was asked for is not made; it stands as an exception of the step."""
    batch = rows_to_change(Batch.objects).get(pk=step.batch_id)
    lot = batch.lot
    authorize(by, Role.TECHNOLOGIST, site=lot.site, at=at)
    if blockers := decline_blockers(recountable(step, batch), reason):
        raise StepRefused(blockers)
    declined = StepException.objects.create(
        step=step,
        code=DECLINED,
        values={},
        source=RECOUNT_SOURCE,
        reason=reason.strip(),
        raised_by=by,
        raised_at=at,
    )
    record(
        "batch.recount_declined",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"lot": lot.id, "batch": batch.id, "step": step.code, "exception": declined.id},
        sealed={"reason": reason},
    )
    return declined
