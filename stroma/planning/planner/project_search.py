"""The shortest schedule of a project: schedules built one task after the other, bred, and CP-SAT for the proof.

Where tasks have one mode and no longest lag, an order of the tasks gives a schedule: each task in turn at the first
time at which it fits. The profile of all resources is one whole number, so that a fit is found in a few operations on
it. Orders are bred, each schedule is pushed to the right and back to the left, and the best is CP-SAT's hint.
"""

import random
import threading
from time import monotonic
from typing import Any

from stroma.planning.planner.project_model import ProjectModel
from stroma.planning.planner.projects import Project, ProjectAnswer, in_order, lower_bound

POPULATION, MUTATION = 100, 0.03
WINDOW = 40
"""Times looked at first for a fit; longer than any task need be."""
PROOF_FIRST, BREEDING = 0.15, 0.6
"""Shares of the time: CP-SAT alone, since most are solved at once; then breeding beside it; then CP-SAT again."""


class Profile:
    """Builds schedules from orders; ``forward`` False builds them from the end of time backwards."""

    def __init__(self, project: Project, horizon: int, *, forward: bool) -> None:
        count = len(project.tasks)
        field = 8 if max(project.capacity, default=0) < 128 else 16
        kinds = 1
        while kinds < len(project.capacity):
            kinds *= 2
        self.width, self.horizon = field * kinds, horizon
        self.folds = [field * kinds >> number for number in range(1, kinds.bit_length())]
        ones = sum(1 << self.width * time for time in range(horizon))
        high = 1 << (field - 1)
        self.high = ones * sum(high << field * kind for kind in range(kinds))
        self.lowest = ones * high
        self.empty = ones * sum(amount << field * kind for kind, amount in enumerate(project.capacity))
        self.window = (1 << self.width * WINDOW) - 1
        self.high_near, self.lowest_near = self.high & self.window, self.lowest & self.window
        self.duration = [modes[0].duration for modes in project.tasks]
        self.asks, self.asks_near, self.takes = [], [], []
        for (mode,), length in zip(project.tasks, self.duration, strict=True):
            amounts = [*mode.demand, *[0] * (kinds - len(mode.demand))]
            need = sum(amount << field * kind for kind, amount in enumerate(amounts))
            ask = ones * sum((high - amount) << field * kind for kind, amount in enumerate(amounts))
            self.asks.append(ask)
            self.asks_near.append(ask & self.window)
            self.takes.append(need * (ones & ((1 << self.width * length) - 1)))
        self.before: list[list[int]] = [[] for _ in range(count)]
        for task, after in enumerate(project.successors):
            for other in after:
                first, second = (task, other) if forward else (other, task)
                self.before[second].append(first)

    def starts(self, order: list[int]) -> list[int] | None:
        """When each task begins, tasks taken in this order; None when the horizon does not suffice."""
        free, width = self.empty, self.width
        starts = [0] * len(order)
        ends = [0] * len(order)
        duration, asks, asks_near, takes = self.duration, self.asks, self.asks_near, self.takes
        before = self.before
        for task in order:
            at = 0
            for other in before[task]:
                at = max(at, ends[other])
            length = duration[task]
            if length:
                seen = (free >> width * at) & self.window
                fits = self._fits(seen + asks_near[task] & self.high_near, self.lowest_near, length)
                if not fits:
                    fits = self._fits((free + asks[task] & self.high) >> width * at, self.lowest, length)
                    if not fits:
                        return None
                at += ((fits & -fits).bit_length() - 1) // width
                free -= takes[task] << width * at
            starts[task], ends[task] = at, at + length
        return starts

    def _fits(self, enough: int, lowest: int, length: int) -> int:
        """The times from which every resource is enough for ``length`` in a row, as marks in the lowest field."""
        for fold in self.folds:
            enough &= enough >> fold
        enough &= lowest
        done = 1
        while done < length:
            step = min(done, length - done)
            enough &= enough >> self.width * step
            done += step
        return enough


