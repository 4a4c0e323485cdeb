"""Freeing what is booked: what a cancelled visit held can be booked again, and the ledger says so.

The end of a course is an action of ``courses``, which knows no bookings, and the failure of a lot one of ``release``;
what they mean to bookings is registered at start-up and is written in their transactions (``afterwards.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.courses.queries import chains_of
from stroma.ledger.record import record
from stroma.planning.changes import note_changes
from stroma.planning.domain.holding import PlannedHold
from stroma.planning.left_in_place import end_kept, leave_in_place, left_in_place, may_hold_cells
from stroma.planning.models import HoldEnd, Reservation, Visit, VisitChange


def free_visits(
    course: Course,
    visits: Sequence[Visit],
    reason: str,
    by: User,
    at: datetime,
    why: HoldEnd.Why = HoldEnd.Why.CANCELLED,
) -> None:
    """Cancel these booked visits; what they held is free again, but for a place in which cells may be.

    ``why`` is said of what was kept for days.
    """
    for visit in visits:
        visit.state = Visit.State.CANCELLED
    Visit.objects.bulk_update(visits, ["state"])
    left = free_what_was_held(visits, why, at=at)
    is_own = course.patient.user_id == by.pk
    note_changes(course, visits, VisitChange.Why.OWN if is_own else VisitChange.Why.CLINIC, at=at)
    record(
        "visits.cancelled",
        by=by,
        at=at,
        chains=chains_of(course),
        facts={"course": course.id, "visits": [facts_of(visit) for visit in visits], **left_facts(left)},
        sealed={"reason": reason},
    )


def free_what_was_held(visits: Sequence[Visit], why: HoldEnd.Why, *, at: datetime) -> Sequence[Reservation]:
    """Set free what visits held that were cancelled or missed just now.

    Places in which cells may be are not: they stay kept, and are returned. Whoever knows that the cells are gone
    says so before (``end_holds``).
    """
    kept = _kept_until(visits)
    left = may_hold_cells(kept, {visit.pk for visit in visits}, at=at)
    end_kept([one for one in kept if one not in left], why, at=at)
    still_kept = [one.pk for one in left]
    Reservation.objects.filter(visit__in=visits, is_live=True).exclude(pk__in=still_kept).update(
        is_live=False
    )
    leave_in_place(left, at=at)
    return left


def end_holds(course: Course, visits: Sequence[Visit], why: HoldEnd.Why, *, by: User, at: datetime) -> bool:
    """Set free what is kept for days until these visits, and say why; the visits stand. True if any was kept."""
    kept = [*_kept_until(visits), *left_in_place([course.pk])]
    if kept:
        end_kept(kept, why, at=at)
        record_ends(course, kept, why, by=by, at=at)
    return bool(kept)


def record_ends(
    course: Course,
    ended: Iterable[Reservation],
    why: HoldEnd.Why,
    *,
    facts: Mapping[str, object] | None = None,
    sealed: Mapping[str, str] | None = None,
    by: User,
    at: datetime,
) -> None:
    """Write the entry that what was kept for days is free, and why."""
    said = {
        "course": course.id,
        "why": why.value,
        "kept": [
            {"hold": one.hold, "visit": one.visit_id, "resource": one.resource_id, "starts_at": one.starts_at}
            for one in ended
        ],
        **(facts or {}),
    }
    record("holds.ended", by=by, at=at, chains=chains_of(course), facts=said, sealed=dict(sealed or {}))


def _kept_until(visits: Sequence[Visit]) -> list[Reservation]:
    kept = Reservation.objects.filter(visit__in=visits, hold__isnull=False, is_live=True)
    return list(kept.select_related("visit__course__protocol").order_by("pk"))


def kept_facts(holds: Iterable[PlannedHold], visit: Visit) -> dict[str, object]:
    """What is kept for days until a visit, as the ledger tells of it; nothing where nothing is."""
    kept = [
        {"hold": hold.code, "resource": hold.resource, "starts_at": hold.starts_at, "ends_at": hold.ends_at}
        for hold in holds
        if hold.ends == visit.code
    ]
    return {"kept": kept} if kept else {}


def left_facts(left: Sequence[Reservation]) -> dict[str, object]:
    """What stays kept though its visit did not take place, as the ledger tells of it; nothing where nothing does."""
    kept = [{"hold": one.hold, "resource": one.resource_id, "starts_at": one.starts_at} for one in left]
    return {"stays_kept": kept} if kept else {}


def facts_of(visit: Visit) -> dict[str, object]:
    """A visit as the ledger tells of it."""
    return {
        "visit": visit.id,
        "code": visit.code,
        "attempt": visit.attempt,
        "starts_at": visit.starts_at,
        "ends_at": visit.ends_at,
    }
