"""Reads about visits and about who and what is free."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Model, Q, QuerySet, TextField, UUIDField, Value
from django.db.models.functions import Cast
from django.http import Http404

from stroma.clinic.access import Person
from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.patients.access import patient_seen_by
from stroma.patients.models import ConsentWithdrawal
from stroma.planning.calendars import away, opening_hours, shifts, turns, without_role, without_training
from stroma.planning.domain.booking import booking_blockers
from stroma.planning.domain.consultation import ROOM_KIND, STAFF_KIND, FreeTime, free_times
from stroma.planning.domain.kinds import PATIENT, Bookable, Span
from stroma.planning.models import Capability, Consultation, Reservation, Resource, Visit
from stroma.protocols.domain.blocker import Blocker

Row = TypeVar("Row", bound=Model)

WITHOUT_END = timedelta(days=3650)
"""How long a place is taken of which nobody said that it is empty; longer than anything is planned ahead."""

LONGEST_TURN = timedelta(minutes=240)
"""How far round a time bookings are read, so that every set-up and cleaning is seen."""


def visits_of(course: Course) -> QuerySet[Visit]:
    """Every visit of ``course`` in order of time, cancelled and missed ones too, with what each takes."""
    rows = course.visits.select_related("replaced_by").prefetch_related("reservations__resource")
    return rows.order_by("starts_at", "code")


def held_visits(course: Course) -> dict[str, datetime]:
    """When the visits of ``course`` that took place began, by code; of several attempts the last."""
    held = course.visits.filter(state=Visit.State.COMPLETED).order_by("starts_at")
    return dict(held.values_list("code", "starts_at"))


def free_resources(
    *, site: Site, kind: str, starts_at: datetime, ends_at: datetime, on: date | None = None
) -> QuerySet[Resource]:
    """Who or what can be booked as ``kind`` at ``site`` for the whole of that time, by name.

    They are at work, not away, and free with their set-up and cleaning as those hold on the day ``on``.
    """
    free = [
        thing.id
        for thing in bookables(site=site, kinds={kind}, start=starts_at, end=ends_at, on=on)
        if thing.is_free(kind, starts_at, ends_at) and thing.is_there(starts_at, ends_at)
    ]
    return Resource.objects.filter(pk__in=free).order_by("name", "id")


def busy_spans(
    *,
    site: Site,
    kinds: Collection[str],
    start: datetime,
    end: datetime,
    but_visits: Collection[UUID] = (),
) -> dict[UUID, tuple[Span, ...]]:
    """What is booked between ``start`` and ``end``, by resource, of all that is one of ``kinds``.

    A person's bookings at other sites and as other kinds count: nobody is in two places. What the visits
    ``but_visits`` hold does not count.
    """
    able = Capability.objects.filter(site=site, kind__in=kinds).values("resource")
    return _busy(Q(resource__in=able) & ~Q(visit__in=but_visits), start, end)


def bookables(
    *,
    site: Site,
    kinds: Collection[str],
    start: datetime,
    end: datetime,
    but_visits: Collection[UUID] = (),
    on: date | None = None,
) -> list[Bookable]:
    """Everybody and everything that is one of ``kinds``, by name, with what is booked already and when they work.

    ``on`` is the day of booking, by which set-up and cleaning times hold; without it the day on which ``start`` lies.
    """
    day = on or start.astimezone(ZoneInfo(site.time_zone)).date()
    start, end = start - LONGEST_TURN, end + LONGEST_TURN
    able: dict[UUID, set[str]] = defaultdict(set)
    rows = (
        Capability.objects.filter(site=site, kind__in=kinds)
        .filter(_still_works_here("resource__"))
        .order_by("resource__name", "resource_id", "kind")
    )
    people: dict[Any, UUID] = {}
    for resource, kind, user in rows.values_list("resource_id", "kind", "resource__user_id"):
        able[resource].add(kind)
        if user is not None:
            people[user] = resource
    busy = busy_spans(site=site, kinds=kinds, start=start, end=end, but_visits=but_visits)
    for resource, span in _not_emptied(site, on, but_visits) if on else ():
        busy[resource] = (*busy.get(resource, ()), span)
    work = shifts(site, able, start=start, end=end)
    absences = away(able, start=start, end=end)
    unfit = without_role(site, people, start=start, end=end)
    untrained = without_training(site, people, start=start, end=end)
    turn = turns(site, on=day)
    return [
        Bookable(
            resource,
            frozenset(its),
            busy.get(resource, ()) + tuple(span for kind, span in absences[resource] if not kind),
            there=work.get(resource),
            not_as=(
                *(one for one in absences[resource] if one[0]),
                *unfit[resource],
                *untrained[resource],
            ),
            turns=tuple(turn[kind] for kind in sorted(its) if kind in turn),
        )
        for resource, its in able.items()
    ]


def _not_emptied(site: Site, on: date, but_visits: Collection[UUID]) -> list[tuple[UUID, Span]]:
    """What was kept until a visit before the day ``on`` of which nobody said what became: cells may still be in it."""
    midnight = datetime.combine(on, time(), ZoneInfo(site.time_zone))
    rows = Reservation.objects.filter(
        is_live=True,
        hold__isnull=False,
        ends_at__lte=midnight,
        visit__site=site,
        visit__state=Visit.State.BOOKED,
        visit__starts_at__lt=midnight,  # for its index: few visits of the past are still booked
    ).exclude(visit__in=but_visits)
    spans = rows.order_by().values_list("resource", "ends_at")
    return [(resource, Span(ends_at, ends_at + WITHOUT_END)) for resource, ends_at in spans]


def bookable_patient(
    resource: Resource, *, start: datetime, end: datetime, but_visits: Collection[UUID] = ()
) -> Bookable:
    """The patient as the planner sees them."""
    busy = _busy(Q(resource=resource) & ~Q(visit__in=but_visits), start, end)
    return Bookable(resource.id, frozenset({PATIENT}), busy.get(resource.id, ()))


def consultation_times(site: Site, *, start: datetime, end: datetime) -> list[FreeTime]:
    """When a physiatrist and a consulting room of ``site`` are both free for a consultation."""
    resources = bookables(site=site, kinds={STAFF_KIND, ROOM_KIND}, start=start, end=end)
    return free_times(resources, start=start, end=end, hours=opening_hours(site))


def physiatrists_of(site: Site) -> QuerySet[Resource]:
    """The physiatrists who can be booked at ``site``, by name."""
    able = Resource.objects.filter(capabilities__site=site, capabilities__kind=STAFF_KIND)
    return able.filter(_still_works_here()).order_by("name", "id")


def consultation_by_key(key: str) -> Consultation | None:
    """The consultation whose link this is."""
    return Consultation.objects.select_related("site", "physiatrist", "room").filter(key=key).first()


def coming_consultations(site: Site, *, at: datetime) -> QuerySet[Consultation]:
    """The consultations booked at ``site`` that are not over, the next one first."""
    coming = Consultation.objects.filter(site=site, state=Consultation.State.BOOKED, ends_at__gt=at)
    return coming.select_related("physiatrist", "room").order_by("starts_at")


def _busy(whose: Q, start: datetime, end: datetime) -> dict[UUID, tuple[Span, ...]]:
    """The live reservations as spans.

    They are read as text: a full calendar is thousands of rows at every booking, and turning each column into a row's
    own type took more than half of the time of a booking (26 of 63 ms measured).
    """
    rows = Reservation.objects.filter(whose, is_live=True, starts_at__lt=end, ends_at__gt=start)
    spans: dict[str, list[Span]] = defaultdict(list)
    read: dict[tuple[str, str], Span] = {}  # what one visit takes is taken for the same time
    for resource, *times in rows.order_by("resource_id", "starts_at").values_list(
        *as_text("resource_id", "starts_at", "ends_at")
    ):
        key = (times[0], times[1])
        if key not in read:
            read[key] = Span(read_moment(key[0]), read_moment(key[1]))
        spans[resource].append(read[key])
    return {UUID(resource): tuple(booked) for resource, booked in spans.items()}


def as_text(*names: str) -> tuple[Cast, ...]:
    """Columns as the text that the database has or writes for them."""
    return tuple(Cast(name, TextField()) for name in names)


def read_moment(text: str) -> datetime:
    """A moment as the database writes it, always in UTC."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _still_works_here(prefix: str = "") -> Q:
    """A person whose account was closed is booked no more; rooms and devices have no account."""
    return Q(**{f"{prefix}user__isnull": True}) | Q(**{f"{prefix}user__is_active": True})


