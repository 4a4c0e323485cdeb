"""What the tables say to the planner about one course: the same for the offers that are shown and for booking one."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.planning.calendars import opening_hours
from stroma.planning.domain.asking import Ask, Wish
from stroma.planning.domain.board import needs_of, planned_span
from stroma.planning.domain.holding import day_of
from stroma.planning.domain.kinds import PATIENT, Bookable
from stroma.planning.left_in_place import left_holds
from stroma.planning.models import Resource
from stroma.planning.queries import bookable_patient, bookables, held_visits, held_without_booking


def ask_for(
    course: Course,
    *,
    earliest: datetime,
    wish: Wish,
    at: datetime,
    held: Mapping[str, datetime] | None = None,
    patient: Resource | None = None,
) -> Ask:
    """Everything that bears on the visits of ``course`` not held yet. Nothing is written.

    ``held`` says which visits were held, where that differs from what is written about the course; ``patient`` is the
    patient as a resource, where it was read already.
    """
    protocol = protocol_of(course.protocol)
    visits = protocol.visits
    held = {**held_without_booking(course), **held_visits(course)} if held is None else held
    span = planned_span(visits, held=held, earliest=earliest)
    kinds = {kind for visit in visits for kind in needs_of(visit)} | {hold.kind for hold in protocol.holds}
    start = min(span.starts_at, at)  # what has begun is kept from today on
    known = patient or Resource.objects.filter(patient=course.patient_id).first()
    who = (
        bookable_patient(known, start=span.starts_at, end=span.ends_at)
        if known
        else Bookable(course.patient_id, frozenset({PATIENT}))
    )
    zone = ZoneInfo(course.site.time_zone)
    begun = {hold.code for hold in protocol.holds if hold.begins in held}
    left = left_holds([course.pk]).get(course.pk, {}) if begun else {}
    going_on = {code: one for code, one in left.items() if code in begun}
    return Ask(
        visits=visits,
        resources=[
            *bookables(
                site=course.site,
                kinds=kinds,
                start=start,
                end=span.ends_at,
                but_visits=[one.visit_id for one in going_on.values() if one.visit_id],
                on=day_of(at, zone),
            ),
            who,
        ],
        earliest=earliest,
        hours=opening_hours(course.site),
        held=held,
        wish=wish,
        holds=protocol.holds,
        now=at,
        stays={code: (one.resource_id, day_of(one.starts_at, zone)) for code, one in going_on.items()},
    )


def names_of(ids: set[UUID]) -> dict[UUID, str]:
    """The names of staff, rooms and devices; a patient is not named."""
    return dict(Resource.objects.filter(pk__in=ids, patient=None).values_list("id", "name"))
