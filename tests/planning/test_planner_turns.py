"""Set-up and cleaning: the checker counts them, plans keep them, and what stands keeps what it was booked with."""

import random
from typing import Any

import pytest

from stroma.planning.planner.checker import violations
from stroma.planning.planner.instance import Schedule
from stroma.planning.planner.repair import repair, someone_is_away
from stroma.planning.planner.result import Status, plan
from stroma.planning.planner.rules import RulesModel
from stroma.protocols.domain.problem import BadInput
from tests.planning.small_clinics import a_clinic, a_tiny_clinic, an_instance

CLEANED = {"skill": "physician", "before_minutes": 0, "after_minutes": 30}
SET_UP = {"skill": "physician", "before_minutes": 20, "after_minutes": 0}


def two_patients(turn: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """Two patients of one short visit each, in one room."""
    clinic = a_tiny_clinic(**more)
    clinic["resources"][0]["turns"] = [turn] if turn else []
    clinic["chains"] = [
        {
            "id": "short",
            "visits": [{"id": "visit", "minutes": 60, "needs": ["physician"]}],
            "treatment": "visit",
        }
    ]
    patients = [{"id": name, "ready_on": "2026-03-02", "chains": ["short"]} for name in ("ada", "ben")]
    return clinic | {"patients": patients}


def at(ada: str, ben: str, turns: list[tuple[int, int]] | None = None) -> dict[str, Any]:
    visits = [
        {
            "patient": name,
            "visit": "visit",
            "starts_at": f"2026-03-02T{clock}",
            "resources": ["dr_gray"],
            "turns": turns,
        }
        for name, clock in (("ada", ada), ("ben", ben))
    ]
    return {"chains": {"ada": "short", "ben": "short"}, "visits": visits}


@pytest.mark.parametrize(
    ("turn", "ada", "ben", "rules"),
    [
        (None, "09:00", "10:00", []),
        (CLEANED, "09:00", "10:00", ["taken_twice"]),
        (CLEANED, "09:00", "10:30", []),
        (CLEANED, "10:30", "09:00", []),
        (SET_UP, "09:00", "10:00", ["taken_twice"]),
        (SET_UP, "09:00", "10:30", []),
        # Set-up and cleaning may lie outside the shift; the visit may not.
        (CLEANED, "09:00", "11:00", []),
        (SET_UP, "09:00", "11:00", []),
    ],
)
def test_the_checker_counts_set_up_and_cleaning(
    turn: dict[str, Any] | None, ada: str, ben: str, rules: list[str]
) -> None:
    instance = an_instance(two_patients(turn))
    found = violations(instance, Schedule.model_validate(at(ada, ben)))
    assert [violation.rule for violation in found] == rules


def test_what_stands_keeps_what_it_was_booked_with_and_what_moves_does_not() -> None:
    stands = at("09:00", "10:00", turns=[(0, 0)])
    instance = an_instance(two_patients(CLEANED, current=stands))
    assert violations(instance, instance.current) == []
    assert repair(instance).moves == ()
    moved = Schedule.model_validate(at("09:00", "10:00") | {"visits": at("09:00", "09:30")["visits"]})
    assert [violation.rule for violation in violations(instance, moved)] == ["taken_twice"]
    # Whoever is new is cleaned after; nobody comes right behind a visit that was booked without.
    broken = someone_is_away(instance, "dr_gray", instance.first_day, instance.first_day, "ill")
    mended = repair(broken)
    assert violations(broken, mended.schedule) == []
    first, second = sorted(visit.starts_at for visit in mended.schedule.visits)
    assert (second - first).total_seconds() != 3600


def with_turns(clinic: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A clinic whose rooms are set up and cleaned."""
    for resource in clinic["resources"]:
        [skill, *_] = resource["skills"]
        if skill.endswith("_room"):
            resource["turns"] = [
                {
                    "skill": skill,
                    "before_minutes": rng.choice([0, 10, 30]),
                    "after_minutes": rng.choice([0, 20, 45]),
                }
            ]
    return clinic


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_plan_keeps_them(seed: int) -> None:
    rng = random.Random(seed)
    instance = an_instance(with_turns(a_clinic(12, seed), rng))
    result = plan(instance, seconds=0.4, workers=1)
    assert result.status in {Status.OPTIMAL, Status.FEASIBLE}
    assert violations(instance, result.schedule) == []
    full = instance.model_copy(update={"current": result.schedule})
    assert repair(full).moves == ()
    for resource in rng.sample(full.resources, 3):
        day = rng.choice(result.schedule.visits).starts_at.date()
        broken = someone_is_away(full, resource.id, day, day, "ill")
        mended = repair(broken)
        rest = [one for one in violations(broken, mended.schedule) if not set(one.ids) & set(mended.unplaced)]
        assert rest == []


def test_the_plain_model_keeps_them_and_knows_when_they_cannot_be_kept() -> None:
    model = RulesModel(an_instance(two_patients(CLEANED)))
    status, solver = model.solve(seconds=5, workers=1)
    assert status == "optimal"
    instance = an_instance(two_patients(CLEANED))
    assert violations(instance, model.schedule(solver)) == []
    whole_morning = {"skill": "physician", "before_minutes": 0, "after_minutes": 180}
    tight = an_instance(two_patients(whole_morning, days=1))
    assert RulesModel(tight).solve(seconds=5, workers=1)[0] == "infeasible"
    assert RulesModel(an_instance(two_patients(None, days=1))).solve(seconds=5, workers=1)[0] == "optimal"


def test_visits_of_one_chain_leave_time_to_clean_between_them() -> None:
    clinic = two_patients(CLEANED)
    clinic["patients"] = clinic["patients"][:1]
    clinic["chains"][0]["visits"].append(
        {"id": "next", "minutes": 30, "needs": ["physician"], "after": "visit", "latest_days": 0}
    )
    instance = an_instance(clinic)
    result = plan(instance, seconds=0.2, workers=1)
    assert violations(instance, result.schedule) == []
    first, second = sorted(visit.starts_at for visit in result.schedule.visits)
    assert (second - first).total_seconds() / 60 >= 90


@pytest.mark.parametrize(
    ("turns", "place"),
    [
        ([{"skill": "surgeon"}], "resources[dr_gray].turns"),
        ([CLEANED, CLEANED], "resources[dr_gray].turns"),
        ([{"skill": "physician", "after_minutes": -5}], "resources[dr_gray].turns[0].after_minutes"),
        ([{"skill": "physician", "after_minutes": 500}], "resources[dr_gray].turns[0].after_minutes"),
    ],
)
def test_turns_that_fit_nothing_are_refused_by_id(turns: list[dict[str, Any]], place: str) -> None:
    clinic = a_tiny_clinic()
    clinic["resources"][0]["turns"] = turns
    with pytest.raises(BadInput) as refused:
        an_instance(clinic)
    assert [problem.place for problem in refused.value.problems] == [place]


def test_as_many_turns_as_resources() -> None:
    with pytest.raises(BadInput) as refused:
        an_instance(two_patients(None, current=at("09:00", "10:00", turns=[(0, 0), (0, 0)])))
    assert [problem.place for problem in refused.value.problems] == [
        "current.visits[ada visit]",
        "current.visits[ben visit]",
    ]
