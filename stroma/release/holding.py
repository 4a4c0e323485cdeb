"""What several actions do to a lot: call it back from release, hold a result or a count, open an investigation.

Called inside actions.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from stroma.clinic.models import User
from stroma.clinic.queries import protocol_of
from stroma.custody.containers import chains_of, change_lot
from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.processing.models import BatchStep
from stroma.release.control_queries import failing_runs
from stroma.release.domain.derived import FROM_THE_COUNT
from stroma.release.models import AssayResult, ControlRun, Investigation, ResultHold


def lock_lots(lot_ids: Iterable[UUID]) -> list[Lot]:
    """The lots, in the one order in which everybody locks them, so that no release slips in between."""
    return list(rows_to_change(Lot.objects).filter(pk__in=set(lot_ids)).order_by("pk"))


def call_back(lot: Lot, code: str, *, by: User, at: datetime) -> None:
    """Take a released lot, and then its parts, out of everybody's hands because of its line ``code``."""
    for held in [lot, *Lot.objects.filter(parent=lot).order_by("pk")]:
        if rows_to_change(Lot.objects).get(pk=held.pk).state != LotState.RELEASED:
            continue
        changes = change_lot(held, LotState.QUARANTINE)
        facts = {"lot": held.id, "line": code, "custody": changes}
        record("lot.called_back", by=by, at=at, chains=chains_of(held), facts=facts)


def place_hold(
    lot: Lot, held: AssayResult | BatchStep, run: ControlRun, *, by: User, at: datetime
) -> ResultHold:
    """Let a result, or the count of a step, count for nothing until the control passes or quality lifts the hold."""
    step = held if isinstance(held, BatchStep) else None
    result = held if isinstance(held, AssayResult) else None
    hold = ResultHold.objects.create(result=result, step=step, run=run, placed_at=at)
    facts = {"lot": lot.id, "hold": hold.id, "run": run.id}
    facts |= {"result": result.id} if result else {"count_of_step": held.id}
    record("result.held", by=by, at=at, chains=chains_of(lot), facts=facts)
    return hold


def hold_a_new_count(step: BatchStep, *, by: User, at: datetime) -> None:
    """Hold the count just made at a step while a control stands failed that covers a line computed from it.

    A control that held the first of two samples holds the second with it.
    """
    lot = step.batch.lot
    asked = {limit.code for limit in protocol_of(lot.protocol).specification}
    known = set(ResultHold.objects.filter(step=step).values_list("run_id", flat=True))
    for run in failing_runs(lot.site, FROM_THE_COUNT & asked):
        if run.pk in known:
            continue
        place_hold(lot, step, run, by=by, at=at)


def begin_investigation(
    lot: Lot, code: str, result: AssayResult | None, *, by: User, at: datetime
) -> Investigation:
    """The row and its entry, inside another action."""
    opened = Investigation.objects.create(lot=lot, code=code, result=result, opened_by=by, opened_at=at)
    facts = {
        "lot": lot.id,
        "investigation": opened.id,
        "line": code,
        "result": result.id if result else None,
    }
    record("investigation.opened", by=by, at=at, chains=chains_of(lot), facts=facts)
    return opened
