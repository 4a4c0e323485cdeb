"""What is still free: units by day and slot, places by day, and on which days a kind of visit would still fit."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from stroma.planning.planner.roster import Roster, bits, starts_of

NEVER = 1e9
"""The cost of what cannot be."""


class Board:
    """The free slots of every unit on every day, kept in step with what is taken and given back.

    ``cost_by_day`` holds for each kind of visit and day 0 where it fits, the price of its overtime where it fits only
    then, and ``NEVER`` where it does not.
    """

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.free = [list(days) for days in roster.open]
        self.there = [list(days) for days in roster.there]
        """As ``free``, but with the time that is frozen."""
        self.unheld = [[bits(0, roster.slots)] * roster.days for _ in roster.open]
        """The slots for which nobody holds a unit, also outside its shift: where set-up and cleaning may lie."""
        self.kept = {
            keeper: np.zeros(roster.days, dtype=np.int64)
            for keepers in roster.keepers.values()
            for keeper in keepers
        }
        self.shut = {keeper: ~np.array(roster.days_of[keeper], dtype=bool) for keeper in self.kept}
        self.overtime_slot = roster.instance.objective.overtime_per_hour * roster.slot / 60
        self.kinds = {
            (step.needs, step.length): number
            for number, step in enumerate(
                {(s.needs, s.length): s for chain in roster.chains.values() for s in chain.steps}.values()
            )
        }
        self._alike: dict[str, list[int]] = {skill: [] for skill in roster.units_with}
        for (needs, _), number in self.kinds.items():
            for skill in set(needs):
                self._alike[skill].append(number)
        self._skills_of_unit = [
            [skill for skill, units in roster.units_with.items() if unit in units]
            for unit in range(len(roster.unit_resource))
        ]
        skilled = {
            skill
            for skill, units in roster.units_with.items()
            if any(len(self._skills_of_unit[u]) > 1 for u in units)
        }
        self._plain = [len(set(needs)) == len(needs) and not skilled & set(needs) for needs, _ in self.kinds]
        """Whether nobody could be counted twice when each need of a kind is looked at alone."""
        self.cost_by_day = np.full((len(self.kinds), roster.days), NEVER)
        self._stale = [set(range(roster.days)) for _ in self.kinds]
        """By kind, the days whose cost is to be worked out again when it is asked for."""
        self._asked = False
        self._next_full: dict[str, NDArray[np.int64]] = {}

    def costs(self, needs: tuple[str, ...], length: int) -> NDArray[np.float64]:
        """By day: 0, the price of overtime, or NEVER."""
        number = self.kinds[needs, length]
        self._asked = True
        if stale := self._stale[number]:
            for day in stale:
                self._reckon(number, needs, length, day)
            stale.clear()
        by_day: NDArray[np.float64] = self.cost_by_day[number]
        return by_day

    def _reckon(self, number: int, needs: tuple[str, ...], length: int, day: int) -> None:
        if self._plain[number] and self._together(needs, length, day, -1, overtime=False)[0]:
            cost = 0.0
        elif (found := self.find(needs, length, day, -1)) is None:
            cost = NEVER
        else:
            cost = self.overtime_slot * self.overtime_slots(found[1], length, day, found[0])
        self.cost_by_day[number, day] = cost

    def overtime_slots(self, units: Sequence[int], length: int, day: int, slot: int) -> int:
        """How many slots of overtime a visit would ask of all it takes."""
        if not self.overtime_slot:
            return 0
        span = bits(slot, slot + length)
        return sum((span & ~self.roster.regular[unit][day]).bit_count() for unit in units)

    def is_free(self, unit: int, length: int, day: int, slot: int, held: int = 0) -> bool:
        """Whether a unit is there, and free, for a visit that stands, and for all that it is ``held``; also in what is
        frozen.
        """
        span = bits(slot, slot + length)
        return (
            0 <= day < self.roster.days
            and not span & ~self.there[unit][day]
            and not held & ~self.unheld[unit][day]
        )

    def held(self, unit: int, skill: str, length: int, slot: int) -> int:
        """The slots for which a unit is held for a visit: from its set-up to the end of its cleaning."""
        before, after = self.roster.turns[unit].get(skill, (0, 0))
        return bits(max(0, slot - before), min(slot + length + after, self.roster.slots))

    def find(
        self, needs: tuple[str, ...], length: int, day: int, within: int, *, also_frozen: bool = False
    ) -> tuple[int, tuple[int, ...], tuple[int, ...]] | None:
        """The first slot among ``within`` at which the visit fits, what it would take, without overtime if it can, and
        the slots for which each is held.

        Nothing new is put where time is frozen; ``also_frozen`` is for visits that stand there already.
        """
        if also_frozen:
            able = [
                [
                    (u, within)
                    for u in self.roster.units_with[s]
                    if self.is_free(u, length, day, within.bit_length() - 1)
                ]
                for s in needs
            ]
            units = self._choose(able, within, length, day) if all(able) else None
            found = (within.bit_length() - 1, units) if units else None
        else:
            found = self._first(needs, length, day, within, overtime=False) or self._first(
                needs, length, day, within, overtime=True
            )
        if found is None:
            return None
        slot, units = found
        held = tuple(self.held(unit, skill, length, slot) for unit, skill in zip(units, needs, strict=True))
        return slot, units, held

    def _first(
        self, needs: tuple[str, ...], length: int, day: int, within: int, *, overtime: bool
    ) -> tuple[int, tuple[int, ...]] | None:
        together, able = self._together(needs, length, day, within, overtime=overtime)
        while together:
            low = together & -together
            if units := self._choose(able, low, length, day):
                return low.bit_length() - 1, units
            together ^= low
        return None

    def _together(
        self, needs: tuple[str, ...], length: int, day: int, within: int, *, overtime: bool
    ) -> tuple[int, list[list[tuple[int, int]]]]:
        """The slots at which each need has somebody, and who is able when; the same one may be counted twice."""
        able: list[list[tuple[int, int]]] = []
        for skill in needs:
            any_unit = 0
            ours = []
            for unit in self.roster.units_with[skill]:
                free = self.free[unit][day]
                if not overtime:
                    free &= self.roster.regular[unit][day]
                if free and (starts := starts_of(free, length)):
                    if turn := self.roster.turns[unit].get(skill):
                        starts &= self._starts_with_turn(unit, day, length, *turn)
                        if not starts:
                            continue
                    ours.append((unit, starts))
                    any_unit |= starts
            within &= any_unit
            if not within:
                return 0, able
            able.append(ours)
        return within, able

    def _starts_with_turn(self, unit: int, day: int, length: int, before: int, after: int) -> int:
        """The slots from which a unit can also be set up before and cleaned after, on the same day."""
        return starts_of(self.unheld[unit][day], before + length + after) << before

    def _choose(
        self, able: list[list[tuple[int, int]]], at: int, length: int, day: int
    ) -> tuple[int, ...] | None:
        """Somebody for every need, nobody twice; who has the least room left around it comes first."""
        before, after = at >> 1, at << length
        options = []
        for ours in able:
            ranked = []
            for unit, starts in ours:
                if starts & at:
                    free = self.free[unit][day]
                    room = bool(free & before) + bool(free & after)
                    ranked.append((len(self._skills_of_unit[unit]), room, unit))
            ranked.sort()
            options.append([unit for _, _, unit in ranked])
        firsts = tuple(units[0] for units in options)
        if len(set(firsts)) == len(firsts):
            return firsts
        return next((chosen for chosen in product(*options) if len(set(chosen)) == len(chosen)), None)

    def take(self, units: Sequence[int], held: Sequence[int], day: int) -> None:
        """Take units for a visit, each for the slots it is held."""
        for unit, span in zip(units, held, strict=True):
            self.free[unit][day] &= ~span
            self.there[unit][day] &= ~span
            self.unheld[unit][day] &= ~span
        self._refresh(units, day)

    def give(self, units: Sequence[int], held: Sequence[int], day: int) -> None:
        """Give back what a visit took."""
        for unit, span in zip(units, held, strict=True):
            self.free[unit][day] |= span & self.roster.open[unit][day]
            self.there[unit][day] |= span & self.roster.there[unit][day]
            self.unheld[unit][day] |= span
        self._refresh(units, day)

    def _refresh(self, units: Sequence[int], day: int) -> None:
        if not self._asked:  # every day is to be worked out yet
            return
        for unit in units:
            for skill in self._skills_of_unit[unit]:
                for number in self._alike[skill]:
                    self._stale[number].add(day)

    def keep(self, keeper: str, first: int, last: int, count: int) -> None:
        """Keep a place from one day through another, or with ``count`` -1 give it back."""
        self.kept[keeper][max(first, 0) : last + 1] += count
        self._next_full.pop(keeper, None)

    def next_full(self, keeper: str) -> NDArray[np.int64]:
        """For each day the first day from it on which the keeper has no place left."""
        if keeper not in self._next_full:
            days = self.roster.days
            full = (self.kept[keeper] >= self.roster.places[keeper]) | self.shut[keeper]
            marks = np.where(full, np.arange(days), days)
            self._next_full[keeper] = np.minimum.accumulate(marks[::-1])[::-1]
        return self._next_full[keeper]
