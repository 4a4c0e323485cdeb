"""Reads about equipment and reagents: what was fit for use when, and which lot was touched by what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from stroma.clinic.models import AdoptedProtocol, Site
from stroma.clinic.queries import protocol_of
from stroma.custody.models import Lot
from stroma.ledger.domain.canonical import canonical
from stroma.ledger.record import installation, is_simulated
from stroma.processing.domain.step_wants import (
    EquipmentFacts,
    ReagentFacts,
    equipment_blockers,
    reagent_blockers,
)
from stroma.processing.models import Batch, BatchStep, Equipment, EquipmentEvent, ReagentEvent, ReagentLot
from stroma.protocols.domain.blocker import Blocker

Thing = TypeVar("Thing", Equipment, ReagentLot)
LABEL_SCANNER = "label_scanner"
"""The kind under which the scanners that read labels are registered."""


def label_scanners(site: Site) -> list[tuple[str, str]]:
    """The scanners of a site: the code on each, and its name."""
    found = Equipment.objects.filter(site=site, kind=LABEL_SCANNER)
    return list(found.order_by("name").values_list("code", "name"))


def equipment_facts(equipment: Equipment, *, at: datetime) -> EquipmentFacts:
    """A piece of equipment as it was at ``at``, from what had happened to it by then."""
    newest: dict[str, EquipmentEvent] = {}
    for event in sorted(equipment.events.all(), key=lambda one: one.done_at):
        if event.done_at <= at:
            newest[event.kind] = event
    taken_out, returned = newest.get("TAKEN_OUT"), newest.get("RETURNED")
    cleaned, calibrated = newest.get("CLEANED"), newest.get("CALIBRATED")
    return EquipmentFacts(
        code=equipment.code,
        kind=equipment.kind,
        name=equipment.name,
        needs_cleaning=equipment.cleaned_for_hours is not None,
        needs_calibration=equipment.needs_calibration,
        clean_until=cleaned.valid_until if cleaned else None,
        calibrated_until=calibrated.valid_until if calibrated else None,
        is_out_of_service=taken_out is not None
        and (returned is None or returned.done_at < taken_out.done_at),
    )


def reagent_release_text(reagent: ReagentLot) -> str:
    """What is signed when a reagent lot is released, as canonical text: all that the register says of it."""
    return canonical(
        {
            "document": "stroma-reagent-release-1",
            "nature": installation().nature,
            "reagent": reagent.id,
            "kind": reagent.kind,
            "name": reagent.name,
            "manufacturer": reagent.manufacturer,
            "number": reagent.number,
            "code": reagent.code,
            "expires_at": reagent.expires_at,
            "keeps_open_hours": reagent.keeps_open_hours,
            "quantity": reagent.quantity,
            "received_at": reagent.received_at,
            "received_by": reagent.received_by.ledger_name,
        }
    ).decode()


def reagent_facts(reagent: ReagentLot, *, at: datetime) -> ReagentFacts:
    """A reagent lot as it was at ``at``."""
    came: dict[str, ReagentEvent] = {one.kind: one for one in reagent.events.all() if one.done_at <= at}
    opened = came.get("OPENED")
    until = opened.valid_until if opened and opened.valid_until else reagent.expires_at
    return ReagentFacts(
        code=reagent.code,
        kind=reagent.kind,
        name=reagent.name,
        number=reagent.number,
        expires_at=min(reagent.expires_at, until),
        is_released="RELEASED" in came,
        is_recalled="RECALLED" in came,
    )


@dataclass(frozen=True, slots=True)
class Scanned:
    """What scanned codes name at a site, each once, and those that name nothing there."""

    equipment: Sequence[Equipment]
    reagents: Sequence[ReagentLot]
    unknown: Sequence[str]


@dataclass(frozen=True, slots=True)
class KindsAsked:
    """The kinds of equipment and of reagents that a site's protocols ask for, in order of the alphabet."""

    equipment: Sequence[str]
    reagents: Sequence[str]


def kinds_asked(site: Site) -> KindsAsked:
    """What the steps of every protocol version that the site has adopted ask for, and scanners for all of them."""
    adopted = [protocol_of(version) for version in AdoptedProtocol.objects.filter(site=site)]
    steps = [step for protocol in adopted if protocol.processing for step in protocol.processing.steps]
    return KindsAsked(
        equipment=sorted({LABEL_SCANNER, *(kind for step in steps for kind in step.equipment)}),
        reagents=sorted({kind for step in steps for kind in step.reagents}),
    )


def things_scanned(site: Site, codes: Iterable[str]) -> Scanned:
    """The equipment and reagents with these codes at a site."""
    asked = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    equipment = list(Equipment.objects.filter(site=site, code__in=asked).prefetch_related("events"))
    reagents = list(ReagentLot.objects.filter(site=site, code__in=asked).prefetch_related("events"))
    known = {one.code for one in equipment} | {one.code for one in reagents}
    return Scanned(equipment, reagents, [code for code in asked if code not in known])


@dataclass(frozen=True, slots=True)
class EquipmentRow:
    """A piece of equipment in the list, and whether it is fit for use now."""

    equipment: Equipment
    facts: EquipmentFacts
    is_fit: bool


@dataclass(frozen=True, slots=True)
class ReagentRow:
    """A reagent lot in the list, and whether it is fit for use now."""

    reagent: ReagentLot
    facts: ReagentFacts
    is_fit: bool
    lots: int


