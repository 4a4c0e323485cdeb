"""Boxes on the way: sealed with containers in them, opened by their seal, judged by their log."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from stroma.clinic.authority import authorize
from stroma.clinic.badge_queries import look_at_badge
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Badge, Place, Site, User
from stroma.custody.actions.hand_overs import keep_scan
from stroma.custody.actions.holding import hold_back
from stroma.custody.containers import NotPossible, badge_held, chains_of
from stroma.custody.domain.hand_over import still_awaited
from stroma.custody.domain.reading import NOT_TOLD, Readings, readings_as_facts
from stroma.custody.domain.states import MaterialState
from stroma.custody.domain.transport import (
    Journey,
    Limits,
    journey_of,
    log_blockers,
    opening_blockers,
    packing_blockers,
    read_log,
    reading_blockers,
)
from stroma.custody.models import (
    ContainerHold,
    Material,
    Shipment,
    ShipmentContent,
    TemperatureLog,
    TemperatureReading,
    TransportBox,
    TransportLimits,
)
from stroma.custody.transport_queries import limits_for, limits_of, newest_log, packed
from stroma.ledger.domain.canonical import digest
from stroma.ledger.domain.entry import ChainKey, site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import Recorded, action
from stroma.protocols.domain.blocker import Refused
from stroma.protocols.domain.problem import BadInput, Problem

HANDLERS = (Role.TECHNOLOGIST, Role.QUALITY, Role.NURSE, Role.PHYSIATRIST)


class BoxNotOpened(Recorded, Refused):
    """The box stays closed. The scan and the reasons stay on record."""


@action
def set_transport_limits(
    *, site: Site, storage: str, limits: Limits, by: User, at: datetime
) -> TransportLimits:
    """Set the site's own limits for a kind of storage, with their source; they replace the shipped default."""
    authorize(by, Role.QUALITY, site=site, at=at)
    if limits.minimum_c is not None and limits.minimum_c >= limits.maximum_c:
        said = _("The lowest, %(low)s °C, is not below the highest, %(high)s °C.") % {
            "low": limits.minimum_c,
            "high": limits.maximum_c,
        }
        raise BadInput([Problem("limits_crossed", said, place="minimum_c")])
    row = TransportLimits.objects.create(
        site=site,
        storage=storage,
        minimum_c=limits.minimum_c,
        maximum_c=limits.maximum_c,
        minutes_outside=limits.minutes_outside,
        source=limits.source,
        set_by=by,
        set_at=at,
    )
    record(
        "transport.limits_set",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={
            "limits": row.id,
            "storage": storage,
            "minimum_c": None if limits.minimum_c is None else str(limits.minimum_c),
            "maximum_c": str(limits.maximum_c),
            "minutes_outside": limits.minutes_outside,
            "source": limits.source,
        },
    )
    return row


@action
def seal_box(
    *,
    site: Site,
    box_code: str,
    materials: Sequence[Material],
    from_place: Place,
    to_place: Place,
    seal: str,
    by: User,
    at: datetime,
) -> Shipment:
    """Pack containers into a box and seal it. It travels under the tightest limits of what is in it."""
    authorize(by, *HANDLERS, site=site, at=at)
    ids = [material.pk for material in materials]
    locked = list(
        rows_to_change(Material.objects)
        .select_related("lot__protocol", "lot__course", "lot__site", "place")
        .filter(pk__in=ids)
        .order_by("lot_id", "division")
    )
    box, _made = TransportBox.objects.get_or_create(site=site, code=box_code)
    blockers = packing_blockers(
        [packed(one) for one in locked],
        from_place=from_place.code,
        to_place=to_place.code,
        seal=seal,
        is_under_way=Shipment.objects.filter(box=box, opened_at=None).exists(),
    )
    if blockers:
        raise NotPossible(blockers)
    limits = limits_for(locked, site)
    shipment = Shipment.objects.create(
        box=box,
        from_place=from_place,
        to_place=to_place,
        seal=seal,
        minimum_c=limits.minimum_c,
        maximum_c=limits.maximum_c,
        minutes_outside=limits.minutes_outside,
        limits_source=limits.source,
        sealed_by=by,
        sealed_at=at,
    )
    ShipmentContent.objects.bulk_create(ShipmentContent(shipment=shipment, material=one) for one in locked)
    for one in locked:
        # An entry for each: no recipient's chain tells of another's container in the same box.
        record(
            "container.packed",
            by=by,
            at=at,
            chains=chains_of(one.lot),
            facts={"container": one.id, "shipment": shipment.id},
        )
    record(
        "box.sealed",
        by=by,
        at=at,
        chains=_chains(shipment),
        facts={"shipment": shipment.id, "box": box.code, "containers": len(locked), "seal": seal},
    )
    return shipment


@action
def open_box(
    *,
    shipment: Shipment,
    scans: Mapping[str, str],
    readings: Readings = NOT_TOLD,
    by: User,
    at: datetime,
) -> Shipment:
    """Open a box by the seal that was read on it. Another seal refuses: then nothing in it is used.

    ``scans`` are raw: ``seal``, and ``badge`` where ``by``, who opens it, has a live one at this site. Raises
    BoxNotOpened with every reason; what was read is kept for each container.
    """
    site = shipment.box.site
    authorize(by, *HANDLERS, site=site, at=at)
    shipment = rows_to_change(Shipment.objects).select_related("box__site").get(pk=shipment.pk)
    badge = _judge_opening(shipment, scans, readings, by=by, at=at)
    shipment.seal_read = scans.get("seal", "").strip()
    shipment.opened_by, shipment.opened_at = by, at
    shipment.opening_badge = badge
    shipment.save(update_fields=["seal_read", "opened_by", "opened_at", "opening_badge"])
    record(
        "box.opened",
        by=by,
        at=at,
        chains=_chains(shipment),
        facts={
            "shipment": shipment.id,
            **({"badge": badge.id} if badge else {}),
            **readings_as_facts(readings),
        },
    )
    return shipment


