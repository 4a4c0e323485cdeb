"""What a visit takes: the kinds that the protocol document names, and the things booked as them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
class Turn:
    """What a thing of a kind needs before and after a visit: set-up, and cleaning."""

    kind: str
    before: timedelta = timedelta()
    after: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Bookable:
    """One person, room, device or patient: everything it can be booked as, and when it is taken already.

    A person of two kinds is one Bookable, so that nobody is counted twice.

    ``there`` is when a person works, None for whoever or whatever is there whenever the site is open. ``not_as`` says
    when it cannot be booked as one of its kinds, as when a competence ends. ``turns`` is the time it is held round a
    visit, by kind.
    """

    id: UUID
    kinds: frozenset[str]
    busy: tuple[Span, ...] = ()
    there: tuple[Span, ...] | None = None
    not_as: tuple[tuple[str, Span], ...] = ()
    turns: tuple[Turn, ...] = ()

    def turn(self, kind: str) -> Turn:
        """What it needs before and after a visit at which it is booked as ``kind``."""
        return next((turn for turn in self.turns if turn.kind == kind), Turn(kind))

    def held(self, kind: str, starts_at: datetime, ends_at: datetime) -> Span:
        """The time it is held for a visit: the visit with what it needs before and after."""
        turn = self.turn(kind)
        return Span(starts_at - turn.before, ends_at + turn.after)

    def with_busy(self, spans: Iterable[Span]) -> "Bookable":
        """The same, taken for these times as well."""
        return replace(self, busy=(*self.busy, *spans))

    def is_free(self, kind: str, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether nothing else is booked with it then, and it can be booked as ``kind``."""
        held = self.held(kind, starts_at, ends_at)
        away = [span for of_kind, span in self.not_as if of_kind == kind]
        return not any(
            span.starts_at < held.ends_at and held.starts_at < span.ends_at for span in (*self.busy, *away)
        )

    def is_there(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether the visit lies in the time it works."""
        return self.there is None or any(
            span.starts_at <= starts_at and ends_at <= span.ends_at for span in self.there
        )
