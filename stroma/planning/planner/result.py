"""What comes out: a status, the points, the bound that proves how good the plan is, and the plan."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Any

from stroma.planning.planner.anytime import Progress, silent
from stroma.planning.planner.checker import violations
from stroma.planning.planner.explain import Conflict, smallest_conflict
from stroma.planning.planner.instance import Instance, Schedule
from stroma.planning.planner.search import Search

LEAST_SECONDS_TO_EXPLAIN = 30.0
"""Where there is no plan, why there is none is worth more than an answer in time."""


class Status(StrEnum):
    """How far the search came."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NOT_FOUND = "not_found"
    """No plan for all who must have a place was found, and none was proved impossible."""


@dataclass(frozen=True, slots=True)
class Result:
    """A plan with its proof. ``bound`` is a number of points below which no plan can be."""

    status: Status
    objective: float | None
    bound: float
    seconds: float
    first_plan_seconds: float
    schedule: Schedule
    conflict: Conflict | None = None
    stopped: bool = False

    @property
    def gap(self) -> float | None:
        """How far the plan may be from the best, as a fraction of its points."""
        return None if self.objective is None else gap(self.objective, self.bound)

    def document(self) -> dict[str, Any]:
        """As ``stroma plan --json`` writes it."""
        return {
            "format": "stroma.plan-result/1",
            "status": self.status.value,
            "objective": self.objective,
            "bound": round(self.bound, 3),
            "gap": None if self.gap is None else round(self.gap, 6),
            "seconds": round(self.seconds, 3),
            "first_plan_seconds": round(self.first_plan_seconds, 3),
            "stopped": self.stopped,
            "conflict": None if self.conflict is None else self.conflict.document(),
            "schedule": self.schedule.model_dump(mode="json"),
        }


class FaultyPlan(Exception):  # noqa: N818 - named for what happened
    """The search made a plan that the checker rejects: a fault of the program, and nothing is handed out."""


def gap(objective: float, bound: float) -> float:
    """How far a plan may be from the best, as a fraction of the plan's points."""
    return max(0.0, objective - bound) / max(abs(objective), 1e-9)


def plan(
    instance: Instance,
    *,
    seconds: float = 10.0,
    workers: int = 1,
    seed: int = 1,
    progress: Progress = silent,
    clock: Callable[[], float] = monotonic,
) -> Result:
    """The best plan found in ``seconds``, by the clock that is given; it has passed the checker.

    Ctrl-C ends the search early with the best so far. Where somebody who must have a place has none, the smallest set
    of rules that cannot hold together is looked for.
    """
    search = Search(instance, seconds=seconds, workers=workers, seed=seed, progress=progress, clock=clock)
    search.run()
    state = search.state
    schedule = state.schedule()
    conflict = None
    if not state.is_complete:
        conflict = smallest_conflict(
            instance, seconds=max(LEAST_SECONDS_TO_EXPLAIN, seconds), workers=workers
        )
        status = Status.INFEASIBLE if conflict else Status.NOT_FOUND
        return Result(
            status,
            None,
            search.bound,
            search.seconds - search.left,
            search.first_seconds,
            schedule,
            conflict,
            search.stopped,
        )
    if found := violations(instance, schedule):
        raise FaultyPlan("; ".join(str(violation) for violation in found))
    objective = round(state.objective, 6)
    done = objective <= search.bound + 1e-6
    return Result(
        status=Status.OPTIMAL if done else Status.FEASIBLE,
        objective=objective,
        bound=min(search.bound, objective),
        seconds=search.seconds - search.left,
        first_plan_seconds=search.first_seconds,
        schedule=schedule,
        stopped=search.stopped,
    )
