"""The registers: equipment is added, cleaned, calibrated, taken out and returned; reagents are received to recalled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stroma.clinic.actions import sign
from stroma.clinic.authority import authorize
from stroma.clinic.credentials import Credential
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Signature, Site, User
from stroma.custody.actions.holding import hold_back
from stroma.custody.domain.states import MaterialState
from stroma.custody.models import ContainerHold, Material
from stroma.ledger.domain.canonical import digest
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.processing.domain.step_wants import kind_blockers
from stroma.processing.models import Equipment, EquipmentEvent, ReagentEvent, ReagentLot
from stroma.processing.register_queries import (
    equipment_facts,
    kinds_asked,
    lots_touched_by_reagent,
    reagent_release_text,
)
from stroma.protocols.domain.blocker import Blocker, Refused

EQUIPMENT_SOURCE = "21 CFR 1271.200"
REAGENT_SOURCE = "21 CFR 1271.210"


class NotRegistered(Refused):
    """The register does not take this."""


@dataclass(frozen=True)
class EquipmentKept:
    """What a piece of equipment is: its kind as protocols name it, and how long a cleaning keeps, if it needs any."""

    kind: str
    name: str
    code: str
    cleaned_for_hours: int | None = None
    needs_calibration: bool = True
    used_by_no_protocol: bool = False
    """Whoever registers it knows that no protocol of the site asks for its kind."""


@dataclass(frozen=True)
class ReagentReceived:
    """What came in: its kind as protocols name it, whose lot it is, and until when it keeps."""

    kind: str
    name: str
    manufacturer: str
    number: str
    code: str
    expires_at: datetime
    keeps_open_hours: int | None = None
    quantity: str = ""
    used_by_no_protocol: bool = False
    """Likewise."""


@action
def add_equipment(*, site: Site, kept: EquipmentKept, by: User, at: datetime) -> Equipment:
    """Put equipment into the register: of a kind that a protocol of the site asks for, or knowingly of another."""
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=site, at=at)
    told = vars(kept) | {}
    is_other = told.pop("used_by_no_protocol")
    kinds = kinds_asked(site).equipment
    _refuse_any([*kind_blockers(kept.kind, kinds, is_other=is_other), *_code_blockers(site, kept.code)])
    equipment = Equipment.objects.create(site=site, added_by=by, added_at=at, **told)
    facts = {"equipment": equipment.id, "kind": kept.kind, "code": kept.code}
    record("equipment.added", by=by, at=at, chains=[site_chain(site.pk)], facts=facts)
    return equipment


@action
def clean_equipment(*, equipment: Equipment, by: User, at: datetime) -> EquipmentEvent:
    """Write down that it was cleaned; the cleaning keeps as long as the register says."""
    authorize(by, Role.TECHNOLOGIST, site=equipment.site, at=at)
    hours = equipment.cleaned_for_hours
    if hours is None:
        raise NotRegistered(
            [Blocker("equipment_needs_no_cleaning", {"name": equipment.name}, EQUIPMENT_SOURCE)]
        )
    return _happened(equipment, "CLEANED", by, at, valid_until=at + timedelta(hours=hours))


@action
def calibrate_equipment(
    *, equipment: Equipment, valid_until: datetime, by: User, at: datetime
) -> EquipmentEvent:
    """Write down that it was calibrated, and until when that holds."""
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=equipment.site, at=at)
    if valid_until <= at:
        raise NotRegistered([Blocker("calibration_ends_before_it_begins", {}, EQUIPMENT_SOURCE)])
    return _happened(equipment, "CALIBRATED", by, at, valid_until=valid_until)


@action
def take_out_equipment(*, equipment: Equipment, reason: str, by: User, at: datetime) -> EquipmentEvent:
    """Take a piece of equipment out of service: no step is done with it until it is returned."""
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=equipment.site, at=at)
    equipment = rows_to_change(Equipment.objects).get(pk=equipment.pk)
    blockers = []
    if equipment_facts(equipment, at=at).is_out_of_service:
        blockers.append(Blocker("equipment_out_of_service", _named(equipment), EQUIPMENT_SOURCE))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    _refuse_any(blockers)
    return _happened(equipment, "TAKEN_OUT", by, at, reason=reason.strip())


@action
def return_equipment(*, equipment: Equipment, reason: str, by: User, at: datetime) -> EquipmentEvent:
    """Quality returns it to service, saying what was done."""
    authorize(by, Role.QUALITY, site=equipment.site, at=at)
    equipment = rows_to_change(Equipment.objects).get(pk=equipment.pk)
    blockers = []
    if not equipment_facts(equipment, at=at).is_out_of_service:
        blockers.append(Blocker("equipment_in_service", _named(equipment), EQUIPMENT_SOURCE))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    _refuse_any(blockers)
    return _happened(equipment, "RETURNED", by, at, reason=reason.strip())


@action
def receive_reagent(*, site: Site, received: ReagentReceived, by: User, at: datetime) -> ReagentLot:
    """Put a reagent lot into the register. It is not used before quality releases it.

    Its kind is one that a protocol of the site asks for, or knowingly another.
    """
    authorize(by, Role.TECHNOLOGIST, Role.QUALITY, site=site, at=at)
    told = vars(received) | {}
    is_other = told.pop("used_by_no_protocol")
    kinds = kinds_asked(site).reagents
    blockers = [
        *kind_blockers(received.kind, kinds, is_other=is_other),
        *_code_blockers(site, received.code),
    ]
    if received.expires_at <= at:
        values = {"name": received.name, "number": received.number, "expired_at": received.expires_at}
        blockers.append(Blocker("reagent_expired", values, REAGENT_SOURCE))
    same = {name: getattr(received, name) for name in ("kind", "manufacturer", "number")}
    if ReagentLot.objects.filter(site=site, **same).exists():
        blockers.append(Blocker("reagent_registered_already", {"number": received.number}, REAGENT_SOURCE))
    _refuse_any(blockers)
    reagent = ReagentLot.objects.create(site=site, received_by=by, received_at=at, **told)
    facts = {
        "reagent": reagent.id,
        "kind": received.kind,
        "number": received.number,
        "expires_at": received.expires_at,
    }
    record("reagent.received", by=by, at=at, chains=[site_chain(site.pk)], facts=facts)
    return reagent


@action
def release_reagent(
    *,
    reagent: ReagentLot,
    credential: Credential,
    shown_digest: str | None = None,
    by: User,
    at: datetime,
) -> ReagentEvent:
    """Quality lets a reagent lot be used, and signs for it what the register says of the lot, with fresh credentials.

    ``shown_digest`` is what the signer was shown; what says something else is read again first. Raises NotSignable for
    a wrong credential.
    """
    authorize(by, Role.QUALITY, site=reagent.site, at=at)
    kinds = _locked_events(reagent)
    blockers = []
    if "RELEASED" in kinds:
        blockers.append(Blocker("reagent_released_already", _numbered(reagent), REAGENT_SOURCE))
    if "RECALLED" in kinds:
        blockers.append(Blocker("reagent_recalled", _numbered(reagent), REAGENT_SOURCE))
    if reagent.expires_at <= at:
        values = _numbered(reagent) | {"expired_at": reagent.expires_at}
        blockers.append(Blocker("reagent_expired", values, REAGENT_SOURCE))
    release_digest = digest(reagent_release_text(reagent).encode())
    if shown_digest is not None and shown_digest != release_digest:
        blockers.append(Blocker("reagent_changed_meanwhile", _numbered(reagent), "21 CFR 11.70"))
    _refuse_any(blockers)
    signature = sign(
        site=reagent.site,
        document_kind="reagent_release",
        document_id=reagent.id,
        document_digest=release_digest,
        meaning=Signature.Meaning.APPROVAL,
        role=Role.QUALITY,
        credential=credential,
        by=by,
        at=at,
    )
    return _came(reagent, "RELEASED", by, at, signature=signature)


@action
def open_reagent(*, reagent: ReagentLot, by: User, at: datetime) -> ReagentEvent:
    """Write down that it was opened; from now on it keeps for as long as the register says, if that is sooner."""
    authorize(by, Role.TECHNOLOGIST, site=reagent.site, at=at)
    blockers = []
    if "OPENED" in _locked_events(reagent):
        blockers.append(Blocker("reagent_opened_already", _numbered(reagent), REAGENT_SOURCE))
    _refuse_any(blockers)
    hours = reagent.keeps_open_hours
    until = None if hours is None else min(reagent.expires_at, at + timedelta(hours=hours))
    return _came(reagent, "OPENED", by, at, valid_until=until)


@action
def recall_reagent(
    *, reagent: ReagentLot, reason: str, quarantines: bool, by: User, at: datetime
) -> tuple[ReagentEvent, list[ContainerHold]]:
    """Recall a reagent lot: no step uses it any more, and what it touched goes into quarantine if ``quarantines``.

    The containers that are still held of every lot it touched, and of every part set aside from one, are held back.
    """
    authorize(by, Role.QUALITY, site=reagent.site, at=at)
    blockers = []
    if "RECALLED" in _locked_events(reagent):
        blockers.append(Blocker("reagent_recalled", _numbered(reagent), REAGENT_SOURCE))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    _refuse_any(blockers)
    holds = []
    if quarantines:
        left = (
            rows_to_change(Material.objects)
            .select_related("lot__course", "lot__site")
            .filter(lot__in=lots_touched_by_reagent(reagent).values("pk"), state=MaterialState.HELD.value)
            .exclude(pk__in=ContainerHold.objects.filter(cause="OTHER", lifted_at=None).values("material"))
            .order_by("lot_id", "division")
        )
        why = f"{reagent.name} {reagent.number} was recalled: {reason.strip()}"
        holds = [hold_back(one, ContainerHold.Cause.OTHER, why, by=by, at=at) for one in left]
    event = _came(reagent, "RECALLED", by, at, reason=reason.strip(), containers=len(holds))
    return event, holds


def _refuse_any(blockers: list[Blocker]) -> None:
    if blockers:
        raise NotRegistered(blockers)


def _code_blockers(site: Site, code: str) -> list[Blocker]:
    """A code names one thing only, whichever register it stands in."""
    rows_to_change(Site.objects).get(pk=site.pk)
    taken = (
        Equipment.objects.filter(site=site, code=code).exists()
        or ReagentLot.objects.filter(site=site, code=code).exists()
    )
    return [Blocker("register_code_taken", {"code": code}, "21 CFR 1271.290")] if taken else []


def _named(equipment: Equipment) -> dict[str, Any]:
    return {"name": equipment.name, "code": equipment.code}


def _numbered(reagent: ReagentLot) -> dict[str, Any]:
    return {"name": reagent.name, "number": reagent.number}


def _happened(
    equipment: Equipment,
    kind: str,
    by: User,
    at: datetime,
    *,
    valid_until: datetime | None = None,
    reason: str = "",
) -> EquipmentEvent:
    event = EquipmentEvent.objects.create(
        equipment=equipment, kind=kind, done_by=by, done_at=at, valid_until=valid_until, reason=reason
    )
    record(
        f"equipment.{kind.lower()}",
        by=by,
        at=at,
        chains=[site_chain(equipment.site_id)],
        facts={"equipment": equipment.id, "valid_until": valid_until},
        sealed={"reason": reason} if reason else {},
    )
    return event


def _locked_events(reagent: ReagentLot) -> set[str]:
    rows_to_change(ReagentLot.objects).get(pk=reagent.pk)
    return set(reagent.events.values_list("kind", flat=True))


def _came(
    reagent: ReagentLot,
    kind: str,
    by: User,
    at: datetime,
    *,
    valid_until: datetime | None = None,
    reason: str = "",
    signature: Signature | None = None,
    **facts: Any,
) -> ReagentEvent:
    event = ReagentEvent.objects.create(
        reagent=reagent,
        kind=kind,
        done_by=by,
        done_at=at,
        valid_until=valid_until,
        reason=reason,
        signature=signature,
    )
    if signature is not None:
        facts |= {"signature": signature.as_facts()}
    record(
        f"reagent.{kind.lower()}",
        by=by,
        at=at,
        chains=[site_chain(reagent.site_id)],
        facts={"reagent": reagent.id, "number": reagent.number, "valid_until": valid_until, **facts},
        sealed={"reason": reason} if reason else {},
    )
    return event
