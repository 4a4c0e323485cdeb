"""Rows written without any action: what a careless program, or a person at the database's own prompt, would write."""

import secrets
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from stroma.clinic.models import Signature, User
from stroma.courses.models import Course
from stroma.custody.models import (
    ContainerHold,
    Derivation,
    Donor,
    FreezeThaw,
    HandOver,
    HandOverUndo,
    Label,
    Lot,
    Material,
    Pooling,
    Scan,
    ScanPhoto,
    ScanReading,
    Shipment,
    ShipmentContent,
    StoragePosition,
    StorageStay,
    StorageUnit,
    TemperatureLog,
    TemperatureReading,
    TransportBox,
    TransportLimits,
)
from stroma.injection.domain.time_out import Spot
from stroma.injection.models import Dose, TimeOut, TimeOutCancellation
from stroma.planning.models import (
    Absence,
    AbsenceTakenBack,
    ChangeCall,
    ChangeCallTakenBack,
    HoldEnd,
    Reservation,
    Resource,
    TurnTime,
    Visit,
    VisitChange,
    WeekHours,
    WeekPlan,
)
from stroma.release.models import Release
from tests.never.world import World


def a_scan(world: World, material: Material, purpose: str = "time_out", **facts: Any) -> Scan:
    """A scan of a container that said go, unless told otherwise."""
    values = {"raw": {}, "is_go": True, "blockers": [], "scanned_at": world.at} | facts
    return Scan.objects.create(
        site=world.house.clinic.site,
        purpose=purpose,
        material=material,
        scanned_by=world.house.person("nurse"),
        **values,
    )


def a_time_out(world: World, course: Course, material: Material, spot: Spot, **facts: Any) -> TimeOut:
    """A completed time-out."""
    values = {
        "led_by": world.house.person("physiatrist"),
        "second_person": world.house.person("nurse"),
        "completed_at": world.at,
    } | facts
    values.setdefault("scan", a_scan(world, material))
    return TimeOut.objects.create(
        course=course, material=material, target=spot.target, level=spot.level, side=spot.side, **values
    )


def a_cancellation(world: World, time_out: TimeOut, **facts: Any) -> TimeOutCancellation:
    """A time-out closed because nothing was given."""
    values = {
        "reason": "the patient felt unwell",
        "cancelled_by": world.house.person("nurse"),
        "witness": world.house.person("physiatrist"),
        "cancelled_at": world.at,
    } | facts
    values.setdefault("scan", a_scan(world, time_out.material, "time_out_cancelled"))
    return TimeOutCancellation.objects.create(time_out=time_out, **values)


def a_dose(world: World, time_out: TimeOut, **facts: Any) -> Dose:
    """The dose that a time-out was for, given right after it: the whole container."""
    values = {
        "course": time_out.course,
        "material": time_out.material,
        "target": time_out.target,
        "level": time_out.level,
        "side": time_out.side,
        "volume_ml": time_out.material.amount,
        "guidance": "fluoroscopy",
        "given_by": world.house.person("physiatrist"),
        "given_at": world.at,
    } | facts
    return Dose.objects.create(time_out=time_out, **values)


def a_lot(world: World, **facts: Any) -> Lot:
    """A lot in process for the patient who consented, from a donor record of their own."""
    course = world.consented
    values: dict[str, Any] = {
        "course": course,
        "state": "IN_PROCESS",
        "din": f"A999926{secrets.randbelow(10**6):06d}",
    }
    values |= facts
    if "donor" not in values:
        values["donor"] = Donor.objects.create(
            site=course.site, relation=Donor.Relation.AUTOLOGOUS, patient=course.patient
        )
    return Lot.objects.create(
        site=course.site,
        protocol=course.protocol,
        product_code="S0000V00",
        product_name="test product",
        made_at=world.at,
        **values,
    )


def a_container(world: World, lot: Lot, amount: str = "10", **facts: Any) -> Material:
    """A full container of a lot."""
    values = {
        "kind": Material.Kind.PRODUCT,
        "division": f"{Material.objects.filter(lot=lot).count():02d}",
        "amount": Decimal(amount),
        "remaining": Decimal(amount),
        "place": world.house.clinic.place("LAB-1"),
        "state": "HELD",
        "made_at": world.at,
        "expires_at": world.at + timedelta(hours=4),
    } | facts
    return Material.objects.create(lot=lot, **values)


def draw(parent: Material, child: Material, taken: str, kind: str = Derivation.Kind.PROCESS) -> Derivation:
    """What went from one container into another."""
    return Derivation.objects.create(parent=parent, child=child, taken=Decimal(taken), kind=kind)


