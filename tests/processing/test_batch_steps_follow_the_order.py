"""A batch record is walked in the protocol's order, counted where it says, and stops at its maxima."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stroma.processing.domain.batch_order import (
    BatchFacts,
    StepDone,
    incomplete_steps,
    next_step,
    step_blockers,
)
from stroma.protocols.domain.blocker import Weight
from stroma.protocols.domain.schema import Collection, Processing, ProcessingStep

COLLECTED_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
RECEIVED_AT = COLLECTED_AT + timedelta(hours=2)
PROCESSING = Processing(
    source="test batch record",
    passages_max=2,
    cumulative_population_doublings_max=20.0,
    steps=[
        ProcessingStep(code=code, kind=kind, title=code, count=count, source="test batch record")  # type: ignore[arg-type]
        for code, kind, count in [
            ("receive", "receive", False),
            ("seed_p0", "seed", False),
            ("feed", "feed", False),
            ("passage_1", "passage", True),
            ("passage_2", "passage", True),
            ("harvest", "harvest", True),
        ]
    ],
)
COLLECTION = Collection(
    source="test collection",
    procedure="marrow",
    amount_min=10.0,
    amount_max=12.0,
    unit="mL",
    hours_to_processing_max=24.0,
)


def done(*codes: str, counted: bool = True) -> tuple[StepDone, ...]:
    counts = {"viable_cells": 1e6, "viability": 0.95} if counted else {}
    return tuple(StepDone(code, RECEIVED_AT + timedelta(hours=n), **counts) for n, code in enumerate(codes))


HERE = BatchFacts(collected_at=COLLECTED_AT, material_is_here=True, cumulative_population_doublings=5.0)


def codes_for(step: str, facts: BatchFacts, *, at: datetime = COLLECTED_AT + timedelta(days=9)) -> list[str]:
    return [blocker.code for blocker in step_blockers(PROCESSING, COLLECTION, step, facts, at=at)]


@pytest.mark.parametrize(
    ("already", "step", "expected"),
    [
        (("receive",), "seed_p0", []),
        ((), "seed_p0", ["step_out_of_order"]),
        (("receive",), "receive", ["step_already_done"]),
        (("receive", "seed_p0"), "passage_1", ["step_out_of_order"]),
        (("receive", "seed_p0", "feed"), "feed", ["step_already_done"]),
        (("receive", "seed_p0", "feed", "passage_1"), "feed", ["step_already_done"]),
        (("receive", "seed_p0", "feed", "passage_1", "passage_2"), "harvest", []),
        (("receive",), "irradiate", ["step_unknown"]),
    ],
)
def test_steps_are_neither_skipped_nor_repeated(
    already: tuple[str, ...], step: str, expected: list[str]
) -> None:
    at = COLLECTED_AT + timedelta(hours=20)
    assert codes_for(step, replace(HERE, done=done(*already)), at=at) == expected


def test_a_step_does_not_begin_while_the_count_before_it_is_missing() -> None:
    facts = replace(HERE, done=done("receive", "seed_p0", "feed", "passage_1", counted=False), passage=1)
    assert codes_for("passage_2", facts) == ["count_missing"]


def test_the_next_step_is_the_first_one_not_done() -> None:
    step = next_step(PROCESSING, done("receive", "seed_p0"))
    assert step is not None
    assert step.code == "feed"


def test_a_complete_batch_has_no_next_step_and_nothing_incomplete() -> None:
    every = done(*(step.code for step in PROCESSING.steps))
    assert next_step(PROCESSING, every) is None
    assert incomplete_steps(PROCESSING, every) == ()


def test_a_step_without_its_count_is_incomplete() -> None:
    every = done(*(step.code for step in PROCESSING.steps), counted=False)
    assert incomplete_steps(PROCESSING, every) == ("passage_1", "passage_2", "harvest")


def test_a_passage_beyond_the_maximum_is_refused() -> None:
    facts = replace(HERE, done=done("receive", "seed_p0", "feed", "passage_1"), passage=2)
    blockers = step_blockers(PROCESSING, COLLECTION, "passage_2", facts, at=COLLECTED_AT + timedelta(days=9))
    assert [(b.code, b.values, b.weight) for b in blockers] == [
        ("passage_above_maximum", {"passage": 3, "limit": 2}, Weight.HARD)
    ]


@pytest.mark.parametrize(
    ("doublings", "expected"),
    [
        (20.0, []),
        (20.1, ["population_doublings_above_maximum"]),
        (None, ["population_doublings_unknown"]),
    ],
)
def test_population_doublings_are_held_to_the_maximum(doublings: float | None, expected: list[str]) -> None:
    facts = replace(
        HERE,
        done=done("receive", "seed_p0", "feed", "passage_1"),
        passage=1,
        cumulative_population_doublings=doublings,
    )
    assert codes_for("passage_2", facts) == expected


@pytest.mark.parametrize(
    ("hours", "already", "expected"),
    [
        (24, ("receive",), []),
        (25, ("receive",), ["collection_time_exceeded"]),
        (25, (), ["collection_time_exceeded"]),
        (25, ("receive", "seed_p0"), []),
    ],
)
def test_the_clock_from_collection_runs_until_processing_begins(
    hours: float, already: tuple[str, ...], expected: list[str]
) -> None:
    step = PROCESSING.steps[len(already)].code
    facts = replace(HERE, done=done(*already))
    assert codes_for(step, facts, at=COLLECTED_AT + timedelta(hours=hours)) == expected


def test_tissue_is_not_processed_before_it_was_collected() -> None:
    at = COLLECTED_AT - timedelta(minutes=1)
    assert codes_for("receive", HERE, at=at) == ["processing_before_collection"]


def test_a_step_is_not_dated_before_the_one_it_follows() -> None:
    facts = replace(HERE, done=done("receive", "seed_p0"))
    at = RECEIVED_AT + timedelta(minutes=30)
    assert codes_for("feed", facts, at=at) == ["step_before_the_last_one"]


def test_every_reason_is_given_at_once() -> None:
    facts = BatchFacts(collected_at=COLLECTED_AT)
    assert codes_for("seed_p0", facts) == [
        "step_out_of_order",
        "material_not_here",
        "collection_time_exceeded",
    ]
