"""Cytometry files of a lot: kept with what was read from them, a gate moved for a reason, the results recorded."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.custody.containers import chains_of
from stroma.custody.models import Lot
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.release.actions import record_result
from stroma.release.domain.assays import Assay
from stroma.release.handed_in import keep_file
from stroma.release.models import AssayResult, CytometryReading

if TYPE_CHECKING:
    from stroma.release.cytometry.gates import GateSet
    from stroma.release.cytometry_files import Prepared


class ReadingRefused(Refused):
    """The cytometry file cannot be taken, its gate not moved, or its results not recorded."""


@action
def read_cytometry(*, lot: Lot, prepared: "Prepared", by: User, at: datetime) -> CytometryReading:
    """Keep a cytometry file and its control as they were handed in, with what was read from them.

    The file was read before, outside of any transaction (``cytometry_files.prepare``). No result is recorded yet: the
    gates are looked at first.
    """
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=lot.site, at=at)
    if prepared.control is not None and prepared.control.sha256 == prepared.sample.sha256:
        raise ReadingRefused([Blocker("control_is_the_sample", {}, "Stroma release")])
    sample = keep_file(lot, prepared.sample, by, at)
    control = keep_file(lot, prepared.control, by, at) if prepared.control else None
    gate_set = prepared.reading.gate_set
    reading = CytometryReading.objects.create(
        lot=lot,
        sample=sample,
        control=control,
        panel=prepared.panel.model_dump_json(),
        populations=prepared.populations,
        warnings=list(prepared.reading.warnings),
        read_by=by,
        read_at=at,
        **_gates(gate_set),
    )
    facts = {
        "lot": lot.id,
        "reading": reading.id,
        "sample": sample.sha256,
        "control": control.sha256 if control else None,
        "panel": prepared.panel.digest,
        "gates": gate_set.digest,
    }
    record("cytometry.read", by=by, at=at, chains=chains_of(lot), facts=facts)
    return reading


def _gates(gate_set: "GateSet") -> dict[str, str]:
    return {"gate_set": gate_set.as_text(), "gate_set_digest": gate_set.digest}


@action
def move_gate(
    *,
    reading: CytometryReading,
    gate: str,
    low: float | None,
    high: float | None,
    reason: str,
    by: User,
    at: datetime,
) -> CytometryReading:
    """Move one gate, for a reason: a new reading of the same file; the old one stays as it was."""
    from stroma.release.cytometry.gates import GateSetError  # slow import
    from stroma.release.cytometry_files import populations_of, reading_from  # slow import

    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=reading.lot.site, at=at)
    _refuse_an_older(reading)
    if not reason.strip():
        raise ReadingRefused([Blocker("reason_missing", {}, "21 CFR 11.10(e)")])
    try:
        new = reading_from(reading, moved=(gate, low, high, reason))
    except GateSetError as error:
        refused = Blocker("gate_cannot_move", {"why": str(error)}, "Stroma release")
        raise ReadingRefused([refused]) from None
    following = CytometryReading.objects.create(
        lot=reading.lot,
        sample=reading.sample,
        control=reading.control,
        panel=reading.panel,
        populations=populations_of(new),
        warnings=reading.warnings,
        follows=reading,
        moved_gate=gate,
        read_by=by,
        read_at=at,
        **_gates(new.gate_set),
    )
    facts = {
        "lot": reading.lot_id,
        "reading": following.id,
        "follows": reading.id,
        "gates": new.gate_set.digest,
        "gates_before": reading.gate_set_digest,
    }
    sealed = {"reason": reason, "gate": gate}
    record("gate.moved", by=by, at=at, chains=chains_of(reading.lot), facts=facts, sealed=sealed)
    return following


@action
def record_cytometry(*, reading: CytometryReading, by: User, at: datetime) -> list[AssayResult]:
    """Record the percentage of every stain as a result of its line of the specification.

    Refused while a threshold stands on no control and no reviewer, and for a reading whose gates were moved since.
    """
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=reading.lot.site, at=at)
    _refuse_an_older(reading)
    blockers = [
        Blocker("threshold_provisional", {"population": one["name"]}, "Stroma release")
        for one in reading.populations
        if one["is_provisional"]
    ]
    blockers += [
        Blocker("no_cells_counted", {"population": one["name"]}, "Stroma release")
        for one in reading.populations
        if one["result"] and one["percent"] is None
    ]
    if reading.results.exists():
        blockers.append(Blocker("reading_recorded_already", {}, "Stroma release"))
    if blockers:
        raise ReadingRefused(blockers)
    return [
        record_result(
            lot=reading.lot,
            code=one["result"],
            value=Decimal(str(one["percent"])),
            method=f"flow cytometry, gates {reading.gate_set_digest[:12]}",
            assay=_assay_of(one),
            reading=reading,
            by=by,
            at=at,
        )
        for one in reading.populations
        if one["result"]
    ]


def _assay_of(population: dict[str, Any]) -> Assay:
    """The interval as it was counted, widened to hold the value as it is kept."""
    value = Decimal(str(population["percent"]))
    low, high = (Decimal(str(population[end])) for end in ("low", "high"))
    return Assay(low=min(low, value), high=max(high, value))


def _refuse_an_older(reading: CytometryReading) -> None:
    if CytometryReading.objects.filter(follows=reading).exists():
        raise ReadingRefused([Blocker("gates_moved_since", {}, "Stroma release")])
