"""Who can take which part of a visit, and when somebody is there, in the planner's words."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from stroma.planning.domain.kinds import Span
from stroma.planning.planner.instance import Shift

Who = TypeVar("Who", bound=Hashable)
Windows = dict[date, list[tuple[datetime, datetime]]]
"""By day on the site's clock, from when to when; an end at midnight is the next day's first moment."""

NEVER = Shift(weekdays=[0], opens="00:00", closes="00:01", last=date(1970, 1, 1))
ONE_DAY = timedelta(days=1)


def windows_of(spans: Iterable[Span], zone: ZoneInfo) -> Windows:
    """Stretches of time, day by day on the site's clock, without seconds."""
    windows: Windows = defaultdict(list)
    for span in spans:
        starts, ends = (
            moment.astimezone(zone).replace(tzinfo=None) for moment in (span.starts_at, span.ends_at)
        )
        while starts < ends:
            midnight = datetime.combine(starts.date() + ONE_DAY, time())
            windows[starts.date()].append((starts, min(ends, midnight)))
            starts = midnight
    return windows


def within(windows: Windows, others: Windows) -> Windows:
    """What lies in both."""
    both: Windows = defaultdict(list)
    for day, some in windows.items():
        for first, past in some:
            for opens, closes in others.get(day, ()):
                if max(first, opens) < min(past, closes):
                    both[day].append((max(first, opens), min(past, closes)))
    return both


def planner_shifts(windows: Windows, first_day: date, days: int) -> list[Shift]:
    """Dated windows as shifts: week after week while they stay the same, and from a day on where they change."""
    found: dict[tuple[str, str, date | None, date | None], list[int]] = defaultdict(list)
    last_day = first_day + timedelta(days=days - 1)
    for weekday in range(7):
        own = [day for day in _days(first_day, last_day) if day.weekday() == weekday]
        begun, before = 0, None
        for place, day in enumerate([*own, None]):
            now = None if day is None else tuple(windows.get(day, ()))
            clock = None if now is None else tuple(_clock(first, past) for first, past in now)
            if before is not None and clock != before:
                first = None if begun == 0 else own[begun]
                last = None if place == len(own) else own[place - 1]
                for opens, closes in before:
                    found[opens, closes, first, last].append(weekday)
            if clock != before:
                begun, before = place, clock
    shifts = [
        Shift(weekdays=weekdays, opens=opens, closes=closes, first=first, last=last)
        for (opens, closes, first, last), weekdays in found.items()
    ]
    return shifts or [NEVER]


def _clock(first: datetime, past: datetime) -> tuple[str, str]:
    closes = "24:00" if past.date() > first.date() else f"{past:%H:%M}"
    return f"{first:%H:%M}", closes


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def fills(needs: Sequence[str], able: Mapping[Who, Sequence[str]]) -> list[Who] | None:
    """One for each need, in the order of the needs, nobody twice; None where that is impossible."""
    if not needs:
        return []
    for who, kinds in able.items():
        if needs[0] in kinds:
            rest = fills(needs[1:], {other: its for other, its in able.items() if other != who})
            if rest is not None:
                return [who, *rest]
    return None
