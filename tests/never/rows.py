"""Rows written without any action: what a careless program, or a person at the database's own prompt, would write."""

import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from stroma.clinic.models import Signature, User
from stroma.courses.models import Course
from stroma.custody.models import Derivation, Donor, Label, Lot, Material, Scan
from stroma.injection.domain.time_out import Spot
from stroma.injection.models import Dose, TimeOut
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
    } | facts
    if "physician_signature" not in values:
        values["physician_signature"] = a_signature(world, lot, "physiatrist", "PHYSIATRIST", digest)
    if "quality_signature" not in values:
        values["quality_signature"] = a_signature(world, lot, "quality", "QUALITY", digest)
    return Release.objects.create(
        lot=lot, kind=Release.Kind.FULL, certificate="", certificate_digest=digest, **values
    )


def somebody_else(world: World, than: User) -> User:
    """Another colleague."""
    return next(user for user in world.house.clinic.people.values() if user.pk != than.pk)


def before(moment: datetime) -> datetime:
    """A second earlier."""
    return moment - timedelta(seconds=1)
