"""The shortest schedule of a project: schedules bred from orders of its tasks, and CP-SAT for the proof.

Where tasks have one mode and no longest lag, an order of the tasks gives a schedule (``project_batch``). Orders are
bred many at a time, each schedule is pushed to the right and back to the left, and a child takes its parent's place
when it is no worse. CP-SAT first tries to prove the best at once, then improves what was bred beside the breeding.
"""

import threading

import numpy as np
from numpy.typing import NDArray

from stroma.planning.planner.anytime import Anytime, Progress, silent
from stroma.planning.planner.project_batch import LONGEST_TASK, Batch, Whole
from stroma.planning.planner.project_model import ProjectModel
from stroma.planning.planner.projects import Project, ProjectAnswer, in_order, lower_bound

POPULATION, MUTATED, NUDGE = 256, 0.3, 0.5
"""Schedules kept; share of tasks whose place in the order is nudged, and by how much of their length at most."""
PROOF_FIRST, EXCHANGE = 0.15, 0.2
"""Shares of the time: CP-SAT alone, since most are solved at once; then how often the two exchange their best."""


class Breeder:
    """Orders of tasks, bred for short schedules."""

    def __init__(self, project: Project, seed: int, population: int = POPULATION) -> None:
        self.random = np.random.default_rng(seed)
        self.forward, self.backward = Batch(project, forward=True), Batch(project, forward=False)
        self.duration, self.count = self.forward.duration, len(project.tasks)
        work = self.duration * np.array(
            [
                sum(need / max(1, there) for need, there in zip(mode.demand, project.capacity, strict=True))
                for (mode,) in project.tasks
            ]
        )
        self.work = work / max(1e-9, float(work.sum()))
        topological = in_order(project)
        self.among_equals = np.empty(self.count)
        self.among_equals[topological] = np.arange(self.count) / self.count * 1e-3
        self.best: list[int] = []
        self.makespan = 10**9
        self.population = population
        self.starts, self.lengths = self._first(self._latest_starts(project, topological))

    def _latest_starts(self, project: Project, topological: list[int]) -> NDArray[np.float64]:
        tail = self.duration.copy()
        for task in reversed(topological):
            for after in project.successors[task]:
                tail[task] = max(tail[task], self.duration[task] + tail[after])
        return np.asarray(tail.max(initial=0) - tail, dtype=np.float64)

    def _first(self, latest: NDArray[np.float64]) -> tuple[Whole, NDArray[np.float64]]:
        """Schedules of orders by latest start, some nudged more than others."""
        shape = (self.population, self.count)
        nudge = self.random.random(shape) * self.random.random((self.population, 1)) * self.duration
        return self.justified(self._order(latest + nudge))

    def _order(self, keys: NDArray[np.float64]) -> Whole:
        return np.argsort(keys + self.among_equals, axis=1)

    def justified(self, orders: Whole) -> tuple[Whole, NDArray[np.float64]]:
        """The schedules of orders, pushed to the right and back, and how long they are.

        Of two equally long, the one whose work is done sooner counts as shorter by less than one: it leaves more room
        at its end.
        """
        left = self.forward.starts(orders)
        rank = self._rank(orders) / self.count * 1e-3
        right = -(self.backward.starts(np.argsort(-(left + self.duration) - rank, axis=1)) + self.duration)
        again = self.forward.starts(np.argsort(right + rank, axis=1))
        length, length_again = self._length(left), self._length(again)
        starts = np.where((length_again <= length)[:, None], again, left)
        lengths = np.minimum(length, length_again)
        shortest = int(lengths.argmin())
        if lengths[shortest] < self.makespan:
            self.makespan, self.best = int(lengths[shortest]), starts[shortest].tolist()
        return starts, lengths + self._lateness(starts, lengths)

    def _length(self, starts: Whole) -> Whole:
        return np.asarray((starts + self.duration).max(axis=1))

    def _lateness(self, starts: Whole, lengths: Whole) -> NDArray[np.float64]:
        return np.asarray(0.99 * ((starts + self.duration) @ self.work) / np.maximum(1, lengths))

    @staticmethod
    def _rank(orders: Whole) -> Whole:
        rank = np.empty_like(orders)
        np.put_along_axis(rank, orders, np.arange(orders.shape[1])[None, :], axis=1)
        return rank

    def learn(self, starts: list[int]) -> None:
        """Take a schedule found elsewhere in place of the worst."""
        found = np.array([starts], dtype=np.int64)
        length = self._length(found)
        if length[0] < self.makespan:
            self.makespan, self.best = int(length[0]), starts
        worst = int(self.lengths.argmax())
        self.starts[worst], self.lengths[worst] = found[0], (length + self._lateness(found, length))[0]

    def breed(self) -> None:
        """One child of each, which takes its mother's place when it is no worse.

        A stretch of the mother's order stays as it is and all else comes in the father's order, or the other way
        round; both keep every task after those it follows.
        """
        many, random = self.population, self.random
        pairs = random.integers(0, many, (many, 2))
        fathers = np.where(self.lengths[pairs[:, 0]] <= self.lengths[pairs[:, 1]], pairs[:, 0], pairs[:, 1])
        mother, father = self._nudged(self.starts), self._nudged(self.starts[fathers])
        cuts = np.sort(random.integers(0, self.count + 1, (many, 2)), axis=1)
        part = (mother >= cuts[:, :1]).astype(np.int64) + (mother >= cuts[:, 1:])
        from_mother = (part == 1) == (random.random((many, 1)) < 0.5)
        children = np.argsort(part * self.count + np.where(from_mother, mother, father), axis=1)
        starts, lengths = self.justified(children)
        better = lengths <= self.lengths
        self.starts[better], self.lengths[better] = starts[better], lengths[better]

    def _nudged(self, starts: Whole) -> Whole:
        """The rank of each task in the order of starts; some begin later in it, yet before they end."""
        nudge = self.random.random(starts.shape) * (self.random.random(starts.shape) < MUTATED) * NUDGE
        return self._rank(self._order(starts + nudge * self.duration))


