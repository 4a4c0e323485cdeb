"""One patient's whole chain at the least cost on the board as it stands: what a plan is built from.

The visits of a chain hang on each other like a tree, and what a visit costs depends on its day and on the lag from
the visit it follows. So the best days follow from the last visits backwards, exactly, for all days at once. The slots
within the days are found afterwards, in the order of the chain; a day on which that fails is ruled out and the days
are chosen anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from stroma.planning.planner.boards import NEVER, Board
from stroma.planning.planner.instance import Instance, Patient
from stroma.planning.planner.roster import ChainSteps, Roster, Step, bits

POSSIBLE = NEVER / 2
ATTEMPTS, SLOT_TRIES = 12, 60

Prices = Mapping[tuple[str, int], NDArray[np.float64]]
"""By chain and place of the visit, the price of each day beyond its cost."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A visit on the board."""

    day: int
    slot: int
    units: tuple[int, ...]
    held: tuple[int, ...] = ()
    """For each unit the slots for which it is held, with its set-up and cleaning."""


@dataclass(frozen=True, slots=True)
class PlacedChain:
    """A patient's whole chain on the board, what keeps each hold, and what it costs."""

    chain: str
    visits: tuple[Placed, ...]
    keepers: tuple[str, ...]
    cost: float


@dataclass(frozen=True, slots=True)
class Tie:
    """What binds one patient beyond the rules for all: visits that stay, and the plan that stands."""

    stays: Mapping[str, Placed]
    """Visits that were held, are frozen or promised."""
    keepers: Mapping[str, str]
    """What keeps each hold in the plan that stands: it goes on where it can."""
    stands: Mapping[str, Placed]
    """Where the current plan has each visit."""
    chain: str | None = None
    """The chain that has begun."""


