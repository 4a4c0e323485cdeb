"""Booked visits that the calendar no longer bears: what closed, who is away, who does not work then.

A change of the calendar never cancels anything. It is here that a coordinator sees what it concerns: visits that were
booked before the change. What is booked after it was judged by it, and an exception that was made then stands. Cells
that were not taken out of their place are told here too: the next culture that is to be in it has no room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.planning.calendars import away, opening_hours, shifts, span_of
from stroma.planning.domain.hours import holds
from stroma.planning.domain.kinds import Span
from stroma.planning.left_in_place import left_at
from stroma.planning.models import Absence, Reservation, Visit, WeekPlan
from stroma.protocols.domain.schema import Visit as PlannedVisit


@dataclass(frozen=True, slots=True)
class InTheWay:
    """A booked visit with what is in its way: ``closed``, ``away``, ``outside_shift`` or ``cells``, and who by name."""

    visit: Visit
    title: str
    reasons: tuple[str, ...]
    who: tuple[str, ...]


def visits_in_the_way(site: Site, *, at: datetime, most: int) -> list[InTheWay]:
    """The booked visits of ``site`` still to come that lie where its calendar has no room for them, soonest first.

    Never more than ``most``: a whole week that closes concerns more visits than anybody reads at once.
    """
    concerned = _concerned(site, at)
    found: list[InTheWay] = []
    looked_at, at_once = 0, most
    while looked_at < len(concerned) and len(found) < most:
        visits = (
            Visit.objects.filter(pk__in=concerned[looked_at : looked_at + at_once])
            .select_related("course__protocol", "course__patient")
            .defer("course__protocol__document")
            .prefetch_related("reservations__resource")
            .order_by("starts_at", "pk")
        )
        found += _without_room(site, list(visits))
        looked_at, at_once = looked_at + at_once, 4 * at_once  # few that are in the way may hide among many
    return found[:most]


def _without_room(site: Site, visits: Sequence[Visit]) -> list[InTheWay]:
    start, end = visits[0].starts_at, max(visit.ends_at for visit in visits)
    live = [r for visit in visits for r in visit.reservations.all() if r.is_live]
    taken = {r.resource_id for r in live}
    hours = opening_hours(site)
    opening = {patient: hours.spans(start, end, patient=patient) for patient in (True, False)}
    absences = away(
        taken, start=min([start, *(r.starts_at for r in live)]), end=max([end, *(r.ends_at for r in live)])
    )
    work = shifts(site, taken, start=start, end=end)
    left = left_at(site)
    planned: dict[UUID, dict[str, PlannedVisit]] = {}
    found = []
    for visit in visits:
        protocol = visit.course.protocol
        if protocol.pk not in planned:
            planned[protocol.pk] = {one.code: one for one in protocol_of(protocol).visits}
        said = planned[protocol.pk].get(visit.code)
        closed = not holds(opening[said.patient if said else True], visit.starts_at, visit.ends_at)
        gone, off = _missing(visit, absences, work)
        full = [
            held.resource.name
            for held in visit.reservations.all()
            if held.is_live and held.resource_id in left and held.ends_at > left[held.resource_id].starts_at
        ]
        said_of = (("closed", closed), ("away", gone), ("outside_shift", off), ("cells", full))
        reasons = [name for name, is_so in said_of if is_so]
        if reasons:
            title = said.title if said else visit.code
            found.append(InTheWay(visit, title, tuple(reasons), tuple(sorted({*gone, *off, *full}))))
    return found


def _concerned(site: Site, at: datetime) -> list[UUID]:
    """The visits that a change of the calendar may concern, soonest first, in one statement.

    Those of a person or a thing are looked for among its own bookings, those of a time along the time, so that not
    every visit to come is looked at.
    """
    found: list[QuerySet[Any]] = []
    zone = ZoneInfo(site.time_zone)

    def of_resource(resource: UUID, **which: Any) -> None:
        live = Reservation.objects.filter(
            is_live=True,
            resource=resource,
            visit__site=site,
            visit__state=Visit.State.BOOKED,
            visit__starts_at__gt=at,
            **which,
        )
        found.append(live.order_by().values_list("visit__starts_at", "visit"))

    def of_time(**which: Any) -> None:
        visits = Visit.objects.filter(site=site, state=Visit.State.BOOKED, starts_at__gt=at).filter(**which)
        found.append(visits.order_by().values_list("starts_at", "pk"))

    for plan in WeekPlan.objects.filter(site=site):
        begins = datetime.combine(plan.valid_from, time(), zone)
        if plan.resource_id is None:
            of_time(booked_at__lt=plan.decided_at, starts_at__gte=begins)
        else:
            of_resource(
                plan.resource_id,
                starts_at__gte=begins,
                visit__starts_at__gte=begins,
                visit__booked_at__lt=plan.decided_at,
            )
    here = Q(site=site) | Q(resource__capabilities__site=site)
    for absence in Absence.objects.filter(here, ends_at__gt=at).select_related("taken_back").distinct():
        if (span := span_of(absence)) is None or span.ends_at <= at:
            continue
        meets = {"starts_at__lt": span.ends_at, "ends_at__gt": span.starts_at}
        if absence.resource_id is None:
            of_time(**meets)
        else:
            of_resource(absence.resource_id, **meets)
    for resource, span in left_at(site).items():
        of_resource(resource, ends_at__gt=span.starts_at)
    if not found:
        return []
    first, *others = found
    return [visit for _starts_at, visit in sorted(first.union(*others))]


def _missing(
    visit: Visit,
    absences: dict[UUID, list[tuple[str, Span]]],
    work: dict[UUID, tuple[Span, ...]],
) -> tuple[Sequence[str], Sequence[str]]:
    """The names of those who are away at the time of a visit, and of those who do not work then."""
    gone, off = [], []
    for held in visit.reservations.all():
        if not held.is_live:
            continue
        spans = [span for _, span in absences.get(held.resource_id, [])]
        needed = held if held.hold else visit  # what is kept for days is missed on each of them
        if any(span.starts_at < needed.ends_at and needed.starts_at < span.ends_at for span in spans):
            gone.append(held.resource.name)
        elif held.resource_id in work and not holds(work[held.resource_id], visit.starts_at, visit.ends_at):
            off.append(held.resource.name)
    return gone, off
