"""Many schedules of a project at once: of each order of its tasks, each task in turn at the first time it fits.

The orders are built side by side: step k places the kth task of every order, so that the work is done on whole
arrays. What is free at a time is one 32-bit word (or more), a field for each resource; the highest bit of a field
stays set while there is enough, and the times that fit are the bits of one 64-bit word.
"""

import numpy as np
from numpy.typing import NDArray

from stroma.planning.planner.projects import Project

Whole = NDArray[np.int64]

WINDOW = 64
"""Times looked at together for a fit: the bits of a word."""
LONGEST_TASK = 32
"""Tasks that take longer do not leave enough of the window."""


class Batch:
    """Builds schedules from orders; ``forward`` False builds them from the end of time backwards."""

    def __init__(self, project: Project, *, forward: bool) -> None:
        self.duration = np.array([modes[0].duration for modes in project.tasks], dtype=np.int64)
        self.longest = max(1, int(self.duration.max(initial=1)))
        if not project.is_plain or self.longest > LONGEST_TASK:
            raise ValueError(project.name)
        self.horizon = int(self.duration.sum()) + WINDOW + self.longest
        self._read_demand(project)
        self._read_order(project, forward=forward)
        self._read_steps()

    def _read_demand(self, project: Project) -> None:
        most = max([*project.capacity, 0])
        self.bits = 8 if most < 1 << 7 else 16 if most < 1 << 15 else 32
        together = 32 // self.bits
        kinds = range(0, max(1, len(project.capacity)), together)
        self.capacity = [self._packed(project.capacity[kind : kind + together]) for kind in kinds]
        top = 1 << (self.bits - 1)
        self.enough = self._packed([top] * together)
        self.asks: list[NDArray[np.uint32]] = []
        self.takes: list[NDArray[np.uint32]] = []
        for kind in kinds:
            demands = [  # what takes no time needs nothing
                tuple(need if modes[0].duration else 0 for need in modes[0].demand[kind : kind + together])
                for modes in project.tasks
            ]
            asks = [[top - amount for amount in demand] for demand in demands]
            asks = [ask + [top] * (together - len(ask)) for ask in asks]
            self.asks.append(np.array([self._packed(ask) for ask in asks], dtype=np.uint32))
            takes = np.array([self._packed(demand) for demand in demands], dtype=np.uint32)
            lasts = np.arange(self.longest) < self.duration[:, None]
            self.takes.append(takes[:, None] * lasts.astype(np.uint32))

    def _packed(self, amounts: list[int] | tuple[int, ...]) -> np.uint32:
        return np.uint32(sum(amount << self.bits * place for place, amount in enumerate(amounts)))

    def _read_order(self, project: Project, *, forward: bool) -> None:
        """Those that come before each task, filled up with a task that ends at 0."""
        count = len(project.tasks)
        before: list[list[int]] = [[] for _ in range(count)]
        for task, after in enumerate(project.successors):
            for other in after:
                first, second = (task, other) if forward else (other, task)
                before[second].append(first)
        width = max([1, *(len(some) for some in before)])
        self.before = np.array([some + [count] * (width - len(some)) for some in before], dtype=np.int64)

    def _read_steps(self) -> None:
        """The shifts by which fits of one time become fits of the whole task."""
        length, done, steps = np.maximum(self.duration, 1), np.ones_like(self.duration), []
        while (done < length).any():
            step = np.minimum(done, length - done)
            steps.append(step.astype(np.uint64))
            done = done + step
        self.steps = np.array(steps, dtype=np.uint64).reshape(len(steps), len(length))

    def starts(self, orders: Whole) -> Whole:
        """When each task begins; a row of ``orders`` names all tasks, each after those it follows."""
        many, count = orders.shape
        rows = np.arange(many)
        free = [np.full((many, self.horizon + WINDOW), amount, dtype=np.uint32) for amount in self.capacity]
        near = [np.lib.stride_tricks.sliding_window_view(one, WINDOW, axis=1) for one in free]
        taken = [
            np.lib.stride_tricks.sliding_window_view(one, self.longest, axis=1, writeable=True)
            for one in free
        ]
        ends = np.zeros((many, count + 1), dtype=np.int64)
        starts = np.zeros((many, count), dtype=np.int64)
        begin_of_row = rows[:, None] * (count + 1)
        for tasks in np.ascontiguousarray(orders.T):
            at = ends.take(self.before[tasks] + begin_of_row).max(axis=1)
            fits = self._fits(near, rows, at, tasks)
            later = np.flatnonzero(fits == 0)
            while later.size:
                at[later] += WINDOW - self.longest + 1
                found = self._fits(near, later, at[later], tasks[later])
                fits[later] = found
                later = later[found == 0]
            at += np.bitwise_count((fits & -fits) - np.uint64(1))
            starts[rows, tasks] = at
            ends[rows, tasks] = at + self.duration[tasks]
            for span, takes in zip(taken, self.takes, strict=True):
                span[rows, at] -= takes[tasks]
        return starts

    def _fits(
        self, near: list[NDArray[np.uint32]], rows: Whole, at: Whole, tasks: Whole
    ) -> NDArray[np.uint64]:
        """From which of the next times on each task fits, as bits, the soonest lowest."""
        fits = None
        for free, asks in zip(near, self.asks, strict=True):
            seen = free[rows, at]
            seen += asks[tasks][:, None]
            seen &= self.enough
            word = np.packbits((seen == self.enough).ravel(), bitorder="little").view(np.uint64)
            fits = word if fits is None else fits & word
        assert fits is not None
        for step in self.steps[:, tasks]:
            fits = fits & (fits >> step)
        return fits
