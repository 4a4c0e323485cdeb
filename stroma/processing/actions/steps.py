"""The batch record: beginning a batch, doing its steps in order, closing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from stroma.clinic.authority import authorize
from stroma.clinic.competence_queries import not_competent
from stroma.clinic.domain.competence import Skill
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Place, User
from stroma.clinic.queries import protocol_of
from stroma.courses.queries import course_to_change
from stroma.custody.actions import keep_scan
from stroma.custody.containers import Draw, chains_of, change_lot, fill
from stroma.custody.domain.hand_over import SOURCE as SCAN_SOURCE
from stroma.custody.domain.reading import NOT_TOLD, Readings, readings_as_facts
from stroma.custody.domain.states import LotState, MaterialState
from stroma.custody.label_queries import labels_with_other_cells, unaccounted_labels
from stroma.custody.models import Derivation, Lot, Material, Scan
from stroma.custody.queries import read_scans
from stroma.custody.reading_queries import readings_kept
from stroma.ledger.locks import rows_to_change
from stroma.ledger.readers import registered
from stroma.ledger.record import record
from stroma.ledger.transaction import Recorded, action
from stroma.processing.count_keeping import count_facts, keep_count
from stroma.processing.domain.batch_order import incomplete_steps, step_blockers
from stroma.processing.domain.counting import AnyCount, Counted, evaluate_count
from stroma.processing.domain.making import making_blockers
from stroma.processing.domain.step_wants import is_outside, scan_blockers, wants_blockers
from stroma.processing.growth import keep_forecast
from stroma.processing.models import (
    Batch,
    BatchStep,
    CellCount,
    PlannedStep,
    StepEquipment,
    StepException,
    StepReagent,
    StepValue,
)
from stroma.processing.queries import (
    PLATED,
    STEP_PURPOSE,
    THING_PURPOSE,
    batch_facts,
    collection_rule,
    container_with_division,
    previous_count,
    scans_of_step,
    steps_done,
    steps_of,
)
from stroma.processing.register_queries import Scanned, things_scanned
from stroma.processing.step_use import NOTHING_USED, StepUse, used_at
from stroma.protocols.domain.blocker import Blocker, Refused, stopping
from stroma.protocols.domain.schema import ProcessingStep

EXPLAINED = ("value_out_of_limits", "step_late")
"""What the bench may go on with when it says why. Everything else that may be lifted needs more people than one."""


class StepRefused(Refused):
    """The step cannot be done now."""


class ScanRefused(Recorded, Refused):
    """The scanned container is not one of this lot. The scan stays on record."""


@dataclass(frozen=True)
class NewContainer:
    """A container that a step fills: what for, how much, where it is put, until when it may be used."""

    kind: Material.Kind
    amount: Decimal
    place: Place
    unit: str = "mL"
    expires_at: datetime | None = None


@action
def begin_batch(*, lot: Lot, by: User, at: datetime) -> Batch:
    """Open the batch record of a lot."""
    authorize(by, Role.TECHNOLOGIST, site=lot.site, at=at)
    if Batch.objects.filter(lot=lot).exists():
        raise StepRefused([Blocker("batch_begun", {}, "21 CFR 1271.270")])
    batch = Batch.objects.create(lot=lot, began_at=at)
    steps = [step.code for step in steps_of(lot).steps]
    PlannedStep.objects.bulk_create(
        PlannedStep(batch=batch, position=number, code=code) for number, code in enumerate(steps, 1)
    )
    record(
        "batch.begun",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"lot": lot.id, "batch": batch.id, "steps": steps},
    )
    return batch


@action
def scan_for_step(
    *, batch: Batch, expected: Material, raw: str, readings: Readings = NOT_TOLD, by: User, at: datetime
) -> Scan:
    """Scan the container that the next step works on.

    Any held container of the lot will do; one of another donation, or none that this lot has, raises ScanRefused. The
    scan is kept either way.
    """
    lot = batch.lot
    authorize(by, Role.TECHNOLOGIST, site=lot.site, at=at)
    scanned, blockers = read_scans({"container": raw})
    found = container_with_division(lot, scanned.division) if scanned.din == lot.din else None
    if scanned.din is None and not blockers:
        blockers.append(Blocker("container_not_scanned", {}, SCAN_SOURCE))
    elif scanned.din is not None and scanned.din != lot.din:
        values = {"expected": lot.din, "scanned": scanned.din}
        blockers.append(Blocker("donation_mismatch", values, SCAN_SOURCE))
    elif scanned.din is not None and found is None:
        values_division = {"expected": expected.division, "scanned": scanned.division}
        blockers.append(Blocker("container_mismatch", values_division, SCAN_SOURCE))
    scan = keep_scan(found or expected, STEP_PURPOSE, {"container": raw}, blockers, readings, by=by, at=at)
    if blockers:
        raise ScanRefused(blockers)
    return scan


@action
def scan_thing(
    *,
    batch: Batch,
    expected: Material,
    kind: str,
    raw: str,
    readings: Readings = NOT_TOLD,
    by: User,
    at: datetime,
) -> Scan:
    """Scan a piece of equipment or a reagent lot of the wanted kind for the next step.

    The scan is kept with the container that is worked on, whatever it said. Raises ScanRefused with every reason.
    """
    lot = batch.lot
    authorize(by, Role.TECHNOLOGIST, site=lot.site, at=at)
    blockers = scan_blockers(kind, used_at(things_scanned(lot.site, [raw]), at), at=at)
    scan = keep_scan(expected, THING_PURPOSE, {kind: raw}, blockers, readings, by=by, at=at)
    if blockers:
        raise ScanRefused(blockers)
    return scan


@action
def do_step(
    *,
    batch: Batch,
    code: str,
    material: Material,
    makes: Sequence[NewContainer] = (),
    count: AnyCount | None = None,
    use: StepUse = NOTHING_USED,
    by: User,
    at: datetime,
) -> tuple[BatchStep, list[Material]]:
    """Do the next step of a batch: on which container, with what, what it was made into, and what was counted.

    Steps that turn one thing into another (concentrating, seeding, passaging, harvesting, formulating) use up the
    container and fill one. Filling draws doses and samples from it. A value outside its limits and a step that is late
    are taken with a reason and become exceptions. Raises StepRefused with every reason.
    """
    lot = batch.lot
    authorize(by, Role.TECHNOLOGIST, site=lot.site, at=at)
    if lot.course_id:
        course_to_change(lot.course_id)
    rows_to_change(Batch.objects).get(pk=batch.pk)
    material = rows_to_change(Material.objects).get(pk=material.pk)
    processing = steps_of(lot)
    step = next((step for step in processing.steps if step.code == code), None)
    counted = None if count is None else evaluate_count(count, previous_count(batch))
    facts = batch_facts(batch, material, counted)
    scanned = things_scanned(lot.site, use.codes)
    before = facts.done[-1].at if facts.done else None
    used = used_at(scanned, at, use=use, step_before_at=before)
    wanted = wants_blockers(step, used, at=at) if step else []
    blockers = [
        *step_blockers(processing, collection_rule(lot), code, facts, at=at),
        *making_blockers(
            step,
            is_of_lot=material.lot_id == lot.id,
            is_held=material.state == MaterialState.HELD,
            held=material.remaining,
            makes=[new.amount for new in makes],
            has_count=count is not None,
        ),
        *wanted,
        *not_competent(by, Skill.BATCH_STEP, site=lot.site, at=at),
    ]
    if stopping(blockers, overridden=EXPLAINED if use.reason.strip() else ()) or step is None:
        raise StepRefused(blockers)
    done = BatchStep.objects.create(
        batch=batch,
        position=batch.steps.count() + 1,
        code=code,
        kind=step.kind,
        material=material,
        done_by=by,
        done_at=at,
    )
    used_facts = _keep_use(done, step, scanned, use, [one for one in wanted if one.code in EXPLAINED])
    made, changes = _make(lot, material, makes, step.kind, counted, at)
    counted_facts = _keep_count(done, count, counted) if count and counted else {}
    if counted_facts:
        for hold in registered("count_made").values():
            hold(done, by=by, at=at)
    if counted_facts and step.kind in PLATED:
        keep_forecast(done)
    record(
        "batch.step_done",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={
            "lot": lot.id,
            "batch": batch.id,
            "step": code,
            "position": done.position,
            "container": material.id,
            "made": [new.id for new in made],
            **used_facts,
            **_scan_facts(scans_of_step(batch, material, use.codes, since=before)),
            **counted_facts,
            "custody": changes,
        },
        sealed={"reason": use.reason} if use.reason.strip() else {},
    )
    if step.kind == "harvest" and lot.course is not None:
        for what_follows in registered("cells_harvested").values():
            what_follows(lot.course, by, at)
    return done, made


@action
def close_batch(*, batch: Batch, by: User, at: datetime) -> Batch:
    """Close a complete batch record; its lot goes into quarantine until it is released or rejected."""
    lot = batch.lot
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=lot.site, at=at)
    batch = rows_to_change(Batch.objects).get(pk=batch.pk)
    blockers = []
    if batch.closed_at is not None:
        # Closing it again would take a lot that was released since back into quarantine.
        blockers.append(Blocker("batch_closed", {}, "21 CFR 1271.270"))
    if missing := incomplete_steps(steps_of(lot), steps_done(batch)):
        blockers.append(
            Blocker("steps_missing", {"steps": ", ".join(missing)}, str(protocol_of(lot.protocol).key))
        )
    if printed := unaccounted_labels(lot):
        values = {
            "labels": len(printed),
            "containers": ", ".join(sorted({x.material.division for x in printed})),
        }
        blockers.append(Blocker("batch_labels_unaccounted", values, "FACT/JACIE labeling; 21 CFR 1271.370"))
    changed = Q(corrects__isnull=False) | Q(repeats__isnull=False)
    if CellCount.objects.filter(changed, step__batch=batch).exists() and (
        old := labels_with_other_cells(lot)
    ):
        values_old = {"containers": ", ".join(sorted({label.material.division for label in old}))}
        blockers.append(Blocker("labels_tell_the_wrong_count", values_old, "21 CFR 1271.370"))
    if blockers:
        raise StepRefused(blockers)
    changes = change_lot(lot, LotState.QUARANTINE)
    batch.closed_at = at
    batch.save(update_fields=["closed_at"])
    record(
        "batch.closed",
        by=by,
        at=at,
        chains=chains_of(lot),
        facts={"lot": lot.id, "batch": batch.id, "custody": changes},
    )
    return batch


def _keep_use(
    done: BatchStep, step: ProcessingStep, scanned: Scanned, use: StepUse, accepted: Sequence[Blocker]
) -> dict[str, Any]:
    """Write what a step was done with; what was accepted with a reason becomes an exception."""
    reason, by, at = use.reason.strip(), done.done_by, done.done_at
    for equipment in scanned.equipment:
        StepEquipment.objects.create(step=done, equipment=equipment)
    for reagent in scanned.reagents:
        StepReagent.objects.create(step=done, reagent=reagent)
    for reading in step.readings:
        value = use.values[reading.code]
        StepValue.objects.create(
            step=done,
            code=reading.code,
            title=reading.title,
            value=value,
            unit=reading.unit,
            minimum=_decimal(reading.minimum),
            maximum=_decimal(reading.maximum),
            entered_by=by,
            entered_at=at,
            reason=reason if is_outside(value, reading.minimum, reading.maximum) else "",
        )
    for one in accepted:
        StepException.objects.create(
            step=done,
            code=one.code,
            values=dict(one.values),
            source=one.source,
            reason=reason,
            raised_by=by,
            raised_at=at,
        )
    found: dict[str, Any] = {
        "equipment": [one.id for one in scanned.equipment],
        "reagents": [one.id for one in scanned.reagents],
        "values": {reading.code: use.values[reading.code] for reading in step.readings},
        "exceptions": [one.code for one in accepted],
    }
    return {name: value for name, value in found.items() if value}


def _scan_facts(scans: Sequence[Scan]) -> dict[str, Any]:
    """Each accepted scan by its id, with what it was of and how it was read: it has no entry of its own."""
    told = [
        {"scan": scan.pk, "of": sorted(scan.raw), **readings_as_facts(readings_kept(scan))} for scan in scans
    ]
    return {"scans": told} if told else {}


def _decimal(limit: float | None) -> Decimal | None:
    return None if limit is None else Decimal(str(limit))


def _make(
    lot: Lot,
    material: Material,
    makes: Sequence[NewContainer],
    kind: str,
    counted: Counted | None,
    at: datetime,
) -> tuple[list[Material], list[dict[str, Any]]]:
    """Fill what the step makes. A fill shares the cells out by volume; any other step carries what was counted."""
    made, changes = [], []
    shared = kind == "fill"
    held, cells = material.remaining, material.viable_cells
    for new in makes:
        taken = new.amount if shared else held
        share = (cells * new.amount / held).to_integral_value() if shared and cells is not None else None
        filled = fill(
            lot=lot,
            kind=new.kind,
            amount=new.amount,
            unit=new.unit,
            place=new.place,
            at=at,
            draws=[Draw(material, taken)],
            how=(
                Derivation.Kind.PROCESS
                if not shared
                else Derivation.Kind.SAMPLE
                if new.kind == Material.Kind.SAMPLE
                else Derivation.Kind.SPLIT
            ),
            viable_cells=share if shared else (counted.viable_cells if counted else cells),
            viability=material.viability
            if shared
            else (counted.viability if counted else material.viability),
            expires_at=new.expires_at,
        )
        made.append(filled.material)
        changes += filled.changes
    return made, changes


def _keep_count(done: BatchStep, count: AnyCount, counted: Counted) -> dict[str, Any]:
    kept = keep_count(done, count, counted, by=done.done_by, at=done.done_at)
    doublings = {
        "population_doublings": counted.population_doublings,
        "cumulative_population_doublings": counted.cumulative_population_doublings,
    }
    return {"count": count_facts(kept) | doublings}
