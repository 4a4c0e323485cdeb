"""What a step wants besides its material: equipment, reagents, values within limits, and not to be late.

The protocol names kinds; what was scanned is judged here as it was at the time of the step. A value out of limits and
a step that is late are taken with a reason, and stand as exceptions; equipment and reagents that are not fit are not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.schema import ProcessingStep, StepReading

EQUIPMENT_SOURCE = "21 CFR 1271.200"
REAGENT_SOURCE = "21 CFR 1271.210"
RECORD_SOURCE = "21 CFR 1271.270"


@dataclass(frozen=True, slots=True)
class EquipmentFacts:
    """A piece of equipment as it was at a moment."""

    code: str
    kind: str
    name: str
    needs_cleaning: bool = True
    needs_calibration: bool = True
    clean_until: datetime | None = None
    calibrated_until: datetime | None = None
    is_out_of_service: bool = False


@dataclass(frozen=True, slots=True)
class ReagentFacts:
    """A reagent lot as it was at a moment."""

    code: str
    kind: str
    name: str
    number: str
    expires_at: datetime
    """The earlier of the printed expiry and that after opening."""
    is_released: bool = False
    is_recalled: bool = False


@dataclass(frozen=True, slots=True)
class Used:
    """What was scanned and read for a step, and when the step before was done."""

    equipment: Sequence[EquipmentFacts] = ()
    reagents: Sequence[ReagentFacts] = ()
    unknown: Sequence[str] = ()
    """Scans that name neither at this site."""
    values: Mapping[str, Decimal] | None = None
    reason: str = ""
    step_before_at: datetime | None = None


def equipment_blockers(one: EquipmentFacts, *, at: datetime) -> list[Blocker]:
    """Why this equipment cannot be used at ``at``."""
    values = {"name": one.name, "code": one.code}
    blockers = []
    if one.is_out_of_service:
        blockers.append(Blocker("equipment_out_of_service", values, EQUIPMENT_SOURCE))
    if one.needs_cleaning and (one.clean_until is None or one.clean_until <= at):
        blockers.append(Blocker("equipment_not_clean", values, EQUIPMENT_SOURCE))
    if one.needs_calibration and (one.calibrated_until is None or one.calibrated_until <= at):
        blockers.append(Blocker("equipment_not_calibrated", values, EQUIPMENT_SOURCE))
    return blockers


def reagent_blockers(one: ReagentFacts, *, at: datetime) -> list[Blocker]:
    """Why this reagent lot cannot be used at ``at``."""
    values = {"name": one.name, "number": one.number}
    blockers = []
    if one.is_recalled:
        blockers.append(Blocker("reagent_recalled", values, REAGENT_SOURCE))
    if not one.is_released:
        blockers.append(Blocker("reagent_not_released", values, REAGENT_SOURCE))
    if one.expires_at <= at:
        blockers.append(Blocker("reagent_expired", values | {"expired_at": one.expires_at}, REAGENT_SOURCE))
    return blockers


def scan_blockers(kind: str, used: Used, *, at: datetime) -> list[Blocker]:
    """Why the one thing scanned in ``used`` cannot stand for the wanted ``kind`` at ``at``."""
    blockers = [_unknown(code) for code in used.unknown]
    named = [(one.kind, one.name) for one in used.equipment] + [(one.kind, one.name) for one in used.reagents]
    for scanned, name in named:
        if scanned != kind:
            values = {"wanted": words(kind), "scanned": words(scanned), "name": name}
            blockers.append(Blocker("another_kind_scanned", values, RECORD_SOURCE))
    for equipment in used.equipment:
        blockers += equipment_blockers(equipment, at=at)
    for reagent in used.reagents:
        blockers += reagent_blockers(reagent, at=at)
    return blockers


def wants_blockers(step: ProcessingStep, used: Used, *, at: datetime) -> list[Blocker]:
    """What the step wants and did not get; every reason, in the order of the protocol."""
    there = {one.kind for one in used.equipment}
    blockers = [
        Blocker("equipment_missing", {"kind": words(kind)}, step.source)
        for kind in step.equipment
        if kind not in there
    ]
    for equipment in used.equipment:
        blockers += equipment_blockers(equipment, at=at)
    poured = {one.kind for one in used.reagents}
    blockers += [
        Blocker("reagent_missing", {"kind": words(kind)}, step.source)
        for kind in step.reagents
        if kind not in poured
    ]
    for reagent in used.reagents:
        blockers += reagent_blockers(reagent, at=at)
    blockers += [_unknown(code) for code in used.unknown]
    for reading in step.readings:
        blockers += _reading_blockers(reading, (used.values or {}).get(reading.code))
    return blockers + _late(step, used.step_before_at, at)


def _reading_blockers(reading: StepReading, value: Decimal | None) -> list[Blocker]:
    if value is None:
        return [Blocker("value_missing", {"title": reading.title}, reading.source)]
    if is_outside(value, reading.minimum, reading.maximum):
        return [out_of_limits(reading, value)]
    return []


def is_outside(
    value: Decimal | float, minimum: Decimal | float | None, maximum: Decimal | float | None
) -> bool:
    """Whether a value lies outside its limits; the limits themselves lie inside."""
    number = Decimal(str(value))
    return (minimum is not None and number < Decimal(str(minimum))) or (
        maximum is not None and number > Decimal(str(maximum))
    )


def out_of_limits(reading: StepReading, value: Decimal) -> Blocker:
    """The reason against a value outside its limits: one that may be lifted by saying why."""
    values = {
        "code": reading.code,
        "title": reading.title,
        "value": f"{value:f}",
        "limits": limits_text(reading.minimum, reading.maximum, reading.unit),
    }
    return Blocker("value_out_of_limits", values, reading.source, Weight.OVERRIDABLE)


def limits_text(minimum: Decimal | float | None, maximum: Decimal | float | None, unit: str) -> str:
    """Limits as they are read: ``36.5 to 37.5 °C``, ``≥ 3``, ``≤ 5 %``."""
    low, high = (None if one is None else f"{Decimal(str(one)).normalize():f}" for one in (minimum, maximum))
    if low is not None and high is not None:
        text = f"{low} to {high}"
    elif low is not None:
        text = f"≥ {low}"
    else:
        text = f"≤ {high}"
    return f"{text} {unit}".rstrip()


def _late(step: ProcessingStep, before: datetime | None, at: datetime) -> list[Blocker]:
    if step.within is None or before is None or at - before <= step.within:
        return []
    minutes = round((at - before) / timedelta(minutes=1))
    values = {"title": step.title, "minutes": minutes, "limit": round(step.within / timedelta(minutes=1))}
    return [Blocker("step_late", values, step.source, Weight.OVERRIDABLE)]


def _unknown(code: str) -> Blocker:
    return Blocker("scanned_thing_unknown", {"code": code[:80]}, RECORD_SOURCE)


def kind_blockers(kind: str, asked: Collection[str], *, is_other: bool) -> list[Blocker]:
    """Why a thing of that kind is not put into a register: no protocol asks for it, and nobody said that none does.

    Registered under a kind that is misspelled it would never be the one that a step asks for.
    """
    if kind in asked or is_other:
        return []
    listed = ", ".join(words(one) for one in asked) or "–"
    return [Blocker("kind_not_asked_for", {"kind": words(kind), "asked_kinds": listed}, RECORD_SOURCE)]


def words(kind: str) -> str:
    """A kind as it is read: ``biosafety_cabinet`` is a biosafety cabinet."""
    return kind.replace("_", " ")
