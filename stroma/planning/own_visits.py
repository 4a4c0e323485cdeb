"""What patients may do with their own visits, and what they asked about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.planning.domain.wishes import own_cancelling_blockers
from stroma.planning.models import MoveWish, Visit
from stroma.protocols.domain.schema import Visit as PlannedVisit


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """A booked visit that its patient may do something with."""

    id: UUID
    is_asked: bool
    """Whether the patient asked for another time and waits for the answer."""
    answer: str
    may_cancel: bool


def own_visits_to_change(course: Course, *, at: datetime) -> Mapping[str, OwnVisit]:
    """The booked visits that the patient attends and that have not begun, by code."""
    planned = {visit.code: visit for visit in protocol_of(course.protocol).visits if visit.patient}
    rows = Visit.objects.filter(course=course, state=Visit.State.BOOKED, starts_at__gt=at, code__in=planned)
    return {row.code: _own(row, planned[row.code], at) for row in rows.prefetch_related("move_wishes")}


def planned_visit(visit: Visit) -> PlannedVisit | None:
    """What the protocol says about a visit."""
    return next((v for v in protocol_of(visit.course.protocol).visits if v.code == visit.code), None)


def _own(row: Visit, planned: PlannedVisit, at: datetime) -> OwnVisit:
    wishes = sorted(row.move_wishes.all(), key=lambda wish: wish.asked_at)
    last = wishes[-1] if wishes else None
    blockers = own_cancelling_blockers(
        state=row.state,
        is_for_patient=True,
        stage=planned.stage,
        starts_at=row.starts_at,
        reason="asked below",
        at=at,
    )
    return OwnVisit(
        row.pk,
        last is not None and last.state == MoveWish.State.OPEN,
        last.answer if last and last.state == MoveWish.State.STAYS else "",
        not blockers,
    )
