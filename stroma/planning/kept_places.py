"""What is kept for days beside a course's visits, as it would be after moves: the same thing where it stays free.

A hold hangs on the visit that ends it and is reserved with that visit's row. So where the day of its first visit
changes, or what keeps it, the last visit's row is replaced as well, at its own time.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.planning.domain.booking import SOURCE
from stroma.planning.domain.holding import Days, PlannedHold, day_of, free_days, tightest
from stroma.planning.domain.kinds import Span
from stroma.planning.left_in_place import left_holds
from stroma.planning.models import HoldEnd, Reservation, Visit
from stroma.planning.queries import bookables, held_visits, held_without_booking
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import Hold


@dataclass(frozen=True, slots=True)
class Kept:
    """A hold of a course: the booked visit that ends it, and what is reserved for it now, if anything is.

    Where nothing is reserved with that visit, it is what stayed kept when the one before it did not take place.
    """

    hold: Hold
    visit: Visit
    reservation: Reservation | None

    @property
    def stayed(self) -> UUID | None:
        """The visit before, if what is kept stayed so when that one did not take place."""
        return (
            self.reservation.visit_id
            if self.reservation and self.reservation.visit_id != self.visit.pk
            else None
        )


@dataclass
class Places:
    """What the holds of several courses would take, one after the other: nothing is given to two of them."""

    holds: dict[UUID, list[PlannedHold]] = field(default_factory=dict)
    """By booked visit."""
    blockers: list[Blocker] = field(default_factory=list)
    given: dict[UUID, list[Span]] = field(default_factory=dict)


def kept_of(course: Course) -> list[Kept]:
    """The holds of a course whose last visit is booked."""
    holds = protocol_of(course.protocol).holds
    if not holds:
        return []
    booked = {visit.code: visit for visit in course.visits.filter(state=Visit.State.BOOKED)}
    booked_ends = {hold.ends: booked[hold.ends] for hold in holds if hold.ends in booked}
    rows = Reservation.objects.filter(visit__in=booked_ends.values(), hold__isnull=False, is_live=True)
    now = {(row.visit_id, row.hold): row for row in rows}
    left = left_holds([course.pk]).get(course.pk, {}) if len(now) < len(booked_ends) else {}
    for hold in holds:
        begins, stayed = booked.get(hold.begins), left.get(hold.code)
        if begins and stayed and stayed.visit and begins.starts_at >= stayed.visit.ends_at:
            del left[hold.code]  # of a culture before
    return [
        Kept(hold, booked[hold.ends], now.get((booked[hold.ends].pk, hold.code), left.get(hold.code)))
        for hold in holds
        if hold.ends in booked
    ]


def lost_holds(courses: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """The holds of booked chains, by course, that nothing keeps any more because the cells are lost."""
    rows = HoldEnd.objects.filter(
        why=HoldEnd.Why.LOT_FAILED,
        reservation__visit__course__in=courses,
        reservation__visit__state=Visit.State.BOOKED,
    ).values_list("reservation__visit__course_id", "reservation__visit_id", "reservation__hold")
    live = set(
        Reservation.objects.filter(
            visit__in=[visit for _course, visit, _hold in rows], hold__isnull=False, is_live=True
        ).values_list("visit_id", "hold")
    )
    found: dict[UUID, set[str]] = {}
    for course, visit, hold in rows:
        if (visit, hold) not in live:
            found.setdefault(course, set()).add(str(hold))
    return {course: frozenset(its) for course, its in found.items()}


def planned_holds(course: Course) -> tuple[PlannedHold, ...]:
    """What is reserved for the holds of a course, as a plan says it."""
    return tuple(
        PlannedHold(
            one.hold.code,
            one.hold.begins,
            one.hold.ends,
            one.reservation.resource_id,
            one.reservation.starts_at,
            one.reservation.ends_at,
        )
        for one in kept_of(course)
        if one.reservation is not None
    )


def settle_places(
    places: Places,
    course: Course,
    begins: Mapping[str, datetime],
    *,
    but_visits: Collection[UUID],
    instead: Mapping[UUID, UUID],
    at: datetime,
) -> None:
    """Find what keeps each hold of ``course`` whose visits would begin as ``begins`` says, and add it to ``places``.

    What ``but_visits`` hold counts as free; ``instead`` names things and what shall take their place. What keeps a hold
    already goes on where it can; another thing keeps it from the day of ``at`` on at the earliest.
    """
    zone = ZoneInfo(course.site.time_zone)
    begun = {**held_without_booking(course), **held_visits(course), **begins}
    today = day_of(at, zone)
    for one in kept_of(course):
        last = day_of(begun[one.hold.ends], zone)
        first = day_of(begun.get(one.hold.begins, at), zone)
        left = Days(min(max(first, today), last), last)
        now = one.reservation.resource_id if one.reservation else None
        wanted = instead.get(now) if now else None
        thing = wanted or now
        free = list(_free(places, course, one.hold, left, but_visits, at))
        if thing is None or tightest([pair for pair in free if pair[0] == thing], left) is None:
            thing = None if wanted else tightest(free, left)
        if thing is None:
            values = {"title": one.hold.title, "kind": one.hold.kind, "first": left.first, "last": last}
            places.blockers.append(Blocker("move_finds_no_place", values, SOURCE))
            continue
        days = left
        if thing == now and one.reservation is not None:
            since = first if first >= today else day_of(one.reservation.starts_at, zone)
            days = Days(min(since, last), last)
        span = days.span(zone)
        planned = PlannedHold(
            one.hold.code, one.hold.begins, one.hold.ends, thing, span.starts_at, span.ends_at
        )
        places.holds.setdefault(one.visit.pk, []).append(planned)
        places.given.setdefault(thing, []).append(span)


def _free(
    places: Places, course: Course, hold: Hold, days: Days, but_visits: Collection[UUID], at: datetime
) -> Iterable[tuple[UUID, Days]]:
    zone = ZoneInfo(course.site.time_zone)
    span = days.span(zone)
    things = bookables(
        site=course.site,
        kinds={hold.kind},
        start=span.starts_at,
        end=span.ends_at,
        but_visits=but_visits,
        on=day_of(at, zone),
    )
    given = places.given
    return free_days([thing.with_busy(given.get(thing.id, ())) for thing in things], hold.kind, days, zone)


def changed_visits(courses: Sequence[Course], places: Places) -> list[Visit]:
    """The booked visits that end a hold which would be kept by something else, or on other days."""
    changed = []
    for course in courses:
        for one in kept_of(course):
            now = one.reservation
            after = next((p for p in places.holds.get(one.visit.pk, ()) if p.code == one.hold.code), None)
            if after is not None and (
                now is None
                or (now.resource_id, now.starts_at, now.ends_at)
                != (after.resource, after.starts_at, after.ends_at)
            ):
                changed.append(one.visit)
    return list({visit.pk: visit for visit in changed}.values())
