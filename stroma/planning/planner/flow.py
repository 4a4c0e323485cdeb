"""The whole clinic at the grain of days as one linear program: a bound for every plan, the price of each scarce day.

Patients of the same chain and priority are alike but for the day they are ready, so they are counted, not named: a
variable says how many of them have had a visit by the end of a day. A lag is then two inequalities between counts (in
the order of arrival everybody keeps the lag whenever anybody can), a held place is a difference of counts, and what a
day waited or a day of age costs is a sum over days. This is the column model (one column for each whole chain of each
patient) with the columns summed up: its linear relaxation is as tight, and at 400 patients it is solved in about a
second. Every plan that the checker accepts is a solution, so its optimum is a true bound.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stroma.planning.planner.chains import Prices
from stroma.planning.planner.instance import Patient
from stroma.planning.planner.roster import ChainSteps, Roster

Group = tuple[str, int]
"""Those of one chain and one priority."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What patients outside the program take of it: minutes by skill and day, places by skill and day."""

    slots: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    places: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlowAnswer:
    """The bound, the prices that prove it, and for each group the counts by visit and day."""

    bound: float
    prices: Prices
    counts: Mapping[Group, NDArray[np.float64]]
    waiting: float
    """How many patients at the least find no place, were anything else given up for it."""


class _Rows:
    """Rows ``sum of coefficient * variable <= limit``, gathered."""

    def __init__(self) -> None:
        self.row: list[int] = []
        self.column: list[int] = []
        self.value: list[float] = []
        self.limit: list[float] = []

    def add(self, terms: Iterable[tuple[int, float]], limit: float) -> int:
        """Add a row; returns its number. Variable -1 is nothing."""
        number = len(self.limit)
        for column, value in terms:
            if column >= 0:
                self.row.append(number)
                self.column.append(column)
                self.value.append(value)
        self.limit.append(limit)
        return number


