"""The checker rejects what breaks a rule, by name and id, and accepts a hand-made plan that breaks none."""

import random
from datetime import timedelta
from typing import Any

import pytest

from stroma.planning.planner.checker import violations
from stroma.planning.planner.instance import Schedule
from stroma.planning.planner.result import plan
from tests.planning.small_clinics import a_clinic, a_tiny_clinic, an_instance

BY_HAND: dict[str, Any] = {
    "chains": {"ada": "short"},
    "visits": [
        {"patient": "ada", "visit": "collection", "starts_at": "2026-03-02T09:00", "resources": ["dr_gray"]},
        {"patient": "ada", "visit": "injection", "starts_at": "2026-03-04T09:30", "resources": ["dr_gray"]},
    ],
    "holds": [{"patient": "ada", "hold": "culture", "resource": "incubator"}],
}


def judged(schedule: dict[str, Any], **more: Any) -> list[tuple[str, tuple[str, ...]]]:
    found = violations(an_instance(a_tiny_clinic(**more)), Schedule.model_validate(schedule))
    return [(violation.rule, violation.ids) for violation in found]


def with_visit(number: int, **changes: Any) -> dict[str, Any]:
    visits = [dict(visit) for visit in BY_HAND["visits"]]
    visits[number] |= changes
    return BY_HAND | {"visits": visits}


def test_a_plan_made_by_hand_is_accepted() -> None:
    assert judged(BY_HAND) == []


@pytest.mark.parametrize(
    ("schedule", "rule", "ids"),
    [
        (with_visit(1, starts_at="2026-03-03T09:30"), "lag_in_days", ("ada", "collection", "injection")),
        (with_visit(1, starts_at="2026-03-09T09:30"), "lag_in_days", ("ada", "collection", "injection")),
        (with_visit(1, starts_at="2026-03-04T09:40"), "off_grid", ("ada", "injection")),
        (with_visit(1, starts_at="2026-03-04T12:00"), "not_there", ("ada", "injection", "dr_gray")),
        (with_visit(1, resources=["incubator"]), "lacks_skill", ("ada", "injection", "incubator")),
        (with_visit(1, resources=["dr_who"]), "unknown_resource", ("ada", "injection", "dr_who")),
        (with_visit(1, resources=[]), "needs_unfilled", ("ada", "injection")),
        (with_visit(1, visit="tea"), "visit_lacks", ("ada", "injection")),
        (with_visit(1, visit="tea"), "visit_added", ("ada", "tea")),
        (BY_HAND | {"visits": [*BY_HAND["visits"], BY_HAND["visits"][0]]}, "visit_repeated", ("ada", "collection")),
        (BY_HAND | {"holds": []}, "hold_lacks", ("ada", "culture")),
        (BY_HAND | {"holds": [*BY_HAND["holds"], {"patient": "ada", "hold": "x", "resource": "incubator"}]},
         "hold_added", ("ada", "x")),
        (BY_HAND | {"chains": {"ada": "long"}}, "wrong_chain", ("ada", "long")),
        (BY_HAND | {"chains": {"ada": "short", "eve": "short"}}, "unknown_patient", ("eve",)),
        ({"waiting": ["ada"]}, "may_not_wait", ("ada",)),
        ({}, "left_out", ("ada",)),
        (BY_HAND | {"waiting": ["ada"]}, "wrong_waiting", ("ada",)),
    ],
)  # fmt: skip
def test_one_broken_rule_is_named(schedule: dict[str, Any], rule: str, ids: tuple[str, ...]) -> None:
    assert (rule, ids) in judged(schedule)


def test_nobody_is_in_two_places_and_a_keeper_has_only_its_places() -> None:
    names = ["ada", "ben", "cleo"]
    patients = [{"id": name, "ready_on": "2026-03-02", "chains": ["short"]} for name in names]
    together = {
        "chains": dict.fromkeys(names, "short"),
        "visits": [visit | {"patient": name} for name in names for visit in BY_HAND["visits"]],
        "holds": [BY_HAND["holds"][0] | {"patient": name} for name in names],
    }
    rules = judged(together, patients=patients)
    assert ("taken_twice", ("dr_gray", "ada", "collection", "ben", "collection")) in rules
    assert ("places_exceeded", ("incubator", *names)) in rules


def test_a_promised_visit_is_not_moved_without_consent() -> None:
    ada = {"id": "ada", "ready_on": "2026-03-02", "chains": ["short"], "promised": ["injection"]}
    moved = with_visit(1, starts_at="2026-03-05T09:30")
    assert judged(moved, patients=[ada], current=BY_HAND) == [("moved", ("ada", "injection"))]
    agreed = ada | {"agrees_to_move": ["injection"]}
    assert judged(moved, patients=[agreed], current=BY_HAND) == []


def test_a_plan_with_one_visit_put_elsewhere_at_random_is_rejected() -> None:
    """A visit a year off, somebody else's resources or another's chain: each is found whatever the plan."""
    instance = an_instance(a_clinic(8, 3))
    schedule = plan(instance, seconds=0.2, workers=1).schedule
    assert violations(instance, schedule) == []
    rng = random.Random(3)
    for _ in range(60):
        number = rng.randrange(len(schedule.visits))
        visit = schedule.visits[number]
        other = rng.choice(
            [one for one in schedule.visits if one.visit != visit.visit and one.patient != visit.patient]
        )
        change: dict[str, Any] = rng.choice(
            [
                {"starts_at": visit.starts_at + timedelta(days=rng.choice([-40, 40]))},
                {"starts_at": visit.starts_at.replace(hour=22)},
                {"starts_at": visit.starts_at + timedelta(minutes=7)},
                {"resources": visit.resources[:-1]},
                {"visit": other.visit + "_again"},
            ]
        )
        visits = [*schedule.visits]
        visits[number] = visit.model_copy(update=change)
        assert violations(instance, schedule.model_copy(update={"visits": visits})), (visit, change)
