"""Real processes that book at once on a database of their own: nothing is taken twice or half booked."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stroma.protocols.library import shipped_protocol

pytestmark = pytest.mark.processes

RIVALS = 4
GROWN = [v.code for v in shipped_protocol("disc-marrow-expanded").protocol.visits][2:]
BOOKED = [v.code for v in shipped_protocol("disc-marrow-concentrate").protocol.visits][2:]


def begin(environment: dict[str, str], task: str, **values: Any) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.planning.rivals", task],
        env=environment,
        cwd=environment["PYTHONPATH"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(values))
    process.stdin.close()
    process.stdin = None
    return process


def result(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out)


def alone(environment: dict[str, str], task: str, **values: Any) -> dict[str, Any]:
    return result(begin(environment, task, **values))


def together(
    environment: dict[str, str], folder: Path, task: str, each: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Run one process for each set of arguments, all let go at the same moment."""
    start = folder / "start"
    processes = [begin(environment, task, start=str(start), **values) for values in each]
    for process in processes:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
    start.touch()
    return [result(process) for process in processes]


def a_clinic(own_tables: dict[str, str], protocol: str) -> tuple[dict[str, str], dict[str, Any]]:
    """The environment of a new database with a clinic of one of everything, and what is in it."""
    return own_tables, alone(own_tables, "found", courses=RIVALS, protocol=protocol)


@pytest.fixture
def clinic(own_tables):
    return a_clinic(own_tables, "disc-marrow-concentrate")


@pytest.fixture
def growing_clinic(own_tables):
    return a_clinic(own_tables, "disc-marrow-expanded")


def reserving(made: dict[str, Any]) -> list[dict[str, Any]]:
    """Every rival wants the same thirty hours of one device, each beginning somewhere else among them."""
    offsets = [20 * n for n in range(30)]
    return [
        {
            "resource": made["resource"],
            "visit": visit,
            "offsets": offsets[number:] + offsets[:number],
        }
        for number, visit in enumerate(made["visits"])
    ]


def test_rivals_that_only_check_before_they_insert_are_kept_apart(clinic, tmp_path):
    environment, made = clinic
    outcomes = together(environment, tmp_path, "reserve", reserving(made))
    after = alone(environment, "overlapping")
    assert (after["pairs"], after["live"]) == (0, sum(outcome["kept"] for outcome in outcomes))
    assert after["live"] > 0


def test_without_the_guard_the_same_rivals_double_book(clinic, tmp_path):
    environment, made = clinic
    alone(environment, "drop_the_guard")
    together(environment, tmp_path, "reserve", reserving(made))
    assert alone(environment, "overlapping")["pairs"] > 0


def test_rival_coordinators_book_every_course_once_and_nothing_twice(clinic, tmp_path):
    environment, made = clinic
    courses = made["courses"]
    each = [
        {"courses": courses[number:] + courses[:number], "coordinator": made["coordinator"]}
        for number in range(RIVALS)
    ]
    outcomes = together(environment, tmp_path, "book", each)
    for course in courses:
        answers = [outcome[course] for outcome in outcomes]
        assert answers.count(BOOKED) == 1
        assert answers.count(["visits_already_booked"]) == RIVALS - 1
    after = alone(environment, "overlapping")
    assert {name: after[name] for name in ("pairs", "booked", "entries")} == {
        "pairs": 0,
        "booked": RIVALS * len(BOOKED),
        "entries": RIVALS,
    }


@pytest.mark.parametrize("step", ["_rows", "record_booking"])
def test_a_booking_that_is_killed_in_the_middle_leaves_nothing(clinic, step):
    environment, made = clinic
    course, coordinator = made["courses"][0], made["coordinator"]
    dying = begin(environment, "book_and_die", course=course, coordinator=coordinator, after=step)
    dying.communicate(timeout=120)
    assert dying.returncode == -9
    assert alone(environment, "overlapping") == {"pairs": 0, "live": 0, "booked": 0, "entries": 0}
    assert alone(environment, "book", courses=[course], coordinator=coordinator) == {course: BOOKED}


def test_rival_coordinators_move_a_visit_once_and_lose_no_change(clinic, tmp_path):
    """All look at the same rows; whoever comes second is refused, since the row they saw is history by then."""
    environment, made = clinic
    alone(environment, "book", courses=made["courses"], coordinator=made["coordinator"])
    before = alone(environment, "standing", code="visit_12_months")
    visits = sorted(before["visits"])
    each = [
        {
            "visits": visits[number:] + visits[:number],
            "coordinator": made["coordinator"],
            "days": [1 + number % 2, 7],
        }
        for number in range(RIVALS)
    ]
    outcomes = together(environment, tmp_path, "move", each)
    kept = [move for outcome in outcomes for move in outcome["kept"]]
    assert sorted(old for old, _new, _to in kept) == visits
    refused = {code for outcome in outcomes for code in outcome["refused"]}
    assert "move_overtaken" in refused
    after = alone(environment, "standing", code="visit_12_months")
    assert after == {
        "visits": {new: to for _old, new, to in kept},
        "moves": len(visits),
        "held": before["held"],
    }
    assert alone(environment, "overlapping")["pairs"] == 0


def test_rivals_who_want_the_only_incubator_place_keep_it_one_after_the_other(growing_clinic, tmp_path):
    """Each culture keeps it for weeks, and a collection waits for no more than eight: not every course finds room."""
    environment, made = growing_clinic
    courses = made["courses"]
    each = [
        {"courses": courses[number:] + courses[:number], "coordinator": made["coordinator"]}
        for number in range(RIVALS)
    ]
    outcomes = together(environment, tmp_path, "book", each)
    booked = [course for course in courses if any(outcome[course] == GROWN for outcome in outcomes)]
    assert len(booked) >= 2
    for course in courses:
        answers = [outcome[course] for outcome in outcomes]
        assert answers.count(GROWN) == (1 if course in booked else 0)
        others = [answer for answer in answers if answer != GROWN]
        assert others == [["visits_already_booked"] if course in booked else ["hold_busy"]] * len(others)
    after = alone(environment, "overlapping")
    assert (after["pairs"], after["entries"]) == (0, len(booked))
    assert alone(environment, "kept", code="culture") == {"places": 1, "cultures": len(booked)}
