"""Published project instances are read, solved, and never better than what was proved of them."""

import csv
import os
import random
from pathlib import Path

import numpy as np
import pytest

from stroma.planning.planner.project_batch import Batch
from stroma.planning.planner.project_files import read_projects
from stroma.planning.planner.project_search import Breeder, solve_project
from stroma.planning.planner.projects import (
    Lag,
    Mode,
    Project,
    ProjectSchedule,
    lower_bound,
    project_faults,
)
from stroma.protocols.domain.problem import BadInput

SCHEDULING = Path(os.environ.get("STROMA_REAL_DATA", "../shared/data")) / "scheduling"


def a_project() -> Project:
    """Two tasks of 3 that both need the one machine, then one of 2 beside nothing."""
    modes = ((Mode(3, (1,)),), (Mode(3, (1,)),), (Mode(2, (0,)),))
    return Project("small", modes, ((2,), (2,), ()), (1,))


def test_the_shortest_schedule_of_a_small_project_is_found_and_proved() -> None:
    answer = solve_project(a_project(), seconds=5, workers=1)
    assert (answer.status, answer.makespan, answer.bound) == ("optimal", 8, 8)
    assert project_faults(a_project(), answer.schedule) == []


def test_what_breaks_a_rule_of_a_project_is_told() -> None:
    project = a_project()
    assert project_faults(project, ProjectSchedule((0, 0, 6), (0, 0, 0)))
    assert project_faults(project, ProjectSchedule((0, 3, 5), (0, 0, 0))) == [
        "task 2 begins before task 1 ends"
    ]
    lagged = Project("lagged", project.tasks, ((), (), ()), (2,), lags=(Lag(0, 1, -1),))
    assert project_faults(lagged, ProjectSchedule((5, 0, 0), (0, 0, 0))) == [
        "task 1 begins less than -1 after task 0"
    ]


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["j30/j3012_8.sm", "j30/j3021_4.sm", "j60/j604_4.sm"])
def test_bred_schedules_keep_the_rules_and_the_bounds(name: str) -> None:
    (project,) = read_projects(SCHEDULING / name)
    breeder = Breeder(project, seed=1, population=32)
    for _ in range(5):
        breeder.breed()
    assert project_faults(project, ProjectSchedule(tuple(breeder.best), (0,) * len(breeder.best))) == []
    best = {row["instance"]: int(row["best_makespan"]) for row in _table("optimum_rcpsp.csv")}[name]
    assert max(lower_bound(project), best) <= breeder.makespan <= 1.1 * best


@pytest.mark.real_data
@pytest.mark.parametrize("table", ["optimum_rcpsp.csv", "optimum_rcpsp_max.csv", "optimum_mrcpsp.csv"])
def test_published_instances_are_solved_to_their_optimum(table: str) -> None:
    rows = _table(table)
    assert len(rows) >= 5
    for row in [row for row in rows if not row["instance"].startswith("j60")][:10]:
        (project,) = read_projects(SCHEDULING / row["instance"])
        answer = solve_project(project, seconds=60, workers=1)
        assert answer.status == row["status"], row
        if answer.schedule:
            assert answer.makespan == int(row.get("best_makespan") or row["optimum"])
            assert project_faults(project, answer.schedule) == []


@pytest.mark.parametrize("most", [4, 200, 40000])
def test_schedules_built_together_are_those_built_one_by_one(most: int) -> None:
    """Whatever fits in a field of 8, 16 or 32 bits, and however many resources."""
    chance = random.Random(most)
    tasks = [
        (Mode(chance.randrange(0, 12), tuple(chance.randrange(0, most + 1) for _ in range(5))),)
        for _ in range(40)
    ]
    successors = [
        tuple(sorted(chance.sample(range(task + 1, 40), min(2, 39 - task)))) if task % 4 == 0 else ()
        for task in range(40)
    ]
    project = Project("any", tuple(tasks), tuple(successors), (most,) * 5)
    orders = [list(range(40)), [task for task in range(40) if task % 4 == 0]]
    orders[1] += [task for task in range(40) if task % 4]
    orders[1].sort(key=lambda task: _depth(project, task))
    for order, starts in zip(
        orders, Batch(project, forward=True).starts(np.array(orders)).tolist(), strict=True
    ):
        assert starts == _one_by_one(project, order)


