"""How a culture grows and when it holds the dose: the curve, the fit, what a clinic learns, and what is called off."""

import csv
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.processing.domain.growth.curve import day_reached, log2_cells
from stroma.processing.domain.growth.fit import Count, Seeding, draw, fitted, summary
from stroma.processing.domain.growth.forecast import conduct, forecast, off_the_curve, out_of_reach
from stroma.processing.domain.growth.population import SHIPPED, learned
from stroma.protocols.domain.vocabulary import Tissue
from tests.skips import REAL_DATA

MARROW = SHIPPED[Tissue.BONE_MARROW]
A_MILLION = math.log2(1e6)
SEEDED = Seeding(A_MILLION, 0.25)


def a_culture(rate: float = 0.5, lag: float = 1.5, most: float = 35.0) -> np.ndarray:
    return np.array([A_MILLION, math.log(rate), math.log(lag), math.log(most)])


def counts_of(culture: np.ndarray, *days: float, off: float = 0.0) -> list[Count]:
    return [Count(day, float(log2_cells(np.array([day]), culture)[0]) + off, 200) for day in days]


rates, lags, mosts = st.floats(0.1, 2.0), st.floats(0.1, 6.0), st.floats(8.0, 60.0)


@given(rates, lags, mosts, st.floats(0.1, 0.95))
def test_the_day_on_which_a_target_is_reached_is_that_of_the_curve(rate, lag, most, share):
    culture = a_culture(rate, lag, most)
    target = A_MILLION + share * most
    day = float(day_reached(target, culture))
    assert day > lag
    assert float(log2_cells(np.array([day]), culture)[0]) == pytest.approx(target, abs=1e-6)


@given(rates, lags, mosts)
def test_cells_never_fall_and_never_pass_the_most(rate, lag, most):
    held = log2_cells(np.linspace(0, 200, 300), a_culture(rate, lag, most))
    assert (np.diff(held) >= -1e-9).all()
    assert held[0] == A_MILLION
    assert held[-1] <= A_MILLION + most + 1e-9


def test_more_than_the_cells_have_in_them_is_never_reached():
    assert day_reached(A_MILLION + 36, a_culture(most=35)) == math.inf
    assert day_reached(A_MILLION - 1, a_culture()) == 0


@pytest.mark.real_data
@pytest.mark.parametrize("file", ["nist_rat42.csv", "nist_rat43.csv"])
def test_the_fit_finds_the_certified_values_from_both_starts(file):
    """NIST StRD, nonlinear regression: Rat42 (logistic) and Rat43 (Richards); six digits."""
    with (REAL_DATA / "reference_results/inputs" / file).open() as rows:
        x, y = np.array([[float(row["x"]), float(row["y"])] for row in csv.DictReader(rows)]).T
    starts, certified = {
        "nist_rat42.csv": (
            [(100, 1, 0.1), (75, 2.5, 0.07)],
            (7.2462237576e01, 2.6180768402e00, 6.7359200066e-02),
        ),
        "nist_rat43.csv": (
            [(100, 10, 1, 1), (700, 5, 0.75, 1.3)],
            (6.9964151270e02, 5.2771253025e00, 7.5962938329e-01, 1.2792483859e00),
        ),
    }[file]

    def residuals(b):
        return b[0] / (1 + np.exp(b[1] - b[2] * x)) ** (1 / b[3] if len(b) > 3 else 1) - y

    for start in starts:
        found, _precision = fitted(residuals, np.array(start, float))
        assert found == pytest.approx(certified, rel=1e-6)


def test_the_same_counts_and_seed_give_the_same_forecast_and_every_count_narrows_it():
    culture = a_culture()
    widths = []
    for days in [(3,), (3, 5), (3, 5, 7), (3, 5, 7, 9, 11)]:
        once, again = (
            forecast(SEEDED, counts_of(culture, *days), MARROW, dose_log2=math.log2(1e8), seed=4)
            for _ in range(2)
        )
        assert (once.days == again.days).all()
        assert once.draws.effective > 1000
        widths.append(once.day(0.95) - once.day(0.05))
    assert widths == sorted(widths, reverse=True)
    assert once.day(0.05) < float(day_reached(math.log2(1e8), culture)) < once.day(0.95)


def test_without_a_count_the_forecast_is_that_of_the_population():
    drawn = draw(SEEDED, [], MARROW, draws=20_000, seed=1).parameters
    assert drawn[:, 1:].mean(axis=0) == pytest.approx(MARROW.mean, abs=0.03)
    assert np.cov(drawn[:, 1:].T) == pytest.approx(MARROW.covariance, abs=0.02)


def test_a_clinic_whose_cells_grow_faster_learns_it_and_one_lot_alone_changes_little():
    fast = [summary(SEEDED, counts_of(a_culture(0.8), 3, 5, 7, 9), MARROW) for _ in range(40)]
    assert math.exp(learned(MARROW, fast).mean[0]) == pytest.approx(0.8, rel=0.12)
    shipped_rate = math.exp(MARROW.mean[0])
    assert math.exp(learned(MARROW, fast[:1]).mean[0]) - shipped_rate < 0.2 * (0.8 - shipped_rate)
    assert learned(MARROW, []) is MARROW


def test_a_culture_whose_growth_stops_is_called_off_within_two_counts_and_a_sound_one_is_not():
    culture = a_culture()
    sound = counts_of(culture, 3, 5, 7, 9, 11)
    for seen in range(1, 6):
        assert off_the_curve(conduct(SEEDED, sound[:seen], MARROW, seed=1), label="L") == []
    held = float(log2_cells(np.array([7.0]), culture)[0])
    stopped = [*sound[:3], Count(9, held, 200), Count(11, held, 200)]
    assert [b.code for b in off_the_curve(conduct(SEEDED, stopped, MARROW, seed=1), label="L")] == [
        "culture_behind"
    ]


def test_far_more_cells_than_such_a_culture_has_are_called_off_as_well():
    grown = [*counts_of(a_culture(), 3, 5), *counts_of(a_culture(), 7, off=3.0)]
    assert [b.code for b in off_the_curve(conduct(SEEDED, grown, MARROW, seed=1), label="L")] == [
        "culture_ahead"
    ]


def test_cells_that_are_missing_at_the_first_count_are_called_off_as_well():
    lost = counts_of(np.array([A_MILLION - 2, math.log(0.5), math.log(1.5), math.log(35)]), 1)
    assert [b.code for b in off_the_curve(conduct(SEEDED, lost, MARROW, seed=1), label="L")] == [
        "culture_short"
    ]


def test_a_dose_that_will_not_be_there_in_time_is_said_to_be_out_of_reach():
    found = forecast(SEEDED, counts_of(a_culture(0.15), 3, 5, 7), MARROW, dose_log2=math.log2(1e8), seed=1)
    assert [b.code for b in out_of_reach(found, latest_day=21, label="L")] == ["dose_out_of_reach"]
    assert out_of_reach(found, latest_day=200, label="L") == []