def equipment_of(site: Site, *, at: datetime) -> list[EquipmentRow]:
    """The equipment of a site, what is not fit for use first."""
    rows = []
    for one in Equipment.objects.filter(site=site).prefetch_related("events"):
        facts = equipment_facts(one, at=at)
        rows.append(EquipmentRow(one, facts, not equipment_blockers(facts, at=at)))
    return sorted(rows, key=lambda row: (row.is_fit, row.equipment.kind, row.equipment.name))


def reagents_of(site: Site, *, at: datetime) -> list[ReagentRow]:
    """The reagent lots of a site: those that can be used first, by expiry, then the others, the newest first."""
    rows = []
    found = ReagentLot.objects.filter(site=site).prefetch_related("events")
    for one in found.annotate(lots=Count("uses__step__batch", distinct=True)):
        facts = reagent_facts(one, at=at)
        rows.append(ReagentRow(one, facts, not reagent_blockers(facts, at=at), one.lots))
    usable = [row for row in rows if row.is_fit]
    others = [row for row in rows if not row.is_fit]
    return sorted(usable, key=lambda row: row.facts.expires_at) + sorted(
        others, key=lambda row: row.facts.expires_at, reverse=True
    )


def equipment_at(site: Site | None, equipment_id: UUID) -> Equipment | None:
    """The piece of equipment with that id, where it is one of this site's."""
    return Equipment.objects.filter(pk=equipment_id, site=site).select_related("site").first()


def reagent_at(site: Site | None, reagent_id: UUID) -> ReagentLot | None:
    """The reagent lot with that id, where it is one of this site's."""
    return ReagentLot.objects.filter(pk=reagent_id, site=site).select_related("site").first()


def lots_touched_by_reagent(reagent: ReagentLot) -> QuerySet[Lot]:
    """Every lot that a reagent lot touched, and every part set aside from one, in one query."""
    batches = Batch.objects.filter(steps__reagents_used__reagent=reagent)
    return _lots_of(batches)


def lots_touched_by_equipment(equipment: Equipment) -> QuerySet[Lot]:
    """Every lot that was worked on with it, and every part set aside from one, in one query."""
    batches = Batch.objects.filter(steps__equipment_used__equipment=equipment)
    return _lots_of(batches)


def _lots_of(batches: QuerySet[Batch]) -> QuerySet[Lot]:
    touched = batches.values("lot")
    return (
        Lot.objects.filter(Q(pk__in=touched) | Q(parent__in=touched))
        .select_related("course", "parent")
        .order_by("-made_at", "pk")
    )


def what_touched(lot: Lot) -> tuple[list[ReagentLot], list[Equipment]]:
    """The reagent lots and the equipment that touched a lot, or the frozen lot it was set aside from."""
    reagents, equipment = touches_of(lot, at=None)
    return [one.thing for one in reagents], [one.thing for one in equipment]


@dataclass(frozen=True, slots=True)
class Touch(Generic[Thing]):
    """A thing of the registers that touched a lot: at which steps, and why it could not be used now, if so."""

    thing: Thing
    steps: Sequence[BatchStep]
    reasons: Sequence[Blocker]


def touches_of(lot: Lot, *, at: datetime | None) -> tuple[list[Touch[ReagentLot]], list[Touch[Equipment]]]:
    """What touched a lot, or the frozen lot it was set aside from, in the order of its first use.

    With ``at`` it is told of each what would keep it from being used then: recalled, expired, out of service.
    """
    lots = [lot.pk, lot.parent_id] if lot.parent_id else [lot.pk]
    steps = list(
        BatchStep.objects.filter(batch__lot__in=lots)
        .select_related("done_by", "batch__lot")
        .prefetch_related("reagents_used__reagent__events", "equipment_used__equipment__events")
        .order_by("done_at", "position")
    )
    reagents: dict[ReagentLot, list[BatchStep]] = {}
    equipment: dict[Equipment, list[BatchStep]] = {}
    for step in steps:
        for reagent_use in step.reagents_used.all():
            reagents.setdefault(reagent_use.reagent, []).append(step)
        for equipment_use in step.equipment_used.all():
            equipment.setdefault(equipment_use.equipment, []).append(step)
    return (
        [
            Touch(one, used, reagent_blockers(reagent_facts(one, at=at), at=at) if at else [])
            for one, used in reagents.items()
        ],
        [
            Touch(one, used, equipment_blockers(equipment_facts(one, at=at), at=at) if at else [])
            for one, used in equipment.items()
        ],
    )


def events_of(thing: Equipment | ReagentLot) -> list[EquipmentEvent | ReagentEvent]:
    """What happened to it, the newest first."""
    return list(thing.events.select_related("done_by").order_by("-done_at"))


def simulated_things(site: Site, kind: str, *, at: datetime) -> list[tuple[str, str]]:
    """What the simulated scanner offers for a kind: what is there of it, fit for use or not. In a real one: none."""
    if not is_simulated():
        return []
    things: list[tuple[bool, str, str]] = []
    for one in Equipment.objects.filter(site=site, kind=kind).prefetch_related("events"):
        is_fit = not equipment_blockers(equipment_facts(one, at=at), at=at)
        things.append((is_fit, one.name, one.code))
    for lot in ReagentLot.objects.filter(site=site, kind=kind).prefetch_related("events"):
        is_fit = not reagent_blockers(reagent_facts(lot, at=at), at=at)
        things.append((is_fit, f"{lot.name} {lot.number}", lot.code))
    fit = [(name, code) for is_fit, name, code in things if is_fit]
    unfit = [(name, code) for is_fit, name, code in things if not is_fit]
    return fit[:2] + unfit[:1]
