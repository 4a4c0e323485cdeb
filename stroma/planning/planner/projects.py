"""Projects in the field's classical form: tasks with modes, resources, lags; and the files they are published in.

PSPLIB (``.sm``, ``.mm``, ``.jsonl``), RCPSP/max (``.sch``), multi-project (``.rcmp``). A multi-project file becomes one
project whose end is the end of the last. Stroma's own instances are ``instance``; these are here so that the planner's
parts can be measured on instances that others have solved.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from stroma.protocols.domain.problem import BadInput, Problem


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


def read_projects(path: Path) -> list[Project]:
    """The projects of a file. Raises BadInput when it has none of the known forms."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        match path.suffix:
            case ".jsonl":
                return [_from_json(line) for line in text.splitlines() if line.strip()]
            case ".sch":
                return [_from_sch(path.stem, text)]
            case ".rcmp":
                return [_from_rcmp(path.stem, text)]
            case ".sm" | ".mm" | ".txt":
                return [_from_psplib(path.stem, text)]
    except OSError as error:
        raise BadInput([Problem("unreadable", f"cannot be read: {error.strerror}", str(path))]) from error
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise BadInput(
            [Problem("project_fault", f"does not have the form of {path.suffix}", str(path))]
        ) from error
    raise BadInput([Problem("project_fault", "is none of .sm, .mm, .txt, .sch, .rcmp, .jsonl", str(path))])


def _from_json(line: str) -> Project:
    document = json.loads(line)
    tasks = tuple(
        (Mode(duration, tuple(demand)),)
        for duration, demand in zip(document["duration"], document["demand"], strict=True)
    )
    successors = tuple(tuple(after) for after in document["successors"])
    return Project(document["name"], tasks, successors, tuple(document["capacity"]))


def _from_psplib(name: str, text: str) -> Project:
    """The Kolisch and Sprecher format: precedence, then a line for each mode, then what there is."""
    renewable = int(re.findall(r"- renewable\s*:\s*(\d+)", text)[0])
    stocks = int(re.findall(r"- nonrenewable\s*:\s*(\d+)", text)[0])
    part = re.split(
        r"^.*(?:PRECEDENCE RELATIONS|REQUESTS/DURATIONS|RESOURCE ?AVAILABILITIES).*$",
        text,
        flags=re.MULTILINE,
    )
    successors = []
    for row in _numbers(part[1]):
        successors.append(tuple(job - 1 for job in row[3 : 3 + row[2]]))
    tasks: list[list[Mode]] = []
    width = 2 + renewable + stocks
    for row in _numbers(part[2]):
        if len(row) == width + 1:
            tasks.append([])
        values = row[-width:]
        demand = tuple(values[2 : 2 + renewable])
        tasks[-1].append(Mode(values[1], demand, tuple(values[2 + renewable :])))
    available = _numbers(part[3])[-1]
    if len(tasks) != len(successors):
        raise ValueError(name)
    return Project(
        name,
        tuple(tuple(modes) for modes in tasks),
        tuple(successors),
        tuple(available[:renewable]),
        tuple(available[renewable : renewable + stocks]),
    )


def _numbers(text: str) -> list[list[int]]:
    rows = [line.split() for line in text.splitlines()]
    return [[int(word) for word in row] for row in rows if row and all(word.isdigit() for word in row)]


def _from_sch(name: str, text: str) -> Project:
    """ProGen/max: successors with their lags in brackets, from start to start."""
    lines = [line.split() for line in text.splitlines() if line.split()]
    count = int(lines[0][0]) + 2
    lags, tasks = [], []
    for line in lines[1 : 1 + count]:
        number = int(line[2])
        before, after = int(line[0]), [int(word) for word in line[3 : 3 + number]]
        least = [int(word.strip("[]")) for word in line[3 + number :]]
        lags += [Lag(before, task, lag) for task, lag in zip(after, least, strict=True)]
    for line in lines[1 + count : 1 + 2 * count]:
        tasks.append((Mode(int(line[2]), tuple(int(word) for word in line[3:])),))
    capacity = tuple(int(word) for word in lines[1 + 2 * count])
    return Project(name, tuple(tasks), tuple(() for _ in tasks), capacity, lags=tuple(lags))


def _from_rcmp(name: str, text: str) -> Project:
    """MPLIB: projects one after the other, successors written as project:task."""
    words = iter(text.split())
    projects, resources = int(next(words)), int(next(words))
    capacity = tuple(int(next(words)) for _ in range(resources))
    tasks: list[tuple[Mode, ...]] = []
    follow: list[list[str]] = []
    first = []
    for _ in range(projects):
        count, release = int(next(words)), int(next(words))
        if release:
            raise ValueError(name)
        for _ in range(resources):
            next(words)
        first.append(len(tasks))
        for _ in range(count):
            duration = int(next(words))
            tasks.append((Mode(duration, tuple(int(next(words)) for _ in range(resources))),))
            follow.append([next(words) for _ in range(int(next(words)))])
    successors = tuple(
        tuple(
            first[int(project) - 1] + int(task) - 1 for project, task in (word.split(":") for word in after)
        )
        for after in follow
    )
    return Project(name, tuple(tasks), successors, capacity)


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