def held_without_booking(course: Course) -> dict[str, datetime]:
    """Visits that took place before anything was booked: the screening, and the consent as it was given."""
    held = {"screening": course.decision.assessment.assessed_at}
    if course.consent is not None:
        held["consent"] = course.consent.given_at
    codes = {visit.code for visit in protocol_of(course.protocol).visits}
    return {code: at for code, at in held.items() if code in codes}


def reasons_not_to_book(course: Course, *, at: datetime) -> list[Blocker]:
    """Why the chain of a course may not be booked at all, whatever the calendar says."""
    booked = course.visits.filter(state=Visit.State.BOOKED).values_list("code", flat=True)
    return _booking_blockers(course, list(booked), at)


def reasons_to_book_nothing(course: Course, *, at: datetime) -> list[Blocker]:
    """Why no single visit of a course may be booked either: it has ended, or no consent holds."""
    return _booking_blockers(course, [], at)


def _booking_blockers(course: Course, booked: list[str], at: datetime) -> list[Blocker]:
    withdrawal = ConsentWithdrawal.objects.filter(consent=course.consent_id).first()
    return booking_blockers(
        course_state=course.state,
        consent_given_at=course.consent.given_at if course.consent else None,
        consent_withdrawn_at=withdrawal.withdrawn_at if withdrawal else None,
        booked=booked,
        at=at,
    )


def few_of(site: Site, rows: "QuerySet[Row]", *, visit: str = "visit") -> "QuerySet[Row]":
    """Of ``rows`` that belong to a visit and are few, those of a site; ``visit`` is the way from a row to its visit.

    The site is compared as a text, which no index serves: SQLite would else begin with all visits of the site.
    """
    wanted = Cast(Value(site.pk, UUIDField()), TextField())
    here = rows.alias(at_site=Cast(f"{visit}__site", TextField())).filter(at_site=wanted)
    return cast("QuerySet[Row]", here)


def visit_seen_by(person: Person, visit_id: UUID, *, page: str, at: datetime) -> Visit:
    """The visit, after noting who looked. Raises Http404 for one of a patient who is not theirs."""
    found = (
        Visit.objects.filter(pk=visit_id)
        .select_related("course__patient", "course__protocol", "course__site", "site")
        .first()
    )
    if found is None:
        raise Http404("no such visit")
    patient_seen_by(person, found.course.patient_id, page=page, at=at)
    return found
