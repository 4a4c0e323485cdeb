"""Transport in a simulated clinic: a box that is sealed, opened by its seal, and judged by the log of its logger."""

from datetime import datetime, timedelta
from random import Random

from stroma.custody.actions import open_box, read_temperature_log, seal_box
from stroma.custody.domain.states import MaterialState
from stroma.custody.models import Material, Shipment, StorageStay
from stroma.custody.transport_queries import limits_of
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.storage import take_out

MINUTES = timedelta(minutes=1)
ON_THE_WAY = 30 * MINUTES
COLDER_BY = 20.0
"""How many degrees below its warmest limit a box without a lowest limit is kept (invented)."""


def send_to_laboratory(clinic: SimulatedClinic, material: Material, at: datetime) -> Shipment:
    """Send a container from where it is to the laboratory in a sealed box, and read what its logger wrote.

    It takes 33 minutes from ``at``; after that the container is handed over as any other.
    """
    technologist, seal = clinic.person("technologist"), f"SEAL-{at:%y%m%d}-1"
    shipment = seal_box(
        site=clinic.site,
        box_code="BOX-1",
        materials=[material],
        from_place=material.place,
        to_place=clinic.place("LAB-1"),
        seal=seal,
        by=clinic.person("nurse"),
        at=at,
    )
    arrived = at + ON_THE_WAY
    open_box(
        shipment=shipment,
        scans={"seal": seal, **clinic.badge_scan(technologist)},
        by=technologist,
        at=arrived,
    )
    read_temperature_log(
        shipment=shipment,
        text=simulated_log(shipment, arrived),
        file="logger-7.csv",
        by=technologist,
        at=arrived + 3 * MINUTES,
    )
    return shipment


def simulated_log(shipment: Shipment, arrived: datetime) -> str:
    """What a logger wrote once a minute from before the sealing until after the opening, within the limits."""
    limits = limits_of(shipment)
    high = float(limits.maximum_c)
    low = high - COLDER_BY if limits.minimum_c is None else float(limits.minimum_c)
    random = Random(shipment.seal)  # noqa: S311 - a simulation that can be repeated
    middle, half = (low + high) / 2, (high - low) / 2
    drift, lines = 0.0, ["time,temperature_c"]
    read_at = shipment.sealed_at - 2 * MINUTES
    while read_at <= arrived + 2 * MINUTES:
        drift = max(-0.8, min(0.8, 0.9 * drift + random.gauss(0, 0.12)))
        lines.append(f"{read_at.isoformat()},{middle + half * drift:.1f}")
        read_at += MINUTES
    return "\n".join(lines) + "\n"


def send_a_frozen_part(clinic: SimulatedClinic, *, at: datetime) -> Shipment | None:
    """Take the newest frozen part of a donor's lot out of the tank and send it to the laboratory: it is on its way now.

    Nothing where no donor's part lies in the tank.
    """
    lying = StorageStay.objects.filter(taken_out_at=None).values("material")
    parts = Material.objects.filter(
        pk__in=lying,
        lot__site=clinic.site,
        lot__course=None,
        kind=Material.Kind.STORED,
        state=MaterialState.HELD.value,
    ).select_related("lot__site", "lot__course", "place")
    part = parts.order_by("-made_at", "-division").first()
    if part is None:
        return None
    take_out(clinic, part, at)
    return seal_box(
        site=clinic.site,
        box_code="DRY-1",
        materials=[part],
        from_place=part.place,
        to_place=clinic.place("LAB-1"),
        seal=f"SEAL-{at:%y%m%d}-2",
        by=clinic.person("technologist"),
        at=at,
    )
