"""Reads about calendars: a site's hours, who works when, what is away or down, and what that means for bookings."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from stroma.clinic.competence_queries import is_asked_for, trainings_at
from stroma.clinic.domain.competence import Skill
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import RoleAssignment, Site
from stroma.planning.domain.hours import (
    EVERY_DAY,
    MONDAY_TO_FRIDAY,
    Closed,
    SiteCalendar,
    WeekPlan,
    spans_of_weeks,
    without,
)
from stroma.planning.domain.kinds import STAFF, Span, Turn
from stroma.planning.models import Absence, TurnTime
from stroma.planning.models import WeekPlan as KeptPlan

BOOKED_WITH = {Skill.BATCH_STEP: "technologist"}
"""The skills without which somebody is not booked, and as what: a technologist is booked to work at the bench."""
OPENS, CLOSES = time(8), time(18)
FIRST_WEEK = {
    KeptPlan.Area.PATIENTS: WeekPlan(date.min, dict.fromkeys(MONDAY_TO_FRIDAY, ((OPENS, CLOSES),))),
    KeptPlan.Area.LABORATORY: WeekPlan(date.min, dict.fromkeys(EVERY_DAY, ((OPENS, CLOSES),))),
}
"""A site's hours until it sets its own: patients from Monday to Friday, cells every day; an editable default."""


def opening_hours(site: Site) -> SiteCalendar:
    """When ``site`` is open, by its own clock: the hours that were set, without holidays and closures."""
    by_area: dict[str, list[WeekPlan]] = {area: [first] for area, first in FIRST_WEEK.items()}
    for plan in KeptPlan.objects.filter(site=site, resource=None).prefetch_related("hours"):
        by_area[plan.area].append(_week(plan))
    closed = Absence.objects.filter(site=site, resource=None).select_related("taken_back")
    return SiteCalendar(
        zone=ZoneInfo(site.time_zone),
        patients=_latest(by_area[KeptPlan.Area.PATIENTS]),
        laboratory=_latest(by_area[KeptPlan.Area.LABORATORY]),
        closed=tuple(
            Closed(span, one.is_for_laboratory) for one in closed if (span := span_of(one)) is not None
        ),
    )


def span_of(absence: Absence) -> Span | None:
    """The time that an absence really holds: until it was taken back, None when that was before it began."""
    end = absence.ends_at
    if (back := getattr(absence, "taken_back", None)) is not None:
        end = min(end, back.decided_at)
    return Span(absence.starts_at, end) if absence.starts_at < end else None


def shifts(
    site: Site, resources: Collection[UUID], *, start: datetime, end: datetime
) -> dict[UUID, tuple[Span, ...]]:
    """When those of ``resources`` who have shifts at ``site`` work; who has none works whenever it is open."""
    weeks: dict[UUID, list[WeekPlan]] = defaultdict(list)
    for plan in KeptPlan.objects.filter(site=site, resource__in=resources).prefetch_related("hours"):
        weeks[plan.resource_id].append(_week(plan))  # type: ignore[index]  # filtered: never null here
    zone = ZoneInfo(site.time_zone)
    found = {}
    for resource, its in weeks.items():
        plans = _latest(its)
        spans = spans_of_weeks(plans, zone, start, end)
        # Before the first day of the first shifts, the site's hours are the only ones.
        begin = datetime.combine(plans[0].valid_from, time(), zone).astimezone(UTC)
        if start < begin:
            spans = [Span(start, min(begin, end)), *spans]
        found[resource] = tuple(spans)
    return found


def away(
    resources: Collection[UUID], *, start: datetime, end: datetime
) -> dict[UUID, list[tuple[str, Span]]]:
    """When each of ``resources`` is away or down, with the kind it concerns; an empty kind is all of them."""
    rows = Absence.objects.filter(resource__in=resources, starts_at__lt=end, ends_at__gt=start)
    found: dict[UUID, list[tuple[str, Span]]] = defaultdict(list)
    for row in rows.select_related("taken_back"):
        if (span := span_of(row)) is not None and row.resource_id is not None:
            found[row.resource_id].append((row.as_kind, span))
    return found


def without_role(
    site: Site, people: Mapping[Any, UUID], *, start: datetime, end: datetime
) -> dict[UUID, list[tuple[str, Span]]]:
    """When people do not hold the role at ``site`` without which they cannot be booked as a kind.

    ``people`` are resources by the user they are.
    """
    held: dict[tuple[UUID, str], list[Span]] = defaultdict(list)
    staff_roles = [Role(kind.upper()) for kind in STAFF]
    assignments = RoleAssignment.objects.filter(site=site, user__in=people, role__in=staff_roles)
    for user, role, begin, until in assignments.values_list("user_id", "role", "active_from", "active_to"):
        held[people[user], role.lower()].append(Span(begin, until or end))
    missing: dict[UUID, list[tuple[str, Span]]] = defaultdict(list)
    for (resource, kind), spans in held.items():
        missing[resource] += [(kind, gap) for gap in without([Span(start, end)], spans)]
    return missing


def without_training(
    site: Site, people: Mapping[Any, UUID], *, start: datetime, end: datetime
) -> dict[UUID, list[tuple[str, Span]]]:
    """When people are not trained for what they would be booked as, where ``site`` asks for the training.

    The clinic's own records of training, so that a technologist whose training ends is neither booked nor lets a step
    of a batch be done. ``people`` are resources by the user they are.
    """
    missing: dict[UUID, list[tuple[str, Span]]] = defaultdict(list)
    for skill, kind in BOOKED_WITH.items():
        if not people or not is_asked_for(skill, site=site, at=end):
            continue
        held: dict[UUID, list[Span]] = {resource: [] for resource in people.values()}
        for person, training in trainings_at(site, skill, people=people):
            held[people[person]].append(Span(training.trained_at, training.ends_at or end))
        for resource, spans in held.items():
            missing[resource] += [(kind, gap) for gap in without([Span(start, end)], spans)]
    return missing


def turns(site: Site, *, on: date) -> dict[str, Turn]:
    """Set-up and cleaning of each kind as it holds for visits booked on that day."""
    rows = TurnTime.objects.filter(site=site, valid_from__lte=on).order_by("valid_from", "decided_at")
    return {
        row.kind: Turn(row.kind, timedelta(minutes=row.before_minutes), timedelta(minutes=row.after_minutes))
        for row in rows
    }


def standing_absences(site: Site, *, at: datetime) -> QuerySet[Absence]:
    """What is closed, away or down at ``site`` now or later, by time."""
    people = Q(resource__capabilities__site=site) | Q(site=site)
    rows = Absence.objects.filter(people, ends_at__gt=at, taken_back=None)
    return rows.select_related("resource", "decided_by").distinct().order_by("starts_at")


def _week(plan: KeptPlan) -> WeekPlan:
    hours: dict[int, list[tuple[time, time]]] = defaultdict(list)
    for stretch in plan.hours.all():
        hours[stretch.weekday].append((stretch.opens, stretch.closes))
    return WeekPlan(plan.valid_from, {day: tuple(stretches) for day, stretches in hours.items()})


def _latest(weeks: Iterable[WeekPlan]) -> tuple[WeekPlan, ...]:
    """One plan for each day on which one begins: of several the last that was decided, as they are given."""
    return tuple(sorted({week.valid_from: week for week in weeks}.values(), key=lambda week: week.valid_from))
