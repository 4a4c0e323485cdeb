"""The board: what is booked of everybody and everything at a site, day by day, and which chains are in trouble.

Each cell shows its first few bookings: a page is as long in a full clinic as in a busy one, and says how many more
there are.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from stroma.clinic.models import Site
from stroma.planning.board_bars import bars_of
from stroma.planning.board_rows import Bar, Booked, Chip, as_shown
from stroma.planning.calendars import opening_hours
from stroma.planning.domain.kinds import EQUIPMENT, ROOMS, STAFF, sort_of
from stroma.planning.models import Capability, Reservation
from stroma.planning.queries import as_text, read_moment
from stroma.planning.roster_rows import Windows, windows_of

PEOPLE, PLACES, DEVICES = "people", "rooms", "devices"
SORTS = {PEOPLE: STAFF, PLACES: ROOMS, DEVICES: EQUIPMENT}
SHOWN_IN_CELL = 5
SHOWN_OF_A_DAY = 30
"""So many bookings stand in a cell of the week and in a row of the day; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one resource has on one day, or what keeps it for several."""

    day: date
    chips: Sequence[Chip]
    more: int
    is_open: bool
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody or something with its days."""

    resource: UUID
    name: str
    sort: str
    kinds: Sequence[str]
    cells: Sequence[Cell]


@dataclass
class DayList:
    """A day as a list, for a phone: each visit once."""

    day: date
    visits: list[Booked] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    """What begins to be kept for days on this day, and on the first day what is kept already."""
    more: int = 0


@dataclass(frozen=True, slots=True)
class Board:
    """The days, the rows, and the same by day."""

    days: Sequence[date]
    rows: Sequence[Row]
    lists: Sequence[DayList]
    hours: Sequence[str]
    """The full hours of the day's scale."""
    opens: int
    """The first of them."""

    @property
    def slots(self) -> int:
        """How many quarters of an hour the scale has."""
        return 4 * len(self.hours)


def resources_of(
    site: Site, *, sort: str = "", resource: UUID | None = None
) -> dict[UUID, tuple[str, list[str]]]:
    """Who and what can be booked at ``site``: name and kinds; people first, then rooms, then devices."""
    there = Q(resource__user__isnull=True) | Q(resource__user__is_active=True)
    rows = Capability.objects.filter(there, site=site)
    if sort in SORTS:
        rows = rows.filter(kind__in=SORTS[sort])
    if resource is not None:
        rows = rows.filter(resource=resource)
    found: dict[UUID, tuple[str, list[str]]] = {}
    for pk, name, kind in rows.order_by("resource__name", "resource_id", "kind").values_list(
        "resource_id", "resource__name", "kind"
    ):
        found.setdefault(pk, (name, []))[1].append(kind)
    order = list(SORTS)
    return dict(sorted(found.items(), key=lambda item: order.index(sort_name(item[1][1][0]))))


def sort_name(kind: str) -> str:
    """People, rooms or devices."""
    sort = sort_of(kind)
    return next((name for name, kinds in SORTS.items() if kinds == sort), DEVICES)