def left_with(material: Material, remaining: str) -> Material:
    """The container after something was taken out of it."""
    state = "HELD" if Decimal(remaining) else "USED_UP"
    Material.objects.filter(pk=material.pk).update(remaining=Decimal(remaining), state=state)
    return material


def a_hold(world: World, material: Material, cause: str = ContainerHold.Cause.DAMAGE) -> ContainerHold:
    """A container in quarantine by itself."""
    return ContainerHold.objects.create(
        material=material, cause=cause, placed_by=world.house.person("quality"), placed_at=world.at
    )


def a_position(world: World, place: str = "LAB-1", kind: str = "INCUBATOR") -> StoragePosition:
    """A free position of a new storage unit that stands in that place."""
    site = world.house.clinic.site
    number = StorageUnit.objects.count() + 1
    unit = StorageUnit.objects.create(
        site=site, place=world.house.clinic.place(place), kind=kind, name="unit", code=f"U{number}"
    )
    return StoragePosition.objects.create(unit=unit, shelf=1, rack=1, position=1, code=f"U{number}-1-1-1")


def a_stay(world: World, material: Material, position: StoragePosition) -> StorageStay:
    """A container that lies in a position."""
    return StorageStay.objects.create(
        position=position,
        material=material,
        stored_by=world.house.person("technologist"),
        stored_at=world.at,
    )


def a_shipment(world: World, place: str = "LAB-1", seal: str = "S-1") -> Shipment:
    """A sealed box that left a place."""
    site = world.house.clinic.site
    return Shipment.objects.create(
        box=TransportBox.objects.create(site=site, code=f"BOX-{TransportBox.objects.count() + 1}"),
        from_place=world.house.clinic.place(place),
        to_place=world.house.clinic.place("PROC-1"),
        seal=seal,
        minimum_c=Decimal(2),
        maximum_c=Decimal(8),
        minutes_outside=0,
        limits_source="test",
        sealed_by=world.house.person("technologist"),
        sealed_at=world.at,
    )


def a_log(world: World, shipment: Shipment, **facts: Any) -> TemperatureLog:
    """What the logger of a box said."""
    values = {
        "digest": "e" * 64,
        "lowest_c": Decimal(4),
        "highest_c": Decimal(5),
        "minutes_outside": Decimal(0),
        "is_excursion": False,
        "read_by": world.house.person("technologist"),
        "read_at": world.at,
    } | facts
    return TemperatureLog.objects.create(shipment=shipment, **values)


def a_witness_signature(world: World, material: Material, part: str = "quality", **facts: Any) -> Signature:
    """A colleague's signature under the discard of a container."""
    signer = world.house.person(part)
    values = {
        "signer": signer,
        "printed_name": signer.name,
        "role": "QUALITY",
        "meaning": "REVIEW",
        "document_kind": "discard",
        "document_id": material.id,
        "document_digest": "d" * 64,
        "method": "SIMULATED",
        "signed_at": world.at,
    } | facts
    return Signature.objects.create(site=material.lot.site, **values)


def a_label(world: World, material: Material, state: str = Label.State.PRINTED) -> Label:
    """A label of a container."""
    return Label.objects.create(
        material=material,
        version="1",
        content={"text": "as printed"},
        digest="0" * 64,
        state=state,
        reason="smudged",
        printed_at=world.at,
        printed_by=world.house.person("nurse"),
    )


def a_signature(world: World, lot: Lot, part: str, role: str, digest: str, **facts: Any) -> Signature:
    """A colleague's signature under a certificate of a lot."""
    signer = world.house.person(part)
    values = {
        "signer": signer,
        "printed_name": signer.name,
        "role": role,
        "meaning": "APPROVAL",
        "document_kind": "certificate",
        "document_id": lot.id,
        "document_digest": digest,
        "method": "SIMULATED",
        "signed_at": world.at,
    } | facts
    return Signature.objects.create(site=lot.site, **values)


def a_release(world: World, lot: Lot, digest: str, **facts: Any) -> Release:
    """A release of a lot under the certificate with that digest, signed by two people unless told otherwise."""
    values: dict[str, Any] = {
        "physician": world.house.person("physiatrist"),
        "quality": world.house.person("quality"),
        "released_at": world.at,
        "kind": Release.Kind.FULL,
    } | facts
    if "physician_signature" not in values:
        values["physician_signature"] = a_signature(world, lot, "physiatrist", "PHYSIATRIST", digest)
    if "quality_signature" not in values:
        values["quality_signature"] = a_signature(world, lot, "quality", "QUALITY", digest)
    return Release.objects.create(lot=lot, certificate_digest=digest, **{"certificate": ""} | values)


