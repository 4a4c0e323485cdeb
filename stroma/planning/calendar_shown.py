"""A site's calendar as its pages show it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.http import Http404
from django.utils.dates import WEEKDAYS

from stroma.clinic.models import Site
from stroma.planning.calendar_forms import written_as
from stroma.planning.calendars import opening_hours, standing_absences, turns
from stroma.planning.domain.hours import SiteCalendar
from stroma.planning.domain.hours import WeekPlan as Week
from stroma.planning.domain.kinds import EQUIPMENT, ROOMS
from stroma.planning.models import Absence, Capability, Resource, WeekPlan


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A weekday with the hours of both areas as one writes them; empty is closed."""

    name: str
    patients: str
    laboratory: str


@dataclass(frozen=True, slots=True)
class ShownResource:
    """Somebody or something that can be booked, with what as, and when they work."""

    resource: Resource
    kinds: str
    shifts: str
    away: Sequence[Absence]


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """Set-up and cleaning of a kind, in minutes."""

    kind: str
    before: int
    after: int

    @property
    def words(self) -> str:
        """The kind in words."""
        return self.kind.replace("_", " ")


def week_today(site: Site, *, today: date) -> list[ShownDay]:
    """The hours of each weekday as they hold today."""
    calendar = opening_hours(site)
    patients, laboratory = (_in_force(weeks, today) for weeks in (calendar.patients, calendar.laboratory))
    return [
        ShownDay(str(name), written_as(patients.get(day, ())), written_as(laboratory.get(day, ())))
        for day, name in WEEKDAYS.items()
    ]


def week_of(site: Site, area: str, *, on: date) -> dict[int, str]:
    """The hours of an area on a day, as the form shows them."""
    calendar: SiteCalendar = opening_hours(site)
    weeks = calendar.patients if area == WeekPlan.Area.PATIENTS else calendar.laboratory
    return {day: written_as(stretches) for day, stretches in _in_force(weeks, on).items()}


def coming_weeks(site: Site, *, today: date) -> list[WeekPlan]:
    """Changes of hours and shifts that do not hold yet."""
    plans = WeekPlan.objects.filter(site=site, valid_from__gt=today)
    return list(plans.select_related("resource", "decided_by").prefetch_related("hours"))


def shifts_of(site: Site, resource: Resource, *, on: date) -> dict[int, str]:
    """A person's shifts on a day, as the form shows them; nothing for whoever works whenever the site is open."""
    plan = (
        WeekPlan.objects.filter(site=site, resource=resource, valid_from__lte=on)
        .prefetch_related("hours")
        .order_by("valid_from", "decided_at")
        .last()
    )
    return _days(plan) if plan else {}


def shown_resources(site: Site, *, at: datetime, today: date) -> list[ShownResource]:
    """Everybody and everything the site can book, by kind and name."""
    kinds: dict[UUID, list[str]] = defaultdict(list)
    rows = Capability.objects.filter(site=site).select_related("resource").order_by("kind", "resource__name")
    resources: dict[UUID, Resource] = {}
    for row in rows:
        kinds[row.resource_id].append(row.kind.replace("_", " "))
        resources[row.resource_id] = row.resource
    away: dict[UUID | None, list[Absence]] = defaultdict(list)
    for absence in standing_absences(site, at=at):
        away[absence.resource_id].append(absence)
    plans: dict[UUID | None, WeekPlan] = {}
    for plan in (
        WeekPlan.objects.filter(site=site, resource__isnull=False, valid_from__lte=today)
        .prefetch_related("hours")
        .order_by("valid_from", "decided_at")
    ):
        plans[plan.resource_id] = plan
    return [
        ShownResource(
            resource,
            ", ".join(kinds[resource.pk]),
            week_line(_days(plans[resource.pk])) if resource.pk in plans else "",
            away[resource.pk],
        )
        for resource in resources.values()
    ]


def week_line(days: dict[int, str]) -> str:
    """A week in one line: Monday 08:00-12:00; Thursday 10:00-16:00."""
    return "; ".join(f"{WEEKDAYS[day]} {hours}" for day, hours in sorted(days.items()) if hours)


def shown_turns(site: Site, *, today: date) -> list[ShownTurn]:
    """Set-up and cleaning of every kind of room and device the site has."""
    there = set(Capability.objects.filter(site=site).values_list("kind", flat=True)) & (ROOMS | EQUIPMENT)
    known = turns(site, on=today)
    return [
        ShownTurn(
            kind,
            *(
                (known[kind].before.seconds // 60, known[kind].after.seconds // 60)
                if kind in known
                else (0, 0)
            ),
        )
        for kind in sorted(there)
    ]


def resource_of(site: Site, resource_id: UUID) -> Resource:
    """Somebody or something this site can book. Raises Http404 for any other."""
    found = Resource.objects.filter(pk=resource_id, patient=None, capabilities__site=site).distinct().first()
    if found is None:
        raise Http404("this site books no such person or thing")
    return found


def absence_of(site: Site, absence_id: UUID) -> Absence:
    """An absence of this site. Raises Http404 for any other."""
    found = Absence.objects.filter(pk=absence_id, site=site).select_related("resource", "site").first()
    if found is None:
        raise Http404("this site has no such absence")
    return found


def kinds_of(site: Site, resource: Resource) -> list[str]:
    """What this site books it as."""
    return sorted(Capability.objects.filter(site=site, resource=resource).values_list("kind", flat=True))


def _in_force(weeks: Sequence[Week], day: date) -> dict[int, tuple[tuple[time, time], ...]]:
    held = [week for week in weeks if week.valid_from <= day]
    return dict(held[-1].hours) if held else {}


def _days(plan: WeekPlan) -> dict[int, str]:
    stretches: dict[int, list[tuple[time, time]]] = defaultdict(list)
    for stretch in plan.hours.all():
        stretches[stretch.weekday].append((stretch.opens, stretch.closes))
    return {day: written_as(its) for day, its in stretches.items()}
