"""What the page that moves one visit shows: what it takes, who could take it instead, what stands in the way."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from stroma.clinic.access import Person
from stroma.clinic.queries import protocol_of
from stroma.planning.board_forms import Take
from stroma.planning.models import Capability, Reservation, Resource, Visit
from stroma.planning.moves import Move, blockers_of_moves
from stroma.planning.queries import opening_hours, visit_seen_by
from stroma.protocols.domain.blocker import Blocker, Weight

TIMES_SHOWN = 5
STEP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Movable:
    """A booked visit as its page shows it."""

    title: str
    is_told: bool
    takes: Sequence[Take]
    note: str


def movable_visit(person: Person, visit_id: UUID, *, page: str, at: datetime) -> Visit:
    """The visit of that row, or the one that stands in its place by now. Raises Http404 for one not theirs."""
    return visit_seen_by(person, visit_id, page=page, at=at)


def move_of(visit: Visit) -> Movable:
    """What a visit takes, and who at its site could be taken instead."""
    planned = next((one for one in protocol_of(visit.course.protocol).visits if one.code == visit.code), None)
    live = Reservation.objects.filter(visit=visit, is_live=True, resource__patient__isnull=True)
    held = [one.resource for one in live.select_related("resource").order_by("resource__name")]
    kinds: dict[UUID, set[str]] = defaultdict(set)
    resources: dict[UUID, Resource] = {}
    there = Q(resource__user__isnull=True) | Q(resource__user__is_active=True)
    able = Capability.objects.filter(there, site=visit.site).select_related("resource")
    for one in able.order_by("resource__name", "resource_id"):
        kinds[one.resource_id].add(one.kind)
        resources[one.resource_id] = one.resource
    needs = set() if planned is None else {*planned.staff, *planned.rooms, *planned.equipment}
    taken = {resource.pk for resource in held}
    takes = []
    for resource in held:
        mine = kinds[resource.pk] & needs
        others = [resources[pk] for pk, its in kinds.items() if its & mine and pk not in taken]
        takes.append(Take(resource, sorted(mine), others))
    return Movable(
        title=planned.title if planned else visit.code,
        is_told=planned is None or planned.patient,
        takes=takes,
        note=planned.note if planned else "",
    )


def reasons_against(move: Move, *, at: datetime) -> list[Blocker]:
    """Every reason against a move, as if the patient had been asked: whether they agree is said when it is made."""
    return blockers_of_moves([move.visit.course], [replace(move, has_patient_agreed=True)], at=at)


def free_that_day(move: Move, *, zone: ZoneInfo, at: datetime) -> list[datetime]:
    """A few times of the same day at which the same people could take the visit."""
    hours = opening_hours(move.visit.site)
    day = move.to.astimezone(zone).date()
    first = datetime.combine(day, time(8), tzinfo=zone)
    found: list[datetime] = []
    for number in range(20):
        to = first + number * STEP
        if to <= at or to == move.visit.starts_at:
            continue
        against = reasons_against(replace(move, to=to), at=at)
        if not any(blocker.weight in {Weight.HARD, Weight.OVERRIDABLE} for blocker in against):
            found.append(to)
        if len(found) == TIMES_SHOWN:
            break
    del hours
    return found