def somebody_else(world: World, than: User) -> User:
    """Another colleague."""
    return next(user for user in world.house.clinic.people.values() if user.pk != than.pk)


def before(moment: datetime) -> datetime:
    """A second earlier."""
    return moment - timedelta(seconds=1)


def a_pool(world: World, poured: str = "20") -> Material:
    """A container into which two others were poured, not accounted for yet."""
    lot = a_lot(world)
    child = a_container(world, lot, poured)
    for _ in range(2):
        parent = a_container(world, lot)
        left_with(parent, "0")
        draw(parent, child, "10", Derivation.Kind.POOL)
    return child


def handed(world: World, material: Material, to: str, **facts: Any) -> HandOver:
    """A hand-over from where the container is, which stays there."""
    values = {
        "material": material,
        "from_place": material.place,
        "to_place": world.house.clinic.place(to),
        "received_by": world.house.person("nurse"),
        "scan": a_scan(world, material, "hand_over"),
        "handed_over_at": world.at,
    } | facts
    return HandOver.objects.create(**values)


def one_row_of_all_keeping(world: World) -> None:
    """A row of each kind that storage, transport and pooling write once and never change."""
    by, at = world.house.person("quality"), world.at
    Pooling.objects.create(child=a_pool(world), pooled_by=by, pooled_at=at)
    container = a_container(world, a_lot(world))
    FreezeThaw.objects.create(material=container, kind="FROZEN", done_by=by, done_at=at)
    a_position(world)
    TransportLimits.objects.create(
        site=container.lot.site,
        storage="refrigerated",
        maximum_c=Decimal(8),
        minutes_outside=0,
        source="test",
        set_by=by,
        set_at=at,
    )
    there = handed(world, container, "INC-1")
    Material.objects.filter(pk=container.pk).update(place=there.to_place)
    container.refresh_from_db()
    back = handed(world, container, "LAB-1")
    HandOverUndo.objects.create(hand_over=there, back=back, undone_by=by, undone_at=at)
    photo = ScanPhoto.objects.create(
        site=container.lot.site,
        media_type="image/png",
        sha256="e" * 64,
        content=b"a photo",
        taken_by=by,
        taken_at=at,
    )
    ScanReading.objects.create(scan=back.scan, name="place", means="PHOTO", photo=photo)
    shipment = a_shipment(world)
    ShipmentContent.objects.create(shipment=shipment, material=a_container(world, a_lot(world)))
    log = a_log(world, shipment)
    TemperatureReading.objects.create(log=log, read_at=at, temperature_c=Decimal(4))


def one_row_of_a_calendar(world: World) -> None:
    """A row of each kind that a calendar writes once and never changes."""
    site, by, at = world.house.clinic.site, world.house.person("coordinator"), world.at
    said = {"reason": "x", "decided_by": by, "decided_at": at}
    plan = WeekPlan.objects.create(site=site, area="PATIENTS", valid_from=at.date(), **said)
    WeekHours.objects.create(plan=plan, weekday=0, opens=time(8), closes=time(12))
    until = at + timedelta(days=1)
    absence = Absence.objects.create(site=site, kind="CLOSURE", starts_at=at, ends_at=until, **said)
    AbsenceTakenBack.objects.create(absence=absence, **said)
    TurnTime.objects.create(
        site=site, kind="c_arm", before_minutes=0, after_minutes=10, valid_from=at.date(), **said
    )
    end_of_a_hold(a_kept_place(world), at=at)
    visit = Visit.objects.create(
        site=site, course=world.consented, code="told", starts_at=at, ends_at=until, booked_at=at
    )
    change = VisitChange.objects.create(was=visit, why="CLINIC", changed_at=at, state="SHOWN", done_at=at)
    call = ChangeCall.objects.create(change=change, called_by=by, called_at=at)
    ChangeCallTakenBack.objects.create(call=call, **said)


def a_kept_place(world: World, **values: Any) -> Reservation:
    """A place that is kept for a day until a booked visit."""
    course, at = world.consented, world.at
    span = {"starts_at": at, "ends_at": at + timedelta(days=1)}
    visit = Visit.objects.create(site=course.site, course=course, code="kept until", booked_at=at, **span)
    place = Resource.objects.create(site=course.site, name="A place that is kept")
    return Reservation.objects.create(visit=visit, resource=place, **{"hold": "culture", **span, **values})


def end_of_a_hold(kept: Reservation, *, at: datetime) -> HoldEnd:
    """It was set free early because the lot failed."""
    return HoldEnd.objects.create(reservation=kept, why="LOT_FAILED", ended_at=at)
