"""What is asked and what is free, on one chart: the instance that search and explanation read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from uuid import UUID

from stroma.planning.domain.hours import Hours
from stroma.planning.domain.kinds import PATIENT, Bookable, Span
from stroma.planning.domain.slots import SLOT, Chart, at_least, fitting, slots_of
from stroma.protocols.domain.schema import Visit

HORIZON = timedelta(weeks=26)
"""How far ahead the first visit of a chain is looked for."""

LOOK_BEYOND = timedelta(weeks=4)
"""How far past the last possible visit bookings are read, to say when somebody busy is free again."""


@dataclass(frozen=True, slots=True)
class Step:
    """A visit to be planned, in slots.

    ``follows`` is the index of the step it follows, with the lag from start to start; a visit that follows
    none of the steps (the first one, or one after a visit already held) has a ``window`` of slots instead.
    """

    visit: Visit
    length: int
    needs: tuple[str, ...]
    follows: int | None
    earliest: int
    latest: int
    window: int


def needs_of(visit: Visit) -> tuple[str, ...]:
    """The kinds that ``visit`` takes, one for each role: two of a kind stand there twice."""
    return (*visit.staff, *visit.rooms, *visit.equipment, *([PATIENT] if visit.patient else []))


def startable(chart: Chart, resource: Bookable, kind: str, length: int, *, busy: int | None = None) -> int:
    """The slots at which ``resource`` can begin a visit of ``length`` slots as ``kind``.

    It must be there for the visit, and free from its set-up to the end of its cleaning. ``busy`` are the slots of its
    bookings, where they are known already.
    """
    everything = (1 << chart.count) - 1
    away = [span for of_kind, span in resource.not_as if of_kind == kind]
    free = everything & ~(chart.touched(resource.busy) if busy is None else busy)
    if away:
        free &= ~chart.touched(away)
    turn = resource.turn(kind)
    before, after = slots_of(turn.before), slots_of(turn.after)
    slots = fitting(free, before + length + after) << before & everything
    if resource.there is not None:
        slots &= fitting(chart.inside(resource.there), length)
    return slots


def planned_span(
    visits: Sequence[Visit], *, held: Mapping[str, datetime], earliest: datetime, horizon: timedelta = HORIZON
) -> Span:
    """The time in which the visits not held yet can fall: what a caller must know of everybody's bookings."""
    last_start: dict[str, datetime] = dict(held)
    end = earliest
    for visit in visits:
        if visit.code in held:
            continue
        follows = None if visit.after is None else last_start.get(visit.after)
        last_start[visit.code] = (
            earliest + horizon if follows is None else follows + (visit.latest or timedelta())
        )
        end = max(end, last_start[visit.code] + visit.duration)
    return Span(earliest, end + LOOK_BEYOND)


class Board:
    """The steps of one chain and everybody's free time, as sets of slots."""

    def __init__(
        self,
        *,
        visits: Sequence[Visit],
        held: Mapping[str, datetime],
        resources: Iterable[Bookable],
        earliest: datetime,
        hours: Hours,
        horizon: timedelta,
        first_by: datetime | None = None,
    ) -> None:
        span = planned_span(visits, held=held, earliest=earliest, horizon=horizon)
        self.chart = Chart.over(span.starts_at, span.ends_at)
        self.resources = tuple(resources)
        self.hours = hours
        self.steps = self._steps([v for v in visits if v.code not in held], held, earliest, horizon)
        if first_by is not None and self.steps:
            first = self.steps[0]
            allowed = first.window & self.chart.window(earliest, first_by - SLOT)
            self.steps = (replace(first, window=allowed), *self.steps[1:])
        self.reach = slots_of(
            max((turn.before + turn.after for r in self.resources for turn in r.turns), default=timedelta())
        )
        self._open = {patient: self.chart.open(hours, patient=patient) for patient in (True, False)}
        self._busy: dict[UUID, int] = {}
        self._fitting: dict[tuple[UUID, str, int], int] = {}
        self._starts: dict[tuple[tuple[str, ...], int, bool], int] = {}

    def _steps(
        self, visits: Sequence[Visit], held: Mapping[str, datetime], earliest: datetime, horizon: timedelta
    ) -> tuple[Step, ...]:
        place = {visit.code: index for index, visit in enumerate(visits)}
        steps = []
        for visit in visits:
            least, most = visit.earliest or timedelta(), visit.latest or timedelta()
            if visit.after is None:
                window = self.chart.window(earliest, earliest + horizon)
            elif visit.after in held:
                anchor = held[visit.after]
                window = self.chart.window(max(earliest, anchor + least), anchor + most)
            else:
                window = 0
            steps.append(
                Step(
                    visit=visit,
                    length=slots_of(visit.duration),
                    needs=needs_of(visit),
                    follows=place.get(visit.after) if visit.after else None,
                    earliest=slots_of(least),
                    latest=most // SLOT,
                    window=window,
                )
            )
        return tuple(steps)

    def of_kind(self, kind: str) -> list[Bookable]:
        """Everything that can be booked as ``kind``."""
        return [resource for resource in self.resources if kind in resource.kinds]

    def fits(self, resource: Bookable, kind: str, length: int) -> int:
        """The slots from which ``resource`` can take a visit of ``length`` slots as ``kind``."""
        key = (resource.id, kind, length)
        if key not in self._fitting:
            if (
                resource.id not in self._busy
            ):  # a full calendar has thousands of bookings: they are cut up once
                self._busy[resource.id] = self.chart.touched(resource.busy)
            self._fitting[key] = startable(self.chart, resource, kind, length, busy=self._busy[resource.id])
        return self._fitting[key]

    def fits_one(self, resource: Bookable, kinds: Sequence[str], length: int) -> int:
        """The slots from which ``resource`` can take a visit as one or another of ``kinds``."""
        slots = 0
        for kind in kinds:
            if kind in resource.kinds:
                slots |= self.fits(resource, kind, length)
        return slots

    def open_for(self, step: Step) -> int:
        """The slots from which the site stays open for the whole visit."""
        return fitting(self._open[step.visit.patient], step.length)

    def kind_starts(self, kind: str, number: int, length: int) -> int:
        """The slots from which ``number`` of ``kind`` are free for ``length`` slots."""
        return at_least(number, [self.fits(resource, kind, length) for resource in self.of_kind(kind)])

    def starts(self, step: Step) -> int:
        """The slots at which ``step`` could begin if it were alone: open, a different one free for each role.

        By Hall's theorem the roles can be filled if and only if, for every set of roles, at least as many
        of those who could fill one of them are free. Only kinds that share somebody have to be looked at
        together.
        """
        key = (step.needs, step.length, step.visit.patient)
        if key not in self._starts:
            slots = self.open_for(step)
            for kinds in self._related(sorted(set(step.needs))):
                for size in range(1, len(kinds) + 1):
                    for some in combinations(kinds, size):
                        able = [
                            self.fits_one(r, some, step.length)
                            for r in self.resources
                            if not r.kinds.isdisjoint(some)
                        ]
                        slots &= at_least(sum(step.needs.count(kind) for kind in some), able)
            self._starts[key] = slots
        return self._starts[key]

    def _related(self, kinds: Sequence[str]) -> list[list[str]]:
        """``kinds`` in groups such that nobody can be booked as kinds of two groups."""
        groups = [{kind} for kind in kinds]
        for resource in self.resources:
            shared = [group for group in groups if group & resource.kinds]
            if len(shared) > 1:
                groups = [group for group in groups if group not in shared] + [set().union(*shared)]
        return [sorted(group) for group in groups]
