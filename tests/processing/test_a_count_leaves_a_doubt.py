"""The rule by which a second sample is asked for, what two samples are worth, and when one may be counted."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.processing.domain.counting import BothSamples, CountReadings, evaluate_count
from stroma.processing.domain.growth.doubt import DOUBTFUL, UNUSUAL, asks_from, doubts
from stroma.processing.domain.growth.fit import (
    COUNTING_CV,
    OFF_THE_CURVE,
    SHARED,
    Count,
    both_samples,
    samples_agree,
)
from stroma.processing.domain.growth.forecast import STOPPED, STOPPED_TWICE, Conduct, off_the_curve
from stroma.processing.domain.recounting import (
    RECOUNT_WITHIN,
    Recountable,
    decline_blockers,
    recount_blockers,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WANTED = Recountable(counted_at=NOON, is_wanted=True)


@pytest.mark.parametrize(
    ("odds", "fewer", "once", "twice"),
    [
        (1.0, 0.5, [], []),
        (DOUBTFUL - 0.1, 0.2, [], []),
        (DOUBTFUL + 0.1, 0.2, ["recount_behind"], ["culture_in_doubt"]),
        (STOPPED_TWICE + 0.1, 0.2, ["recount_behind"], ["culture_behind"]),
        (STOPPED + 0.1, 0.01, ["culture_behind", "recount_to_be_sure"], ["culture_behind"]),
        (1.0, UNUSUAL / 2, ["recount_few"], ["cells_in_doubt"]),
        (1.0, 1 - UNUSUAL / 2, ["recount_many"], ["cells_in_doubt"]),
        (1.0, 0.0001, ["culture_short", "recount_to_be_sure"], ["culture_short"]),
        (0.1, 0.9999, ["culture_ahead", "recount_to_be_sure"], ["culture_ahead"]),
    ],
)
def test_a_count_is_as_expected_or_in_doubt_or_off(
    odds: float, fewer: float, once: list[str], twice: list[str]
) -> None:
    seen = Conduct(fewer, odds)
    for is_counted_twice, codes in ((False, once), (True, twice)):
        said = [
            *off_the_curve(seen, label="L", is_counted_twice=is_counted_twice),
            *doubts(seen, label="L", is_counted_twice=is_counted_twice),
        ]
        assert [one.code for one in said] == codes


def test_a_second_sample_is_asked_for_where_it_is_worth_its_cost() -> None:
    odds = asks_from(stops=0.02, settles=0.8, saved=14)
    stopped = 0.02 * odds / (0.02 * odds + 0.98)
    assert stopped * 0.8 * 14 == pytest.approx(1.0)
    assert asks_from(stops=0.02, settles=0.8, saved=28) < odds < asks_from(stops=0.01, settles=0.8, saved=14)


def test_one_sample_has_the_whole_error_and_two_share_what_the_same_hands_and_the_culture_do() -> None:
    once = Count(5.0, 20.0, 200)
    assert once.error == pytest.approx(
        math.hypot(math.hypot(1 / math.sqrt(200), COUNTING_CV) / math.log(2), OFF_THE_CURVE)
    )
    twice = both_samples(once, once)
    assert (twice.day, twice.log2_cells) == (once.day, pytest.approx(once.log2_cells))
    counted = math.sqrt(COUNTING_CV**2 * (1 + SHARED) / 2 + 1 / 400)
    assert twice.error == pytest.approx(math.hypot(counted / math.log(2), OFF_THE_CURVE))
    assert once.error / math.sqrt(2) < twice.error < once.error


@given(st.integers(1, 100_000), st.integers(1, 100_000))
def test_a_second_sample_never_leaves_more_doubt_than_the_poorer_of_both(first: int, second: int) -> None:
    both = Count(1.0, 20.0, first, second)
    assert both.error <= max(Count(1.0, 20.0, first).error, Count(1.0, 20.0, second).error) + 1e-12


def test_two_samples_agree_within_their_own_errors() -> None:
    first = Count(0.0, 20.0, 200)
    assert samples_agree(first, replace(first, log2_cells=20.5))
    assert not samples_agree(first, replace(first, log2_cells=21.5))


a_sample = st.builds(
    CountReadings,
    live_cells=st.integers(1, 500),
    dead_cells=st.integers(0, 200),
    squares=st.integers(1, 9),
    dilution_factor=st.decimals(1, 10, places=1),
    volume_ml=st.just(Decimal(20)),
)


@given(a_sample, a_sample)
def test_both_samples_are_in_the_container_as_their_mean(first: CountReadings, second: CountReadings) -> None:
    one, two, both = (evaluate_count(seen, None) for seen in (first, second, BothSamples(first, second)))
    assert abs(both.viable_cells - (one.viable_cells + two.viable_cells) / 2) <= 1
    low, high = sorted((one.viability, two.viability))
    assert low - Decimal("0.0001") <= both.viability <= high + Decimal("0.0001")
    assert evaluate_count(BothSamples(second, first), None) == both


@pytest.mark.parametrize(
    ("change", "after", "code"),
    [
        ({}, timedelta(hours=1), None),
        ({}, RECOUNT_WITHIN, None),
        ({}, RECOUNT_WITHIN + timedelta(minutes=1), "recount_of_another_day"),
        ({}, -timedelta(minutes=1), "recount_of_another_day"),
        ({"is_last": False}, timedelta(hours=1), "recount_after_the_next_step"),
        ({"is_wanted": False}, timedelta(hours=1), "recount_not_wanted"),
        ({"is_counted_twice": True}, timedelta(hours=1), "recounted_already"),
        ({"is_counted": False}, timedelta(hours=1), "nothing_was_counted"),
        ({"is_closed": True}, timedelta(hours=1), "batch_closed"),
        ({"is_declined": True}, timedelta(hours=1), None),
    ],
)
def test_a_second_sample_is_counted_once_where_it_is_asked_for_while_the_cells_are_there(
    change: dict[str, bool], after: timedelta, code: str | None
) -> None:
    found = recount_blockers(replace(WANTED, **change), at=NOON + after)
    assert [one.code for one in found] == ([] if code is None else [code])


@pytest.mark.parametrize(
    ("change", "reason", "code"),
    [
        ({}, "no suspension left", None),
        ({"is_last": False}, "forgotten", None),
        ({}, "  ", "reason_missing"),
        ({"is_declined": True}, "again", "recount_declined_already"),
        ({"is_wanted": False}, "not needed", "recount_not_wanted"),
        ({"is_closed": True}, "late", "batch_closed"),
    ],
)
def test_it_is_declined_once_with_a_reason_while_the_record_is_open(
    change: dict[str, bool], reason: str, code: str | None
) -> None:
    found = decline_blockers(replace(WANTED, **change), reason)
    assert [one.code for one in found] == ([] if code is None else [code])
