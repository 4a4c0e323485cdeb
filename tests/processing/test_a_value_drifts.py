"""When a value is called drifting: how often by chance, and how much the limits widen where few lots are known."""

import numpy as np
import pytest

from stroma.processing.domain.review import DRIFT_CHANCE, DRIFT_LEAST, usual_of

LOTS = 20_000


@pytest.mark.parametrize("earlier", [8, 12, 20, 50])
def test_a_lot_like_the_others_is_called_as_rarely_however_few_they_are(earlier: int) -> None:
    values = np.random.default_rng(earlier).normal(7.2, 0.1, (LOTS, earlier + 1))
    called = 0
    for *before, now in values.tolist():
        usual = usual_of(before)
        assert usual is not None
        called += not usual.low <= now <= usual.high
    # Four standard errors: a test that fails by chance once in thousands of seeds, and the seed is fixed.
    assert called / LOTS == pytest.approx(DRIFT_CHANCE, abs=4 * (DRIFT_CHANCE / LOTS) ** 0.5)


@pytest.mark.parametrize(("lots", "spreads"), [(8, 4.80), (12, 4.01), (20, 3.53), (200, 3.05)])
def test_the_limits_lie_further_out_the_fewer_lots_there_are(lots: int, spreads: float) -> None:
    usual = usual_of([6.0, 8.0] * (lots // 2))
    assert usual is not None
    assert (usual.mean, usual.lots) == (7.0, lots)
    assert (usual.high - usual.mean) / usual.spread == pytest.approx(spreads, abs=0.005)
    assert usual.mean - usual.low == pytest.approx(usual.high - usual.mean)


def test_too_few_lots_and_lots_that_were_all_alike_say_nothing() -> None:
    assert usual_of([6.0, 8.0] * (DRIFT_LEAST // 2 - 1) + [7.0]) is None
    assert usual_of([7.0] * 20) is None
