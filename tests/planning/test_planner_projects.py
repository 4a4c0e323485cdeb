"""Published project instances are read, solved, and never better than what was proved of them."""

import csv
import os
from pathlib import Path

import pytest

from stroma.planning.planner.project_search import Breeder, solve_project
from stroma.planning.planner.projects import (
    Lag,
    Mode,
    Project,
    ProjectSchedule,
    lower_bound,
    project_faults,
    read_projects,
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
    breeder = Breeder(project, seed=1)
    tried = iter(range(60))
    breeder.run(1e18, lambda: next(tried, None) is None)
    assert project_faults(project, ProjectSchedule(tuple(breeder.best), (0,) * len(breeder.best))) == []
    best = {row["instance"]: int(row["best_makespan"]) for row in _table("optimum_rcpsp.csv")}[name]
    assert max(lower_bound(project), best) <= breeder.makespan <= 1.15 * best


@pytest.mark.real_data
@pytest.mark.parametrize("table", ["optimum_rcpsp_max.csv", "optimum_mrcpsp.csv"])
def test_small_published_instances_are_solved_to_their_optimum(table: str) -> None:
    for row in _table(table)[:4]:
        folder = "rcpsp_max_ubo10/" if row["instance"].endswith(".sch") and "/" not in row["instance"] else ""
        (project,) = read_projects(SCHEDULING / f"{folder}{row['instance']}")
        answer = solve_project(project, seconds=60, workers=1)
        assert answer.status == row["status"], row
        if answer.schedule:
            assert answer.makespan == int(row.get("best_makespan") or row["optimum"])
            assert project_faults(project, answer.schedule) == []


@pytest.mark.real_data
def test_the_projects_of_a_multi_project_file_share_their_resources() -> None:
    (project,) = read_projects(SCHEDULING / "multi_project" / "MPLIB1_Set1_0.rcmp")
    assert (len(project.tasks), project.capacity) == (372, (56, 56, 56, 56))


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.sm").write_text("no project")
    with pytest.raises(BadInput):
        read_projects(tmp_path / "odd.sm")


def _table(name: str) -> list[dict[str, str]]:
    with (SCHEDULING / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