def _depth(project: Project, task: int) -> int:
    before = [one for one, after in enumerate(project.successors) if task in after]
    return 1 + max((_depth(project, one) for one in before), default=0)


def _one_by_one(project: Project, order: list[int]) -> list[int]:
    starts = [0] * len(order)
    used: dict[tuple[int, int], int] = {}
    for task in order:
        (mode,) = project.tasks[task]
        before = [one for one, after in enumerate(project.successors) if task in after]
        at = max((starts[one] + project.tasks[one][0].duration for one in before), default=0)
        while any(
            used.get((time, kind), 0) + need > project.capacity[kind]
            for time in range(at, at + mode.duration)
            for kind, need in enumerate(mode.demand)
        ):
            at += 1
        starts[task] = at
        for time in range(at, at + mode.duration):
            for kind, need in enumerate(mode.demand):
                used[time, kind] = used.get((time, kind), 0) + need
    return starts


@pytest.mark.real_data
def test_the_projects_of_a_multi_project_file_share_their_resources() -> None:
    (project,) = read_projects(SCHEDULING / "multi_project" / "MPLIB1_Set1_0.rcmp")
    assert (len(project.tasks), project.capacity) == (372, (56, 56, 56, 56))


def test_a_project_that_is_released_later_begins_later(tmp_path: Path) -> None:
    (tmp_path / "two.rcmp").write_text("2\n1\n1\n1 0\n1\n3 1 0\n1 50\n1\n4 1 0\n")
    (project,) = read_projects(tmp_path / "two.rcmp")
    answer = solve_project(project, seconds=5, workers=1)
    assert (answer.status, answer.makespan, answer.schedule.starts[1]) == ("optimal", 54, 50)


SMALL = """\
  - renewable                 :  1   R
  - nonrenewable              :  0   N
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          1           2
   2        1          0
************************************************************************
REQUESTS/DURATIONS:
jobnr. mode duration  R 1
------------------------------------------------------------------------
  1      1     3       1
  2      1     2       1
************************************************************************
RESOURCEAVAILABILITIES:
  R 1
    1
************************************************************************
"""


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("a.sm", SMALL.replace("3       1", "x       1"), 11, "whole number"),
        ("a.sm", SMALL.replace("3       1", "-3       1"), 11, "negative"),
        ("a.sm", SMALL.replace("2       1", "2       7"), 12, "more of a resource"),
        ("a.sm", SMALL.replace("           2\n", "           9\n"), 5, "there are 2 tasks"),
        ("a.sm", SMALL.replace("1          1  ", "1          2  "), 5, "another number of successors"),
        ("a.sm", SMALL.replace("  2      1     2       1\n", ""), None, "durations of 1 tasks"),
        ("a.sm", SMALL.replace("   2        1          0", "   2        1          1   1"), None, "circle"),
        ("a.sm", "no project", None, "nowhere"),
        ("a.sch", "1 1 0 0\n0 1 1 1 [0]\n1 1 1 7 [2]\n", 3, "last task is 2"),
        ("a.sch", "1 1 0 0\n0 1 1 1 [0]\n", 2, "ends before"),
        ("a.rcmp", "1\n1\n4\n2 0\n1\n3 1 1 1-2\n2 1 0\n", 6, "project:task"),
        ("a.rcmp", "1\n1\n4\n2 0\n1\n3 1 1 1:2\n", 6, "ends before"),
        ("a.jsonl", '\n{"name": "a", "duration": [1], "demand": [[1]], "successors": [[]]}', 2, "capacity"),
        ("a.jsonl", "{", 1, "no JSON"),
        ("a.doc", SMALL, None, "none of"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(
    tmp_path: Path, name: str, text: str, line: int | None, says: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInput) as refused:
        read_projects(tmp_path / name)
    (problem,) = refused.value.problems
    assert (problem.file, problem.line, says in problem.message) == (str(tmp_path / name), line, True), (
        problem
    )


def test_the_small_file_that_the_others_break_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.sm").write_text(SMALL)
    (project,) = read_projects(tmp_path / "a.sm")
    assert solve_project(project, seconds=5, workers=1).makespan == 5


def _table(name: str) -> list[dict[str, str]]:
    with (SCHEDULING / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