class Flow:
    """The program for patients who are not tied to anything yet; build once, solve, read."""

    def __init__(self, roster: Roster, patients: Sequence[Patient], taken: Usage | None = None) -> None:
        self.roster, self.patients = roster, patients
        self.taken = taken or Usage()
        self.days = roster.days
        self.rows = _Rows()
        self.upper: list[float] = []
        self.cost: list[float] = []
        self.offset = 0.0
        self.at: dict[Group, NDArray[np.int64]] = {}
        self.shares: dict[tuple[tuple[str, ...], str, int], NDArray[np.int64]] = {}
        """By the chains that would do, the chain taken, and the priority: how many have begun."""
        self.capacity_rows: dict[tuple[str, int], int] = {}
        self.whole_rows: dict[tuple[str, int, int], int] = {}
        self._solver: Any = None
        self._interrupted = False
        self._uses_found: dict[tuple[str, int], list[tuple[int, int, int]]] | None = None
        self.place_rows: dict[tuple[str, int], int] = {}
        kinds = Counter((tuple(patient.chains), patient.priority) for patient in patients)
        self.groups = sorted({(chain, priority) for chains, priority in kinds for chain in chains})
        for group in self.groups:
            self._count_visits(
                group, sum(n for (chains, p), n in kinds.items() if p == group[1] and group[0] in chains)
            )
        self._arrive(kinds)
        self._skills_have_only_so_many_slots()
        self._keepers_have_only_so_many_places()

    def _variable(self, upper: float, cost: float = 0.0) -> int:
        self.upper.append(upper)
        self.cost.append(cost)
        return len(self.upper) - 1

    def _count_visits(self, group: Group, size: int) -> None:
        """A visit follows the one before it by no fewer and no more days than its lag."""
        chain = self.roster.chains[group[0]]
        at = np.full((len(chain.steps), self.days), -1, dtype=np.int64)
        for place, step in enumerate(chain.steps):
            last = -1
            for day in range(self.days):
                if self.roster.can_open(step.needs, step.length, day):
                    new = self._variable(size)
                    self.rows.add([(last, 1.0), (new, -1.0)], 0.0)
                    last = new
                at[place, day] = last
        for place, step in enumerate(chain.steps[1:], 1):
            mine, before = at[place], at[step.after]
            for day in range(self.days):
                if day == 0 or mine[day] != mine[day - 1]:
                    self.rows.add([(mine[day], 1.0), (self._by(before, day - step.earliest), -1.0)], 0.0)
                due = min(day + step.latest, self.days - 1)
                if day == 0 or before[day] != before[day - 1] or day == self.days - 1:
                    self.rows.add([(before[day], 1.0), (mine[due], -1.0)], 0.0)
        self.at[group] = at
        self._charge(group, chain)

    @staticmethod
    def _by(counts: NDArray[np.int64], day: int) -> int:
        return int(counts[day]) if day >= 0 else -1

    def _charge(self, group: Group, chain: ChainSteps) -> None:
        """A day waited costs by priority, a day of the cells' age costs the same for all."""
        points = self.roster.instance.objective
        per_day = dict.fromkeys(range(len(chain.steps)), 0.0)
        per_day[chain.treatment] += points.wait_weight(group[1])
        if chain.product_from >= 0:
            per_day[chain.treatment] += points.cell_age_per_day
            per_day[chain.product_from] -= points.cell_age_per_day
        for place, rate in per_day.items():
            # The sum of the days of all visits is days * all of them less the counts by the end of each earlier day.
            for day in range(self.days):
                if rate and self.at[group][place, day] >= 0:
                    self.cost[self.at[group][place, day]] -= rate
        last = self.at[group][chain.treatment, self.days - 1]
        if last >= 0:
            self.cost[last] -= points.waiting_patient
            if chain.product_from >= 0:
                end = self.at[group][chain.product_from, self.days - 1]
                self.cost[last] += points.cell_age_per_day * self.days
                self.cost[end] -= points.cell_age_per_day * self.days

    def _arrive(self, kinds: Mapping[tuple[tuple[str, ...], int], int]) -> None:
        """Nobody begins before being ready, and each takes one of the chains that would do."""
        points = self.roster.instance.objective
        begun: dict[Group, list[NDArray[np.int64]]] = defaultdict(list)
        for (chains, priority), size in kinds.items():
            mine = [p for p in self.patients if tuple(p.chains) == chains and p.priority == priority]
            ready = np.zeros(self.days)
            for patient in mine:
                day = self.roster.day_of(patient.ready_on)
                ready[max(day, 0) :] += 1
                self.offset += points.waiting_patient + points.wait_weight(priority) * (self.days - day)
            shares = [self._share(chain, priority, size) for chain in chains]
            for chain, share in zip(chains, shares, strict=True):
                begun[chain, priority].append(share)
                self.shares[chains, chain, priority] = share
            for day in range(self.days):
                self.rows.add([(int(share[day]), 1.0) for share in shares], float(ready[day]))
        for group, parts in begun.items():
            root = self.at[group][0]
            for day in range(self.days):
                if day == 0 or root[day] != root[day - 1]:
                    terms = [(int(part[day]), -1.0) for part in parts]
                    self.rows.add([(int(root[day]), 1.0), *terms], 0.0)

    def _share(self, chain: str, priority: int, size: int) -> NDArray[np.int64]:
        root = self.at[chain, priority][0]
        share = np.full(self.days, -1, dtype=np.int64)
        for day in range(self.days):
            if root[day] < 0:
                continue
            if day and root[day] == root[day - 1]:
                share[day] = share[day - 1]
                continue
            share[day] = self._variable(size)
            if day and share[day - 1] >= 0:
                self.rows.add([(int(share[day - 1]), 1.0), (int(share[day]), -1.0)], 0.0)
        return share

    def _uses(self) -> Mapping[tuple[str, int], list[tuple[int, int, int]]]:
        """By skill and day: the counts whose difference is the visits of that day, their signs, the length."""
        if self._uses_found is None:
            uses: dict[tuple[str, int], list[tuple[int, int, int]]] = defaultdict(list)
            for group, at in self.at.items():
                for place, step in enumerate(self.roster.chains[group[0]].steps):
                    for day in range(self.days):
                        before = self._by(at[place], day - 1)
                        if at[place, day] >= 0 and at[place, day] != before:
                            for skill in step.needs:
                                uses[skill, day] += [
                                    (int(at[place, day]), 1, step.length),
                                    (before, -1, step.length),
                                ]
            self._uses_found = uses
        return self._uses_found

    def _skills_have_only_so_many_slots(self) -> None:
        """On no day is more asked of those with a skill than their hours, and overtime costs."""
        points = self.roster.instance.objective
        for (skill, day), uses in self._uses().items():
            units = self.roster.units_with[skill]
            free = [self.roster.open[unit][day].bit_count() for unit in units]
            regular = [
                (self.roster.open[unit][day] & self.roster.regular[unit][day]).bit_count() for unit in units
            ]
            used = float(self.taken.slots[skill][day]) if skill in self.taken.slots else 0.0
            over = self._variable(
                max(0.0, sum(free) - max(used, sum(regular))),
                points.overtime_per_hour * self.roster.slot / 60,
            )
            terms = [(column, sign * length) for column, sign, length in uses]
            self.capacity_rows[skill, day] = self.rows.add(
                [*terms, (over, -1.0)], max(0.0, sum(regular) - used)
            )
            if not used:
                self._only_whole_visits_fit(skill, day, over, free, regular)

    def _only_whole_visits_fit(
        self, skill: str, day: int, over: int, free: list[int], regular: list[int]
    ) -> None:
        """Hours left over between visits are lost: five half-hours take two visits of an hour, not two and a half."""
        uses = self._uses()[skill, day]
        for length in sorted({length for _, _, length in uses if length > 1}):
            whole = sum(hours // length for hours in regular)
            if whole * length == sum(regular):
                continue
            terms = [(column, sign * (long // length)) for column, sign, long in uses if long >= length]
            more = self._variable(sum(hours // length for hours in free) - whole)
            self.whole_rows[skill, day, length] = self.rows.add([*terms, (more, -1.0)], float(whole))
            # Each visit beyond the whole ones asks for at least this much overtime of somebody.
            least = min(length - hours % length for hours in regular)
            self.rows.add([(more, float(least)), (over, -1.0)], 0.0)

    def _keepers_have_only_so_many_places(self) -> None:
        """On no day are more places kept than there are."""
        held: dict[str, list[tuple[Group, int, int]]] = defaultdict(list)
        for group in self.groups:
            for _, skill, begins, ends in self.roster.chains[group[0]].holds:
                held[skill].append((group, begins, ends))
        for skill, holds in held.items():
            for day in range(self.days):
                places = sum(
                    self.roster.places[k] for k in self.roster.keepers[skill] if self.roster.days_of[k][day]
                )
                used = float(self.taken.places[skill][day]) if skill in self.taken.places else 0.0
                terms = [
                    term
                    for group, begins, ends in holds
                    for term in (
                        (self._by(self.at[group][begins], day), 1.0),
                        (self._by(self.at[group][ends], day - 1), -1.0),
                    )
                ]
                self.place_rows[skill, day] = self.rows.add(terms, max(0.0, places - used))

    def solve(self, seconds: float) -> FlowAnswer | None:
        """The optimum of the program, or None when ``seconds`` did not suffice."""
        from ortools.linear_solver.python import model_builder_helper  # slow import
        from scipy.sparse import csr_matrix  # slow import

        rows, columns = len(self.rows.limit), len(self.upper)
        program: Any = model_builder_helper.ModelBuilderHelper()
        program.fill_model_from_sparse_data(
            np.zeros(columns),
            np.array(self.upper, dtype=float),
            np.array(self.cost, dtype=float),
            np.full(rows, -np.inf),
            np.array(self.rows.limit, dtype=float),
            csr_matrix((self.rows.value, (self.rows.row, self.rows.column)), shape=(rows, columns)),
        )
        self._solver = solver = model_builder_helper.ModelSolverHelper("glop")
        solver.set_solver_specific_parameters("use_dual_simplex:true")
        solver.set_time_limit_in_seconds(seconds)
        if self._interrupted:
            return None
        solver.solve(program)
        if not solver.has_solution() or solver.status() != model_builder_helper.SolveStatus.OPTIMAL:
            return None
        values = np.asarray(solver.variable_values())
        counts = {group: np.where(at >= 0, values[np.maximum(at, 0)], 0.0) for group, at in self.at.items()}
        placed = sum(
            float(counts[group][self.roster.chains[group[0]].treatment, -1]) for group in self.groups
        )
        return FlowAnswer(
            bound=float(solver.objective_value()) + self.offset,
            prices=self.prices(-np.asarray(solver.dual_values())),
            counts=counts,
            waiting=max(0.0, len(self.patients) - placed),
        )

    def interrupt(self) -> None:
        """End a solve that runs in another thread; it then has no answer."""
        self._interrupted = True
        if self._solver is not None:
            self._solver.interrupt_solve()

    def prices(self, marginals: NDArray[np.float64]) -> dict[tuple[str, int], NDArray[np.float64]]:
        """What each visit of each chain takes of scarce days, in points, by day."""
        lengths = sorted({step.length for chain in self.roster.chains.values() for step in chain.steps})
        visit_price = {(s, n): np.zeros(self.days) for s in self.roster.units_with for n in lengths}
        place_price = {skill: np.zeros(self.days) for skill in self.roster.keepers}
        for (skill, day), row in self.capacity_rows.items():
            for length in lengths:
                visit_price[skill, length][day] += length * marginals[row]
        for (skill, day, whole), row in self.whole_rows.items():
            for length in lengths:
                visit_price[skill, length][day] += length // whole * marginals[row]
        for (skill, day), row in self.place_rows.items():
            place_price[skill][day] = marginals[row]
        priced: dict[tuple[str, int], NDArray[np.float64]] = {}
        for chain in self.roster.chains.values():
            for place, step in enumerate(chain.steps):
                priced[chain.id, place] = sum(
                    (visit_price[s, step.length] for s in step.needs), np.zeros(self.days)
                )
            for _, skill, begins, ends in chain.holds:
                until = np.cumsum(place_price[skill])
                priced[chain.id, begins] = priced[chain.id, begins] - (until - place_price[skill])
                priced[chain.id, ends] = priced[chain.id, ends] + until
        return priced
