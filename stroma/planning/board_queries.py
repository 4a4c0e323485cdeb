"""The board: what is booked of everybody and everything at a site, day by day, and which chains are in trouble.

Each cell shows its first few bookings: a page is as long in a full clinic as in a busy one, and says how many more
there are.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise

from stroma.clinic.models import AdoptedProtocol, Site
from stroma.clinic.queries import protocol_of
from stroma.planning.calendars import opening_hours
from stroma.planning.domain.kinds import EQUIPMENT, ROOMS, STAFF, sort_of
from stroma.planning.domain.slots import SLOT
from stroma.planning.models import Capability, HoldEnd, Reservation
from stroma.planning.queries import as_text, read_moment
from stroma.planning.roster_rows import Windows, windows_of

PEOPLE, PLACES, DEVICES = "people", "rooms", "devices"
SORTS = {PEOPLE: STAFF, PLACES: ROOMS, DEVICES: EQUIPMENT}
SHOWN_IN_CELL = 5
SHOWN_OF_A_DAY = 30
"""So many bookings stand in a cell of the week and in a row of the day; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Booked:
    """One booking of one resource, as the board shows it."""

    reservation: UUID
    visit: UUID | None
    resource: UUID
    starts_at: datetime
    ends_at: datetime
    title: str
    course: str
    patient_name: str
    patient: UUID | None
    is_for_patient: bool
    trouble: str = ""
    """``late`` or ``risk`` where the chain is in trouble."""

    def slots(self, opens: datetime) -> tuple[int, int]:
        """The first quarter of an hour after the opening and how many, as the day's row draws it."""
        first = max(0, (self.starts_at - opens) // SLOT)
        return first, max(1, -(-(self.ends_at - opens) // SLOT) - first)


@dataclass(frozen=True, slots=True)
class Chip:
    """A booking with its place on the day's scale of quarters of an hour, from the opening on."""

    booked: Booked
    first: int
    length: int

    @property
    def past(self) -> int:
        """Where it ends, for a drawing."""
        return self.first + self.length


@dataclass(frozen=True, slots=True)
class Bar:
    """What keeps a resource for days, over as many days of the board as it is seen on; nothing else is booked then."""

    booked: Booked
    days: int
    begins: bool
    ends: bool
    last: date
    """The last day on which it is kept."""
    why: str | Promise = ""
    """Why it was set free on that day, earlier than it was to be."""


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


def short_title(title: str) -> str:
    """A visit's title to its first stop: what stands on a chip."""
    for stop in (":", ";", ",", "("):
        title = title.split(stop, 1)[0]
    return title.strip()


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
    bars = _bars(list(shown), dates, midnights, troubles, zone, list(booked))
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
    for one in _as_shown(shown, troubles):
        cell = placed[one.reservation]
        booked[one.resource, cell[1]].append(one)
        counts[one.resource, cell[1]] = sizes[cell]
    return booked, counts


def _bars(
    resources: Sequence[UUID],
    dates: Sequence[date],
    midnights: Sequence[datetime],
    troubles: Mapping[UUID, str],
    zone: ZoneInfo,
    booked: Collection[tuple[UUID, int]],
) -> dict[tuple[UUID, int], Bar]:
    """What is kept for days, by resource and the first day of the board on which it is kept.

    Nothing is kept twice at once, so that there are no more of them than cells.
    """
    kept = Reservation.objects.filter(
        is_live=True,
        hold__isnull=False,
        resource__in=resources,
        starts_at__lt=midnights[-1],
        ends_at__gt=midnights[0],
    ).order_by("starts_at", "id")
    shown = list(kept.values_list("pk", flat=True)[: len(resources) * len(dates)])
    bars: dict[tuple[UUID, int], Bar] = {}
    covered: set[tuple[UUID, int]] = set()
    for one in _as_shown(Reservation.objects.filter(pk__in=shown).order_by("starts_at", "id"), troubles):
        first = one.starts_at.astimezone(zone).date()
        last = one.ends_at.astimezone(zone).date() - timedelta(days=1)
        seen = [number for number, day in enumerate(dates) if first <= day <= last]
        ends = dates[seen[-1]] == last
        bars[one.resource, seen[0]] = Bar(one, len(seen), dates[seen[0]] == first, ends, last)
        covered.update((one.resource, number) for number in seen)
    # What was set free early is shown through that day, but for days on which something else is there by now.
    for one, end in _ended(resources, midnights, troubles):
        first, last = one.starts_at.astimezone(zone).date(), end.ended_at.astimezone(zone).date()
        seen = []
        for number, day in enumerate(dates):
            is_free = (one.resource, number) not in covered
            if first <= day <= last and is_free and not (seen and (one.resource, number) in booked):
                seen.append(number)
            elif seen:
                break
        if seen:
            begins, ends = dates[seen[0]] == first, dates[seen[-1]] == last
            why = HoldEnd.Why(end.why).label
            bars[one.resource, seen[0]] = Bar(one, len(seen), begins, ends, last, why)
            covered.update((one.resource, number) for number in seen)
    return bars


def _ended(
    resources: Sequence[UUID], midnights: Sequence[datetime], troubles: Mapping[UUID, str]
) -> Iterator[tuple[Booked, HoldEnd]]:
    """What was kept when it was set free, the latest first; what had not begun by then was never there."""
    begun = Q(reservation__starts_at__lt=F("ended_at")) & Q(reservation__starts_at__lt=midnights[-1])
    # What was set free since is little beside all that was ever booked, so whose it was is looked at here.
    latest = HoldEnd.objects.filter(begun, ended_at__gte=midnights[0]).order_by("-ended_at", "id")
    wanted, most = set(resources), len(resources) * len(midnights)
    here = (end for end in latest.select_related("reservation") if end.reservation.resource_id in wanted)
    ends = {end.reservation_id: end for end in islice(here, most)}
    found = {
        one.reservation: one for one in _as_shown(Reservation.objects.filter(pk__in=list(ends)), troubles)
    }
    return ((found[pk], end) for pk, end in ends.items())


def _as_shown(rows: QuerySet[Reservation], troubles: Mapping[UUID, str]) -> list[Booked]:
    """Reservations with what stands on the board of each."""
    found = list(
        rows.values_list(
            "id",
            "visit_id",
            "resource_id",
            "starts_at",
            "ends_at",
            "hold",
            "visit__code",
            "visit__course__number",
            "visit__course_id",
            "visit__course__protocol_id",
            "visit__course__patient_id",
            "visit__course__patient__family_name",
            "visit__course__patient__given_names",
        )
    )
    titles = _titles({row[9] for row in found if row[9]})
    shown = []
    for pk, visit, resource, starts, ends, hold, code, course, course_id, protocol, patient, *names in found:
        title, is_for_patient = titles.get((protocol, hold or code), (code or "", True))
        shown.append(
            Booked(
                reservation=pk,
                visit=visit,
                resource=resource,
                starts_at=starts,
                ends_at=ends,
                title=title,
                course=course or "",
                patient_name=", ".join(names) if patient else "",
                patient=patient,
                is_for_patient=is_for_patient,
                trouble=troubles.get(course_id, ""),
            )
        )
    return shown


def _titles(protocols: set[Any]) -> dict[tuple[Any, str], tuple[str, bool]]:
    """What these adopted protocols call their visits and holds, and whether the patient comes; each is read once."""
    titles: dict[tuple[Any, str], tuple[str, bool]] = {}
    for pk, one in AdoptedProtocol.objects.defer("document").in_bulk(protocols).items():
        protocol = protocol_of(one)
        titles |= {(pk, hold.code): (short_title(hold.title), False) for hold in protocol.holds}
        titles |= {(pk, visit.code): (short_title(visit.title), visit.patient) for visit in protocol.visits}
    return titles