@action
def stop_wrong_opening(
    *,
    shipment: Shipment,
    scans: Mapping[str, str],
    readings: Readings = NOT_TOLD,
    by: User,
    at: datetime,
) -> None:
    """Stop at a seal that is wrong, before the badge is scanned; where nothing is wrong, nothing is written.

    Everything as in :func:`open_box`, but that scans may be missing: they are still to come.
    """
    authorize(by, *HANDLERS, site=shipment.box.site, at=at)
    shipment = rows_to_change(Shipment.objects).select_related("box__site").get(pk=shipment.pk)
    awaited = still_awaited(("seal", "badge"), scans)
    _judge_opening(shipment, scans, readings, awaited=awaited, by=by, at=at)


def _judge_opening(
    shipment: Shipment,
    scans: Mapping[str, str],
    readings: Readings,
    *,
    awaited: Collection[str] = frozenset(),
    by: User,
    at: datetime,
) -> Badge | None:
    """The badge that was shown, where it is theirs. A refusal is kept for each container and raised."""
    site = shipment.box.site
    asked_for = badge_held(by, site)
    shown, badge = look_at_badge(scans.get("badge"), receiver=by, site=site)
    blockers = opening_blockers(
        seal=shipment.seal,
        scanned=scans.get("seal", "").strip(),
        is_open=shipment.opened_at is not None,
        badge=shown,
        badge_asked_for=asked_for is not None,
        awaited=awaited,
    )
    if blockers:
        for one in _contents(shipment):
            keep_scan(one, "open_box", scans, blockers, readings, by=by, at=at)
        raise BoxNotOpened(blockers)
    return badge


@action
def read_temperature_log(
    *,
    shipment: Shipment,
    text: str,
    file: str,
    corrects: TemperatureLog | None = None,
    reason: str = "",
    by: User,
    at: datetime,
) -> TemperatureLog:
    """Read the logger's CSV file of an opened box. An excursion puts every container into quarantine by itself.

    Another log takes the place of the newest, ``corrects``, for a reason; both stay. It quarantines and lifts nothing:
    what an earlier log put into quarantine stays there until quality decides. Raises BadInput with every faulty line,
    and NotPossible when the log does not tell of this journey.
    """
    authorize(by, *HANDLERS, site=shipment.box.site, at=at)
    shipment = rows_to_change(Shipment.objects).select_related("box__site").get(pk=shipment.pk)
    file_digest, reason = digest(text.encode()), reason.strip()
    blockers = reading_blockers(
        is_open=shipment.opened_at is not None,
        newest=getattr(newest_log(shipment), "id", None),
        corrects=None if corrects is None else corrects.id,
        is_known=TemperatureLog.objects.filter(shipment=shipment, digest=file_digest).exists(),
        reason=reason,
    )
    if blockers or shipment.opened_at is None:
        raise NotPossible(blockers)
    readings = read_log(text, file=file)
    if found := log_blockers(readings, sealed_at=shipment.sealed_at, opened_at=shipment.opened_at):
        raise NotPossible(found)
    journey = journey_of(readings, limits_of(shipment))
    log = TemperatureLog.objects.create(
        shipment=shipment,
        corrects=corrects,
        reason=reason,
        digest=file_digest,
        content=text.encode(),
        lowest_c=journey.lowest_c,
        highest_c=journey.highest_c,
        minutes_outside=journey.minutes_outside,
        is_excursion=journey.is_excursion,
        read_by=by,
        read_at=at,
    )
    TemperatureReading.objects.bulk_create(
        (
            TemperatureReading(log=log, read_at=one.read_at, temperature_c=one.temperature_c)
            for one in readings
        ),
        batch_size=1000,
    )
    record(
        "box.log_read",
        by=by,
        at=at,
        chains=_chains(shipment),
        facts={
            "shipment": shipment.id,
            "log": log.id,
            "file": log.digest,
            **({"corrects": corrects.id} if corrects else {}),
            **_facts(journey),
        },
        sealed={"reason": reason} if reason else {},
    )
    if journey.is_excursion:
        _quarantine(shipment, journey, by=by, at=at)
    return log


def _quarantine(shipment: Shipment, journey: Journey, *, by: User, at: datetime) -> None:
    said = f"{journey.minutes_outside} minutes outside; {journey.lowest_c} to {journey.highest_c} °C"
    for one in _contents(shipment):
        held = ContainerHold.objects.filter(
            material=one, cause=ContainerHold.Cause.EXCURSION, lifted_at=None
        ).exists()
        if one.state == MaterialState.HELD and not held:
            hold_back(one, ContainerHold.Cause.EXCURSION, said, by=by, at=at)


def _facts(journey: Journey) -> dict[str, str | bool]:
    outside: Decimal = journey.minutes_outside
    return {
        "lowest_c": str(journey.lowest_c),
        "highest_c": str(journey.highest_c),
        "minutes_outside": str(outside),
        "is_excursion": journey.is_excursion,
    }


def _contents(shipment: Shipment) -> list[Material]:
    return list(
        Material.objects.filter(journeys__shipment=shipment)
        .select_related("lot__course", "lot__site", "place")
        .order_by("lot_id", "division")
    )


def _chains(shipment: Shipment) -> list[ChainKey]:
    return [site_chain(shipment.box.site_id)]
