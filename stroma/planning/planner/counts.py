"""The program of ``flow`` in whole numbers: how many have each visit on each day, and then who and when.

CP-SAT improves the counts from the best plan at hand. Counts become patients in the order in which they are ready,
which keeps every lag that any order would keep; the slots within the days are then found on the board.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stroma.planning.planner.chains import PlacedChain
from stroma.planning.planner.flow import Flow
from stroma.planning.planner.instance import Patient
from stroma.planning.planner.roster import Roster

SCALE = 60
"""Points are scaled by this, so that a slot of overtime is a whole number."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A patient's chain and the day of each visit, slots not yet looked at."""

    patient: str
    chain: str
    days: list[int]


class CountSearch:
    """CP-SAT on the counts, in a thread of its own; the best so far can be asked for at any time."""

    def __init__(self, flow: Flow, start: NDArray[np.int64] | None, bound: float) -> None:
        from ortools.sat.python import cp_model  # slow import

        self.flow, self.best = flow, start
        model = cp_model.CpModel()
        variables = [model.new_int_var(0, int(upper), "") for upper in flow.upper]
        rows: list[tuple[list[int], list[int]]] = [([], []) for _ in flow.rows.limit]
        for row, column, value in zip(flow.rows.row, flow.rows.column, flow.rows.value, strict=True):
            rows[row][0].append(column)
            rows[row][1].append(int(value))
        for (columns, values), limit in zip(rows, flow.rows.limit, strict=True):
            if columns:
                terms = cp_model.LinearExpr.weighted_sum([variables[column] for column in columns], values)
                model.add(terms <= int(np.floor(limit + 1e-9)))
        costs = [round(SCALE * cost) for cost in flow.cost]
        priced = [number for number, cost in enumerate(costs) if cost]
        points = cp_model.LinearExpr.weighted_sum([variables[n] for n in priced], [costs[n] for n in priced])
        model.add(points >= int(np.floor(SCALE * (bound - flow.offset) - 1e-3)))
        model.minimize(points)
        if start is not None:
            for variable, value in zip(variables, start, strict=True):
                model.add_hint(variable, int(value))
        self._model, self._variables = model, variables
        self._solver = cp_model.CpSolver()
        self._thread: threading.Thread | None = None
        self.status = "running"
        search = self

        class Keep(cp_model.CpSolverSolutionCallback):
            """Keeps the counts of each better solution."""

            def on_solution_callback(self) -> None:
                search.best = np.array([self.value(variable) for variable in variables], dtype=np.int64)
                search.points = self.objective_value / SCALE + flow.offset

        self.points = float("inf")
        self._keep = Keep()

    def start(self, seconds: float, workers: int, seed: int) -> None:
        """Begin; ``join`` or ``stop`` ends it."""
        parameters = self._solver.parameters
        parameters.max_time_in_seconds = max(0.01, seconds)
        parameters.num_workers = workers
        parameters.random_seed = seed
        parameters.relative_gap_limit = 0.0
        parameters.linearization_level = 1
        # Ctrl-C is the search's business, in the main thread. The solver's own handler belongs to the thread that
        # solves: the signal reaches the main one, finds none there and ends the program.
        parameters.catch_sigint_signal = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self.status = self._solver.status_name(self._solver.solve(self._model, self._keep)).lower()

    def stop(self) -> None:
        """Stop and wait for the end; the best so far stays."""
        self._solver.stop_search()
        if self._thread is not None:
            self._thread.join()


def counts_of(flow: Flow, patients: Sequence[Patient], placed: dict[str, PlacedChain]) -> NDArray[np.int64]:
    """The counts of a plan: a start for the search."""
    values = np.zeros(len(flow.upper), dtype=np.int64)
    for patient in patients:
        whole = placed.get(patient.id)
        if whole is None:
            continue
        at = flow.at[whole.chain, patient.priority]
        for place, visit in enumerate(whole.visits):
            values[np.unique(at[place, visit.day :])] += 1
        share = flow.shares[tuple(patient.chains), whole.chain, patient.priority]
        values[np.unique(share[whole.visits[0].day :])] += 1
    return values


def who_and_when(
    flow: Flow, roster: Roster, patients: Sequence[Patient], counts: NDArray[np.int64]
) -> list[Wanted]:
    """Patients for the counts, the first ready first, those treated earliest first in the list."""
    begun: dict[tuple[str, int], list[tuple[int, Patient]]] = {}
    for chains, priority in {(tuple(p.chains), p.priority) for p in patients}:
        mine = [p for p in patients if tuple(p.chains) == chains and p.priority == priority]
        waiting = sorted(mine, key=lambda patient: (patient.ready_on, patient.id))
        shares = {chain: _at(flow.shares[chains, chain, priority], counts) for chain in chains}
        for day in range(roster.days):
            for chain, share in shares.items():
                for _ in range(int(share[day] - (share[day - 1] if day else 0))):
                    if waiting:
                        begun.setdefault((chain, priority), []).append((day, waiting.pop(0)))
    wanted = []
    for (chain, priority), queue in begun.items():
        queue.sort(key=lambda item: item[0])
        by_visit = [_at(row, counts) for row in flow.at[chain, priority]]
        for number, (_, patient) in enumerate(queue, 1):
            days = [int(np.searchsorted(row, number)) for row in by_visit]
            if max(days) < roster.days:
                wanted.append(Wanted(patient.id, chain, days))
    return sorted(wanted, key=lambda w: w.days[roster.chains[w.chain].treatment])


def _at(variables: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(variables >= 0, counts[np.maximum(variables, 0)], 0)


Progress = Callable[[str, float, float], None]
"""Told the stage, the points of the best plan, and the bound."""
