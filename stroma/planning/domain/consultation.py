"""A first talk with a physiatrist: which times can be offered, and whether one may be booked or cancelled.

It takes a physiatrist and a consulting room for half an hour and belongs to no course: a visitor books it
before anybody has decided anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from stroma.candidacy.domain.red_flags import red_flag_blockers
from stroma.planning.domain.board import startable
from stroma.planning.domain.booking import SOURCE
from stroma.planning.domain.hours import Hours, holds
from stroma.planning.domain.kinds import Bookable
from stroma.planning.domain.slots import Chart, at_least, fitting, slots_of
from stroma.protocols.domain.blocker import Blocker

LENGTH = timedelta(minutes=30)
NOTICE = timedelta(hours=4)
"""How long before it begins a consultation must be booked; an editable default, general knowledge."""

STAFF_KIND, ROOM_KIND = "physiatrist", "consulting_room"


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A start at which a physiatrist and a room are both free."""

    physiatrist: UUID
    starts_at: datetime


def free_times(
    resources: Sequence[Bookable], *, start: datetime, end: datetime, hours: Hours
) -> list[FreeTime]:
    """Every free start from ``start`` to ``end``, on the hour and half hour, by time and then in the order given."""
    chart = Chart.over(start, end)
    length = slots_of(LENGTH)
    opening = fitting(chart.open(hours, patient=True), length) & chart.window(start, end)
    rooms = at_least(1, [startable(chart, r, ROOM_KIND, length) for r in resources if ROOM_KIND in r.kinds])
    free = {r.id: startable(chart, r, STAFF_KIND, length) for r in resources if STAFF_KIND in r.kinds}
    physiatrists = [r.id for r in resources if STAFF_KIND in r.kinds]
    return [
        FreeTime(who, chart.time_of(slot))
        for slot in range(chart.count)
        if opening >> slot & rooms >> slot & 1 and chart.time_of(slot).minute % 30 == 0
        for who in physiatrists
        if free[who] >> slot & 1
    ]


def first_free(
    resources: Iterable[Bookable], kind: str, starts_at: datetime, ends_at: datetime
) -> Bookable | None:
    """The first of ``resources`` that can be booked as ``kind`` for the whole of that time."""
    return next(
        (
            resource
            for resource in resources
            if kind in resource.kinds
            and resource.is_free(kind, starts_at, ends_at)
            and resource.is_there(starts_at, ends_at)
        ),
        None,
    )


def is_open_for(hours: Hours, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether the whole time lies in the hours at which patients are seen."""
    return holds(hours.spans(starts_at, ends_at, patient=True), starts_at, ends_at)


def consultation_blockers(
    *,
    red_flags: Mapping[str, bool | None],
    starts_at: datetime,
    hours: Hours,
    is_free: bool,
    name: str,
    contacts: Iterable[str],
    at: datetime,
) -> list[Blocker]:
    """Why a visitor may not have that time. A red flag comes first, and then nothing else is said.

    Every red flag must have been asked: what was not asked is not a "no".
    """
    if flags := red_flag_blockers(red_flags):
        return flags
    blockers = []
    if starts_at < at + NOTICE:
        blockers.append(Blocker("consultation_too_soon", {"earliest": at + NOTICE}, SOURCE))
    if not is_open_for(hours, starts_at, starts_at + LENGTH):
        blockers.append(Blocker("consultation_outside_hours", {}, SOURCE))
    elif not is_free:
        blockers.append(Blocker("consultation_taken", {}, SOURCE))
    if not name.strip():
        blockers.append(Blocker("consultation_name_missing", {}, SOURCE))
    if not any(contact.strip() for contact in contacts):
        blockers.append(Blocker("consultation_contact_missing", {}, SOURCE))
    return blockers


def cancelling_blockers(*, state: str, starts_at: datetime, at: datetime) -> list[Blocker]:
    """Why a consultation may not be cancelled at ``at``."""
    if state != "BOOKED":
        return [Blocker("consultation_not_booked", {}, SOURCE)]
    if at >= starts_at:
        return [Blocker("consultation_over", {"starts_at": starts_at}, SOURCE)]
    return []
