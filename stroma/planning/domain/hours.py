"""When a site is open, in the time its clocks show; every change has its day, and the days before keep theirs.

Note [The two nights the clock moves]
    Hours are written as a clock shows them. On the night the clock goes forward an hour is missing: what begins or
    ends in it does so an hour later by the clock. On the night it goes back an hour comes twice: what begins in it
    begins the first time, what ends in it ends the second time, so that nobody's hour is lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from stroma.planning.domain.kinds import Span

MONDAY_TO_FRIDAY = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
ONE_DAY = timedelta(days=1)


class Hours(Protocol):
    """What the planner asks of a site's hours."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the site's clocks."""

    def spans(self, start: datetime, end: datetime, *, patient: bool) -> list[Span]:
        """The stretches at which visits may be held that reach into the time asked for, in order, never touching."""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The same hours for ever. Patients are seen and called on ``weekdays`` (Monday is 0), cells tended on any day."""

    zone: ZoneInfo
    opens: time = time(8)
    closes: time = time(18)
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY

    def spans(self, start: datetime, end: datetime, *, patient: bool) -> list[Span]:
        """Laboratory work does not wait for Monday."""
        days = self.weekdays if patient else EVERY_DAY
        week = WeekPlan(date.min, dict.fromkeys(days, ((self.opens, self.closes),)))
        return spans_of_weeks([week], self.zone, start, end)


@dataclass(frozen=True, slots=True)
class WeekPlan:
    """The hours of a week from a day on: for each weekday, from when to when. An end at or before its start is the
    next day's; a weekday that is not there is closed.
    """

    valid_from: date
    hours: Mapping[int, tuple[tuple[time, time], ...]]


@dataclass(frozen=True, slots=True)
class Closed:
    """A stretch at which a site sees nobody; ``laboratory`` says whether cells are not tended either."""

    span: Span
    laboratory: bool


@dataclass(frozen=True, slots=True)
class SiteCalendar:
    """A site's hours as they were set: week plans by the day they begin, and what is closed."""

    zone: ZoneInfo
    patients: tuple[WeekPlan, ...]
    laboratory: tuple[WeekPlan, ...]
    closed: tuple[Closed, ...] = field(default=())

    def spans(self, start: datetime, end: datetime, *, patient: bool) -> list[Span]:
        """The week that holds on each day, without what is closed."""
        weeks = self.patients if patient else self.laboratory
        closed = [one.span for one in self.closed if patient or one.laboratory]
        return without(spans_of_weeks(weeks, self.zone, start, end), closed)


@dataclass(frozen=True, slots=True)
class WithOvertime:
    """Hours with ``extra`` time after each end; on a day that is closed there is none."""

    hours: Hours
    extra: timedelta

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the site's clocks."""
        return self.hours.zone

    def spans(self, start: datetime, end: datetime, *, patient: bool) -> list[Span]:
        """The hours, each stretch as much longer."""
        return longer(self.hours.spans(start - self.extra, end, patient=patient), self.extra)


def spans_of_weeks(weeks: Sequence[WeekPlan], zone: ZoneInfo, start: datetime, end: datetime) -> list[Span]:
    """The stretches that ``weeks`` make of the time from ``start`` to ``end``, as far as they reach into it."""
    ordered = sorted(weeks, key=lambda week: week.valid_from)
    found = []
    day = start.astimezone(zone).date() - ONE_DAY  # what began yesterday may last until today
    last = end.astimezone(zone).date()
    while day <= last:
        week = next((w for w in reversed(ordered) if w.valid_from <= day), None)
        for opens, closes in week.hours.get(day.weekday(), ()) if week else ():
            span = _span(day, opens, closes, zone)
            if span.starts_at < end and start < span.ends_at:
                found.append(span)
        day += ONE_DAY
    return joined(found)


@lru_cache(maxsize=8192)
def _span(day: date, opens: time, closes: time, zone: ZoneInfo) -> Span:
    """See Note [The two nights the clock moves]."""
    until = day if closes > opens else day + ONE_DAY
    begins = datetime.combine(day, opens, zone)
    ends = datetime.combine(until, closes, zone)
    return Span(begins.astimezone(UTC), max(ends.replace(fold=fold).astimezone(UTC) for fold in (0, 1)))


def joined(spans: Iterable[Span]) -> list[Span]:
    """``spans`` in order, those that touch made one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.starts_at, one.ends_at)):
        if found and span.starts_at <= found[-1].ends_at:
            found[-1] = Span(found[-1].starts_at, max(found[-1].ends_at, span.ends_at))
        elif span.starts_at < span.ends_at:
            found.append(span)
    return found


def without(spans: Sequence[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of ``spans`` when ``taken`` is cut out."""
    left = list(spans)
    for cut in joined(taken):
        left = [
            Span(low, high)
            for span in left
            for low, high in (
                (span.starts_at, min(span.ends_at, cut.starts_at)),
                (max(span.starts_at, cut.ends_at), span.ends_at),
            )
            if low < high
        ]
    return joined(left)


def longer(spans: Iterable[Span], extra: timedelta) -> list[Span]:
    """``spans``, each ending as much later."""
    return joined(Span(span.starts_at, span.ends_at + extra) for span in spans)


def holds(spans: Iterable[Span], starts_at: datetime, ends_at: datetime) -> bool:
    """Whether one of ``spans`` holds the whole time."""
    return any(span.starts_at <= starts_at and ends_at <= span.ends_at for span in spans)
