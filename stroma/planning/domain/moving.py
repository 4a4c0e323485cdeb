"""Whether booked visits of a course may stand elsewhere: at another time, with somebody or something else.

The whole course is judged as it would stand after the move, so that visits which have to move together can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from uuid import UUID

from stroma.planning.domain.board import needs_of
from stroma.planning.domain.booking import SOURCE
from stroma.planning.domain.hours import Hours
from stroma.planning.domain.kinds import PATIENT, Bookable
from stroma.planning.domain.slots import SLOT, Chart
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.schema import Visit

LAG_SOURCE = "the protocol's visit plan"
OVERRIDABLE = frozenset({"move_outside_hours"})
"""The reasons against a move that an authorised person may lift; every other one stands."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A booked visit as it would stand: when, and the ids of everything it takes.

    ``was`` is when it stood before and ``took`` what it took; both are None for a visit that does not move.
    """

    code: str
    starts_at: datetime
    takes: frozenset[UUID]
    was: datetime | None = None
    took: frozenset[UUID] | None = None
    has_patient_agreed: bool = False

    @property
    def is_moved(self) -> bool:
        """Whether it is one of those that move."""
        return self.was is not None


def moving_blockers(
    standing: Sequence[Standing],
    *,
    visits: Sequence[Visit],
    held: Mapping[str, datetime],
    resources: Mapping[UUID, Bookable],
    hours: Hours,
    at: datetime,
) -> list[Blocker]:
    """Every reason against the visits of one course standing as ``standing`` says.

    Parameters
    ----------
    standing
        Every booked visit of the course, those that move at their new time.
    visits
        The protocol's visits.
    held
        When the visits that took place began, by code.
    resources
        Who and what the visits that move would take, and whoever could take their place; ``busy`` leaves out what is
        held by the visits that move.
    """
    by_code = {visit.code: visit for visit in visits}
    begun = {**held, **{stands.code: stands.starts_at for stands in standing}}
    moved = {stands.code for stands in standing if stands.is_moved}
    blockers: list[Blocker] = []
    for stands in standing:
        if (visit := by_code.get(stands.code)) is None:
            if stands.is_moved:
                blockers.append(Blocker("move_of_unplanned_visit", {"visit": stands.code}, LAG_SOURCE))
            continue
        if stands.is_moved:
            blockers += _time_blockers(stands, visit, hours, at)
            blockers += _taking_blockers(stands, visit, resources)
        if stands.is_moved or visit.after in moved:
            blockers += _lag_blockers(stands, visit, begun, by_code, hours)
    return blockers + _meeting_blockers([s for s in standing if s.is_moved], by_code)


def meeting_blockers(
    moved: Sequence[tuple[Standing, Visit]],
) -> list[Blocker]:
    """Visits that move, of one course or of several, and would take somebody or something at the same time."""
    return [
        Blocker("moves_meet", {"visit": one.title, "other": other.title}, SOURCE)
        for (first, one), (second, other) in combinations(moved, 2)
        if first.takes & second.takes
        and first.starts_at < second.starts_at + other.duration
        and second.starts_at < first.starts_at + one.duration
    ]


def _meeting_blockers(moved: Sequence[Standing], by_code: Mapping[str, Visit]) -> list[Blocker]:
    return meeting_blockers([(stands, by_code[stands.code]) for stands in moved if stands.code in by_code])


def _time_blockers(stands: Standing, visit: Visit, hours: Hours, at: datetime) -> list[Blocker]:
    named = {"visit": visit.code, "title": visit.title, "to": stands.starts_at.astimezone(hours.zone)}
    blockers = []
    if stands.starts_at == stands.was and stands.takes == stands.took:
        blockers.append(Blocker("move_changes_nothing", named, SOURCE))
    if stands.starts_at < at:
        blockers.append(Blocker("move_into_the_past", {**named, "at": at.astimezone(hours.zone)}, SOURCE))
    chart = Chart.over(stands.starts_at, stands.starts_at + visit.duration)
    if chart.origin != stands.starts_at:
        minutes = SLOT // timedelta(minutes=1)
        blockers.append(Blocker("move_between_slots", {**named, "minutes": minutes}, SOURCE))
    if chart.open(hours, patient=visit.patient) != (1 << chart.count) - 1:
        blockers.append(Blocker("move_outside_hours", named, SOURCE, Weight.OVERRIDABLE))
    if visit.patient and stands.starts_at != stands.was and not stands.has_patient_agreed:
        blockers.append(Blocker("move_patient_not_asked", named, SOURCE))
    return blockers


def _taking_blockers(stands: Standing, visit: Visit, resources: Mapping[UUID, Bookable]) -> list[Blocker]:
    """Each role filled by somebody who can and is free; where not, who could be taken instead."""
    named = {"visit": visit.code, "title": visit.title}
    needs = needs_of(visit)
    taken = [resources[resource] for resource in stands.takes if resource in resources]
    if len(taken) != len(needs) or not _fills(needs, taken):
        return [Blocker("move_misfills_role", {**named, "kinds": ", ".join(needs)}, LAG_SOURCE)]
    blockers = []
    for resource in taken:
        if _is_free(resource, stands.starts_at, visit.duration):
            continue
        if PATIENT in resource.kinds:
            blockers.append(Blocker("move_finds_patient_busy", named, SOURCE))
            continue
        free = [
            other.id
            for other in resources.values()
            if other.id not in stands.takes
            and other.kinds & resource.kinds & set(needs)
            and _is_free(other, stands.starts_at, visit.duration)
        ]
        values = {**named, "kind": ", ".join(sorted(resource.kinds & set(needs))), "resource": resource.id}
        code = "move_finds_busy_others_free" if free else "move_finds_busy"
        blockers.append(Blocker(code, {**values, "free": tuple(free)}, SOURCE))
    return blockers


def _fills(needs: Sequence[str], taken: Sequence[Bookable]) -> bool:
    """Whether each need can be met by a different one of ``taken``."""
    if not needs:
        return True
    return any(
        needs[0] in resource.kinds and _fills(needs[1:], [*taken[:place], *taken[place + 1 :]])
        for place, resource in enumerate(taken)
    )


def _is_free(resource: Bookable, starts_at: datetime, duration: timedelta) -> bool:
    return not any(
        span.starts_at < starts_at + duration and starts_at < span.ends_at for span in resource.busy
    )


def _lag_blockers(
    stands: Standing,
    visit: Visit,
    begun: Mapping[str, datetime],
    by_code: Mapping[str, Visit],
    hours: Hours,
) -> list[Blocker]:
    """The lag from the visit before; a visit that stays and whose own forerunner moves away is told so."""
    if visit.after is None or visit.after not in begun:
        return []
    anchor = begun[visit.after]
    first, last = anchor + (visit.earliest or timedelta()), anchor + (visit.latest or timedelta())
    if first <= stands.starts_at <= last:
        return []
    values = {
        "visit": visit.code,
        "title": visit.title,
        "before": by_code[visit.after].title,
        "at": stands.starts_at.astimezone(hours.zone),
        "from": first.astimezone(hours.zone),
        "to": last.astimezone(hours.zone),
    }
    return [Blocker("move_breaks_lag" if stands.is_moved else "move_strands_visit", values, LAG_SOURCE)]
