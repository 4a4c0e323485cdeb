"""What a step wants: each row is a step with one thing wrong, and the reasons that are given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from stroma.processing.domain.review import Acceptance, StepFacts, ValueFacts, review
from stroma.processing.domain.step_wants import (
    EquipmentFacts,
    ReagentFacts,
    Used,
    scan_blockers,
    wants_blockers,
)
from stroma.protocols.domain.blocker import Weight, stopping
from stroma.protocols.domain.schema import Processing, ProcessingStep

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STEP = ProcessingStep.model_validate(
    {
        "code": "seed",
        "kind": "seed",
        "title": "Seed",
        "within": "2 h",
        "equipment": ["incubator"],
        "reagents": ["medium"],
        "readings": [
            {"code": "warm", "title": "Warmth", "unit": "°C", "minimum": 36, "maximum": 38, "source": "test"}
        ],
        "source": "test",
    }
)
INCUBATOR = EquipmentFacts("I-1", "incubator", "Incubator", clean_until=AT + HOUR, calibrated_until=AT + HOUR)
MEDIUM = ReagentFacts("M-1", "medium", "Medium", "7", AT + HOUR, is_released=True)
RIGHT = Used([INCUBATOR], [MEDIUM], values={"warm": Decimal(37)}, step_before_at=AT - HOUR)


def with_equipment(**facts: object) -> Used:
    return replace(RIGHT, equipment=[replace(INCUBATOR, **facts)])  # type: ignore[arg-type]  # the fields of the dataclass


def with_reagent(**facts: object) -> Used:
    return replace(RIGHT, reagents=[replace(MEDIUM, **facts)])  # type: ignore[arg-type]  # the fields of the dataclass


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (RIGHT, []),
        (replace(RIGHT, equipment=[]), ["equipment_missing"]),
        (with_equipment(kind="fridge"), ["equipment_missing"]),
        (with_equipment(clean_until=AT), ["equipment_not_clean"]),
        (with_equipment(clean_until=None), ["equipment_not_clean"]),
        (with_equipment(clean_until=None, needs_cleaning=False), []),
        (with_equipment(calibrated_until=AT), ["equipment_not_calibrated"]),
        (with_equipment(calibrated_until=None, needs_calibration=False), []),
        (with_equipment(is_out_of_service=True), ["equipment_out_of_service"]),
        (replace(RIGHT, reagents=[]), ["reagent_missing"]),
        (with_reagent(expires_at=AT), ["reagent_expired"]),
        (with_reagent(is_released=False), ["reagent_not_released"]),
        (with_reagent(is_recalled=True), ["reagent_recalled"]),
        (replace(RIGHT, unknown=["?"]), ["scanned_thing_unknown"]),
        (replace(RIGHT, values={}), ["value_missing"]),
        (replace(RIGHT, values={"warm": Decimal("35.9")}), ["value_out_of_limits"]),
        (replace(RIGHT, values={"warm": Decimal(36)}), []),
        (replace(RIGHT, values={"warm": Decimal("38.1")}), ["value_out_of_limits"]),
        (replace(RIGHT, step_before_at=AT - 2 * HOUR), []),
        (replace(RIGHT, step_before_at=AT - 2.1 * HOUR), ["step_late"]),
        (Used(), ["equipment_missing", "reagent_missing", "value_missing"]),
    ],
)
def test_a_step_says_everything_that_it_wants_and_did_not_get(used: Used, expected: list[str]) -> None:
    assert [one.code for one in wants_blockers(STEP, used, at=AT)] == expected


def test_only_a_value_and_lateness_can_be_explained_away() -> None:
    used = replace(
        RIGHT,
        values={"warm": Decimal(39)},
        step_before_at=AT - 3 * HOUR,
        reagents=[replace(MEDIUM, expires_at=AT)],
    )
    found = wants_blockers(STEP, used, at=AT)
    assert [one.code for one in found if one.weight is Weight.OVERRIDABLE] == [
        "value_out_of_limits",
        "step_late",
    ]
    left = stopping(found, overridden=[one.code for one in found])
    assert [one.code for one in left] == ["reagent_expired"]


def test_a_scan_of_another_kind_or_of_nothing_known_is_refused() -> None:
    assert [one.code for one in scan_blockers("medium", Used(equipment=[INCUBATOR]), at=AT)] == [
        "another_kind_scanned"
    ]
    assert [one.code for one in scan_blockers("medium", Used(unknown=["x"]), at=AT)] == [
        "scanned_thing_unknown"
    ]
    assert scan_blockers("medium", Used(reagents=[MEDIUM]), at=AT) == []


PROCESSING = Processing.model_validate(
    {
        "source": "test",
        "steps": [
            {"code": "receive", "kind": "receive", "title": "Receive", "source": "test"},
            STEP.model_dump(),
        ],
    }
)
WARM = ValueFacts("warm", "Warmth", Decimal(37), "°C", Decimal(36), Decimal(38))
DONE = StepFacts("seed", AT, has_count=False, equipment=[INCUBATOR], reagents=[MEDIUM], values=[WARM])
RECEIVED = StepFacts("receive", AT - HOUR, has_count=False)
EARLIER = [36.9, 37.0, 37.1, 37.0, 36.9, 37.1, 37.0, 37.0]


def valued(**facts: object) -> StepFacts:
    return replace(DONE, values=[replace(WARM, **facts)])  # type: ignore[arg-type]  # the fields of the dataclass


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (DONE, []),
        (replace(DONE, values=[]), ["value_missing"]),
        (replace(DONE, equipment=[], reagents=[]), ["equipment_missing", "reagent_missing"]),
        (replace(DONE, at=AT + 5 * HOUR),
         ["step_was_late", "equipment_not_clean", "equipment_not_calibrated", "reagent_expired"]),
        (replace(DONE, recalled_since=[MEDIUM]), ["reagent_recalled_since"]),
        (valued(value=Decimal(39), reason="door"), ["value_was_out_of_limits"]),
        (valued(was=Decimal(35), reason="misread"), ["value_was_corrected"]),
        (valued(was=Decimal(35)), ["value_edited_without_reason"]),
        (valued(earlier=EARLIER), []),
        (valued(value=Decimal("37.3"), earlier=EARLIER), []),
        (valued(value=Decimal("37.9"), earlier=EARLIER), ["value_drifts"]),
        (valued(value=Decimal("37.9"), earlier=EARLIER[:7]), []),
    ],
)  # fmt: skip
def test_a_review_lists_what_is_to_be_looked_at_and_nothing_else(
    done: StepFacts, expected: list[str]
) -> None:
    found = review(PROCESSING, [RECEIVED, done])
    assert [one.blocker.code for one in found.findings] == expected
    assert {one.step for one in found.findings} <= {"seed"}


def test_a_review_says_what_is_not_done_and_on_what_it_looked() -> None:
    assert [one.blocker.code for one in review(PROCESSING, [RECEIVED]).findings] == ["step_not_done"]
    found = review(PROCESSING, [RECEIVED, DONE])
    assert (found.steps, found.values, found.equipment, found.reagents) == (2, 1, 1, 1)


@pytest.mark.parametrize(
    ("exceptions", "reason", "is_open"),
    [
        ([], "", True),
        ([("step_late", "the lift was stuck")], "the lift was stuck", False),
        ([("reagent_expired", "the only lot")], "", True),
    ],
)
def test_a_late_step_waits_for_quality_unless_the_bench_said_why(
    exceptions: list[tuple[str, str]], reason: str, is_open: bool
) -> None:
    received = replace(RECEIVED, at=AT - 2.1 * HOUR)
    [found] = review(PROCESSING, [received, replace(DONE, exceptions=exceptions)]).findings
    assert (found.blocker.code, found.blocker.values["reason"]) == ("step_was_late", reason)
    assert found.waits_for_quality == is_open


@pytest.mark.parametrize(("has_count", "expected"), [(True, []), (False, ["step_count_missing"])])
def test_a_step_that_ends_with_a_count_is_looked_at_until_it_has_one(
    has_count: bool, expected: list[str]
) -> None:
    receive, seed = PROCESSING.steps
    counting = PROCESSING.model_copy(update={"steps": [receive, seed.model_copy(update={"count": True})]})
    found = review(counting, [RECEIVED, replace(DONE, has_count=has_count)])
    assert [one.blocker.code for one in found.findings] == expected


def test_what_was_explained_weighs_less() -> None:
    explained = review(PROCESSING, [RECEIVED, valued(value=Decimal(39), reason="door")])
    bare = review(PROCESSING, [RECEIVED, valued(value=Decimal(39))])
    assert [one.blocker.weight for one in (*explained.findings, *bare.findings)] == [
        Weight.CAUTION,
        Weight.HARD,
    ]


def test_a_drift_waits_for_quality_until_it_is_accepted() -> None:
    drifting = [RECEIVED, valued(value=Decimal("37.9"), earlier=EARLIER)]
    [finding] = review(PROCESSING, drifting).waiting
    accepted = {finding.key: Acceptance("the new probe reads higher", "Quinn", AT)}
    again = review(PROCESSING, drifting, accepted)
    assert (again.waiting, [one.accepted is not None for one in again.findings]) == ([], [True])
    warmer = review(PROCESSING, [RECEIVED, valued(value=Decimal("37.8"), earlier=EARLIER)], accepted)
    assert [one.blocker.code for one in warmer.waiting] == ["value_drifts"]
