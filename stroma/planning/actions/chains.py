"""Booking every visit of a course's protocol: all of them or none."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, OperationalError, transaction

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.planning.calendars import opening_hours
from stroma.planning.domain.board import needs_of, planned_span
from stroma.planning.domain.booking import SOURCE, held_before
from stroma.planning.domain.chain import ChainPlan, plan_chain
from stroma.planning.domain.kinds import Bookable
from stroma.planning.freeing import chains_of, facts_of
from stroma.planning.keeping import is_overtaken, reservation_of, reserve
from stroma.planning.models import Resource, Visit
from stroma.planning.queries import (
    bookable_patient,
    bookables,
    held_visits,
    reasons_not_to_book,
)
from stroma.protocols.domain.blocker import Blocker, Refused

REPLANS = 3
"""How often a booking that a rival overtook is planned anew before the person is asked to try again."""


class NotBookable(Refused):
    """The chain of visits was not booked, and nothing of it is kept."""


@action
def book_chain(
    *,
    course: Course,
    earliest: datetime,
    held: Mapping[str, datetime],
    again_from: str | None = None,
    by: User,
    at: datetime,
) -> list[Visit]:
    """Book every visit of a course's protocol not held yet, at the earliest times: all of them or none.

    ``held`` says when visits that took place without a booking (screening, consent) began, by code; visits
    completed here count as held by themselves, but for ``again_from`` and what follows it: after a failed lot
    the collection and all that comes of it are held again. Nothing is booked before ``earliest`` or ``at``.

    Raises NotBookable when the course is not open, has no valid consent or is booked already, when its
    protocol has no visit ``again_from``, or when other bookings were faster every time (``slot_taken``);
    NoChain when no chain keeps every rule.
    """
    authorize(by, Role.COORDINATOR, site=course.site, at=at)
    course = (
        Course.objects.select_for_update(of=("self",)).select_related("site", "protocol").get(pk=course.pk)
    )
    blockers = reasons_not_to_book(course, at=at)
    planned = protocol_of(course.protocol).visits
    if again_from is not None and again_from not in {visit.code for visit in planned}:
        blockers.append(Blocker("visit_to_hold_again_unknown", {"visit": again_from}, SOURCE))
    if blockers:
        raise NotBookable(blockers)
    earliest = max(earliest, at)
    held = {**held, **held_visits(course)}
    if again_from is not None:
        held = held_before(planned, again_from, held)
    for _attempt in range(1 + REPLANS):
        plan, things = _plan(course, earliest, held, at)
        try:
            # A savepoint: only what the rival overtook is undone, and the chain is planned round the rival.
            with transaction.atomic():
                visits = _keep(course, plan, things, at)
        except (IntegrityError, OperationalError) as error:
            if not is_overtaken(error):
                raise
        else:
            _record_booking(course, visits, plan, by=by, at=at)
            return visits
    raise NotBookable([Blocker("slot_taken", {"tries": 1 + REPLANS}, SOURCE)])


def _plan(
    course: Course, earliest: datetime, held: Mapping[str, datetime], at: datetime
) -> tuple[ChainPlan, dict[UUID, Bookable]]:
    """The earliest chain, and everybody and everything that was looked at."""
    visits = protocol_of(course.protocol).visits
    span = planned_span(visits, held=held, earliest=earliest)
    kinds = {kind for visit in visits for kind in needs_of(visit)}
    patient, _ = Resource.objects.get_or_create(
        patient=course.patient, defaults={"site": course.site, "name": course.patient.record_number}
    )
    today = at.astimezone(ZoneInfo(course.site.time_zone)).date()
    resources = [
        *bookables(site=course.site, kinds=kinds, start=span.starts_at, end=span.ends_at, on=today),
        bookable_patient(patient, start=span.starts_at, end=span.ends_at),
    ]
    plan = plan_chain(
        visits=visits, resources=resources, earliest=earliest, hours=opening_hours(course.site), held=held
    )
    return plan, {resource.id: resource for resource in resources}


def _keep(course: Course, plan: ChainPlan, things: Mapping[UUID, Bookable], at: datetime) -> list[Visit]:
    earlier = list(course.visits.values_list("code", flat=True))
    needs = {visit.code: needs_of(visit) for visit in protocol_of(course.protocol).visits}
    visits = Visit.objects.bulk_create(
        Visit(
            site=course.site,
            course=course,
            code=planned.code,
            attempt=1 + earlier.count(planned.code),
            starts_at=planned.starts_at,
            ends_at=planned.ends_at,
            booked_at=at,
        )
        for planned in plan.visits
    )
    reserve(
        reservation_of(visit, things[resource], kind)
        for visit, planned in zip(visits, plan.visits, strict=True)
        for resource, kind in zip(planned.resources, needs[planned.code], strict=True)
    )
    return visits


def _record_booking(
    course: Course, visits: Sequence[Visit], plan: ChainPlan, *, by: User, at: datetime
) -> None:
    booked = [
        {**facts_of(visit), "resources": list(planned.resources)}
        for visit, planned in zip(visits, plan.visits, strict=True)
    ]
    facts = {"course": course.id, "visits": booked}
    record("visits.booked", by=by, at=at, chains=chains_of(course), facts=facts)
