"""What stands in the way of a visit that is carried over the board, and the times of that day at which nothing does."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from stroma.clinic.queries import protocol_of
from stroma.planning.calendars import opening_hours
from stroma.planning.models import Visit
from stroma.planning.moves import Move, blockers_of_moves
from stroma.protocols.domain.blocker import Blocker, Weight

TIMES_SHOWN = 5
STEP = timedelta(minutes=30)


def is_told(visit: Visit) -> bool:
    """Whether the patient comes to it, and so was told when it is."""
    planned = (one for one in protocol_of(visit.course.protocol).visits if one.code == visit.code)
    return next((one.patient for one in planned), True)


def reasons_against(move: Move, *, at: datetime) -> list[Blocker]:
    """Every reason against a move, as if the patient had been asked: whether they agree is said when it is made."""
    return blockers_of_moves([move.visit.course], [replace(move, has_patient_agreed=True)], at=at)


def free_that_day(move: Move, *, zone: ZoneInfo, at: datetime) -> list[datetime]:
    """A few times of the same day at which the same people could take the visit."""
    start = datetime.combine(move.to.astimezone(zone).date(), time(), tzinfo=zone)
    found: list[datetime] = []
    hours = opening_hours(move.visit.site)
    for span in hours.spans(start, start + timedelta(days=1), patient=is_told(move.visit)):
        to = max(span.starts_at, start)
        while to < span.ends_at and len(found) < TIMES_SHOWN:
            if to > at and to != move.visit.starts_at:
                against = reasons_against(replace(move, to=to), at=at)
                if not any(one.weight in {Weight.HARD, Weight.OVERRIDABLE} for one in against):
                    found.append(to)
            to += STEP
    return found
