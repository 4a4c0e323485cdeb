"""Controls: a material, its runs, what a failed run holds, and how a hold is lifted."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site, User
from stroma.custody.containers import chains_of
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.release.control_queries import (
    counts_covered_by,
    covered_by,
    held_lot,
    judged_run,
    lines_covered,
    open_holds_of,
    target_of,
)
from stroma.release.domain import controls
from stroma.release.domain.controls import RunVerdict
from stroma.release.holding import call_back, lock_lots, place_hold
from stroma.release.models import ControlMaterial, ControlRun, ResultHold, ResultHoldLift


class ControlRefused(Refused):
    """The control cannot be used, run or lifted so."""


@action
def open_control(
    *,
    site: Site,
    name: str,
    lot_number: str,
    codes: Sequence[str],
    unit: str = "",
    target: Decimal | None = None,
    sd: Decimal | None = None,
    learn_from: int | None = None,
    by: User,
    at: datetime,
) -> ControlMaterial:
    """Take a control material into use, with its target and spread or learning them from its first runs."""
    authorize(by, Role.QUALITY, site=site, at=at)
    blockers = controls.material_blockers(
        target=None if target is None else float(target),
        sd=None if sd is None else float(sd),
        learn_from=learn_from,
    )
    if ControlMaterial.objects.filter(site=site, name=name, lot_number=lot_number).exists():
        blockers.append(Blocker("control_named_already", {"name": name, "lot": lot_number}, controls.SOURCE))
    if not codes:
        blockers.append(Blocker("control_covers_nothing", {}, controls.SOURCE))
    if blockers:
        raise ControlRefused(blockers)
    material = ControlMaterial.objects.create(
        site=site,
        name=name,
        lot_number=lot_number,
        codes=sorted(codes),
        unit=unit,
        target=target,
        sd=sd,
        learn_from=learn_from,
        opened_by=by,
        opened_at=at,
    )
    facts = {
        "control": material.id,
        "name": name,
        "lot": lot_number,
        "lines": sorted(codes),
        "target": target,
        "sd": sd,
        "learn_from": learn_from,
    }
    record("control.opened", by=by, at=at, chains=[site_chain(site.id)], facts=facts)
    return material


@action
def run_control(
    *, material: ControlMaterial, value: Decimal, instrument: str = "", by: User, at: datetime
) -> ControlRun:
    """Record a run of a control, judged by Westgard's rules.

    A failed run holds every result of its lines since the last run that passed, and every count where a line of the lot
    is computed from counts; what is computed from either is held with it. A released lot with such a result or count is
    called back. A run that passes lifts what failed runs of this material held. The verdict is written with the run and
    is never judged anew.
    """
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=material.site, at=at)
    # A result of its lines waits for this row too, so that none is recorded between this look and the run.
    material = rows_to_change(ControlMaterial.objects).get(pk=material.pk)
    newest = material.runs.order_by("run_at").last()
    if newest is not None and newest.run_at >= at:
        raise ControlRefused([Blocker("control_run_out_of_order", {}, controls.SOURCE)])
    z, broken, verdict = judged_run(material, value)
    has_failed = verdict is RunVerdict.FAILED
    covered = covered_by(material, at=at) if has_failed else []
    counts = counts_covered_by(material, at=at) if has_failed else []
    run = ControlRun.objects.create(
        material=material,
        value=value,
        instrument=instrument,
        z=z,
        rules=[rule.value for rule in broken],
        verdict=verdict.value,
        run_by=by,
        run_at=at,
    )
    target = target_of(material)
    facts = {
        "control": material.id,
        "run": run.id,
        "value": value,
        "rules": run.rules,
        "verdict": run.verdict,
        "target": None if target is None else f"{target.mean:.10g}",
        "held": sorted(one.id for one in [*covered, *counts]),
    }
    record("control.run", by=by, at=at, chains=[site_chain(material.site_id)], facts=facts)
    for lot in lock_lots({one.lot_id for one in covered} | {one.batch.lot_id for one in counts}):
        for result in (one for one in covered if one.lot_id == lot.pk):
            call_back(lot, result.code, by=by, at=at)
            place_hold(lot, result, run, by=by, at=at)
        for step in (one for one in counts if one.batch.lot_id == lot.pk):
            call_back(lot, lines_covered(step.batch.lot, material)[0], by=by, at=at)
            place_hold(lot, step, run, by=by, at=at)
    if verdict in {RunVerdict.IN_CONTROL, RunVerdict.WARNING}:
        for hold in open_holds_of(material):
            _lift(hold, run=run, reason="", by=by, at=at)
    return run


@action
def lift_result_hold(*, hold: ResultHold, reason: str, by: User, at: datetime) -> ResultHoldLift:
    """Let a held result or count count again although its control was not repeated, for a reason of quality."""
    authorize(by, Role.QUALITY, site=hold.run.material.site, at=at)
    if not reason.strip():
        raise ControlRefused([Blocker("reason_missing", {}, "21 CFR 11.10(e)")])
    rows_to_change(ControlMaterial.objects).get(pk=hold.run.material_id)
    if ResultHoldLift.objects.filter(hold=hold).exists():
        raise ControlRefused([Blocker("result_hold_lifted_already", {}, controls.SOURCE)])
    return _lift(hold, run=None, reason=reason, by=by, at=at)


def _lift(hold: ResultHold, *, run: ControlRun | None, reason: str, by: User, at: datetime) -> ResultHoldLift:
    lift = ResultHoldLift.objects.create(hold=hold, run=run, reason=reason, lifted_by=by, lifted_at=at)
    lot = held_lot(hold)
    facts = {"lot": lot.id, "hold": hold.id, "run": run.id if run else None}
    facts |= {"result": hold.result_id} if hold.result_id else {"count_of_step": hold.step_id}
    record("result.counts_again", by=by, at=at, chains=chains_of(lot), facts=facts, sealed={"reason": reason})
    return lift