class Breeder:
    """Orders of tasks, bred for short schedules."""

    def __init__(self, project: Project, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a search, not a secret
        self.project = project
        self.duration = [modes[0].duration for modes in project.tasks]
        horizon = max(1, sum(self.duration))
        topological = in_order(project)
        first = Profile(project, horizon, forward=True).starts(topological) or []
        length = self._end(first)
        horizon = min(horizon, length + max(self.duration, default=0) + length // 2)
        self.forward = Profile(project, horizon, forward=True)
        self.backward = Profile(project, horizon, forward=False)
        self.best, self.makespan = first, length
        self.tail = self._tails(topological)
        self.followers = project.successors
        self.population: list[tuple[int, list[int]]] = []

    def _end(self, starts: list[int]) -> int:
        return max((start + length for start, length in zip(starts, self.duration, strict=True)), default=0)

    def _tails(self, topological: list[int]) -> list[int]:
        tail = list(self.duration)
        for task in reversed(topological):
            for after in self.project.successors[task]:
                tail[task] = max(tail[task], self.duration[task] + tail[after])
        return tail

    def _sampled(self) -> list[int]:
        """An order in which the longest tails tend to come first."""
        left = [len(before) for before in self.forward.before]
        ready = [task for task, count in enumerate(left) if not count]
        order = []
        while ready:
            some = self.random.sample(ready, min(len(ready), 3))
            task = max(some, key=lambda one: self.tail[one])
            ready.remove(task)
            order.append(task)
            for after in self.followers[task]:
                left[after] -= 1
                if not left[after]:
                    ready.append(after)
        return order

    def justified(self, order: list[int]) -> tuple[int, list[int]] | None:
        """The schedule of an order, pushed to the right and back, as its length and its new order."""
        starts = self.forward.starts(order)
        if starts is None:
            return None
        rank = self._rank(order)
        ends = [start + length for start, length in zip(starts, self.duration, strict=True)]
        mirrored = self.backward.starts(sorted(order, key=lambda task: (-ends[task], -rank[task])))
        if mirrored is not None:
            right = [-(start + length) for start, length in zip(mirrored, self.duration, strict=True)]
            pushed = self.forward.starts(sorted(order, key=lambda task: (right[task], rank[task])))
            if pushed is not None and self._end(pushed) <= self._end(starts):
                starts = pushed
        length = self._end(starts)
        if length < self.makespan:
            self.makespan, self.best = length, starts
        return length, sorted(order, key=lambda task: (starts[task], rank[task]))

    @staticmethod
    def _rank(order: list[int]) -> list[int]:
        rank = [0] * len(order)
        for place, task in enumerate(order):
            rank[task] = place
        return rank

    def _child(self, mother: list[int], father: list[int]) -> list[int]:
        """The mother's order but for a stretch, which comes in the father's."""
        first, last = sorted(self.random.sample(range(len(mother) + 1), 2))
        head, tail = mother[:first], mother[last:]
        outside = set(head) | set(tail)
        child = head + [task for task in father if task not in outside] + tail
        return self._mutated(child)

    def _mutated(self, order: list[int]) -> list[int]:
        for place in range(len(order) - 1):
            if self.random.random() < MUTATION and order[place + 1] not in self.followers[order[place]]:
                order[place], order[place + 1] = order[place + 1], order[place]
        return order

    def run(self, until: float, enough: Any) -> None:
        """Breed until the time, or until ``enough()``."""
        while monotonic() < until and not enough():
            if len(self.population) < POPULATION:
                child = self._sampled()
            else:
                mother, father = (self._picked() for _ in range(2))
                child = self._child(mother, father)
            bred = self.justified(child)
            if bred is None or bred[1] in (order for length, order in self.population if length == bred[0]):
                continue
            self.population.append(bred)
            if len(self.population) > POPULATION:
                self.population.remove(max(self.population, key=lambda one: one[0]))

    def _picked(self) -> list[int]:
        return min(self.random.sample(self.population, 2), key=lambda one: one[0])[1]


def solve_project(project: Project, *, seconds: float, workers: int = 2, seed: int = 1) -> ProjectAnswer:
    """The best schedule found in ``seconds``."""
    began = monotonic()
    model = ProjectModel(project, lower_bound(project))
    if not project.is_plain:
        model.run(seconds, workers, seed)
        return model.answer(monotonic() - began)
    breeder = Breeder(project, seed)
    model.learn(breeder.best, breeder.makespan)
    breeder.run(min(began + 0.02 * seconds, began + 0.3), lambda: breeder.makespan <= model.bound)
    model.learn(breeder.best, breeder.makespan)
    model.run(PROOF_FIRST * seconds, workers, seed)
    if not model.is_closed:
        breeder.makespan = min(breeder.makespan, model.makespan)
        beside = threading.Thread(
            target=model.run, args=((BREEDING - PROOF_FIRST) * seconds, max(1, workers - 1), seed + 1)
        )
        beside.start()
        breeder.run(began + BREEDING * seconds, lambda: min(breeder.makespan, model.makespan) <= model.bound)
        model.stop()
        beside.join()
        model.learn(breeder.best, breeder.makespan)
    left = seconds - (monotonic() - began)
    if not model.is_closed and left > 0:
        model.run(left, workers, seed + 2)
    return model.answer(monotonic() - began)
