"""Counts, growth and dose against closed forms and the reference values of other programs."""

import csv
import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.processing.domain import counts
from stroma.processing.domain.counts import CountError
from tests.spec_tables import SpecCase, line_of, spec_cases

REAL_DATA = Path(os.environ.get("STROMA_REAL_DATA", Path(__file__).parents[2] / "../shared/data"))
CELLS = st.floats(min_value=1, max_value=1e12)

FORMULAS = {
    "population_doublings": lambda g: counts.population_doublings(g["seeded"], g["harvested"]),
    "doubling_time_hours": lambda g: counts.doubling_time_hours(g["seeded"], g["harvested"], g["hours"]),
    "growth_rate_per_hour": lambda g: counts.specific_growth_rate_per_hour(
        g["seeded"], g["harvested"], g["hours"]
    ),
    "fold_expansion": lambda g: counts.fold_expansion(g["seeded"], g["harvested"]),
    "p0_doublings": lambda g: counts.p0_doublings(g["harvested"], g.get("colonies")),
    "viability": lambda g: counts.viability_fraction(g["live"], g["dead"]),
    "cells_per_ml": lambda g: counts.cells_per_ml(g["per_square"], g["dilution"]),
    "total_viable": lambda g: counts.total_viable_cells(g["per_ml"], g["volume_ml"]),
    "recovery": lambda g: counts.post_thaw_recovery_fraction(g["thawed"], g["frozen"]),
    "plating_efficiency": lambda g: counts.plating_efficiency_fraction(g["colonies"], g["plated"]),
    "cells_to_seed": lambda g: counts.cells_to_seed(g["dose"], g["doublings"]),
    "dose_volume_ml": lambda g: counts.dose_volume_ml(g["dose"], g["per_ml"]),
    "endotoxin_per_kg": lambda g: counts.endotoxin_per_kg_eu(g["eu_per_ml"], g["volume_ml"], g["weight_kg"]),
}


@pytest.mark.parametrize("case", spec_cases("counts.txt"), ids=line_of)
def test_every_case_of_the_table_is_counted_as_it_says(case: SpecCase) -> None:
    given_values = {name: float(value) for name, value in (pair.split() for pair in case.listed("given"))}
    compute = FORMULAS[case["quantity"]]
    answer = case.get("answer")
    if answer == "refused":
        with pytest.raises(CountError):
            compute(given_values)
    elif answer:
        assert compute(given_values) == pytest.approx(float(answer), rel=1e-12, abs=1e-12)
    else:
        assert compute(given_values) is None


@pytest.mark.real_data
def test_growth_agrees_with_the_reference_values() -> None:
    path = REAL_DATA / "reference_results" / "reference_values.csv"
    if not path.is_file():
        pytest.skip("the reference values are not beside this checkout; set STROMA_REAL_DATA")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["group"] == "growth_pd"]
    assert len(rows) == 7
    for row in rows:
        model = {name: float(value) for name, value in (part.split("=") for part in row["model"].split())}
        if row["quantity"] == "population_doublings":
            got = counts.population_doublings(model["N0"], model["N1"])
        else:
            got = counts.doubling_time_hours(model["N0"], model["N1"], model["hours"]) or math.nan
        assert abs(got - float(row["value"])) <= float(row["abs_tol"]), row["model"]


@given(CELLS, CELLS, CELLS)
def test_doublings_add_up_over_passages(seeded: float, passaged: float, harvested: float) -> None:
    by_passage = [
        counts.population_doublings(seeded, passaged),
        counts.population_doublings(passaged, harvested),
    ]
    whole = counts.population_doublings(seeded, harvested)
    assert counts.cumulative_population_doublings(by_passage) == pytest.approx(whole, abs=1e-9)


@given(CELLS, st.floats(min_value=0, max_value=40))
def test_seeding_for_a_dose_grows_back_to_the_dose(dose: float, doublings: float) -> None:
    assert counts.cells_to_seed(dose, doublings) * 2**doublings == pytest.approx(dose)


def test_an_unknown_first_passage_is_left_out_of_the_sum() -> None:
    assert counts.cumulative_population_doublings([None, 3.0, 4.5]) == 7.5


def test_a_gap_in_a_later_passage_is_refused() -> None:
    with pytest.raises(CountError, match=r"doublings_by_passage\[1\] is missing"):
        counts.cumulative_population_doublings([2.0, None, 4.5])


def test_several_flasks_are_summed_before_growth_is_computed() -> None:
    assert counts.pooled_viable_cells([1.2e6, 0.8e6, 2e6]) == 4e6


def test_a_passage_without_flasks_has_no_sum() -> None:
    with pytest.raises(CountError):
        counts.pooled_viable_cells([])
