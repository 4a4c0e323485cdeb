"""Keeping reservations against rivals: one order for everybody, and a rival known by how the database refuses."""

from collections.abc import Iterable

from stroma.planning.domain.holding import PlannedHold
from stroma.planning.domain.kinds import Bookable
from stroma.planning.models import DOUBLE_BOOKED, NO_DOUBLE_BOOKING, Reservation, Visit

_DEADLOCK = "40P01"  # PostgreSQL, errcodes-appendix: deadlock_detected


def reserve(wanted: Iterable[Reservation]) -> None:
    """Keep reservations, in one order for everybody, so that two bookings of the same things wait in line."""
    Reservation.objects.bulk_create(sorted(wanted, key=lambda r: (str(r.resource_id), r.starts_at)))


def reservation_of(visit: Visit, thing: Bookable, kind: str) -> Reservation:
    """The time that ``thing`` is held as ``kind`` for a visit, with its set-up and cleaning. Not kept yet."""
    held = thing.held(kind, visit.starts_at, visit.ends_at)
    return Reservation(visit=visit, resource_id=thing.id, starts_at=held.starts_at, ends_at=held.ends_at)


def reservation_of_hold(visit: Visit, hold: PlannedHold) -> Reservation:
    """The days for which something is kept until a visit. Not kept yet."""
    return Reservation(
        visit=visit,
        resource_id=hold.resource,
        starts_at=hold.starts_at,
        ends_at=hold.ends_at,
        hold=hold.code,
    )


def is_overtaken(error: Exception) -> bool:
    """Whether a rival's booking is the reason: the guard refused, or two bookings waited for each other."""
    text = str(error)
    deadlock = getattr(error.__cause__, "sqlstate", None) == _DEADLOCK
    return deadlock or NO_DOUBLE_BOOKING in text or DOUBLE_BOOKED in text
