"""Who and what a clinic has, for the planner: resources with hours, set-up and cleaning, and what holds them.

People and things are known by what they are and a number; no name is in an instance.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from stroma.clinic.models import Site
from stroma.planning.calendars import opening_hours
from stroma.planning.domain.board import needs_of
from stroma.planning.domain.holding import Days, free_days
from stroma.planning.domain.hours import joined
from stroma.planning.domain.kinds import STAFF, Bookable
from stroma.planning.domain.slots import SLOT
from stroma.planning.models import Capability
from stroma.planning.planner.course_chain import OPEN_TO_PATIENTS, WHAT_WAS, kept_as
from stroma.planning.planner.instance import Away, Resource, Shift, Turn
from stroma.planning.queries import bookables
from stroma.planning.roster_rows import Windows, planner_shifts, windows_of, within
from stroma.protocols.domain import schema

SLOTS_OF_RECORD = timedelta(days=1) // SLOT - 1
MOST_DAYS = 1100
KEPT = "kept"
ONE_DAY = timedelta(days=1)
ALWAYS = [Shift(weekdays=list(range(7)), opens="00:00", closes="24:00")]


class ClinicRoster:
    """Everybody and everything of a site that can be booked, from ``first_day`` on."""

    def __init__(self, site: Site, *, first_day: date) -> None:
        self.site, self.first_day = site, first_day
        self.zone = ZoneInfo(site.time_zone)
        self.start = datetime.combine(first_day, time(), tzinfo=self.zone)
        hours = opening_hours(site)
        end = self.start + timedelta(days=MOST_DAYS)
        self.open: dict[bool, Windows] = {
            patient: windows_of(hours.spans(self.start, end, patient=patient), self.zone)
            for patient in (True, False)
        }
        self.every_day: set[UUID] = set()
        self.not_alone: frozenset[str] = frozenset()
        self.kinds: Mapping[UUID, list[str]] = {}
        self.ids: dict[UUID, str] = {}
        self.names: dict[UUID, str] = {}
        self.kept_kinds: frozenset[str] = frozenset()
        """What a course that is planned keeps for days."""
        self.taken_kinds: frozenset[str] = frozenset()
        """What visits of such a course take."""
        self._read()

    def _read(self) -> None:
        able: dict[UUID, list[str]] = defaultdict(list)
        there = Q(resource__user__isnull=True) | Q(resource__user__is_active=True)
        rows = Capability.objects.filter(there, site=self.site).order_by("kind", "resource__name", "resource")
        for resource, name, kind in rows.values_list("resource", "resource__name", "kind"):
            able[resource].append(kind)
            self.names[resource] = name
        self.kinds = dict(able)
        counted: dict[str, int] = defaultdict(int)
        for resource, kinds in able.items():
            counted[kinds[0]] += 1
            self.ids[resource] = f"{kinds[0]}-{counted[kinds[0]]}"

    def weigh_days(self, visits: Sequence[schema.Visit]) -> None:
        """Find who works on days on which no patient comes, and which visits of patients take only such people."""
        self.taken_kinds = frozenset(kind for visit in visits for kind in needs_of(visit))
        tended = {kind for visit in visits if not visit.patient for kind in needs_of(visit)}
        self.every_day = {resource for resource, kinds in self.kinds.items() if tended & set(kinds)}
        shut_with_us = {
            kind
            for kind in {kind for kinds in self.kinds.values() for kind in kinds}
            if not any(resource in self.every_day for resource, kinds in self.kinds.items() if kind in kinds)
        }
        self.not_alone = frozenset(
            visit.code for visit in visits if visit.patient and not shut_with_us & set(needs_of(visit))
        )

    def keepers(self) -> Iterator[tuple[UUID, str, str]]:
        """What can be kept for days: the thing, what it is called as a keeper, and its kind.

        A keeper is counted by days and a thing that visits take by hours, so a thing that may be both is two resources
        of an instance.
        """
        for resource, kinds in self.kinds.items():
            for kind in kinds:
                if kind in self.kept_kinds:
                    yield resource, f"{self.ids[resource]}:{KEPT}", kind

    def bookables(self, *, days: int, but_visits: Collection[UUID], on: date) -> list[Bookable]:
        """Everybody and everything with what holds them beyond the visits ``but_visits``."""
        return bookables(
            site=self.site,
            kinds={kind for kinds in self.kinds.values() for kind in kinds},
            start=self.start,
            end=self.start + timedelta(days=days),
            but_visits=list(but_visits),
            on=on,
        )

    def resources(self, able: Sequence[Bookable], *, days: int, courses: int) -> list[Resource]:
        """The planner's resources, with the record, and the house where somebody is not to be alone in it."""
        found = [
            Resource(
                id=self.ids[one.id],
                skills=self.kinds[one.id],
                shifts=planner_shifts(self._windows(one), self.first_day, days),
                turns=[
                    Turn(
                        skill=turn.kind,
                        before_minutes=_minutes(turn.before),
                        after_minutes=_minutes(turn.after),
                    )
                    for turn in one.turns
                    if turn.before or turn.after
                ],
            )
            for one in able
        ]
        people = sum(bool(STAFF & one.kinds) for one in able)
        places = min(1000, max(courses // SLOTS_OF_RECORD, people) + 1)
        found.append(Resource(id="record", skills=[WHAT_WAS], places=places, shifts=ALWAYS))
        if self.not_alone:
            shifts = planner_shifts(self.open[True], self.first_day, days)
            places = min(1000, people + 1)
            found.append(Resource(id="house", skills=[OPEN_TO_PATIENTS], places=places, shifts=shifts))
        return found + self._keeping(able, days)

    def _keeping(self, able: Sequence[Bookable], days: int) -> list[Resource]:
        """What is kept for days, whenever the site is open; it is away on the days on which it is taken.

        The first day of a plan is over: what was taken on it is in nobody's way.
        """
        things = {one.id: one for one in able}
        looked_at = Days(self.first_day + ONE_DAY, self.first_day + timedelta(days=days - 1))
        found = []
        for pk, own, kind in self.keepers():
            away, day = [], looked_at.first
            free = sorted(stretch for _, stretch in free_days([things[pk]], kind, looked_at, self.zone))
            for stretch in free:
                if day < stretch.first:
                    away.append(Away(first=day, last=stretch.first - ONE_DAY))
                day = stretch.last + ONE_DAY
            if day <= looked_at.last:
                away.append(Away(first=day, last=looked_at.last))
            found.append(Resource(id=own, skills=[kept_as(kind)], shifts=ALWAYS, away=away))
        return found

    def held(self, able: Sequence[Bookable]) -> Iterator[tuple[UUID, Windows]]:
        """What holds everybody, within their hours: bookings with their set-up and cleaning, and absences."""
        for one in able:
            if one.kinds <= self.kept_kinds - self.taken_kinds:
                continue  # nothing but holds take it here, and they see the days on which it is away
            windows = self._windows(one)
            away = [span for kind, span in one.not_as if one.kinds == {kind}]
            for span in joined([*one.busy, *away]):
                yield one.id, within(windows_of([span], self.zone), windows)

    def _windows(self, one: Bookable) -> Windows:
        windows = self.open[one.id not in self.every_day]
        return windows if one.there is None else within(windows, windows_of(one.there, self.zone))


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)
