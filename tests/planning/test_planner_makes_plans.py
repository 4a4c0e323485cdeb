"""Whatever the planner hands out keeps every rule, and says truly how good it is."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stroma.planning.planner.checker import violations
from stroma.planning.planner.futures import chances
from stroma.planning.planner.points import points_of
from stroma.planning.planner.result import Status, plan
from stroma.planning.planner.roster import Roster
from stroma.planning.planner.rules import RulesModel
from stroma.planning.planner.search import Search
from stroma.planning.planner.state import State
from tests.planning.small_clinics import a_clinic, a_tiny_clinic, an_instance


@settings(max_examples=8)
@given(patients=st.integers(1, 12), seed=st.integers(0, 10_000))
def test_every_plan_passes_the_checker_and_costs_what_it_says(patients: int, seed: int) -> None:
    instance = an_instance(a_clinic(patients, seed))
    result = plan(instance, seconds=0.2, workers=1, seed=seed)
    assert violations(instance, result.schedule) == []
    assert result.objective == pytest.approx(points_of(instance, result.schedule))
    assert result.bound <= result.objective + 1e-6


def test_the_optimum_of_a_tiny_clinic_is_found_and_proved() -> None:
    instance = an_instance(a_tiny_clinic())
    result = plan(instance, seconds=5, workers=1)
    # Ready on Monday, collected on Monday, treated two days later at 2 points a day.
    assert (result.status, result.objective, result.bound) == (Status.OPTIMAL, 4, pytest.approx(4))


def test_no_plan_of_every_rule_beats_the_bound() -> None:
    instance = an_instance(a_tiny_clinic(patients=[
        {"id": name, "ready_on": "2026-03-02", "chains": ["short"], "priority": priority}
        for name, priority in (("ada", 3), ("ben", 1), ("cleo", 2), ("dan", 3))
    ]))  # fmt: skip
    model = RulesModel(instance)
    status, solver = model.solve(seconds=30, workers=1)
    assert status == "optimal"
    schedule = model.schedule(solver)
    ours = plan(instance, seconds=5, workers=1)
    assert violations(instance, schedule) == []
    assert ours.bound <= points_of(instance, schedule) == pytest.approx(ours.objective)


def test_days_that_come_from_counts_are_no_days_of_a_patient_who_cannot_be_there_yet() -> None:
    document = a_tiny_clinic()
    document["patients"].append(
        document["patients"][0] | {"id": "ben", "not_before": {"injection": "2026-03-09"}}
    )
    instance = an_instance(document)
    state = State(Roster(instance))
    chain = state.roster.chains["short"]
    found = {name: state.finder.on_days(state.patients[name], chain, [0, 2], None) for name in ("ada", "ben")}
    assert found["ada"] is not None
    assert found["ben"] is None


def test_two_workers_stop_in_time_and_give_a_plan() -> None:
    instance = an_instance()
    result = plan(instance, seconds=0.5, workers=2)
    assert violations(instance, result.schedule) == []


def test_who_is_stopped_at_once_hands_out_the_best_so_far() -> None:
    instance = an_instance()

    def stop(stage: str, *_: float) -> None:
        if stage == "first plan":
            raise KeyboardInterrupt

    result = plan(instance, seconds=600, workers=1, progress=stop)
    assert result.stopped
    assert result.seconds < 60
    assert violations(instance, result.schedule) == []
    assert result.schedule.chains


def test_progress_tells_points_that_only_fall_and_a_bound_below_them() -> None:
    told: list[tuple[float, float]] = []
    Search(
        an_instance(a_clinic(10)),
        seconds=1.5,
        workers=1,
        seed=1,
        progress=lambda stage, seconds, points, bound: told.append((points, bound)),
    ).run()
    points = [row[0] for row in told]
    assert points == sorted(points, reverse=True)
    assert all(bound <= best + 1e-6 for best, bound in told)


def test_rules_that_cannot_hold_together_are_named_and_none_is_too_many() -> None:
    document = a_tiny_clinic(
        patients=[
            {
                "id": "ada",
                "ready_on": "2026-03-02",
                "chains": ["short"],
                "promised": ["collection"],
                "not_before": {"injection": "2026-03-13"},
            },
            {"id": "ben", "ready_on": "2026-03-02", "chains": ["short"]},
        ],
        current={
            "chains": {"ada": "short"},
            "visits": [
                {
                    "patient": "ada",
                    "visit": "collection",
                    "starts_at": "2026-03-03T09:00",
                    "resources": ["dr_gray"],
                }
            ],
        },
    )
    result = plan(an_instance(document), seconds=10, workers=1)
    assert result.status == Status.INFEASIBLE
    assert result.conflict is not None
    assert result.conflict.is_smallest
    assert {(rule.kind, rule.ids) for rule in result.conflict.rules} == {
        ("place", ("ada",)),
        ("stays", ("ada", "collection")),
        ("lag", ("short", "injection")),
        ("not_before", ("ada", "injection")),
    }


def test_what_was_promised_and_what_is_frozen_stays() -> None:
    free = an_instance(a_clinic(8, 5))
    current = plan(free, seconds=0.2, workers=1).schedule
    somebody = next(iter(current.chains))
    promised = free.model_copy(
        update={
            "current": current,
            "frozen_until": Roster(free).time_of(20, 0),
            "patients": [
                one.model_copy(update={"promised": ["injection"] if one.id == somebody else []})
                for one in free.patients
            ],
        }
    )
    result = plan(promised, seconds=0.3, workers=1)
    before = {(v.patient, v.visit): v.starts_at for v in current.visits}
    after = {(v.patient, v.visit): v.starts_at for v in result.schedule.visits}
    kept = {key for key, at in before.items() if at < promised.frozen_until} | {(somebody, "injection")}
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
    assert violations(promised, result.schedule) == []


def test_a_culture_that_is_never_late_keeps_its_date_and_a_late_one_does_not_always() -> None:
    document = a_clinic(3, 2)
    certain = json.loads(json.dumps(document))
    for chain in certain["chains"]:
        for visit in chain["visits"]:
            visit.pop("often_late_days", None)
            visit.pop("often_early_days", None)
    schedule = plan(an_instance(certain), seconds=0.2, workers=1).schedule
    assert {chance.kept for chance in chances(an_instance(certain), schedule, samples=50)} == {1.0}
    uncertain = chances(an_instance(document), schedule, samples=400)
    assert [chance.visit for chance in uncertain] == ["injection"] * 3
    assert all(0.0 < chance.kept < 1.0 for chance in uncertain)
