"""What stays kept though the visit that was to end it did not take place: the cells are still in their place.

A harvest that was missed or cancelled takes no cells out of an incubator. So what was kept for them stays kept, without
an end, until they are harvested or lost, until the visit is booked anew, or until somebody says with a reason where
they are (``free_place``). Where another culture was given the place for later days, that booking stands, and what stays
is kept before and after it: that culture needs another place, which ``standing.py`` tells.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet

from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.planning.domain.kinds import Bookable, Span
from stroma.planning.keeping import is_overtaken
from stroma.planning.models import HoldEnd, Reservation, Resource, Visit
from stroma.planning.queries import WITHOUT_END

_TRIES = 4


def left_in_place(courses: Collection[UUID]) -> QuerySet[Reservation]:
    """What is kept for cells of these courses whose last visit was missed or cancelled."""
    return _left().filter(visit__course__in=courses)


def kept_since(visit: Visit) -> list[Reservation]:
    """What stays kept since this visit did not take place, from its first day on."""
    return list(
        _left().filter(visit=visit).select_related("visit__site", "visit__course").order_by("starts_at")
    )


def places_for(visit: Visit) -> list[Resource]:
    """What else at the site could keep what stays kept since this visit did not take place, by name."""
    now = {one.hold: one.resource_id for one in kept_since(visit)}
    kinds = {hold.kind for hold in protocol_of(visit.course.protocol).holds if hold.code in now}
    able = Resource.objects.filter(capabilities__site=visit.site_id, capabilities__kind__in=kinds)
    return list(able.exclude(pk__in=now.values()).distinct().order_by("name", "id"))


def with_cells_left(site: Site, things: Sequence[Bookable]) -> list[Bookable]:
    """The same things, taken without an end where cells stayed in them, over what else is booked into them."""
    left = left_at(site)
    return [thing.with_busy([left[thing.id]]) if thing.id in left else thing for thing in things]


def left_at(site: Site) -> dict[UUID, Span]:
    """What at ``site`` is kept without an end, by thing, over what else is booked with it."""
    rows = _left().filter(visit__site=site).order_by("-starts_at").values_list("resource", "starts_at")
    return {resource: Span(starts_at, starts_at + 2 * WITHOUT_END) for resource, starts_at in rows}


def _left() -> QuerySet[Reservation]:
    ended = [Visit.State.MISSED, Visit.State.CANCELLED]
    return Reservation.objects.filter(is_live=True, hold__isnull=False, visit__state__in=ended)


def may_hold_cells(
    kept: Iterable[Reservation], ended: Collection[UUID], *, at: datetime
) -> list[Reservation]:
    """Those in which cells may be: what begins them took place, or nobody said that it did not.

    ``ended`` are the visits that end now; one of them that should have begun by now says nothing about the cells.
    """
    found = []
    for one in kept:
        assert one.visit is not None  # a hold is kept until a visit
        holds = protocol_of(one.visit.course.protocol).holds
        begins = {hold.begins for hold in holds if hold.code == one.hold}
        first = Visit.objects.filter(course=one.visit.course_id, code__in=begins, starts_at__lte=at)
        unsaid = first.filter(state=Visit.State.BOOKED) | first.filter(pk__in=ended)
        if one.starts_at <= at and (first.filter(state=Visit.State.COMPLETED) | unsaid).exists():
            found.append(one)
    return found


def leave_in_place(kept: Iterable[Reservation], *, at: datetime) -> None:
    """Let what is kept stay so beyond its last day, whenever nothing else is booked with the same thing."""
    for one in kept:
        for attempt in range(1, _TRIES + 1):
            try:
                with transaction.atomic():
                    _stay(one, at)
                break
            except (IntegrityError, OperationalError) as error:
                if not is_overtaken(error) or attempt == _TRIES:
                    raise  # rather than that the place is free though the cells are in it


def _stay(one: Reservation, at: datetime) -> None:
    """From its first day to where another booking begins, and between that and the next, without an end."""
    later = Reservation.objects.filter(resource=one.resource_id, is_live=True, starts_at__gte=one.ends_at)
    booked = list(later.order_by("starts_at").values_list("starts_at", "ends_at"))
    begins = [one.starts_at, *(ends_at for _, ends_at in booked)]
    ends = [*(starts_at for starts_at, _ in booked), max(at, one.ends_at, begins[-1]) + WITHOUT_END]
    Reservation.objects.filter(pk=one.pk).update(is_live=False)
    Reservation.objects.bulk_create(
        Reservation(
            visit=one.visit, resource_id=one.resource_id, starts_at=starts_at, ends_at=ends_at, hold=one.hold
        )
        for starts_at, ends_at in zip(begins, ends, strict=True)
        if starts_at < ends_at
    )


def goes_on(course: Course, holds: Collection[str]) -> None:
    """A visit that ends these holds is booked anew: what it keeps takes the place of what stayed."""
    left_in_place([course.pk]).filter(hold__in=holds).update(is_live=False)


def left_holds(courses: Collection[UUID]) -> dict[UUID, dict[str, Reservation]]:
    """What stays kept of each course, by hold, with the day on which it began."""
    found: dict[UUID, dict[str, Reservation]] = defaultdict(dict)
    for one in left_in_place(courses).select_related("visit").order_by("starts_at"):
        if one.visit is not None and one.hold is not None:
            found[one.visit.course_id].setdefault(one.hold, one)
    return dict(found)


def end_kept(kept: Collection[Reservation], why: HoldEnd.Why, *, at: datetime) -> None:
    """Set free what is kept for days, and say why."""
    # Written first: a booked visit lets go only of what has such a row.
    HoldEnd.objects.bulk_create(HoldEnd(reservation=one, why=why, ended_at=at) for one in kept)
    Reservation.objects.filter(pk__in=[one.pk for one in kept]).update(is_live=False)