def board_of(
    site: Site,
    *,
    first: date,
    days: int,
    sort: str = "",
    resource: UUID | None = None,
    troubles: Mapping[UUID, str],
) -> Board:
    """The board of ``site`` from ``first`` on. ``troubles`` says which courses are late or at risk."""
    zone, hours = ZoneInfo(site.time_zone), opening_hours(site)
    shown = resources_of(site, sort=sort, resource=resource)
    dates = [first + timedelta(days=number) for number in range(days)]
    midnights = [
        datetime.combine(day, time(), tzinfo=zone) for day in [*dates, dates[-1] + timedelta(days=1)]
    ]
    booked, counts = _bookings(
        list(shown), midnights, SHOWN_IN_CELL if days > 1 else SHOWN_OF_A_DAY, troubles
    )
    bars = bars_of(list(shown), dates, midnights, troubles, zone, list(booked))
    covered = {(pk, number + n) for (pk, number), bar in bars.items() for n in range(1, bar.days)}
    start, end = midnights[0], midnights[-1]
    seen = windows_of(hours.spans(start, end, patient=True), zone)
    tended = windows_of(hours.spans(start, end, patient=False), zone)
    opens, closes = _scale(dates, tended)
    openings = [datetime.combine(day, time(opens), tzinfo=zone) for day in dates]
    rows = [
        Row(
            resource=pk,
            name=name,
            sort=sort_name(kinds[0]),
            kinds=kinds,
            cells=[
                Cell(
                    day,
                    [Chip(one, *one.slots(openings[number])) for one in booked[pk, number]],
                    max(0, counts[pk, number] - len(booked[pk, number])),
                    bool(seen.get(day)),
                    bars.get((pk, number)),
                )
                for number, day in enumerate(dates)
                if (pk, number) not in covered
            ],
        )
        for pk, (name, kinds) in shown.items()
    ]
    scale = [f"{hour:02d}:00" for hour in range(opens, closes)]
    lists = _by_day(dates, booked, counts)
    for (_, number), bar in bars.items():
        lists[number].bars.append(bar)
    return Board(dates, rows, lists, scale, opens)


def _scale(dates: Sequence[date], tended: Windows) -> tuple[int, int]:
    """From which full hour to which the rows are drawn: all that is open on these days, ten hours if nothing is."""
    some = [window for day in dates for window in tended.get(day, ())]
    if not some:
        return 8, 18
    opens = min(first.hour for first, _ in some)
    closes = max(24 if past.date() > first.date() else past.hour + bool(past.minute) for first, past in some)
    return opens, max(closes, opens + 1)


def _by_day(
    dates: Sequence[date],
    booked: Mapping[tuple[UUID, int], Sequence[Booked]],
    counts: Mapping[tuple[UUID, int], int],
) -> list[DayList]:
    lists = [DayList(day) for day in dates]
    seen: set[object] = set()
    for (_, number), some in booked.items():
        for one in some:
            if (key := one.visit or (one.starts_at, one.title)) not in seen:
                seen.add(key)
                lists[number].visits.append(one)
    for (resource, number), count in counts.items():
        if count > len(booked[resource, number]):
            lists[number].more = max(lists[number].more, count - len(booked[resource, number]))
    for one_day in lists:
        one_day.visits.sort(key=lambda one: (one.starts_at, one.course))
    return lists


Cells = tuple[dict[tuple[UUID, int], list[Booked]], dict[tuple[UUID, int], int]]


def _bookings(
    resources: Sequence[UUID], midnights: Sequence[datetime], most: int, troubles: Mapping[UUID, str]
) -> Cells:
    """The first ``most`` bookings of each cell, and how many each has.

    The week is read along its index, as text (see ``queries``), and placed here: a database that numbers and counts
    the rows of each cell sorts them all.
    """
    week = Reservation.objects.filter(
        is_live=True,
        hold__isnull=True,
        resource__in=resources,
        starts_at__gte=midnights[0],
        starts_at__lt=midnights[-1],
    ).order_by("resource_id", "starts_at", "id")
    days: dict[str, int] = {}
    sizes: dict[tuple[str, int], int] = defaultdict(int)
    placed: dict[UUID, tuple[str, int]] = {}
    for resource, starts_at, pk in week.values_list(*as_text("resource_id", "starts_at", "id")):
        if starts_at not in days:
            days[starts_at] = bisect_right(midnights, read_moment(starts_at)) - 1
        cell = (resource, days[starts_at])
        if sizes[cell] < most:
            placed[UUID(pk)] = cell
        sizes[cell] += 1
    # What stands on the chips is read only for those that are shown.
    booked: dict[tuple[UUID, int], list[Booked]] = defaultdict(list)
    counts: dict[tuple[UUID, int], int] = defaultdict(int)
    shown = Reservation.objects.filter(pk__in=list(placed)).order_by("starts_at", "id")
    for one in as_shown(shown, troubles):
        cell = placed[one.reservation]
        booked[one.resource, cell[1]].append(one)
        counts[one.resource, cell[1]] = sizes[cell]
    return booked, counts
