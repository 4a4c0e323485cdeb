"""The clinic on the solver's grid: days counted from the first, slots counted from midnight, sets of slots as numbers.

A set of slots is a whole number whose bit ``i`` says whether slot ``i`` is in it. What has several places is as many
units, each taken by one visit at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from stroma.planning.planner.instance import Chain, Instance, Resource, Visit, minute_of_day


@lru_cache(maxsize=65_536)
def bits(first: int, past: int) -> int:
    """The slots from ``first`` up to, without, ``past``."""
    return (1 << max(past, first)) - (1 << first)


def starts_of(free: int, length: int) -> int:
    """The slots from which ``length`` slots in a row are free."""
    done = 1
    while done < length:
        step = min(done, length - done)
        free &= free >> step
        done += step
    return free


@dataclass(frozen=True, slots=True)
class Step:
    """A visit of a chain on the grid; ``after`` is the place of the visit it follows, -1 for the first."""

    id: str
    length: int
    needs: tuple[str, ...]
    after: int
    earliest: int
    latest: int
    at_least: int
    at_most: int | None
    """In slots, between the end of one and the start of the other."""


@dataclass(frozen=True, slots=True)
class ChainSteps:
    """A chain with its visits in an order in which each comes after the one it follows."""

    id: str
    steps: tuple[Step, ...]
    treatment: int
    product_from: int
    """The place of the harvest, -1 when the cells' age does not count."""
    holds: tuple[tuple[str, str, int, int], ...]
    """Each hold's id, skill and the places of the visits that begin and end it."""

    def held_edges(self, hold: int) -> list[int]:
        """The places of the visits whose lag lies within a hold."""
        _, _, begins, at = self.holds[hold]
        edges = []
        while at != begins:
            edges.append(at)
            at = self.steps[at].after
        return edges


