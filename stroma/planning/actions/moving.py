"""Moving booked visits: to another time, to somebody else, to another room; one visit or several together.

A visit is never rewritten. The row that stood is cancelled and stays; a new row replaces it and says which. So the row
itself is the version: whoever moves a row that somebody else has moved meanwhile is refused and told where it stands.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.courses.queries import chains_of, courses_to_change
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.planning.changes import note_changes
from stroma.planning.domain.booking import SOURCE
from stroma.planning.freeing import facts_of
from stroma.planning.keeping import is_overtaken, reservation_of, reservation_of_hold, reserve
from stroma.planning.kept_places import Places, changed_visits
from stroma.planning.models import MoveWish, Reservation, Resource, Visit, VisitChange
from stroma.planning.moves import Move, blockers_of_moves, places_after, roles_after
from stroma.planning.waiting import offer_what_is_free
from stroma.protocols.domain.blocker import Blocker, Refused, Weight, stopping


class NotMoved(Refused):
    """The visits stand where they stood, every one of them."""


@action
def move_visit(
    *,
    visit: Visit,
    to: datetime,
    instead: Mapping[Resource, Resource] | None = None,
    has_patient_agreed: bool = False,
    reason: str,
    overriding: Collection[str] = (),
    by: User,
    at: datetime,
) -> Visit:
    """Let one booked visit stand at ``to`` and take others ``instead``. The same rules as ``move_visits``."""
    authorize(by, Role.COORDINATOR, site=visit.site, at=at)
    move = Move(visit, to, instead or {}, has_patient_agreed)
    return move_visits(moves=[move], reason=reason, overriding=overriding, by=by, at=at)[0]


@action
def move_visits(
    *, moves: Sequence[Move], reason: str, overriding: Collection[str] = (), by: User, at: datetime
) -> list[Visit]:
    """Let booked visits stand elsewhere, of one course or several: every move is kept, or none.

    The courses are judged as they would stand afterwards, by the protocol's lags, the site's hours, competence and what
    else is booked. ``overriding`` names the codes of soft reasons that ``reason`` lifts; it is kept in the ledger. What
    a patient attends moves to another time only with their agreement. One entry is written for each course.

    Raises NotMoved with every reason: also when a visit was moved or cancelled meanwhile (``move_overtaken``), or when
    a rival took the place (``move_taken``).

    What is kept for days follows its visits. Where only that changes for a visit that ends it, the visit is replaced at
    its own time and is among those returned, after the others.
    """
    for site in {move.visit.site_id: move.visit.site for move in moves}.values():
        authorize(by, Role.COORDINATOR, site=site, at=at)
    courses = courses_to_change(move.visit.course_id for move in moves)
    stood = {
        visit.pk: visit
        for visit in rows_to_change(Visit.objects).filter(pk__in=[move.visit.pk for move in moves])
    }
    blockers = _overtaken_blockers(moves, stood)
    if not reason.strip():
        blockers.append(Blocker("visit_reason_missing", {}, SOURCE))
    judged = [] if blockers else blockers_of_moves(courses, moves, at=at)
    if blockers := blockers + stopping(judged, overridden=overriding):
        raise NotMoved(blockers)
    places = places_after(courses, moves, at=at)
    carried = {
        visit.pk: visit
        for visit in rows_to_change(Visit.objects).filter(
            pk__in=[visit.pk for visit in changed_visits(courses, places) if visit.pk not in stood]
        )
    }
    try:
        with transaction.atomic():
            replaced = _replace(moves, stood, carried.values(), places, at)
    except (IntegrityError, OperationalError) as error:
        if not is_overtaken(error):
            raise
        raise NotMoved([Blocker("move_taken", {}, SOURCE)]) from error
    wishes = MoveWish.objects.filter(visit__in=[old for old, _ in replaced], state=MoveWish.State.OPEN)
    asked = set(wishes.values_list("visit", flat=True))
    wishes.update(state=MoveWish.State.MOVED, answered_by=by, answered_at=at)
    lifted = sorted({b.code for b in judged if b.weight is Weight.OVERRIDABLE})
    for course in courses:
        theirs = [(old, new) for old, new in replaced if new.course_id == course.pk]
        elsewhen = [old for old, new in theirs if old.starts_at != new.starts_at]
        note_changes(course, elsewhen, VisitChange.Why.CLINIC, at=at, asked=asked)
        _record_move(course, moves, theirs, lifted, reason, by=by, at=at)
    for site in {course.site_id: course.site for course in courses}.values():
        offer_what_is_free(site, by=by, at=at)
    return [new for _, new in replaced]


def _overtaken_blockers(moves: Sequence[Move], stood: Mapping[UUID, Visit]) -> list[Blocker]:
    """Visits that no longer stand as whoever moves them saw them, each named with where it stands now."""
    blockers = []
    if not moves:
        blockers.append(Blocker("move_names_no_visit", {}, SOURCE))
    if len({move.visit.pk for move in moves}) < len(moves):
        blockers.append(Blocker("move_names_visit_twice", {}, SOURCE))
    for move in moves:
        visit = stood[move.visit.pk]
        if visit.state == Visit.State.BOOKED:
            continue
        now = Visit.objects.filter(
            course=visit.course_id, code=visit.code, state=Visit.State.BOOKED, booked_at__gte=visit.booked_at
        ).first()
        if now is None:
            values = {"visit": visit.code, "state": visit.state.lower()}
            blockers.append(Blocker("visit_not_booked", values, SOURCE))
        else:
            blockers.append(
                Blocker("move_overtaken", {"visit": visit.code, "starts_at": now.starts_at}, SOURCE)
            )
    return blockers


def _replace(
    moves: Sequence[Move],
    stood: Mapping[UUID, Visit],
    carried: Iterable[Visit],
    places: Places,
    at: datetime,
) -> list[tuple[Visit, Visit]]:
    """Cancel the rows that stood, set free what they held, and keep the new rows: pairs of old and new.

    ``carried`` are visits that stay at their time and take what they took; what is kept for days until them changes.
    """
    takes = {move.visit.pk: roles_after(move, moves, at=at) for move in moves}
    starts = {move.visit.pk: move.to for move in moves}
    old = [*(stood[move.visit.pk] for move in moves), *carried]
    as_before = [
        (row.visit_id, row)
        for row in Reservation.objects.filter(visit__in=carried, is_live=True, hold__isnull=True)
    ]
    for visit in old:
        visit.state = Visit.State.CANCELLED
    Visit.objects.bulk_update(old, ["state"])
    Reservation.objects.filter(visit__in=old, is_live=True).update(is_live=False)
    new = Visit.objects.bulk_create(
        Visit(
            site_id=visit.site_id,
            course_id=visit.course_id,
            code=visit.code,
            attempt=1 + Visit.objects.filter(course=visit.course_id, code=visit.code).count(),
            starts_at=starts.get(visit.pk, visit.starts_at),
            ends_at=starts.get(visit.pk, visit.starts_at) + (visit.ends_at - visit.starts_at),
            booked_at=at,
            replaces=visit,
        )
        for visit in old
    )
    pairs = list(zip(old, new, strict=True))
    now = {was.pk: visit for was, visit in pairs}
    reserve(
        [
            *(reservation_of(now[was], thing, kind) for was, its in takes.items() for thing, kind in its),
            *(
                Reservation(
                    visit=now[was], resource_id=row.resource_id, starts_at=row.starts_at, ends_at=row.ends_at
                )
                for was, row in as_before
                if was is not None
            ),
            *(reservation_of_hold(now[was], hold) for was in now for hold in places.holds.get(was, ())),
        ]
    )
    return pairs


def _record_move(
    course: Course,
    moves: Sequence[Move],
    replaced: Sequence[tuple[Visit, Visit]],
    lifted: Sequence[str],
    reason: str,
    *,
    by: User,
    at: datetime,
) -> None:
    asked = {move.visit.pk: move for move in moves}
    facts = {
        "course": course.id,
        "visits": [
            {
                **facts_of(new),
                "replaces": old.id,
                "from": old.starts_at,
                "resources": sorted(str(r.resource_id) for r in new.reservations.all()),
                "has_patient_agreed": old.pk in asked and asked[old.pk].has_patient_agreed,
            }
            for old, new in replaced
        ],
        "overridden": list(lifted),
    }
    record("visits.moved", by=by, at=at, chains=chains_of(course), facts=facts, sealed={"reason": reason})
