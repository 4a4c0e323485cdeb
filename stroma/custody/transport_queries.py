"""Reads of transport: what may be packed, under which limits it travels, and what was on the way."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet
from django.db.models.functions import Length

from stroma.clinic.models import Place, Site
from stroma.clinic.queries import protocol_of
from stroma.custody.containers import is_held_back, is_in_sealed_box
from stroma.custody.domain.states import MaterialState
from stroma.custody.domain.transport import DEFAULT_LIMITS, Limits, Packed, tightest
from stroma.custody.models import (
    ContainerHold,
    Material,
    Shipment,
    ShipmentContent,
    StorageStay,
    TemperatureLog,
    TemperatureReading,
    TransportLimits,
)
from stroma.custody.storage_queries import is_frozen
from stroma.ledger.attachments import KeptFile


def packed(material: Material) -> Packed:
    """What the rules of packing know of a container."""
    return Packed(
        place=material.place.code,
        is_held=material.state == MaterialState.HELD,
        in_quarantine=is_held_back(material),
        in_sealed_box=is_in_sealed_box(material),
        is_stored=StorageStay.objects.filter(material=material, taken_out_at=None).exists(),
    )


def limits_for(materials: Sequence[Material], site: Site) -> Limits:
    """The narrowest limits of what is packed: the protocol's, else the site's own, else the shipped default."""
    return tightest([_limits_of_container(one, site) for one in materials])


def _limits_of_container(material: Material, site: Site) -> Limits:
    protocol = protocol_of(material.lot.protocol)
    frozen = is_frozen(material)
    if protocol.transport is not None and not frozen:
        told = protocol.transport
        minimum = None if told.minimum_c is None else Decimal(str(told.minimum_c))
        return Limits(minimum, Decimal(str(told.maximum_c)), told.minutes_outside_max, told.source)
    storage = protocol.dose.storage if protocol.dose is not None else "room_temperature"
    return site_limits(site, "vapor_phase_nitrogen" if frozen else storage)


def site_limits(site: Site, storage: str) -> Limits:
    """The limits of a kind of storage at a site: its newest own, else the shipped default."""
    own = TransportLimits.objects.filter(site=site, storage=storage).order_by("set_at", "id").last()
    if own is None:
        return DEFAULT_LIMITS[storage]
    return Limits(own.minimum_c, own.maximum_c, own.minutes_outside, own.source)


def limits_of(shipment: Shipment) -> Limits:
    """The limits a box travelled under."""
    return Limits(shipment.minimum_c, shipment.maximum_c, shipment.minutes_outside, shipment.limits_source)


def shipments_of(site: Site | None) -> QuerySet[Shipment]:
    """Every journey of a site's boxes: what is under way first, then the newest."""
    return (
        Shipment.objects.filter(box__site=site)
        .select_related("box", "from_place", "to_place")
        .prefetch_related(Prefetch("logs", TemperatureLog.objects.defer("content").filter(corrected_by=None)))
        .annotate(containers=Count("contents"))
        .order_by("opened_at", "-sealed_at")
    )


def shipment_at(site: Site | None, shipment_id: UUID) -> Shipment | None:
    """A journey of a box of the site."""
    return (
        Shipment.objects.filter(pk=shipment_id, box__site=site)
        .select_related("box__site", "from_place", "to_place", "sealed_by", "opened_by")
        .first()
    )


def contents_of(shipment: Shipment) -> list[Material]:
    """What is, or was, in the box, each with ``is_held_back``: whether it is in quarantine now."""
    held_back = ContainerHold.objects.filter(material=OuterRef("pk"), lifted_at=None)
    return list(
        Material.objects.filter(journeys__shipment=shipment)
        .annotate(is_held_back=Exists(held_back))
        .select_related("lot", "place")
        .order_by("lot__din", "division")
    )


def packable(place: Place) -> QuerySet[Material]:
    """What could be packed at a place: held, in no box, in no position, not in quarantine."""
    return (
        Material.objects.filter(place=place, state=MaterialState.HELD.value)
        .exclude(pk__in=StorageStay.objects.filter(taken_out_at=None).values("material"))
        .exclude(pk__in=ContainerHold.objects.filter(lifted_at=None).values("material"))
        .exclude(pk__in=ShipmentContent.objects.filter(shipment__opened_at=None).values("material"))
        .select_related("lot")
        .order_by("lot__din", "division")
    )


def readings_of(log: TemperatureLog) -> list[TemperatureReading]:
    """The lines of a log."""
    return list(TemperatureReading.objects.filter(log=log).order_by("read_at"))


def logs_of(shipment: Shipment) -> list[TemperatureLog]:
    """Every log that was read of the journey, each after the one that took its place: the first holds."""
    rows = TemperatureLog.objects.filter(shipment=shipment).defer("content")
    followed_by = {row.corrects_id: row for row in rows.select_related("read_by", "corrected_by")}
    logs: list[TemperatureLog] = []
    while (row := followed_by.get(logs[-1].id if logs else None)) is not None:
        logs.append(row)
    return logs[::-1]


def newest_log(shipment: Shipment) -> TemperatureLog | None:
    """The log that holds: the one that no other takes the place of."""
    return TemperatureLog.objects.filter(shipment=shipment, corrected_by=None).defer("content").first()


def log_files_of_course(course_id: UUID) -> Iterator[KeptFile]:
    """What the loggers said on every journey of a course's containers, as their files came."""
    logs = TemperatureLog.objects.filter(
        shipment__contents__material__lot__course_id=course_id, content__isnull=False
    )
    for log in logs.distinct().defer("content").annotate(size=Length("content")):
        yield KeptFile(
            path=f"transport/{log.id}.csv",
            media_type="text/csv",
            sha256=log.digest,
            size=log.size,
            about={"kind": "temperature log", "shipment": log.shipment_id, "kept_at": log.read_at},
            read=partial(_content_of, log.id),
        )


def _content_of(log_id: UUID) -> bytes:
    content = TemperatureLog.objects.values_list("content", flat=True).get(pk=log_id)
    return bytes(content or b"")
