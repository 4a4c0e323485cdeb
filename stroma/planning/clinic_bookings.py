"""What is booked of the courses that are to be planned, and what of them was held, was lost or stayed in its place."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stroma.courses.models import Course
from stroma.planning.kept_places import lost_holds
from stroma.planning.left_in_place import left_holds
from stroma.planning.models import Reservation, Visit


@dataclass(frozen=True, slots=True)
class ClinicBookings:
    """The bookings of some courses as they stand in the tables; where there are none, a course or visit is missing."""

    visits: Mapping[UUID, Sequence[Visit]]
    """The booked visits of a course, the earliest first."""
    taken: Mapping[UUID, Mapping[UUID, tuple[datetime, datetime]]]
    """What a booked visit takes, from when to when, with its set-up and cleaning."""
    kept_by: Mapping[tuple[UUID, str], UUID]
    """What keeps something for days until a booked visit, by that visit and the code of the hold."""
    held: Mapping[UUID, Mapping[str, datetime]]
    """When the visits of a course that were held began, by code."""
    lost: Mapping[UUID, frozenset[str]]
    """The holds of a booked course that nothing keeps any more because the cells are lost."""
    left: Mapping[UUID, Mapping[str, Reservation]]
    """What stays kept of a course though its last visit did not take place, by hold."""


def bookings_of(courses: Sequence[Course]) -> ClinicBookings:
    """What is booked of these courses."""
    ids = [course.pk for course in courses]
    booked: dict[UUID, list[Visit]] = defaultdict(list)
    visits = Visit.objects.filter(course__in=ids, state=Visit.State.BOOKED)
    for visit in visits.order_by("starts_at"):
        booked[visit.course_id].append(visit)
    taken: dict[UUID, dict[UUID, tuple[datetime, datetime]]] = defaultdict(dict)
    kept_by: dict[tuple[UUID, str], UUID] = {}
    live = Reservation.objects.filter(is_live=True, visit__in=visits.order_by().values("pk"))
    rows = live.values_list("visit_id", "resource_id", "starts_at", "ends_at", "hold")
    for visit_id, resource, starts_at, ends_at, hold in rows:
        if hold is None:
            taken[visit_id][resource] = (starts_at, ends_at)
        else:
            kept_by[visit_id, hold] = resource
    held: dict[UUID, dict[str, datetime]] = defaultdict(dict)
    completed = Visit.objects.filter(course__in=ids, state=Visit.State.COMPLETED).order_by("starts_at")
    for course_id, code, starts_at in completed.values_list("course_id", "code", "starts_at"):
        held[course_id][code] = starts_at
    return ClinicBookings(booked, taken, kept_by, held, lost_holds(ids), left_holds(ids))