class ProjectSearch(Anytime):
    """The search (``anytime``) of a project: orders are bred, CP-SAT proves and improves beside them.

    Where tasks have several modes, longest lags or are long, CP-SAT searches alone.
    """

    def __init__(
        self, project: Project, *, seconds: float, workers: int, seed: int, progress: Progress = silent
    ) -> None:
        super().__init__(seconds=seconds, workers=workers, seed=seed, progress=progress)
        self.project = project
        self.model = ProjectModel(project, lower_bound(project))
        self.breeder: Breeder | None = None
        self._beside: threading.Thread | None = None
        self._until = self.began

    @property
    def is_done(self) -> bool:
        """Whether nothing better can be found, or found by breeding."""
        return self.breeder is None or self.model.infeasible or super().is_done

    def first(self) -> None:
        """Schedules of orders by latest start."""
        longest = max((mode.duration for modes in self.project.tasks for mode in modes), default=0)
        if self.project.is_plain and longest <= LONGEST_TASK:
            self.breeder = Breeder(self.project, self.seed)
            self.model.learn(self.breeder.best, self.breeder.makespan)
        self._note()

    def prove(self) -> None:
        """CP-SAT alone, since most are solved at once."""
        share = 1.0 if self.breeder is None else PROOF_FIRST
        self._run_model(min(self.left, share * self.seconds), self.workers, self.seed)
        self._wait()
        self._note()

    def learn(self, *, is_last: bool = False) -> None:
        """Each learns the other's best, now and again; with one worker they take turns."""
        if self.breeder is None or (self.clock() < self._until and not is_last):
            return
        self._wait(stop=True)
        self.model.learn(self.breeder.best, self.breeder.makespan)
        seconds, seed = min(self.left, EXCHANGE * self.seconds), int(self.breeder.random.integers(2**30))
        if self.workers == 1 and seconds > 0 and self._until > self.began:
            self._run_model(seconds / 2, 1, seed)
            self._wait()
        if self.model.schedule is not None and self.model.makespan < self.breeder.makespan:
            self.breeder.learn(list(self.model.schedule.starts))
        self._note()
        if is_last or seconds <= 0:
            return
        self._until = self.clock() + (seconds if self.workers > 1 else seconds / 2)
        if self.workers > 1:
            self._run_model(seconds, self.workers - 1, seed, near_the_best=True)

    def try_again(self) -> None:
        """One child of every order."""
        assert self.breeder is not None
        self.breeder.breed()
        self._note()

    def end(self) -> None:
        """Stop CP-SAT; the model knows the best schedule."""
        self._wait(stop=True)
        if self.breeder is not None:
            self.model.learn(self.breeder.best, self.breeder.makespan)
        self._note()

    def _note(self) -> None:
        bred = self.breeder.makespan if self.breeder is not None else self.model.makespan
        self.best_points, self.bound = min(bred, self.model.makespan), self.model.bound

    def _run_model(self, seconds: float, workers: int, seed: int, *, near_the_best: bool = False) -> None:
        """In a thread of its own, so that Ctrl-C reaches the search."""
        self._beside = threading.Thread(
            target=self.model.run,
            args=(seconds, workers, seed),
            kwargs={"use_lns_only": near_the_best},
            daemon=True,
        )
        self._beside.start()

    def _wait(self, *, stop: bool = False) -> None:
        while self._beside is not None and self._beside.is_alive():
            if stop:  # again, for a solver that had not begun would not have heard it
                self.model.stop()
            self._beside.join(0.02)


def solve_project(
    project: Project, *, seconds: float, workers: int = 2, seed: int = 1, progress: Progress = silent
) -> ProjectAnswer:
    """The best schedule found in ``seconds``; Ctrl-C ends the search with the best so far."""
    search = ProjectSearch(project, seconds=seconds, workers=workers, seed=seed, progress=progress)
    search.run()
    return search.model.answer(search.gone)