def window_minimum(
    values: NDArray[np.float64],
    earliest: int,
    latest: int,
    per_day: float,
    barred_from: NDArray[np.int64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """For each day the least of ``values`` over the days a lag away, and the lag that gives it.

    ``per_day`` is charged for each day of lag; with ``barred_from`` the lag may not reach that day.
    """
    days = len(values)
    padded = np.concatenate((values, np.full(latest, NEVER)))
    lags = np.arange(earliest, latest + 1)
    # The windows one below the other, without a copy: row d is padded[d + earliest : d + latest + 1].
    table = np.ndarray((days, latest - earliest + 1), buffer=padded, offset=8 * earliest, strides=(8, 8))
    if per_day:
        table = table + per_day * lags
    if barred_from is not None:
        table = np.where(np.arange(days)[:, None] + lags >= barred_from[:, None], NEVER, table)
    best = table.argmin(axis=1)
    return table[np.arange(days), best], best + earliest


class ChainFinder:
    """Finds chains on one board."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.roster: Roster = board.roster
        self.instance: Instance = board.roster.instance

    def best(self, patient: Patient, tie: Tie | None, prices: Prices | None = None) -> PlacedChain | None:
        """The cheapest chain that fits on the board; None when there is none."""
        found: list[PlacedChain] = []
        allowed = [tie.chain] if tie and tie.chain else patient.chains
        for chain in (self.roster.chains[name] for name in allowed):
            options = self._keepers(chain)
            placed = self._on_days_and_slots(patient, chain, options, tie, prices)
            if placed is None and any(len(keepers) > 1 for keepers in options):
                # Where no one keeper has a place all along, each is tried on its own.
                each = (
                    self._on_days_and_slots(patient, chain, [[k] for k in keepers], tie, prices)
                    for keepers in product(*options)
                )
                placed = min(filter(None, each), key=lambda one: one.cost, default=None)
            if placed:
                found.append(placed)
        return min(found, key=lambda placed: placed.cost, default=None)

    def _keepers(self, chain: ChainSteps) -> list[list[str]]:
        """For each hold, what could keep it."""
        return [self.roster.keepers[skill] for _, skill, _, _ in chain.holds]

    def _on_days_and_slots(
        self,
        patient: Patient,
        chain: ChainSteps,
        keepers: list[list[str]],
        tie: Tie | None,
        prices: Prices | None,
    ) -> PlacedChain | None:
        barred = np.zeros((len(chain.steps), self.roster.days))
        for _ in range(ATTEMPTS):
            days = self.days(patient, chain, keepers, tie, prices, barred)
            if days is None:
                return None
            kept = tuple(
                self._keeper(options, days[begins], days[ends], tie.keepers.get(hold) if tie else None)
                for options, (hold, _, begins, ends) in zip(keepers, chain.holds, strict=True)
            )
            if not all(kept):
                return None
            placed = _Slots(self.board, chain, days, tie).run()
            if isinstance(placed, int):
                barred[placed, days[placed]] = NEVER
                continue
            return PlacedChain(chain.id, placed, kept, self.cost(patient, chain, placed, tie))
        return None

    def on_days(
        self, patient: Patient, chain: ChainSteps, days: list[int], tie: Tie | None
    ) -> PlacedChain | None:
        """The chain on the days given, where the patient, slots and places allow it."""
        begins = {step.id: self.roster.date_of(day) for step, day in zip(chain.steps, days, strict=True)}
        if any(begins[visit] < moment for visit, moment in patient.not_before.items() if visit in begins):
            return None
        kept = tuple(
            self._keeper(options, days[begins], days[ends], tie.keepers.get(hold) if tie else None)
            for options, (hold, _, begins, ends) in zip(self._keepers(chain), chain.holds, strict=True)
        )
        placed = _Slots(self.board, chain, days, tie).run() if all(kept) else 0
        if isinstance(placed, int):
            return None
        return PlacedChain(chain.id, placed, kept, self.cost(patient, chain, placed, tie))

    def _keeper(self, options: list[str], first: int, last: int, was: str | None) -> str:
        """What keeps it now, else the fullest that has a place from one day through another; empty when none has."""
        able = [keeper for keeper in options if self.board.next_full(keeper)[first] > last]
        if was in able:
            return was
        return max(able, key=lambda keeper: self.board.kept[keeper][first:last].sum(), default="")

    def days(
        self,
        patient: Patient,
        chain: ChainSteps,
        keepers: list[list[str]],
        tie: Tie | None,
        prices: Prices | None,
        barred: NDArray[np.float64] | None = None,
    ) -> list[int] | None:
        """The day of each visit in the cheapest chain, before slots are looked at; None when there is none."""
        totals = self._day_costs(patient, chain, tie, prices)
        if barred is not None:
            totals += barred
        until_full = self._until_full(chain, keepers)
        lags: list[NDArray[np.int64] | None] = [None] * len(chain.steps)
        for place in range(len(chain.steps) - 1, -1, -1):
            step = chain.steps[place]
            if step.after >= 0:
                age = self._age_cost(chain, place)
                least, lags[place] = window_minimum(
                    totals[place], step.earliest, step.latest, age, until_full.get(place)
                )
                totals[step.after] += least
        first = int(totals[0].argmin())
        if totals[0][first] >= POSSIBLE:
            return None
        days = [first]
        for place, step in enumerate(chain.steps[1:], 1):
            lag = lags[place]
            days.append(days[step.after] + (int(lag[days[step.after]]) if lag is not None else 0))
        return days

    def _age_cost(self, chain: ChainSteps, place: int) -> float:
        """Points for each day of this visit's lag, where it is an age of the cells."""
        on_the_way = self._product_way(chain)
        return float(self.instance.objective.cell_age_per_day) if place in on_the_way else 0.0

    @staticmethod
    def _product_way(chain: ChainSteps) -> list[int]:
        if chain.product_from < 0:
            return []
        way, at = [], chain.treatment
        while at not in (chain.product_from, -1):
            way.append(at)
            at = chain.steps[at].after
        return way

    def _until_full(self, chain: ChainSteps, keepers: list[list[str]]) -> dict[int, NDArray[np.int64]]:
        until: dict[int, NDArray[np.int64]] = {}
        for hold, options in enumerate(keepers):
            full = np.maximum.reduce([self.board.next_full(keeper) for keeper in options])
            for place in chain.held_edges(hold):
                until[place] = np.minimum(until[place], full) if place in until else full
        return until

    def _day_costs(
        self, patient: Patient, chain: ChainSteps, tie: Tie | None, prices: Prices | None
    ) -> NDArray[np.float64]:
        days = self.roster.days
        totals = np.empty((len(chain.steps), days))
        ready = self.roster.day_of(patient.ready_on)
        for place, step in enumerate(chain.steps):
            stays = tie.stays.get(step.id) if tie else None
            if stays is not None:
                totals[place] = NEVER
                totals[place][stays.day] = 0
                continue
            totals[place] = self.board.costs(step.needs, step.length)
            if prices is not None and (price := prices.get((chain.id, place))) is not None:
                totals[place] += price
            if tie and step.id in tie.stands:
                totals[place] += self.instance.objective.moved_visit
                totals[place][tie.stands[step.id].day] -= self.instance.objective.moved_visit
        for visit, moment in patient.not_before.items():
            for place, step in enumerate(chain.steps):
                if step.id == visit and not (tie and visit in tie.stays):
                    totals[place][: max(0, self.roster.day_of(moment))] = NEVER
        if ready > 0 and not (tie and chain.steps[0].id in tie.stays):
            totals[0][:ready] = NEVER
        wait = self.instance.objective.wait_weight(patient.priority)
        totals[chain.treatment] += wait * (np.arange(days) - ready)
        return totals

    def cost(self, patient: Patient, chain: ChainSteps, visits: tuple[Placed, ...], tie: Tie | None) -> float:
        """What this chain adds to the plan's points."""
        points = self.instance.objective
        treated = visits[chain.treatment].day
        total = float(points.wait_weight(patient.priority) * (treated - self.roster.day_of(patient.ready_on)))
        if chain.product_from >= 0:
            total += points.cell_age_per_day * (treated - visits[chain.product_from].day)
        for step, placed in zip(chain.steps, visits, strict=True):
            total += self.board.overtime_slot * self.board.overtime_slots(
                placed.units, step.length, placed.day, placed.slot
            )
            if tie and step.id in tie.stands:
                stood = tie.stands[step.id]
                total += points.moved_visit * ((stood.day, stood.slot) != (placed.day, placed.slot))
        return total

    def put(self, placed: PlacedChain, tie: Tie | None, *, count: int = 1) -> None:
        """Take what the chain takes, or with ``count`` -1 give it back; what stays is neither taken nor given."""
        chain = self.roster.chains[placed.chain]
        act = self.board.take if count > 0 else self.board.give
        for step, visit in zip(chain.steps, placed.visits, strict=True):
            if not (tie and step.id in tie.stays):
                act(visit.units, visit.held, visit.day)
        for (_, _, begins, ends), keeper in zip(chain.holds, placed.keepers, strict=True):
            self.board.keep(keeper, placed.visits[begins].day, placed.visits[ends].day, count)


class _Slots:
    """Slots for the visits of a chain whose days are known, in the chain's order, going back where minutes bind."""

    def __init__(self, board: Board, chain: ChainSteps, days: list[int], tie: Tie | None) -> None:
        self.board, self.chain, self.days, self.tie = board, chain, days, tie
        self.tries = SLOT_TRIES
        self.furthest = 0

    def run(self) -> tuple[Placed, ...] | int:
        """The visits, or the place of the one that could not be put."""
        placed = self._place(0, [])
        return self.furthest if placed is None else tuple(placed)

    def _place(self, place: int, so_far: list[Placed]) -> list[Placed] | None:
        if place == len(self.chain.steps):
            return so_far
        self.furthest = max(self.furthest, place)
        binds = any(
            step.after == place and (step.at_most is not None or self.days[number] == self.days[place])
            for number, step in enumerate(self.chain.steps)
        )
        for option in self._options(place, so_far):
            outcome = self._place(place + 1, [*so_far, option])
            self.tries -= 1
            if outcome is not None or not binds or self.tries < 0:
                return outcome
        return None

    def _options(self, place: int, so_far: list[Placed]) -> Iterator[Placed]:
        step, day = self.chain.steps[place], self.days[place]
        within = self._within(place, so_far)
        stays = self.tie.stays.get(step.id) if self.tie else None
        if stays is not None:
            if within >> stays.slot & 1:
                yield stays
            return
        beside = []
        for number, other in enumerate(so_far):
            if other.day == day:
                apart = self._apart(step, other)
                past = other.slot + self.chain.steps[number].length + apart
                beside.append(bits(max(0, other.slot - step.length - apart + 1), past))
        for taken in beside:
            within &= ~taken  # a patient, and cells, are in one place at a time
        if self.tie and (stood := self.tie.stands.get(step.id)) is not None and stood.day == day:
            found = self.board.find(step.needs, step.length, day, within & (1 << stood.slot))
            if found:
                yield Placed(day, *found)
        while within and (found := self.board.find(step.needs, step.length, day, within)):
            yield Placed(day, *found)
            within &= ~bits(0, found[0] + 1)

    def _apart(self, step: Step, other: Placed) -> int:
        """The slots between two visits of the chain that might take the same thing: its cleaning and its set-up."""
        roster = self.board.roster
        turns = [
            turn
            for unit in other.units
            if roster.turns[unit] and not roster.skills_of[unit].isdisjoint(step.needs)
            for turn in roster.turns[unit].values()
        ]
        return max((before for before, _ in turns), default=0) + max((after for _, after in turns), default=0)

    def _within(self, place: int, so_far: list[Placed]) -> int:
        """The slots at which the visit keeps its minutes from the one it follows."""
        step = self.chain.steps[place]
        if step.after < 0:
            return bits(0, self.board.roster.slots)
        before = so_far[step.after]
        ended = before.slot + self.chain.steps[step.after].length
        away = (self.days[place] - before.day) * self.board.roster.slots
        first = ended + step.at_least - away
        past = self.board.roster.slots if step.at_most is None else ended + step.at_most - away + 1
        return bits(max(0, first), min(past, self.board.roster.slots)) if past > max(0, first) else 0
