"""What is kept for days between two visits of a chain: a place in the incubator, from seeding to harvest.

A hold counts whole days on the site's clock, from the day of the visit that begins it through the day of the one that
ends it, as the planner for many patients counts it too (``planner/instance.py``): what is left of the last day is for
cleaning. One thing keeps it from the first day to the last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from stroma.planning.domain.board import Board
from stroma.planning.domain.kinds import Bookable, Span
from stroma.planning.domain.slots import SLOT, Chart
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import Hold

SOURCE = "the protocol's visit plan"
ONE_DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PlannedHold:
    """Who keeps a hold, and from when to when; the end is exclusive. ``begins`` and ``ends`` are codes of visits."""

    code: str
    begins: str
    ends: str
    resource: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """A stretch of days, both ends included."""

    first: date
    last: date

    def span(self, zone: ZoneInfo) -> Span:
        """From the midnight before to the midnight after, by the clocks of ``zone``."""
        return Span(_midnight(self.first, zone), _midnight(self.last + ONE_DAY, zone))

    def slots(self, chart: Chart, zone: ZoneInfo) -> int:
        """The slots of a chart that begin on these days."""
        span = self.span(zone)
        return chart.window(span.starts_at, span.ends_at - SLOT)

    def holds(self, other: "Days") -> bool:
        """Whether ``other`` lies wholly in it."""
        return self.first <= other.first and other.last <= self.last


class _Visit(Protocol):
    """A visit of a plan."""

    @property
    def code(self) -> str: ...

    @property
    def starts_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Keeping:
    """A hold of one chain with all that could keep it, each with the days on which it is free."""

    hold: Hold
    steps: tuple[int, ...]
    """The steps of the chain, by index, whose days it joins; one where the visit that begins it took place."""
    since: date | None
    """Its first day, where the visit that begins it took place."""
    zone: ZoneInfo
    free: tuple[tuple[UUID, Days], ...]
    stays: tuple[UUID, date] | None = None
    """In what it is already, though no visit is booked that ends it, and since when."""

    @property
    def stretches(self) -> list[Days]:
        """The longest stretches in which it can lie, whatever keeps it; one within another adds nothing."""
        found = sorted(
            {days for _, days in self.free if self.since is None or days.first <= self.since <= days.last}
        )
        return [one for one in found if not any(other != one and other.holds(one) for other in found)]

    def planned(self, visits: Sequence[_Visit]) -> PlannedHold:
        """The hold for these visits, which lie in one of the stretches.

        It stays in what it is already where that is free; else what is free shortest keeps it.
        """
        begun = {visit.code: day_of(visit.starts_at, self.zone) for visit in visits}
        days = Days(self.since or begun[self.hold.begins], begun[self.hold.ends])
        own = [] if self.stays is None else [one for one in self.free if one[0] == self.stays[0]]
        resource = tightest(own, days)
        if resource is not None and self.stays is not None:
            days = Days(self.stays[1], days.last)
        else:
            resource = tightest(self.free, days)
        assert resource is not None
        span = days.span(self.zone)
        return PlannedHold(
            self.hold.code, self.hold.begins, self.hold.ends, resource, span.starts_at, span.ends_at
        )


def keeping_of(
    hold: Hold,
    board: Board,
    held: Mapping[str, datetime],
    now: datetime,
    stays: tuple[UUID, date] | None = None,
) -> Keeping:
    """What could keep ``hold`` for the chain on ``board``, from the day of ``now`` where it has begun."""
    zone = board.hours.zone
    places = {step.visit.code: index for index, step in enumerate(board.steps)}
    begun = held.get(hold.begins)
    since = None if begun is None else max(day_of(begun, zone), day_of(now, zone))
    first = day_of(board.chart.origin, zone)
    looked_at = Days(min(first, since or first), day_of(board.chart.time_of(board.chart.count), zone))
    return Keeping(
        hold,
        tuple(places[code] for code in (hold.begins, hold.ends) if code in places),
        since,
        zone,
        tuple(free_days(board.of_kind(hold.kind), hold.kind, looked_at, zone)),
        stays if since is not None else None,
    )


def free_days(
    things: Iterable[Bookable], kind: str, looked_at: Days, zone: ZoneInfo
) -> Iterable[tuple[UUID, Days]]:
    """Everything with each longest stretch of days on which nothing is booked with it as ``kind``."""
    for thing in things:
        unfit = [span for of_kind, span in thing.not_as if of_kind == kind]
        busy = sorted(
            Days(day_of(span.starts_at, zone), day_of(span.ends_at - INSTANT, zone))
            for span in (*thing.busy, *unfit)
        )
        first = looked_at.first
        for days in busy:
            if first < days.first:
                yield thing.id, Days(first, min(days.first - ONE_DAY, looked_at.last))
            first = max(first, days.last + ONE_DAY)
            if first > looked_at.last:
                break
        if first <= looked_at.last:
            yield thing.id, Days(first, looked_at.last)


def tightest(free: Iterable[tuple[UUID, Days]], days: Days) -> UUID | None:
    """What is free on all of ``days`` and for the least time beside, so that long stretches stay whole."""
    able = [(stretch.last - stretch.first, thing) for thing, stretch in free if stretch.holds(days)]
    return min(able, key=lambda one: one[0])[1] if able else None


def hold_blockers(board: Board, keeping: Sequence[Keeping]) -> list[Blocker]:
    """Which holds leave no chain: those of whose kind nothing is there, else all of them."""
    blockers = []
    for one in keeping:
        values = {
            "visit": one.hold.ends,
            "hold": one.hold.code,
            "title": one.hold.title,
            "kind": one.hold.kind,
        }
        if not board.of_kind(one.hold.kind):
            blockers.append(Blocker("resource_missing", {**values, "needed": 1, "available": 0}, SOURCE))
        else:
            blockers.append(Blocker("hold_busy", values, SOURCE))
    missing = [blocker for blocker in blockers if blocker.code == "resource_missing"]
    return missing or blockers


def hold_faults(
    planned: Sequence[PlannedHold],
    *,
    holds: Sequence[Hold],
    begun: Mapping[str, datetime],
    held: Mapping[str, datetime],
    things: Mapping[UUID, Bookable],
    now: datetime,
    zone: ZoneInfo,
) -> list[Blocker]:
    """What is wrong with the holds of a plan, a hand-made one too. ``begun`` is when each visit begins or began."""
    wanted = {hold.code: hold for hold in holds if hold.ends not in held and hold.ends in begun}
    blockers = [
        Blocker("plan_adds_hold", {"hold": one.code}, SOURCE) for one in planned if one.code not in wanted
    ]
    for code, hold in wanted.items():
        its = [one for one in planned if one.code == code]
        thing = things.get(its[0].resource) if len(its) == 1 else None
        first = begun.get(hold.begins, now)
        if hold.begins in held:
            first = max(first, now)
        needed = Days(day_of(first, zone), day_of(begun[hold.ends], zone)).span(zone)
        if (
            thing is None
            or hold.kind not in thing.kinds
            or its[0].starts_at > needed.starts_at
            or its[0].ends_at < needed.ends_at
        ):
            blockers.append(Blocker("plan_lacks_hold", {"hold": code, "title": hold.title}, SOURCE))
            continue
        unfit = [span for kind, span in thing.not_as if kind == hold.kind]
        if any(
            span.starts_at < needed.ends_at and needed.starts_at < span.ends_at
            for span in (*thing.busy, *unfit)
        ):
            blockers.append(Blocker("plan_double_books", {"visit": hold.ends, "other": ""}, SOURCE))
    return blockers


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The day on which a moment lies by the clocks of ``zone``."""
    return moment.astimezone(zone).date()


@lru_cache(maxsize=8192)
def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
