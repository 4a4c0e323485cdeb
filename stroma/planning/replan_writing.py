"""Visits booked at the times a plan gives them, and the judgement of a whole course as it then stands."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from stroma.clinic.models import User
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.courses.queries import chains_of
from stroma.ledger.record import record
from stroma.planning.calendars import opening_hours
from stroma.planning.domain.board import needs_of
from stroma.planning.domain.chain import ChainPlan, PlannedVisit
from stroma.planning.domain.checker import chain_blockers
from stroma.planning.domain.holding import PlannedHold
from stroma.planning.domain.kinds import PATIENT, Bookable
from stroma.planning.freeing import facts_of, kept_facts
from stroma.planning.keeping import reservation_of, reservation_of_hold, reserve
from stroma.planning.kept_places import Places, kept_of, lost_holds, planned_holds, settle_places
from stroma.planning.left_in_place import goes_on
from stroma.planning.models import Reservation, Resource, Visit
from stroma.planning.queries import (
    bookable_patient,
    bookables,
    held_visits,
    held_without_booking,
)
from stroma.planning.roster_rows import fills
from stroma.protocols.domain import schema
from stroma.protocols.domain.blocker import Blocker

ONE_DAY = timedelta(days=1)


def book_rows(course: Course, rows: Sequence[Mapping[str, Any]], *, by: User, at: datetime) -> list[Visit]:
    """Keep visits at the times and with the people that rows of a plan give; part of an action."""
    planned = {visit.code: visit for visit in protocol_of(course.protocol).visits}
    earlier = list(course.visits.values_list("code", flat=True))
    patient, _ = Resource.objects.get_or_create(
        patient=course.patient, defaults={"site": course.site, "name": course.patient.record_number}
    )
    visits = Visit.objects.bulk_create(
        Visit(
            site=course.site,
            course=course,
            code=row["code"],
            attempt=1 + earlier.count(row["code"]),
            starts_at=datetime.fromisoformat(row["to"]),
            ends_at=datetime.fromisoformat(row["to"]) + planned[row["code"]].duration,
            booked_at=at,
        )
        for row in rows
    )
    takes = [
        [*(UUID(pk) for pk in row["takes"]), *([patient.pk] if planned[row["code"]].patient else [])]
        for row in rows
    ]
    things = _things(course, patient, visits, at)
    stayed = [one for one in kept_of(course) if one.stayed]
    holds = _kept_until(course, visits, {one.stayed for one in stayed if one.stayed}, at)
    goes_on(course, [one.hold.code for one in stayed])
    reserve(
        [
            *(
                reservation_of(visit, things[pk], kind)
                for visit, its in zip(visits, takes, strict=True)
                for pk, kind in zip(its, _ordered_needs(planned[visit.code]), strict=True)
            ),
            *(reservation_of_hold(visit, hold) for visit in visits for hold in holds.get(visit.pk, ())),
        ]
    )
    booked = [
        {**facts_of(visit), "resources": its, **kept_facts(holds.get(visit.pk, ()), visit)}
        for visit, its in zip(visits, takes, strict=True)
    ]
    record(
        "visits.booked", by=by, at=at, chains=chains_of(course), facts={"course": course.pk, "visits": booked}
    )
    return visits


def _kept_until(
    course: Course, visits: Sequence[Visit], stayed: Collection[UUID], at: datetime
) -> Mapping[UUID, Sequence[PlannedHold]]:
    """What is kept for days until one of these visits; nothing where nothing is free, which ``chain_faults`` tells.

    ``stayed`` are the visits before them that did not take place and for whose cells something stayed kept.
    """
    new, places = {visit.pk for visit in visits}, Places()
    booked = course.visits.filter(state=Visit.State.BOOKED)
    begins = dict(booked.values_list("code", "starts_at"))
    settle_places(places, course, begins, but_visits=[*new, *stayed], instead={}, at=at)
    return {pk: its for pk, its in places.holds.items() if pk in new}


def _ordered_needs(visit: schema.Visit) -> list[str]:
    """The kinds a visit takes, the patient last."""
    needs = needs_of(visit)
    return [*(kind for kind in needs if kind != PATIENT), *(kind for kind in needs if kind == PATIENT)]


def _things(course: Course, patient: Resource, visits: Sequence[Visit], at: datetime) -> dict[UUID, Bookable]:
    """Everybody and everything at the site, with what each needs before and after a visit."""
    start, end = min(visit.starts_at for visit in visits), max(visit.ends_at for visit in visits)
    kinds = {kind for one in protocol_of(course.protocol).visits for kind in needs_of(one)}
    today = at.astimezone(ZoneInfo(course.site.time_zone)).date()
    able = bookables(site=course.site, kinds=kinds, start=start, end=end, on=today)
    return {one.id: one for one in [*able, bookable_patient(patient, start=start, end=end)]}


def chain_faults(course: Course, *, at: datetime) -> list[Blocker]:
    """Every rule that the coming visits of a course break as they stand now, by the checker of chains."""
    protocol = protocol_of(course.protocol)
    visits = protocol.visits
    coming = list(course.visits.filter(state=Visit.State.BOOKED, starts_at__gte=at).order_by("starts_at"))
    if not coming:
        return []
    begun = dict(
        course.visits.filter(state=Visit.State.BOOKED, starts_at__lt=at).values_list("code", "starts_at")
    )
    held = {**held_without_booking(course), **held_visits(course), **begun}
    for visit in coming:
        held.pop(visit.code, None)
    start, end = coming[0].starts_at - ONE_DAY, max(visit.ends_at for visit in coming) + ONE_DAY
    own = [visit.pk for visit in coming]
    kinds = {kind for visit in visits for kind in needs_of(visit)} | {hold.kind for hold in protocol.holds}
    start = min(start, at)
    resources = bookables(site=course.site, kinds=kinds, start=start, end=end, but_visits=own)
    if patient := Resource.objects.filter(patient=course.patient).first():
        resources.append(bookable_patient(patient, start=start, end=end, but_visits=own))
    plan = ChainPlan(tuple(_planned(visit, visits, resources) for visit in coming), planned_holds(course))
    hours = opening_hours(course.site)
    lost = lost_holds([course.pk]).get(course.pk, frozenset())
    found = chain_blockers(
        plan,
        visits=visits,
        resources=resources,
        earliest=at,
        hours=hours,
        held=held,
        holds=[hold for hold in protocol.holds if hold.code not in lost],
        now=at,
    )
    # What is booked later on its own (a second dose) is not asked for here; what stands is judged.
    return [blocker for blocker in found if blocker.code != "plan_lacks_visit"]


def _planned(visit: Visit, visits: Sequence[Any], resources: Sequence[Bookable]) -> PlannedVisit:
    """A booked visit as the checker takes it: what it holds in the order of its needs."""
    live = Reservation.objects.filter(visit=visit, is_live=True, hold__isnull=True)
    taken = set(live.values_list("resource_id", flat=True))
    able = {one.id: sorted(one.kinds) for one in resources if one.id in taken}
    needs = next((needs_of(one) for one in visits if one.code == visit.code), ())
    ordered = fills([kind for kind in needs if kind != PATIENT], able)
    patient = [one.id for one in resources if one.id in taken and PATIENT in one.kinds]
    found = [*(ordered or ()), *(patient if PATIENT in needs else [])] if ordered is not None else list(taken)
    return PlannedVisit(visit.code, visit.starts_at, visit.ends_at, tuple(found))
