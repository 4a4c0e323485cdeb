"""What the simulated laboratory works with: equipment that is kept fit, and reagents that are there when needed.

Every line calls an action of the registers. What is read at a step is drawn near the middle of its limits; once in a
while it lies outside, and the simulated technologist says why.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from stroma.clinic.credentials import Simulated
from stroma.clinic.models import Site, User
from stroma.custody.models import Material, Scan
from stroma.processing.actions import (
    EquipmentKept,
    ReagentReceived,
    ScanRefused,
    StepUse,
    add_equipment,
    calibrate_equipment,
    clean_equipment,
    receive_reagent,
    release_reagent,
    scan_thing,
)
from stroma.processing.actions.steps import EXPLAINED
from stroma.processing.domain.step_wants import equipment_blockers, reagent_blockers, wants_blockers
from stroma.processing.models import Batch, Equipment, ReagentLot
from stroma.processing.queries import steps_done
from stroma.processing.register_queries import equipment_facts, kinds_asked, reagent_facts, things_scanned
from stroma.processing.step_use import used_at
from stroma.protocols.domain.schema import ProcessingStep, StepReading

EQUIPMENT = (
    EquipmentKept("biosafety_cabinet", "Biosafety cabinet 1", "EQ-BSC-1", cleaned_for_hours=12),
    EquipmentKept("centrifuge", "Centrifuge 1", "EQ-CEN-1", cleaned_for_hours=24),
    EquipmentKept("incubator", "Incubator 1", "EQ-INC-1", cleaned_for_hours=24 * 30),
    EquipmentKept("water_bath", "Water bath 1", "EQ-WB-1", cleaned_for_hours=24),
)
"""Kinds as the shipped protocols name them."""
REAGENTS = {
    "growth_medium": ("Growth medium with platelet lysate", "GM"),
    "detachment_enzyme": ("Detachment enzyme", "DE"),
    "digestion_enzyme": ("Collagenase", "CO"),
    "wash_solution": ("Saline with albumin", "WS"),
    "cryoprotectant": ("Cryoprotectant, 10 % DMSO", "CR"),
}
KEEPS = timedelta(days=180)
SHORT = timedelta(days=30)
CALIBRATION = timedelta(days=365)
OUTSIDE_ONCE_IN = 30
"""A reading lies outside its limits about as often (invented)."""


def add_simulated_equipment(site: Site, *, by: User, at: datetime) -> None:
    """Put the laboratory's equipment into the register of a new simulated site, whatever its protocols ask for."""
    asked = kinds_asked(site).equipment
    for kept in EQUIPMENT:
        known = replace(kept, used_by_no_protocol=kept.kind not in asked)
        add_equipment(site=site, kept=known, by=by, at=at)


def use_for(
    batch: Batch, step: ProcessingStep, material: Material, *, technologist: User, quality: User, at: datetime
) -> StepUse:
    """Make ready and scan what a step wants, and read its values."""
    site = batch.lot.site
    codes = [_fit_equipment(site, kind, technologist, at) for kind in step.equipment]
    for kind in step.reagents:
        _try_an_expired_one(batch, kind, material, technologist, at)
        codes.append(_fit_reagent(site, kind, technologist, quality, at))
    random = Random(f"{batch.lot.din} {step.code}")  # noqa: S311 - a simulation that can be repeated
    values = {reading.code: _read(reading, random) for reading in step.readings}
    use = StepUse(codes, values)
    done = steps_done(batch)
    used = used_at(things_scanned(site, codes), at, use=use, step_before_at=done[-1].at if done else None)
    found = {one.code for one in wants_blockers(step, used, at=at)} & set(EXPLAINED)
    return StepUse(codes, values, " ".join(_why(found)))


def _why(found: set[str]) -> Iterator[str]:
    if "value_out_of_limits" in found:
        yield "Door was open while reading; read again after ten minutes and as before. Product looked at: as usual."
    if "step_late" in found:
        yield "The cabinet was taken by another lot."


def _fit_equipment(site: Site, kind: str, by: User, at: datetime) -> str:
    found = Equipment.objects.filter(site=site, kind=kind).order_by("code").first()
    if found is None:
        found = add_equipment(
            site=site, kept=EquipmentKept(kind, kind.replace("_", " "), f"EQ-{kind}"), by=by, at=at
        )
    reasons = {one.code for one in equipment_blockers(equipment_facts(found, at=at), at=at)}
    if "equipment_not_calibrated" in reasons:
        calibrate_equipment(equipment=found, valid_until=at + CALIBRATION, by=by, at=at)
    if "equipment_not_clean" in reasons:
        clean_equipment(equipment=found, by=by, at=at)
    return found.code


def shelve_what_expires_soon(site: Site, *, technologist: User, quality: User, at: datetime) -> None:
    """Take in a lot that nobody throws away when its time is over, so that a scan of it has to be refused."""
    name, prefix = REAGENTS["wash_solution"]
    lot = receive_reagent(
        site=site,
        received=ReagentReceived(
            kind="wash_solution",
            name=name,
            manufacturer="Simulated Supplies",
            number=f"{prefix}0001",
            code=f"RG-{prefix}0001",
            expires_at=at + SHORT,
            quantity="1 × 500 mL",
        ),
        by=technologist,
        at=at,
    )
    release_reagent(reagent=lot, credential=Simulated(), by=quality, at=at)


def _fit_reagent(site: Site, kind: str, technologist: User, quality: User, at: datetime) -> str:
    lots = ReagentLot.objects.filter(site=site, kind=kind).prefetch_related("events").order_by("expires_at")
    for lot in lots:
        if lot.received_at <= at and not reagent_blockers(reagent_facts(lot, at=at), at=at):
            return lot.code
    name, prefix = REAGENTS.get(kind, (kind.replace("_", " "), "RG"))
    number = f"{at:%y%m}{len(lots) + 1:02d}"
    lot = receive_reagent(
        site=site,
        received=ReagentReceived(
            kind=kind,
            name=name,
            manufacturer="Simulated Supplies",
            number=f"{prefix}{number}",
            code=f"RG-{prefix}{number}",
            expires_at=at + KEEPS,
            quantity="10 × 500 mL",
        ),
        by=technologist,
        at=at,
    )
    release_reagent(reagent=lot, credential=Simulated(), by=quality, at=at)
    return lot.code


def _try_an_expired_one(batch: Batch, kind: str, material: Material, by: User, at: datetime) -> None:
    """The first time an expired lot stands on the shelf, it is scanned by mistake: the scan is refused and kept."""
    site = batch.lot.site
    expired = (
        ReagentLot.objects.filter(site=site, kind=kind, expires_at__lte=at).order_by("expires_at").first()
    )
    if expired is None or Scan.objects.filter(site=site, purpose="step_thing", is_go=False).exists():
        return
    try:
        scan_thing(batch=batch, expected=material, kind=kind, raw=expired.code, by=by, at=at)
    except ScanRefused:
        return
    raise AssertionError("an expired reagent was taken")


def _read(reading: StepReading, random: Random) -> Decimal:
    low = reading.minimum if reading.minimum is not None else (reading.maximum or 0) / 2
    high = reading.maximum if reading.maximum is not None else low * 1.5
    middle, half = (low + high) / 2, (high - low) / 2
    value = middle + half * max(-0.9, min(0.9, random.gauss(0, 0.25)))
    if random.randrange(OUTSIDE_ONCE_IN) == 0:
        value = high + half * 0.2
    return Decimal(str(round(value, 1)))
