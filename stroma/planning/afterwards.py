"""What the end of a course and the failure of a lot mean to bookings, written in the transaction of either.

Later and earlier steps know no bookings: these are registered as readers at start-up (``stroma/ledger/readers.py``).
Whatever becomes free is offered to whoever waits.
"""

from datetime import datetime

from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.planning.freeing import chains_of, end_holds, free_visits
from stroma.planning.models import HoldEnd, Visit
from stroma.planning.waiting import offer_what_is_free


def free_what_is_left(course: Course, reason: str, by: User, at: datetime) -> None:
    """Cancel what is still booked of a course that ended."""
    visits = list(rows_to_change(Visit.objects).filter(course=course, state=Visit.State.BOOKED))
    if visits:
        free_visits(course, visits, reason, by, at, HoldEnd.Why.COURSE_ENDED)
        offer_what_is_free(course.site, by=by, at=at)


def free_place_of_lost_cells(course: Course, by: User, at: datetime) -> None:
    """Set free what is kept for days for cells that are lost. The visits stay until somebody plans the course anew."""
    visits = rows_to_change(Visit.objects).filter(course=course, state=Visit.State.BOOKED)
    ended = end_holds(list(visits), HoldEnd.Why.LOT_FAILED, at=at)
    if not ended:
        return
    facts = {
        "course": course.id,
        "why": HoldEnd.Why.LOT_FAILED.value,
        "kept": [
            {"hold": one.hold, "visit": one.visit_id, "resource": one.resource_id, "starts_at": one.starts_at}
            for one in ended
        ],
    }
    record("holds.ended", by=by, at=at, chains=chains_of(course), facts=facts)
    offer_what_is_free(course.site, by=by, at=at)
