"""Viability, cells, doublings and the rate of growth each have their interval: in numbers, on the page, in print."""

from datetime import UTC, datetime, timedelta
from math import hypot, log, log2
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.processing.domain.count_figures import StepCount, count_figures
from stroma.simulation.clinic import SimulatedClinic
from tests.doubtful_cultures import SOUND, harvested, the_harvest
from tests.lots_on_the_way import signed_in
from tests.treated_courses import a_clinic

SEEDED = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def counted(day: float, cells: float, seen: int = 500, **more: object) -> StepCount:
    return StepCount(SEEDED + day * DAY, cells, 0.9, seen, **more)  # type: ignore[arg-type]  # named as they are


def test_the_interval_of_a_viability_is_that_of_the_cells_seen() -> None:
    [figures] = count_figures([StepCount(SEEDED, 1e6, 0.9, 100)])
    # Wilson's interval of 90 in 100, as published tables have it.
    assert (round(figures.viability.low, 4), round(figures.viability.high, 4)) == (0.8256, 0.9448)


def test_that_of_cells_has_the_pipetting_too() -> None:
    [figures] = count_figures([counted(0, 1e6, seen=400)])
    error = hypot(1 / 400**0.5, 0.15) / log(2)
    assert figures.viable_cells.high == pytest.approx(1e6 * 2 ** (1.96 * error), rel=1e-4)
    assert figures.viable_cells.low * figures.viable_cells.high == pytest.approx(1e12)


def test_growth_is_told_from_the_second_count_of_plated_cells_on() -> None:
    tissue = counted(-1, 9e9, is_plated=False)
    of_tissue, first, second, third = count_figures(
        [tissue, counted(0, 1e6), counted(4, 4e6), counted(6, 8e6)]
    )
    assert of_tissue.doublings is first.doublings is first.doublings_per_day is None
    assert second.doublings is not None
    assert second.doublings_per_day is not None
    assert third.cumulative_doublings is not None
    assert (second.doublings.value, second.doublings_per_day.value) == (2.0, 0.5)
    assert second.doublings_per_day.low == pytest.approx(second.doublings.low / 4)
    assert third.cumulative_doublings.value == pytest.approx(3.0)


@given(st.lists(st.floats(1e4, 1e9), min_size=2, max_size=6))
def test_cumulative_doublings_are_the_sum_and_only_as_uncertain_as_their_ends(cells: list[float]) -> None:
    figures = count_figures([counted(day, one) for day, one in enumerate(cells)])[1:]
    total = figures[-1].cumulative_doublings
    assert total is not None
    assert total.value == pytest.approx(sum(one.doublings.value for one in figures if one.doublings))
    reach = 1.96 * 2**0.5 * hypot(1 / 500**0.5, 0.15) / log(2)
    assert total.high - total.value == pytest.approx(reach, rel=1e-4)


def test_the_intervals_hold_the_truth_as_often_as_they_say() -> None:
    random, held = Random(7), 0
    for _ in range(2000):
        pair = []
        for day, cells in ((0.0, 1e6), (3.0, 3e6)):
            seen = max(1, round(random.gauss(500, 500**0.5)))
            pair.append(counted(day, cells * seen / 500 * random.gauss(1, 0.15), seen=seen))
        doublings = count_figures(pair)[1].doublings
        assert doublings is not None
        held += doublings.low <= log2(3) <= doublings.high
    assert 0.93 <= held / 2000 <= 0.97


@pytest.mark.django_db
class TestOnThePages:
    @pytest.fixture
    def clinic(self) -> SimulatedClinic:
        return a_clinic()

    def test_the_record_and_its_print_tell_each(self, clinic: SimulatedClinic) -> None:
        step = the_harvest(harvested(clinic, SOUND))
        client = signed_in(clinic.person("quality"))
        page = client.get(f"/processing/batches/{step.batch_id}/record/").content.decode()
        for words in ("Doublings since the last count", "Doublings a day", "95 % interval in brackets"):
            assert words in page
        count = step.standing_count()
        assert count is not None
        row = next(
            one
            for one in client.get(f"/processing/batches/{step.batch_id}/record/").context["rows"]
            if one["step"] == step
        )
        assert row["figures"]["doublings"] == f"{count.population_doublings:.2f}"
        assert row["figures"]["rate_interval"] in page
        assert client.get(f"/processing/batches/{step.batch_id}/record.pdf").content.startswith(b"%PDF")
