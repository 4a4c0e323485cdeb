"""An instance that does not fit together is refused with every fault, by id."""

import json
from typing import Any

import pytest

from stroma.planning.planner.reading import read_instance
from stroma.protocols.domain.problem import BadInput
from tests.planning.small_clinics import a_clinic, a_tiny_clinic


def faults(document: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(BadInput) as refused:
        read_instance(json.dumps(document), file="clinic.json")
    assert {problem.file for problem in refused.value.problems} == {"clinic.json"}
    return [(problem.place, problem.message) for problem in refused.value.problems]


def changed(**visit: Any) -> dict[str, Any]:
    document = a_tiny_clinic()
    document["chains"][0]["visits"][1] |= visit
    return document


def test_the_generator_makes_sound_instances_and_the_same_for_the_same_seed() -> None:
    read_instance(json.dumps(a_clinic(30, 7)), file="clinic.json")
    assert a_clinic(30, 7) == a_clinic(30, 7) != a_clinic(30, 8)


@pytest.mark.parametrize(
    ("document", "place", "word"),
    [
        (changed(needs=["wizard"]), "chains[short].visits[injection]", "wizard, which no resource has"),
        (changed(minutes=-30), "chains[short].visits[injection].minutes", "greater than 0, not -30"),
        (changed(earliest_days=-1), "chains[short].visits[injection].earliest_days", "greater than or equal to 0"),
        (changed(earliest_days=9), "chains[short].visits[injection]", "less than the earliest"),
        (changed(at_least_minutes=9, at_most_minutes=3), "chains[short].visits[injection]", "less than at least 9"),
        (changed(after="tea"), "chains[short].visits[injection]", "follows tea"),
        (changed(color="red"), "chains[short].visits[injection].color", "unknown here"),
        (changed(minutes=300), "chains[short].visits[injection]", "no day on which all it needs are there long enough"),
        (changed(earliest_days=40, latest_days=50), "chains[short].visits[injection]", "no calendar can meet its lag"),
        (a_tiny_clinic(slot_minutes=7), "slot_minutes", "should be"),
        (a_tiny_clinic(patients=[{"id": "ada", "ready_on": "2027-01-01", "chains": ["short"]}]),
         "patients[ada].ready_on", "after the last day"),
        (a_tiny_clinic(patients=[{"id": "ada", "ready_on": "2026-03-02", "chains": ["long"]}]),
         "patients[ada].chains", "long is no chain"),
        (a_tiny_clinic(patients=[a_tiny_clinic()["patients"][0] | {"promised": ["injection"]}]),
         "patients[ada].promised", "no time in the current plan"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_id(document: dict[str, Any], place: str, word: str) -> None:
    assert [(at, word in message) for at, message in faults(document)] == [(place, True)]


def test_a_lag_that_falls_between_two_open_days_is_refused() -> None:
    document = a_tiny_clinic()
    document["resources"][0]["shifts"][0]["weekdays"] = [
        4
    ]  # Fridays only, and 2 to 4 days after a Friday is none
    assert [place for place, _ in faults(document)] == ["chains[short].visits[injection]"]


def test_every_fault_is_told_at_once() -> None:
    document = changed(needs=["wizard"], after="tea")
    document["patients"] *= 2
    document["resources"][0]["shifts"][0]["closes"] = "08:00"
    assert [place for place, _ in faults(document)] == [
        "patients[ada]",
        "resources[dr_gray].shifts[0]",
        "chains[short].visits[injection]",
        "chains[short].visits[injection]",
    ]


def test_what_is_no_json_is_refused_with_its_line() -> None:
    with pytest.raises(BadInput) as refused:
        read_instance('{\n "days": }', file="clinic.json")
    assert str(refused.value).startswith("clinic.json:2: this is not JSON")
