"""Scales and intervals against published numbers, and against their own inverse."""

import csv
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stroma.processing.domain.intervals import wilson
from stroma.release.cytometry.scales import Scale, ScaleError, asinh, linear, log, logicle, logicle_inverse
from tests.skips import REAL_DATA

X = np.array([-10, -5, -1, 0, 0.3, 1, 3, 10, 100, 1000])


def test_logicle_gives_the_published_values() -> None:
    # Gating-ML 2.0 (T 1000, W 1, M 4, A 0), as FlowUtils' tests have them; the value at -10 mirrors the one at 10.
    wanted = [0.067574, 0.147986, 0.228752, 0.25, 0.256384, 0.271248, 0.312897, 0.432426, 0.739548, 1]
    assert logicle(X, t=1000, w=1, m=4, a=0) == pytest.approx(wanted, abs=1e-6)


def test_asinh_gives_the_published_values() -> None:
    wanted = [-0.200009, -0.139829, -0.000856, 0.2, 0.303776, 0.400856, 0.495521, 0.600009, 0.8, 1]
    assert asinh(X, t=1000, m=4, a=1) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.real_data
def test_asinh_gives_the_reference_values() -> None:
    table = (REAL_DATA / "reference_results/reference_values.csv").read_text("utf-8").splitlines()
    rows = [row for row in csv.DictReader(table) if row["group"] == "cytometry_asinh"]
    assert len(rows) == 10
    for row in rows:
        x = np.array([float(row["term"].removeprefix("x="))])
        assert asinh(x, t=1000, m=4, a=1)[0] == pytest.approx(float(row["value"]), abs=float(row["abs_tol"]))


def test_logarithm_and_line_are_those_of_the_standard() -> None:
    assert log(np.array([1.0, 1000.0, 10_000.0]), t=10_000, m=5).tolist() == pytest.approx([0.2, 0.8, 1.0])
    assert log(np.array([0.0]), t=10_000, m=5)[0] == -math.inf
    assert linear(np.array([-500.0, 10_000.0]), t=10_000, a=500).tolist() == [0.0, 1.0]


@st.composite
def logicle_scales(draw: st.DrawFn) -> Scale:
    t = draw(st.floats(10, 1e7))
    m = draw(st.floats(2, 6))
    w = draw(st.floats(0, m / 2.5))
    a = draw(st.floats(0, max((m - 2 * w) / 2, 0)))
    return Scale("logicle", t, w, m, a)


other_scales = st.one_of(
    st.builds(Scale, st.just("asinh"), t=st.floats(10, 1e7), m=st.floats(1, 6), a=st.floats(0, 1)),
    st.builds(Scale, st.just("linear"), t=st.floats(10, 1e7), a=st.floats(0, 10)),
)


@given(st.one_of(logicle_scales(), other_scales), st.floats(-2, 2))
def test_the_inverse_of_a_scale_gives_back_the_value(scale: Scale, share: float) -> None:
    value = share * scale.t
    again = scale.inverse(scale.forward(np.array([value])))[0]
    assert again == pytest.approx(value, rel=1e-7, abs=1e-9 * scale.t)


@given(logicle_scales(), st.floats(-1, 1), st.floats(-1, 1))
def test_a_larger_value_never_lies_lower_on_a_scale(scale: Scale, first: float, second: float) -> None:
    low, high = sorted((first * scale.t, second * scale.t))
    assume(high - low > 1e-9 * scale.t)
    places = scale.forward(np.array([low, high]))
    assert places[0] < places[1]


@given(logicle_scales())
def test_the_top_of_a_scale_lies_at_one(scale: Scale) -> None:
    assert scale.forward(np.array([scale.t]))[0] == pytest.approx(1.0, abs=1e-9)


def test_logicle_without_a_linear_part_is_asinh() -> None:
    assert logicle(X, t=1000, w=0, m=4, a=1) == pytest.approx(asinh(X, t=1000, m=4, a=1), abs=1e-12)


def test_nan_stays_nan() -> None:
    assert np.isnan(logicle(np.array([np.nan]), t=1000, w=1, m=4, a=0)[0])
    assert np.isnan(logicle_inverse(np.array([np.nan]), t=1000, w=1, m=4, a=0)[0])


def test_what_is_infinite_lies_infinitely_far() -> None:
    assert logicle(np.array([-np.inf, np.inf]), t=1000, w=1, m=4, a=0).tolist() == [-np.inf, np.inf]


@pytest.mark.parametrize(
    ("t", "w", "m", "a", "named"),
    [(0, 0.5, 4, 0, "t is 0"), (1, 2.5, 4, 0, "w is 2.5"), (1, -1, 4, 0, "w is -1"), (1, 1, 4, 3, "a is 3")],
)
def test_a_parameter_out_of_range_is_named(t: float, w: float, m: float, a: float, named: str) -> None:
    with pytest.raises(ScaleError, match=named):
        logicle(X, t=t, w=w, m=m, a=a)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        # Newcombe, Stat Med 17 (1998) 857-872, table I, method 3 (score).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_percentage_lies_in_its_interval(first: int, second: int) -> None:
    count, total = sorted((first, second))
    low, high = wilson(count, total)
    assert 0 <= low <= high <= 1
    if total:
        assert low <= count / total <= high


def test_more_than_all_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="5 of 4"):
        wilson(5, 4)
