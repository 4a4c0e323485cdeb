"""A comparison is refused where the arms were not alike before treatment, and never claims superiority."""

import csv
import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.protocols.domain.blocker import Weight, stopping
from stroma.registry.domain.comparison import (
    comparison_blockers,
    share_in_common_range,
    standardized_difference,
)

REAL_DATA = Path(os.environ.get("STROMA_REAL_DATA", Path(__file__).parents[2] / "../shared/data"))
SCORES = st.lists(st.integers(0, 10).map(float), min_size=2, max_size=40)
ALWAYS = "registry_cannot_show_superiority"


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        ({"cells": [5, 6, 7, 8], "exercise": [5, 6, 7, 8]}, []),
        ({"cells": [5, 6, 7, 8], "exercise": [5, 6, 7, 9]}, ["baseline_differs"]),
        (
            {"cells": [7, 8, 9, 8], "exercise": [3, 4, 3, 2]},
            ["baseline_means_too_far_apart", "baseline_does_not_overlap"],
        ),
        ({"cells": [5, 5, 5, 5], "exercise": [0, 10, 0, 10]}, ["baseline_does_not_overlap"]),
        ({"cells": [5, 5], "exercise": [5, 5]}, []),
        ({"cells": [5, 6, 7], "exercise": [6]}, ["too_few_at_baseline"]),
        ({"cells": [5, 6, 7]}, ["one_treatment_is_no_comparison"]),
        ({"cells": [], "exercise": []}, ["too_few_at_baseline", "too_few_at_baseline"]),
    ],
)
def test_only_arms_that_overlap_are_compared(baseline: dict[str, list[float]], expected: list[str]) -> None:
    assert [blocker.code for blocker in comparison_blockers(baseline)] == [*expected, ALWAYS]


def test_a_difference_within_half_a_standard_deviation_is_noted_and_not_refused() -> None:
    blockers = comparison_blockers({"cells": [5, 6, 7, 8], "exercise": [5, 6, 7, 9]})
    assert [blocker.weight for blocker in blockers] == [Weight.CAUTION, Weight.CAUTION]


def test_the_refusal_shows_how_many_patients_it_rests_on() -> None:
    [first, *_] = comparison_blockers({"cells": [7, 8, 9], "exercise": [3, 4, 3, 2]})
    assert (first.values["treatments"], first.values["n"]) == (("cells", "exercise"), (3, 4))


def test_the_difference_is_in_units_of_the_common_standard_deviation() -> None:
    # Means 6 and 4; variances 4 and 4: (6 - 4) / 2.
    assert standardized_difference([4, 6, 8], [2, 4, 6]) == 1.0


def test_two_arms_without_spread_are_infinitely_far_apart() -> None:
    assert standardized_difference([5, 5], [6, 6]) == -math.inf


@given(SCORES, SCORES)
def test_it_does_not_matter_which_arm_is_named_first(one: list[float], other: list[float]) -> None:
    forward, backward = standardized_difference(one, other), standardized_difference(other, one)
    assert forward is not None
    assert backward is not None
    assert abs(forward) == abs(backward)
    assert share_in_common_range(one, other) == share_in_common_range(other, one)


@given(SCORES)
def test_an_arm_is_never_refused_beside_itself(scores: list[float]) -> None:
    assert stopping(comparison_blockers({"cells": scores, "exercise": scores})) == []


@pytest.mark.real_data
def test_the_arms_of_a_randomized_trial_may_stand_side_by_side() -> None:
    """Ashar 2022, JAMA Psychiatry: pain before treatment in the three randomized arms."""
    path = REAL_DATA / "outcomes" / "ashar2022_backpain_trial.csv"
    if not path.is_file():
        pytest.skip("the trial's table is not beside this checkout; set STROMA_REAL_DATA")
    baseline: dict[str, list[float]] = {"1": [], "2": [], "3": []}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["group"] in baseline and row["time"] == "1" and row["pain_avg"] != "NaN":
                baseline[row["group"]].append(float(row["pain_avg"]))
    assert stopping(comparison_blockers(baseline)) == []
