"""What the tables say about visits that shall move: the courses as they would stand, and who could take them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.planning.calendars import opening_hours
from stroma.planning.domain.board import needs_of
from stroma.planning.domain.booking import SOURCE
from stroma.planning.domain.kinds import PATIENT, Bookable
from stroma.planning.domain.moving import Standing, filled, meeting_blockers, moving_blockers
from stroma.planning.kept_places import Places, kept_of, settle_places
from stroma.planning.models import Capability, MoveWish, Reservation, Resource, Visit
from stroma.planning.queries import (
    bookable_patient,
    bookables,
    few_of,
    held_visits,
    held_without_booking,
)
from stroma.protocols.domain.blocker import Blocker


@dataclass(frozen=True, slots=True)
class Move:
    """Where a booked visit shall stand.

    ``instead`` names, for somebody or something it takes, who or what it takes in their place.
    ``has_patient_agreed`` says that the patient was asked about the new time.
    """

    visit: Visit
    to: datetime
    instead: Mapping[Resource, Resource] = field(default_factory=dict)
    has_patient_agreed: bool = False


def taken(visit: Visit) -> frozenset[UUID]:
    """What a booked visit holds while it lasts."""
    return _held(visit, is_hold=False)


def kept(visit: Visit) -> frozenset[UUID]:
    """What is kept for days until a booked visit."""
    return _held(visit, is_hold=True)


def _held(visit: Visit, *, is_hold: bool) -> frozenset[UUID]:
    live = Reservation.objects.filter(visit=visit, is_live=True, hold__isnull=not is_hold)
    return frozenset(live.values_list("resource_id", flat=True))


def taken_after(move: Move) -> frozenset[UUID]:
    """What the visit would hold after its move."""
    instead = {old.pk: new.pk for old, new in move.instead.items()}
    return frozenset(instead.get(resource, resource) for resource in taken(move.visit))


def blockers_of_moves(courses: Sequence[Course], moves: Sequence[Move], *, at: datetime) -> list[Blocker]:
    """Every reason, hard or soft, against these moves of booked visits of ``courses``, all made together."""
    blockers: list[Blocker] = []
    meeting = []
    for course in courses:
        theirs = {move.visit.pk: move for move in moves if move.visit.course_id == course.pk}
        for move in theirs.values():
            if {resource.pk for resource in move.instead} - taken(move.visit) - kept(move.visit):
                blockers.append(Blocker("move_replaces_nobody", {"visit": move.visit.code}, SOURCE))
        standing = _standing(course, theirs)
        visits = protocol_of(course.protocol).visits
        resources = things_of(course, moves, theirs.values(), at=at)
        blockers += moving_blockers(
            standing,
            visits=visits,
            held={**held_without_booking(course), **held_visits(course)},
            resources={resource.id: resource for resource in resources},
            hours=opening_hours(course.site),
            at=at,
        )
        titles = {visit.code: visit for visit in visits}
        meeting.append([(s, titles[s.code]) for s in standing if s.is_moved and s.code in titles])
    # What meets within one course is told with that course; here, courses among each other.
    for number, some in enumerate(meeting):
        for one in some:
            for other in (o for later in meeting[number + 1 :] for o in later):
                blockers += meeting_blockers([one, other])
    return _with_names(blockers + places_after(courses, moves, at=at).blockers)


def places_after(courses: Sequence[Course], moves: Sequence[Move], *, at: datetime) -> Places:
    """What is kept for days in these courses, as it would be after the moves; where they do not concern it, nothing."""
    places = Places()
    found = {course.pk: kept_of(course) for course in courses}
    but = [move.visit.pk for move in moves] + [one.visit.pk for its in found.values() for one in its]
    for course in courses:
        theirs = {move.visit.code: move for move in moves if move.visit.course_id == course.pk}
        bounds = {code for one in found[course.pk] for code in (one.hold.begins, one.hold.ends)}
        if not bounds & set(theirs):
            continue
        booked = course.visits.filter(state=Visit.State.BOOKED).values_list("code", "starts_at")
        begins = {code: theirs[code].to if code in theirs else starts_at for code, starts_at in booked}
        instead = {old.pk: new.pk for move in theirs.values() for old, new in move.instead.items()}
        settle_places(places, course, begins, but_visits=but, instead=instead, at=at)
    return places


def _standing(course: Course, moves: Mapping[UUID, Move]) -> list[Standing]:
    standing = []
    for visit in course.visits.filter(state=Visit.State.BOOKED).order_by("starts_at"):
        holds = taken(visit)
        if (move := moves.get(visit.pk)) is None:
            standing.append(Standing(visit.code, visit.starts_at, holds))
        else:
            changes_place = bool({resource.pk for resource in move.instead} & kept(visit))
            standing.append(
                Standing(
                    visit.code,
                    move.to,
                    taken_after(move),
                    was=visit.starts_at,
                    took=None if changes_place else holds,
                    has_patient_agreed=move.has_patient_agreed,
                )
            )
    return standing


def things_of(
    course: Course, moves: Sequence[Move], theirs: Collection[Move], *, at: datetime
) -> list[Bookable]:
    """Everybody and everything that could take the visits of ``course`` that move, the patient among them."""
    codes = {move.visit.code for move in theirs}
    kinds = {kind for v in protocol_of(course.protocol).visits if v.code in codes for kind in needs_of(v)}
    start = min(move.to for move in theirs)
    end = max(move.to + (move.visit.ends_at - move.visit.starts_at) for move in theirs)
    but = [move.visit.pk for move in moves]
    today = at.astimezone(ZoneInfo(course.site.time_zone)).date()
    found = bookables(site=course.site, kinds=kinds, start=start, end=end, but_visits=but, on=today)
    if patient := Resource.objects.filter(patient=course.patient_id).first():
        found.append(bookable_patient(patient, start=start, end=end, but_visits=but))
    return found


def roles_after(move: Move, moves: Sequence[Move], *, at: datetime) -> list[tuple[Bookable, str]]:
    """What the visit would take after its move, each with the kind it is taken as."""
    course = move.visit.course
    visit = next(v for v in protocol_of(course.protocol).visits if v.code == move.visit.code)
    takes = taken_after(move)
    taken_things = [thing for thing in things_of(course, moves, [move], at=at) if thing.id in takes]
    return filled(needs_of(visit), taken_things) or []


def _with_names(blockers: Sequence[Blocker]) -> list[Blocker]:
    """The ids that a rule names as the names a site gave them; a patient is never named."""
    ids = {b.values["resource"] for b in blockers if "resource" in b.values}
    ids |= {free for b in blockers for free in b.values.get("free", ())}
    names = dict(Resource.objects.filter(pk__in=ids, patient=None).values_list("pk", "name"))

    def named(blocker: Blocker) -> Blocker:
        if "resource" not in blocker.values:
            return blocker
        free = ", ".join(sorted(names[pk] for pk in blocker.values.get("free", ()) if pk in names))
        values = {**blocker.values, "resource": names.get(blocker.values["resource"], ""), "free": free}
        return replace(blocker, values=values)

    return [named(blocker) for blocker in blockers]


def choices_of(visit: Visit, *, at: datetime) -> list[tuple[Resource, str, list[Resource]]]:
    """For each one the visit takes, but the patient: as what kind, and everybody who can take its place, by name."""
    others: dict[str, list[Resource]] = {}
    for row in (
        Capability.objects.filter(site=visit.site_id).select_related("resource").order_by("resource__name")
    ):
        others.setdefault(row.kind, []).append(row.resource)
    live = visit.reservations.filter(is_live=True).select_related("resource")
    held = {r.resource_id: r.resource for r in live}
    taken_as = [
        (thing.id, kind)
        for thing, kind in roles_after(Move(visit, visit.starts_at), [Move(visit, visit.starts_at)], at=at)
        if kind != PATIENT and thing.id in held
    ]
    kinds = {hold.code: hold.kind for hold in protocol_of(visit.course.protocol).holds}
    taken_as += [(r.resource_id, kinds[r.hold]) for r in live if r.hold in kinds]
    return [
        (held[thing], kind, [one for one in others.get(kind, []) if one.pk != thing])
        for thing, kind in taken_as
    ]


def titled(visit: Visit) -> str:
    """What the protocol calls the visit."""
    planned = (v for v in protocol_of(visit.course.protocol).visits if v.code == visit.code)
    return next((one.title for one in planned), visit.code)


def open_wish(visit: Visit) -> MoveWish | None:
    """What the patient asked about the visit and nobody has answered."""
    return visit.move_wishes.filter(state=MoveWish.State.OPEN).first()


def open_wishes(site: Site) -> QuerySet[MoveWish]:
    """The wishes of a site that wait for an answer, the oldest first."""
    wishes = MoveWish.objects.filter(state=MoveWish.State.OPEN)
    return few_of(site, wishes).select_related("visit__course__patient", "visit__course__protocol")
