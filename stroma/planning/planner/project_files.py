"""The files in which projects are published, read into ``projects``.

PSPLIB (``.sm``, ``.mm``, ``.txt``), RCPSP/max (``.sch``), multi-project (``.rcmp``), and one JSON object a line
(``.jsonl``). The projects of a multi-project file become one whose end is the end of the last. What cannot be read
is refused with its line.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from stroma.planning.planner.projects import Lag, Mode, Project, in_order
from stroma.protocols.domain.problem import BadInput, Problem


class _Fault(Exception):  # noqa: N818 - never leaves this module
    """What stops the reading of a file, and where."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.message, self.line = message, line
        super().__init__(message)


@dataclass(slots=True)
class _Draft:
    """A project as it was read, with the line of each task and of each follower."""

    name: str
    tasks: list[list[Mode]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    successors: list[list[int]] = field(default_factory=list)
    order_lines: list[int] = field(default_factory=list)
    capacity: list[int] = field(default_factory=list)
    stock: list[int] = field(default_factory=list)
    lags: list[Lag] = field(default_factory=list)

    def faults(self) -> Iterator[_Fault]:
        """What the numbers say that cannot be."""
        count = len(self.tasks)
        if len(self.successors) != count:
            yield _Fault(f"has durations of {count} tasks and followers of {len(self.successors)}")
            return
        for task, modes in enumerate(self.tasks):
            for mode in modes:
                if min(mode.duration, *mode.demand, *mode.consumed, 0) < 0:
                    yield _Fault(f"task {task + 1} has a negative number", self.lines[task])
            if not any(self._is_possible(mode) for mode in modes):
                yield _Fault(f"task {task + 1} needs more of a resource than there is", self.lines[task])
        beyond = False
        for task, after in enumerate(self.successors):
            for other in after:
                if not 0 <= other < count:
                    beyond = True
                    yield _Fault(
                        f"task {other + 1} follows task {task + 1}; there are {count} tasks",
                        self.order_lines[task],
                    )
        if not beyond and len(in_order(self.project())) < count:
            yield _Fault("some tasks follow each other in a circle")

    def _is_possible(self, mode: Mode) -> bool:
        return all(need <= there for need, there in zip(mode.demand, self.capacity, strict=True))

    def project(self) -> Project:
        return Project(
            self.name,
            tuple(tuple(modes) for modes in self.tasks),
            tuple(tuple(after) for after in self.successors),
            tuple(self.capacity),
            tuple(self.stock),
            tuple(self.lags),
        )


def read_projects(path: Path) -> list[Project]:
    """The projects of a file. Raises BadInput with every fault that could be seen."""
    readers = {".sch": _from_sch, ".rcmp": _from_rcmp, ".sm": _from_psplib, ".mm": _from_psplib}
    readers |= {".txt": _from_psplib}
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadInput([Problem("unreadable", f"cannot be read: {error.strerror}", str(path))]) from error
    problems: list[Problem] = []
    drafts: list[_Draft] = []
    if path.suffix == ".jsonl":
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                _read(partial(_from_json, line, number), path, drafts, problems)
    elif path.suffix in readers:
        _read(partial(readers[path.suffix], path.stem, _Words(text)), path, drafts, problems)
    else:
        problems.append(Problem("project_fault", "is none of .sm, .mm, .txt, .sch, .rcmp, .jsonl", str(path)))
    if problems:
        raise BadInput(problems)
    return [draft.project() for draft in drafts]


def _read(reader: Callable[[], _Draft], path: Path, drafts: list[_Draft], problems: list[Problem]) -> None:
    """Read one project, or note what is wrong with it."""
    try:
        draft = reader()
        faults = list(draft.faults())
    except _Fault as fault:
        faults = [fault]
    else:
        drafts.append(draft)
    problems += [Problem("project_fault", fault.message, str(path), line=fault.line) for fault in faults]


class _Words:
    """The words of a file with their lines."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.rows = [
            (number, line.split()) for number, line in enumerate(self.lines, start=1) if line.split()
        ]
        self.place = 0

    def row(self, least: int, what: str) -> tuple[int, list[str]]:
        """The next line with words in it."""
        if self.place >= len(self.rows):
            raise _Fault(f"ends before {what}", len(self.lines))
        line, words = self.rows[self.place]
        self.place += 1
        if len(words) < least:
            raise _Fault(f"has {len(words)} words where {what} need {least}", line)
        return line, words

    def find(self, pattern: str, what: str) -> tuple[int, str]:
        """The first line with the pattern, and what the pattern caught."""
        for number, line in enumerate(self.lines, start=1):
            if found := re.search(pattern, line):
                return number, found.group(1) if found.groups() else ""
        raise _Fault(f"says nowhere {what}")

    def table(self, heading: str) -> list[tuple[int, list[int]]]:
        """The rows of whole numbers under a heading, up to a line of asterisks."""
        first, _ = self.find(heading, f'"{heading.replace(" ?", " ")}"')
        rows: list[tuple[int, list[int]]] = []
        for number, words in self.rows:
            if number <= first or (not rows and not re.match(r"-?\d", words[0])):
                continue
            if words[0].startswith("**"):
                break
            rows.append((number, [_whole(word, number) for word in words]))
        if not rows:
            raise _Fault("has no row under its heading", first)
        return rows


def _whole(word: str, line: int) -> int:
    if not re.fullmatch(r"-?\d+", word):
        raise _Fault(f'has "{word}" where a whole number belongs', line)
    return int(word)


def _from_json(line: str, number: int) -> _Draft:
    try:
        document = json.loads(line)
        draft = _Draft(str(document["name"]))
        pairs = list(zip(document["duration"], document["demand"], strict=True))
        draft.tasks = [[Mode(int(length), tuple(int(one) for one in demand))] for length, demand in pairs]
        draft.successors = [[int(other) for other in after] for after in document["successors"]]
        draft.capacity = [int(amount) for amount in document["capacity"]]
    except json.JSONDecodeError as error:
        raise _Fault(f"is no JSON: {error.msg}", number) from error
    except KeyError as error:
        raise _Fault(f"has no {error}", number) from error
    except (TypeError, ValueError) as error:
        raise _Fault("has lists of other lengths or things than a project has", number) from error
    if any(len(mode.demand) != len(draft.capacity) for (mode,) in draft.tasks):
        raise _Fault("has a demand of another length than the capacity", number)
    draft.lines = draft.order_lines = [number] * max(len(draft.tasks), len(draft.successors))
    return draft


def _from_psplib(name: str, words: _Words) -> _Draft:
    """The Kolisch and Sprecher format: precedence, then a line for each mode, then what there is."""
    renewable = int(words.find(r"- renewable\s*:\s*(\d+)", "how many renewable resources there are")[1])
    stocks = int(words.find(r"- nonrenewable\s*:\s*(\d+)", "how many nonrenewable resources there are")[1])
    draft = _Draft(name)
    for line, row in words.table("PRECEDENCE RELATIONS"):
        if row[0] != len(draft.successors) + 1:
            raise _Fault(f"has job {row[0]} where job {len(draft.successors) + 1} belongs", line)
        if len(row) < 3 or len(row) != 3 + row[2]:
            raise _Fault("names another number of successors than it has", line)
        draft.successors.append([job - 1 for job in row[3:]])
        draft.order_lines.append(line)
    width = 2 + renewable + stocks
    for line, row in words.table("REQUESTS/DURATIONS"):
        if len(row) == width + 1:
            if row[0] != len(draft.tasks) + 1:
                raise _Fault(f"has job {row[0]} where job {len(draft.tasks) + 1} belongs", line)
            draft.tasks.append([])
            draft.lines.append(line)
        elif len(row) != width or not draft.tasks:
            raise _Fault(f"has {len(row)} numbers where a mode has {width}", line)
        values = row[-width:]
        draft.tasks[-1].append(
            Mode(values[1], tuple(values[2 : 2 + renewable]), tuple(values[2 + renewable :]))
        )
    line, available = words.table("RESOURCE ?AVAILABILITIES")[-1]
    if len(available) != renewable + stocks:
        raise _Fault(f"has {len(available)} numbers for {renewable + stocks} resources", line)
    draft.capacity, draft.stock = available[:renewable], available[renewable:]
    return draft


def _from_sch(name: str, words: _Words) -> _Draft:
    """ProGen/max: successors with their lags in brackets, from start to start."""
    line, head = words.row(2, "the numbers of tasks and resources")
    count, kinds = _whole(head[0], line) + 2, _whole(head[1], line)
    draft = _Draft(name)
    for task in range(count):
        line, row = words.row(3, "a task's successors")
        if _whole(row[0], line) != task:
            raise _Fault(f"has task {row[0]} where task {task} belongs", line)
        number = _whole(row[2], line)
        if len(row) != 3 + 2 * number:
            raise _Fault(f"has other than {number} successors and their lags", line)
        for other, lag in zip(row[3 : 3 + number], row[3 + number :], strict=True):
            after = _whole(other, line)
            if not 0 <= after < count:
                raise _Fault(f"task {after} follows task {task}; the last task is {count - 1}", line)
            draft.lags.append(Lag(task, after, _whole(lag.strip("[]"), line)))
    for task in range(count):
        line, row = words.row(3 + kinds, "a task's duration and demand")
        if _whole(row[0], line) != task:
            raise _Fault(f"has task {row[0]} where task {task} belongs", line)
        numbers = [_whole(word, line) for word in row[2 : 3 + kinds]]
        draft.tasks.append([Mode(numbers[0], tuple(numbers[1:]))])
        draft.lines.append(line)
    line, row = words.row(kinds, "the resources")
    draft.capacity = [_whole(word, line) for word in row[:kinds]]
    draft.successors = [[] for _ in draft.tasks]
    draft.order_lines = draft.lines
    return draft


def _from_rcmp(name: str, words: _Words) -> _Draft:
    """MPLIB: projects one after the other, successors written as project:task.

    A project that is released later than 0 begins with one more task, which takes until then.
    """
    draft, each = _Draft(name), iter([(line, word) for line, row in words.rows for word in row])

    def word(what: str) -> tuple[int, str]:
        try:
            return next(each)
        except StopIteration:
            raise _Fault(f"ends before {what}", len(words.lines)) from None

    def number(what: str) -> int:
        line, text = word(what)
        return _whole(text, line)

    projects, kinds = number("the number of projects"), number("the number of resources")
    draft.capacity = [number("the resources") for _ in range(kinds)]
    firsts, written = [], []
    for _ in range(projects):
        count, release = number("a project's tasks"), number("a project's release")
        for _ in range(kinds):
            number("the resources of a project")
        firsts.append(first := len(draft.tasks))
        for _ in range(count):
            line, duration = word("a task")
            demand = tuple(number("a task's demand") for _ in range(kinds))
            draft.tasks.append([Mode(_whole(duration, line), demand)])
            draft.lines.append(line)
            written.append([word("a successor") for _ in range(number("a task's successors"))])
        if release:
            draft.tasks.append([Mode(release, (0,) * kinds)])
            draft.lines.append(line)
            written.append(
                [(line, f"{len(firsts)}:{task + 1}") for task in range(len(draft.tasks) - 1 - first)]
            )
    draft.order_lines = draft.lines
    draft.successors = [[_task(text, line, firsts) for line, text in after] for after in written]
    return draft


def _task(text: str, line: int, firsts: list[int]) -> int:
    found = re.fullmatch(r"(\d+):(\d+)", text)
    if not found or not 1 <= int(found[1]) <= len(firsts):
        raise _Fault(f'has "{text}" where project:task belongs', line)
    return firsts[int(found[1]) - 1] + int(found[2]) - 1