class Roster:
    """Who and what is open when, and how the chains look on the grid."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.slot = instance.slot_minutes
        self.slots = 1440 // self.slot
        self.days = instance.days
        self.first_day = instance.first_day
        self.first_ordinal = instance.first_day.toordinal()
        self.dates = [instance.first_day + timedelta(days=day) for day in range(instance.days)]
        self.midnights = [datetime.combine(day, datetime.min.time()) for day in self.dates]
        self.has_turns = any(resource.turns for resource in instance.resources)
        self.thawed = [self._not_frozen(day) for day in range(self.days)]
        self.regular: list[list[int]] = []
        self.there: list[list[int]] = []
        """With overtime."""
        self.open: list[list[int]] = []
        """With overtime, without what is frozen."""
        self.unit_resource: list[str] = []
        self.turns: list[dict[str, tuple[int, int]]] = []
        """By unit and skill, the slots of set-up and of cleaning; only where there are any."""
        self.skills_of: list[frozenset[str]] = []
        """By unit, what it can be taken for."""
        self.units_of: dict[str, list[int]] = {}
        self.units_with: dict[str, list[int]] = {}
        self.places: dict[str, int] = {resource.id: resource.places for resource in instance.resources}
        self.days_of: dict[str, list[bool]] = {}
        self.keepers: dict[str, list[str]] = {}
        held = {hold.skill for chain in instance.chains for hold in chain.holds}
        for resource in instance.resources:
            self._add(resource, held)
        self.chains = {chain.id: self.chain_steps(chain) for chain in instance.chains}

    def _add(self, resource: Resource, held: set[str]) -> None:
        self.days_of[resource.id] = self._days_there(resource)
        for skill in resource.skills:
            if skill in held:
                self.keepers.setdefault(skill, []).append(resource.id)
        if not set(resource.skills) - held:
            return
        there = regular = self._masks(resource, overtime=False)
        if any(shift.overtime_until for shift in resource.shifts):
            there = self._masks(resource, overtime=True)
        thawed = [mask & open_ for mask, open_ in zip(there, self.thawed, strict=True)]
        turns = {
            turn.skill: (-(-turn.before_minutes // self.slot), -(-turn.after_minutes // self.slot))
            for turn in resource.turns
            if turn.before_minutes or turn.after_minutes
        }
        for _ in range(resource.places):
            unit = len(self.unit_resource)
            self.unit_resource.append(resource.id)
            self.turns.append(turns)
            self.skills_of.append(frozenset(resource.skills))
            self.regular.append(regular)
            self.there.append(there)
            self.open.append(thawed)
            self.units_of.setdefault(resource.id, []).append(unit)
            for skill in resource.skills:
                self.units_with.setdefault(skill, []).append(unit)

    def _days_there(self, resource: Resource) -> list[bool]:
        """By day, whether the resource can be taken on it at all."""
        there = [True] * self.days
        for away in resource.away:
            for day in range(max(0, self.day_of(away.first)), min(self.days, self.day_of(away.last) + 1)):
                there[day] = False
        return there

    def _masks(self, resource: Resource, *, overtime: bool) -> list[int]:
        """By day, the slots in which the resource is there."""
        is_dated = any(shift.first or shift.last for shift in resource.shifts)
        own_days = self.days if is_dated else min(7, self.days)  # without dates every week is like the first
        own = [self._mask(resource, self.dates[day], overtime=overtime) for day in range(own_days)]
        masks = [own[day % 7] if not is_dated else own[day] for day in range(self.days)]
        return [mask if there else 0 for mask, there in zip(masks, self.days_of[resource.id], strict=True)]

    def _mask(self, resource: Resource, day: date, *, overtime: bool) -> int:
        mask = 0
        for shift in resource.shifts:
            if shift.is_on(day):
                closes = shift.overtime_until if overtime and shift.overtime_until else shift.closes
                opens = -(-minute_of_day(shift.opens) // self.slot)
                mask |= bits(opens, minute_of_day(closes) // self.slot)
        return mask

    def _not_frozen(self, day: int) -> int:
        """The slots of a day on which something new may begin."""
        frozen = self.instance.frozen_until
        if frozen is None or day > self.day_of(frozen):
            return -1
        return (
            0 if day < self.day_of(frozen) else ~bits(0, -(-(60 * frozen.hour + frozen.minute) // self.slot))
        )

    def chain_steps(self, chain: Chain) -> ChainSteps:
        """The chain on the grid."""
        place = {visit.id: number for number, visit in enumerate(chain.visits)}
        return ChainSteps(
            id=chain.id,
            steps=tuple(self._step(visit, place) for visit in chain.visits),
            treatment=place[chain.treatment],
            product_from=place[chain.product_from] if chain.product_from else -1,
            holds=tuple((h.id, h.skill, place[h.begins], place[h.ends]) for h in chain.holds),
        )

    def _step(self, visit: Visit, place: dict[str, int]) -> Step:
        return Step(
            id=visit.id,
            length=-(-visit.minutes // self.slot),
            needs=tuple(visit.needs),
            after=-1 if visit.after is None else place[visit.after],
            earliest=visit.earliest_days,
            latest=visit.latest_days,
            at_least=-(-visit.at_least_minutes // self.slot),
            at_most=None if visit.at_most_minutes is None else visit.at_most_minutes // self.slot,
        )

    def date_of(self, day: int) -> date:
        """The date of a day of the grid."""
        return self.first_day + timedelta(days=day)

    def day_of(self, moment: date) -> int:
        """The day of the grid on which a date or time lies; outside the horizon it is below 0 or past the end."""
        return moment.toordinal() - self.first_ordinal

    def slot_of(self, moment: datetime) -> int:
        """The slot in which a time lies."""
        return (60 * moment.hour + moment.minute) // self.slot

    def time_of(self, day: int, slot: int) -> datetime:
        """The wall-clock time at which a slot begins."""
        return self.midnights[day] + timedelta(minutes=slot * self.slot)

    def can_open(self, needs: Sequence[str], length: int, day: int) -> bool:
        """Whether a visit could be put on this day if nothing else were."""
        together = -1
        for skill in set(needs):
            units = [starts_of(self.open[unit][day], length) for unit in self.units_with.get(skill, [])]
            wanted = needs.count(skill) if isinstance(needs, (list, tuple)) else 1
            if len([unit for unit in units if unit]) < wanted:
                return False
            able = 0
            for unit in units:
                able |= unit
            together &= able
        return bool(together)
