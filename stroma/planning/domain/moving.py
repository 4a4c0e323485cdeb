"""Whether booked visits of a course may stand elsewhere: at another time, with somebody or something else.

The whole course is judged as it would stand after the move, so that visits which have to move together can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID

from stroma.planning.domain.board import needs_of
from stroma.planning.domain.booking import SOURCE
from stroma.planning.domain.hours import Hours, holds
from stroma.planning.domain.kinds import PATIENT, Bookable
from stroma.planning.domain.slots import SLOT
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.schema import Visit

LAG_SOURCE = "the protocol's visit plan"
OVERRIDABLE = frozenset({"move_outside_hours", "move_outside_shift", "move_at_short_notice"})
"""The reasons against a move that an authorised person may lift; every other one stands."""


NOTICE = timedelta(hours=24)
"""What a patient attends is moved at least so long before; an editable default, general knowledge."""

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


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
    ends_at = stands.starts_at + visit.duration
    if (stands.starts_at - BEGINNING) % SLOT:
        minutes = SLOT // timedelta(minutes=1)
        blockers.append(Blocker("move_between_slots", {**named, "minutes": minutes}, SOURCE))
    if not holds(hours.spans(stands.starts_at, ends_at, patient=visit.patient), stands.starts_at, ends_at):
        blockers.append(Blocker("move_outside_hours", named, SOURCE, Weight.OVERRIDABLE))
    if visit.patient and stands.was is not None and stands.starts_at != stands.was:
        if not stands.has_patient_agreed:
            blockers.append(Blocker("move_patient_not_asked", named, SOURCE))
        if at <= min(stands.starts_at, stands.was) < at + NOTICE:
            hours_of_notice = NOTICE // timedelta(hours=1)
            values = {**named, "hours": hours_of_notice}
            blockers.append(Blocker("move_at_short_notice", values, SOURCE, Weight.OVERRIDABLE))
    return blockers


def _taking_blockers(stands: Standing, visit: Visit, resources: Mapping[UUID, Bookable]) -> list[Blocker]:
    """Each role filled by somebody who can and is free; where not, who could be taken instead."""
    named = {"visit": visit.code, "title": visit.title}
    needs = needs_of(visit)
    ends_at = stands.starts_at + visit.duration
    taken = [resources[resource] for resource in stands.takes if resource in resources]
    roles = filled(needs, taken) if len(taken) == len(stands.takes) else None
    if roles is None:
        return [Blocker("move_misfills_role", {**named, "kinds": ", ".join(needs)}, LAG_SOURCE)]
    blockers = []
    for resource, kind in roles:
        values = {**named, "kind": kind, "resource": resource.id}
        if not resource.is_there(stands.starts_at, ends_at):
            blockers.append(Blocker("move_outside_shift", values, SOURCE, Weight.OVERRIDABLE))
        if resource.is_free(kind, stands.starts_at, ends_at):
            continue
        if kind == PATIENT:
            blockers.append(Blocker("move_finds_patient_busy", named, SOURCE))
            continue
        free = tuple(
            other.id
            for other in resources.values()
            if other.id not in stands.takes
            and kind in other.kinds
            and other.is_free(kind, stands.starts_at, ends_at)
            and other.is_there(stands.starts_at, ends_at)
        )
        code = "move_finds_busy_others_free" if free else "move_finds_busy"
        blockers.append(Blocker(code, {**values, "free": free}, SOURCE))
    return blockers


def filled(needs: Sequence[str], taken: Sequence[Bookable]) -> list[tuple[Bookable, str]] | None:
    """Each of ``taken`` with the need it meets, a different one each; None where that cannot be."""
    if len(needs) != len(taken):
        return None
    if not needs:
        return []
    for place, resource in enumerate(taken):
        if needs[0] in resource.kinds:
            rest = filled(needs[1:], [*taken[:place], *taken[place + 1 :]])
            if rest is not None:
                return [(resource, needs[0]), *rest]
    return None


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
