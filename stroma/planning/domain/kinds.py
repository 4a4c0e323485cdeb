"""What a visit takes: the kinds that the protocol document names, and the things booked as them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

STAFF = frozenset({"coordinator", "physiatrist", "nurse", "technologist", "quality", "therapist", "surgeon"})
ROOMS = frozenset({"consulting_room", "procedure_room", "laboratory", "therapy_room", "operating_room"})
EQUIPMENT = frozenset({"c_arm", "centrifuge", "biosafety_cabinet", "incubator_place"})
PATIENT = "patient"
"""The patient is taken by a visit like anybody else, and so is never in two places."""

SORTS = (STAFF, ROOMS, EQUIPMENT)
"""A thing that is booked has kinds of one sort only: a room is no device, a device no person."""


def sort_of(kind: str) -> frozenset[str] | None:
    """The sort that ``kind`` belongs to, or None for a kind no protocol knows."""
    return next((sort for sort in SORTS if kind in sort), None)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time; the end is exclusive."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Bookable:
    """One person, room, device or patient: everything it can be booked as, and when it is taken already.

    A person of two kinds is one Bookable, so that nobody is counted twice.
    """

    id: UUID
    kinds: frozenset[str]
    busy: tuple[Span, ...] = ()
