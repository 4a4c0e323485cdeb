"""Freeing what is booked: what a cancelled visit held can be booked again, and the ledger says so.

The end of a course is an action of ``courses``, which knows no bookings, and the failure of a lot one of ``release``;
what they mean to bookings is registered at start-up and is written in their transactions (``afterwards.py``).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.ledger.domain.entry import ChainKey, course_chain, patient_chain, site_chain
from stroma.ledger.record import record
from stroma.planning.changes import note_changes
from stroma.planning.domain.holding import PlannedHold
from stroma.planning.models import HoldEnd, Reservation, Visit, VisitChange


def free_visits(
    course: Course,
    visits: Sequence[Visit],
    reason: str,
    by: User,
    at: datetime,
    why: HoldEnd.Why = HoldEnd.Why.CANCELLED,
) -> None:
    """Cancel these booked visits; what they held is free again. ``why`` is said of what was kept for days."""
    for visit in visits:
        visit.state = Visit.State.CANCELLED
    Visit.objects.bulk_update(visits, ["state"])
    end_holds(visits, why, at=at)
    Reservation.objects.filter(visit__in=visits, is_live=True).update(is_live=False)
    is_own = course.patient.user_id == by.pk
    note_changes(course, visits, VisitChange.Why.OWN if is_own else VisitChange.Why.CLINIC, at=at)
    record(
        "visits.cancelled",
        by=by,
        at=at,
        chains=chains_of(course),
        facts={"course": course.id, "visits": [facts_of(visit) for visit in visits]},
        sealed={"reason": reason},
    )


def end_holds(visits: Iterable[Visit], why: HoldEnd.Why, *, at: datetime) -> list[Reservation]:
    """Set free what is kept for days until these visits, and say why; the visits stand."""
    kept = list(Reservation.objects.filter(visit__in=visits, hold__isnull=False, is_live=True).order_by("pk"))
    if kept:
        # Written first: a booked visit lets go only of what has such a row.
        HoldEnd.objects.bulk_create(HoldEnd(reservation=one, why=why, ended_at=at) for one in kept)
        Reservation.objects.filter(pk__in=[one.pk for one in kept]).update(is_live=False)
    return kept


def chains_of(course: Course) -> list[ChainKey]:
    """The chains that what happens to a course's visits joins."""
    return [course_chain(course.id), patient_chain(course.patient_id), site_chain(course.site_id)]


def kept_facts(holds: Iterable[PlannedHold], visit: Visit) -> dict[str, object]:
    """What is kept for days until a visit, as the ledger tells of it; nothing where nothing is."""
    kept = [
        {"hold": hold.code, "resource": hold.resource, "starts_at": hold.starts_at, "ends_at": hold.ends_at}
        for hold in holds
        if hold.ends == visit.code
    ]
    return {"kept": kept} if kept else {}


def facts_of(visit: Visit) -> dict[str, object]:
    """A visit as the ledger tells of it."""
    return {
        "visit": visit.id,
        "code": visit.code,
        "attempt": visit.attempt,
        "starts_at": visit.starts_at,
        "ends_at": visit.ends_at,
    }
