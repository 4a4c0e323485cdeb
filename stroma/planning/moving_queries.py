"""What the page that moves one visit shows: what it takes, who could take it instead, what stands in the way."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from stroma.clinic.queries import protocol_of
from stroma.planning.board_forms import Take
from stroma.planning.models import Capability, Reservation, Resource, Visit
from stroma.planning.moves import Move, blockers_of_moves
from stroma.planning.queries import opening_hours
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
    day = move.to.astimezone(zone).date()
    start = datetime.combine(day, time(), tzinfo=zone)
    planned = move_of(move.visit)
    found: list[datetime] = []
    for span in opening_hours(move.visit.site).spans(
        start, start + timedelta(days=1), patient=planned.is_told
    ):
        to = max(span.starts_at, start)
        while to < span.ends_at and len(found) < TIMES_SHOWN:
            if to > at and to != move.visit.starts_at:
                against = reasons_against(replace(move, to=to), at=at)
                if not any(one.weight in {Weight.HARD, Weight.OVERRIDABLE} for one in against):
                    found.append(to)
            to += STEP
    return found
