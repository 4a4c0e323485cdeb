"""What the end of a course, a harvest and the failure of a lot mean to bookings, written in the transaction of each.

Later and earlier steps know no bookings: these are registered as readers at start-up (``stroma/ledger/readers.py``).
Whatever becomes free is offered to whoever waits.
"""

from datetime import datetime

from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.ledger.locks import rows_to_change
from stroma.planning.freeing import end_holds, free_visits
from stroma.planning.models import HoldEnd, Visit
from stroma.planning.waiting import offer_what_is_free


def free_what_is_left(course: Course, reason: str, by: User, at: datetime) -> None:
    """Cancel what is still booked of a course that ended; all its cells are accounted for where it was completed."""
    visits = _booked(course)
    freed = False
    if course.state == Course.State.COMPLETED:
        freed = end_holds(course, visits, HoldEnd.Why.COURSE_ENDED, by=by, at=at)
    if visits:
        free_visits(course, visits, reason, by, at, HoldEnd.Why.COURSE_ENDED)
    if visits or freed:
        offer_what_is_free(course.site, by=by, at=at)


def free_place_of_lost_cells(course: Course, by: User, at: datetime) -> None:
    """Set free what is kept for days for cells that are lost. The visits stay until somebody plans the course anew."""
    if end_holds(course, _booked(course), HoldEnd.Why.LOT_FAILED, by=by, at=at):
        offer_what_is_free(course.site, by=by, at=at)


def free_place_of_harvested_cells(course: Course, by: User, at: datetime) -> None:
    """Set free what stayed kept because a harvest was missed or cancelled; what is booked lets go of nothing."""
    if end_holds(course, [], HoldEnd.Why.HARVESTED, by=by, at=at):
        offer_what_is_free(course.site, by=by, at=at)


def _booked(course: Course) -> list[Visit]:
    return list(rows_to_change(Visit.objects).filter(course=course, state=Visit.State.BOOKED))
