"""Projects in the field's classical form: tasks with modes, resources, lags; and what a schedule of one breaks.

Stroma's own instances are ``instance``; these are here so that the planner's ways can be measured on instances that
others have solved. The files they are published in are ``project_files``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to do a task: how long, and what it takes of each resource."""

    duration: int
    demand: tuple[int, ...]
    consumed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Lag:
    """``after`` begins at least ``least`` after ``before`` begins; a negative one is the other's longest lag."""

    before: int
    after: int
    least: int


@dataclass(frozen=True, slots=True)
class Project:
    """Tasks numbered from 0. A precedence lasts the task; ``lags`` are beyond that (RCPSP/max)."""

    name: str
    tasks: tuple[tuple[Mode, ...], ...]
    successors: tuple[tuple[int, ...], ...]
    capacity: tuple[int, ...]
    stock: tuple[int, ...] = ()
    lags: tuple[Lag, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether there is one mode for each task and no longest lag."""
        return not self.lags and not self.stock and all(len(modes) == 1 for modes in self.tasks)

    @property
    def horizon(self) -> int:
        """A time by which a project without longest lags can be over."""
        return sum(max(mode.duration for mode in modes) for modes in self.tasks) + sum(
            max(0, lag.least) for lag in self.lags
        )


@dataclass(frozen=True, slots=True)
class ProjectSchedule:
    """When each task begins and in which mode."""

    starts: tuple[int, ...]
    modes: tuple[int, ...]


@dataclass(slots=True)
class ProjectAnswer:
    """The best schedule and what proves how good it is; no schedule and status infeasible where there is none."""

    status: str
    makespan: int | None
    bound: int
    seconds: float
    schedule: ProjectSchedule | None


def project_faults(project: Project, schedule: ProjectSchedule) -> list[str]:
    """Every rule of a project that a schedule breaks; shares nothing with the search."""
    if len(schedule.starts) != len(project.tasks) or len(schedule.modes) != len(project.tasks):
        return ["not every task is scheduled"]
    faults = []
    modes = []
    for task, (choices, number) in enumerate(zip(project.tasks, schedule.modes, strict=True)):
        if not 0 <= number < len(choices):
            return [f"task {task} has no mode {number}"]
        modes.append(choices[number])
    for task, start in enumerate(schedule.starts):
        if start < 0:
            faults.append(f"task {task} begins before 0")
        faults += [
            f"task {after} begins before task {task} ends"
            for after in project.successors[task]
            if schedule.starts[after] < start + modes[task].duration
        ]
    faults += [
        f"task {lag.after} begins less than {lag.least} after task {lag.before}"
        for lag in project.lags
        if schedule.starts[lag.after] < schedule.starts[lag.before] + lag.least
    ]
    for resource, capacity in enumerate(project.capacity):
        changes: dict[int, int] = {}
        for start, mode in zip(schedule.starts, modes, strict=True):
            changes[start] = changes.get(start, 0) + mode.demand[resource]
            changes[start + mode.duration] = changes.get(start + mode.duration, 0) - mode.demand[resource]
        used = 0
        for time in sorted(changes):
            used += changes[time]
            if used > capacity:
                faults.append(f"resource {resource} is used {used} times at {time}; there are {capacity}")
    for resource, stock in enumerate(project.stock):
        if (used := sum(mode.consumed[resource] for mode in modes)) > stock:
            faults.append(f"stock {resource} is used up: {used} of {stock}")
    return faults


def in_order(project: Project) -> list[int]:
    """The tasks, each after those it follows."""
    left = [0] * len(project.tasks)
    for followers in project.successors:
        for task in followers:
            left[task] += 1
    order = [task for task, count in enumerate(left) if not count]
    for task in order:
        for after in project.successors[task]:
            left[after] -= 1
            if not left[after]:
                order.append(after)
    return order


def lower_bound(project: Project) -> int:
    """The longest path, and the work of each resource over what there is of it."""
    shortest = [min(mode.duration for mode in modes) for modes in project.tasks]
    ends = list(shortest)
    for task in in_order(project):
        for after in project.successors[task]:
            ends[after] = max(ends[after], ends[task] + shortest[after])
    work = [
        -(
            -sum(min(mode.duration * mode.demand[resource] for mode in modes) for modes in project.tasks)
            // capacity
        )
        for resource, capacity in enumerate(project.capacity)
        if capacity
    ]
    return max([0, *ends, *work])
