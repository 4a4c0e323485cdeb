"""The free times of a site as a visitor chooses among them: days, and on each day every physiatrist's times."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from stroma.clinic.models import Site
from stroma.planning.domain.consultation import NOTICE, FreeTime
from stroma.planning.models import Resource
from stroma.planning.queries import consultation_times, physiatrists_of

LOOK_AHEAD = timedelta(days=21)
DAYS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class OfferedTime:
    """One time: ``value`` is what the form sends, ``text`` the site's clock."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class OfferedDay:
    """A day with free times, by physiatrist in the order of their names."""

    day: date
    times: Sequence[tuple[Resource, Sequence[OfferedTime]]]

    @property
    def count(self) -> int:
        """How many times are free on that day."""
        return sum(len(times) for _, times in self.times)


def offered_days(site: Site, *, at: datetime) -> list[OfferedDay]:
    """The next days on which a consultation is free at ``site``."""
    zone = ZoneInfo(site.time_zone)
    start = at + NOTICE
    by_day: dict[date, list[FreeTime]] = defaultdict(list)
    for free in consultation_times(site, start=start, end=start + LOOK_AHEAD):
        by_day[free.starts_at.astimezone(zone).date()].append(free)
    people = list(physiatrists_of(site))
    return [
        OfferedDay(day, [(who, times) for who in people if (times := _times(by_day[day], who, zone))])
        for day in sorted(by_day)[:DAYS_SHOWN]
    ]


def _times(free: Sequence[FreeTime], who: Resource, zone: ZoneInfo) -> list[OfferedTime]:
    return [
        OfferedTime(f"{who.id}|{time.starts_at.isoformat()}", f"{time.starts_at.astimezone(zone):%H:%M}")
        for time in free
        if time.physiatrist == who.id
    ]
