"""The example of the reference is planned as the page says, and what is wrong with a copy of it is told at once."""

import json
from copy import deepcopy
from typing import Any

import pytest

from stroma.cli import main
from stroma.planning.planner.reading import read_instance, read_schedule
from stroma.protocols.domain.problem import BadInput
from tests.docs.made import CHECKOUT

EXAMPLE = CHECKOUT / "docs" / "reference" / "plan-example.json"


@pytest.fixture
def example() -> dict[str, Any]:
    return json.loads(EXAMPLE.read_text(encoding="utf-8"))


def told(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadInput) as refused:
        read_instance(document if isinstance(document, str) else json.dumps(document), file="clinic.json")
    return [(problem.place, problem.message) for problem in refused.value.problems]


def test_the_example_is_planned_and_its_plan_accepted(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", str(EXAMPLE), "--seconds", "10", "--workers", "1", "--json"]) == 0
    result = capsys.readouterr().out
    assert [json.loads(result)[key] for key in ("status", "objective")] == ["optimal", 196.0]
    plan = tmp_path / "plan.json"
    plan.write_text(result, encoding="utf-8")
    assert main(["plan", "check", str(EXAMPLE), str(plan)]) == 0
    assert capsys.readouterr().out == "accepted: 196 points\n"


def test_what_the_schema_refuses_hides_nothing_that_does_not_fit(example: dict[str, Any]) -> None:
    collection, seeding, harvest, _ = example["chains"][0]["visits"]
    collection["minutes"] = -5
    seeding["needs"] = ["wizard"]
    harvest["earliest_days"] = 30
    example["patients"].append(deepcopy(example["patients"][0]))
    example["patients"][1]["priority"] = "high"
    example["patients"][2]["ready_on"] = "31.12.2027"
    example["resources"][0]["color"] = "red"
    del example["resources"][1]["shifts"][0]["opens"]
    assert {place for place, _ in told(example)} == {
        "resources[dr-a].color",
        "resources[room-1].shifts[0].opens",
        "chains[expanded].visits[collection].minutes",
        "chains[expanded].visits[seeding]",
        "chains[expanded].visits[harvest]",
        "patients[C-1]",
        "patients[C-2].priority",
        "patients[C-3].ready_on",
    }


def test_a_lag_that_no_calendar_can_meet_is_told_beside_other_faults(example: dict[str, Any]) -> None:
    chain = deepcopy(example["chains"][0]) | {"id": "broken", "treatment": "tea"}
    example |= {"days": 10, "chains": [*example["chains"], chain]}
    example["patients"][0]["chains"] = ["none"]
    assert [(place, message[:32]) for place, message in told(example)] == [
        ("chains[broken].treatment", "tea is no visit of this chain"),
        ("patients[C-1].chains", "none is no chain of the instance"),
        ("chains[expanded].visits[harvest]", "no calendar can meet its lag: on"),
    ]


@pytest.mark.parametrize(
    ("current", "place"),
    [
        ({"chains": {"C-9": "expanded"}}, "current.chains.C-9"),
        ({"chains": {"C-1": "none"}}, "current.chains.C-1"),
        ({"waiting": ["C-9"]}, "current.waiting"),
        ({"holds": [{"patient": "C-1", "hold": "culture", "resource": "cellar"}]}, "current.holds[C-1 culture]"),
        (
            {"visits": [{"patient": "C-1", "visit": "harvest", "starts_at": "2027-03-15T08:00", "resources": []}]},
            "current.visits[C-1 harvest]",
        ),
    ],
)  # fmt: skip
def test_a_current_plan_of_what_is_not_there_is_refused(
    example: dict[str, Any], current: dict[str, Any], place: str
) -> None:
    assert [where for where, _ in told(example | {"current": current})] == [place]


def test_a_key_that_is_given_twice_is_refused() -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace('"days": 60', '"days": 60, "days": 70')
    assert told(text) == [("", "the key days is given 2 times")]


@pytest.mark.parametrize("time", ["2027-03-01 08:00", "2027-03-01T08:00Z", "2027-02-30T08:00", "1772323200"])
def test_a_time_is_written_as_the_schema_says(time: str) -> None:
    visit = {"patient": "C-1", "visit": "collection", "starts_at": time, "resources": []}
    with pytest.raises(BadInput) as refused:
        read_schedule(json.dumps({"visits": [visit]}), file="plan.json")
    assert [problem.place for problem in refused.value.problems] == ["visits[0].starts_at"]


def test_a_number_in_quotes_is_no_number(example: dict[str, Any]) -> None:
    assert told(example | {"days": "60"}) == [("days", "should be a valid integer, not '60'")]


@pytest.mark.parametrize("depth", [10, 200_000])
def test_a_file_nested_too_deeply_is_refused_and_not_a_crash(
    tmp_path: Any, capsys: pytest.CaptureFixture[str], depth: int
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text("[" * depth, encoding="utf-8")
    assert main(["plan", "check", str(EXAMPLE), str(plan)]) == 2
    assert "plan.json" in capsys.readouterr().err
