"""Clinics and projects go through one search: who stops it has the best so far, and what runs beside it has ended."""

import random
import threading
from collections.abc import Callable

import pytest

from stroma.planning.planner.anytime import Anytime
from stroma.planning.planner.project_search import ProjectSearch, solve_project
from stroma.planning.planner.projects import Mode, Project, ProjectAnswer, project_faults
from stroma.planning.planner.search import Search
from tests.planning.small_clinics import a_clinic, an_instance


def a_hard_project(tasks: int = 60, seed: int = 3) -> Project:
    """Many tasks and little of each of four resources, which nobody proves the best of at once."""
    chance = random.Random(seed)
    modes = tuple(
        (Mode(chance.randint(1, 10), tuple(chance.randint(0, 6) for _ in range(4))),) for _ in range(tasks)
    )
    successors = tuple(
        tuple(sorted({chance.randint(task + 1, tasks - 1) for _ in range(2)})) if task < tasks - 1 else ()
        for task in range(tasks)
    )
    return Project("hard", modes, successors, (9, 9, 9, 9))


def searches() -> list[Callable[..., Anytime]]:
    """A search of each kind, which takes what every search takes."""
    return [
        lambda **told: Search(an_instance(a_clinic(10)), **told),
        lambda **told: ProjectSearch(a_hard_project(), **told),
    ]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("stage", ["first plan", "searching"])
@pytest.mark.parametrize("kind", [0, 1], ids=["clinic", "project"])
def test_who_stops_it_has_the_best_so_far_and_nothing_runs_on(kind: int, stage: str, workers: int) -> None:
    def stop(told: str, *_: float) -> None:
        if told == stage:
            raise KeyboardInterrupt

    before = set(threading.enumerate())
    search = searches()[kind](seconds=20, workers=workers, seed=1, progress=stop)
    search.run()
    assert search.stopped or search.is_done
    assert search.best_points < float("inf")
    assert search.gone < 20 or search.is_done
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("kind", [0, 1], ids=["clinic", "project"])
def test_it_tells_points_that_only_fall_and_a_bound_that_only_rises(kind: int) -> None:
    told: list[tuple[float, float]] = []
    search = searches()[kind](
        seconds=3,
        workers=2,
        seed=1,
        progress=lambda stage, seconds, points, bound: told.append((points, bound)),
    )
    search.run()
    points, bounds = zip(*told, strict=True)
    assert list(points) == sorted(points, reverse=True)
    assert list(bounds) == sorted(bounds)
    assert all(bound <= best + 1e-6 for best, bound in told)


def test_a_stopped_project_is_answered_with_a_schedule_that_keeps_its_rules() -> None:
    def stop(told: str, *_: float) -> None:
        raise KeyboardInterrupt

    project = a_hard_project()
    answer: ProjectAnswer = solve_project(project, seconds=60, workers=1, progress=stop)
    assert answer.schedule is not None
    assert project_faults(project, answer.schedule) == []
    assert answer.bound <= (answer.makespan or 0)


@pytest.mark.parametrize("workers", [1, 2])
def test_bred_and_solved_learn_from_each_other_to_the_end(workers: int) -> None:
    project = a_hard_project(tasks=30)
    answer = solve_project(project, seconds=6, workers=workers)
    assert answer.schedule is not None
    assert project_faults(project, answer.schedule) == []
    assert answer.seconds < 20
