"""What several actions do to a lot: call it back from release, and hold one of its results. Called inside actions."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from stroma.clinic.models import User
from stroma.custody.containers import chains_of, change_lot
from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot
from stroma.ledger.record import record
from stroma.release.models import AssayResult, ControlRun, Investigation, ResultHold


def lock_lots(lot_ids: Iterable[UUID]) -> list[Lot]:
    """The lots, in the one order in which everybody locks them, so that no release slips in between."""
    return list(Lot.objects.select_for_update().filter(pk__in=set(lot_ids)).order_by("pk"))


def call_back(lot: Lot, code: str, *, by: User, at: datetime) -> None:
    """Take a released lot, and then its parts, out of everybody's hands because of its line ``code``."""
    for held in [lot, *Lot.objects.filter(parent=lot).order_by("pk")]:
        if Lot.objects.select_for_update().get(pk=held.pk).state != LotState.RELEASED:
            continue
        changes = change_lot(held, LotState.QUARANTINE)
        facts = {"lot": held.id, "line": code, "custody": changes}
        record("lot.called_back", by=by, at=at, chains=chains_of(held), facts=facts)


def place_hold(lot: Lot, result: AssayResult, run: ControlRun, *, by: User, at: datetime) -> ResultHold:
    """Let a result count for nothing until the control passes or quality lifts the hold."""
    hold = ResultHold.objects.create(result=result, run=run, placed_at=at)
    facts = {"lot": lot.id, "result": result.id, "hold": hold.id, "run": run.id}
    record("result.held", by=by, at=at, chains=chains_of(lot), facts=facts)
    return hold


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
