"""The registry's table: means with n, missing and interval, against results computed elsewhere."""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.protocols.domain.problem import BadInput
from stroma.registry.domain.pain_over_time import BASELINE, PainRow, pain_changes, pain_points, t_interval
from tests.spec_tables import SpecCase, line_of, spec_cases

REAL_DATA = Path(os.environ.get("STROMA_REAL_DATA", Path(__file__).parents[2] / "../shared/data"))


def row_of(course: str, time_code: str, months: float, word: str) -> PainRow:
    nrs = None if word in {"-", "x"} else Decimal(word)
    return PainRow("cells", course, time_code, months, nrs, "left" if word == "x" else None)


def rows_of(case: SpecCase) -> list[PainRow]:
    rows = []
    for number, patient in enumerate(case.listed("patients")):
        before, after = (word.strip() for word in patient.split(">"))
        rows.append(row_of(f"course-{number}", "m3", 3, after))
        rows.append(row_of(f"course-{number}", BASELINE, 0, before))
    return rows


def numbers(case: SpecCase, column: str) -> list[float]:
    return [float(word) for word in case.listed(column)]


@pytest.mark.parametrize("case", spec_cases("pain_over_time.txt"), ids=line_of)
def test_every_case_of_the_table_is_summed_up_as_it_says(case: SpecCase) -> None:
    _, at_3_months = pain_points(rows_of(case))
    [change] = pain_changes(rows_of(case))
    assert f"{at_3_months.n_answered}/{at_3_months.n_due}" == case["n at 3 mo"]
    assert at_3_months.n_missing == int(case["missing"])
    assert change.n_paired == int(case["pairs"])
    shown = {
        "mean at 3 mo": [at_3_months.mean],
        "interval of the mean": [at_3_months.low, at_3_months.high],
        "mean change": [change.mean_change],
        "interval of the change": [change.low, change.high],
    }
    for column, values in shown.items():
        got = [value for value in values if value is not None]
        assert got == pytest.approx(numbers(case, column), abs=1e-6), column


def test_the_interval_of_a_mean_is_that_of_the_nist_handbook() -> None:
    """NIST/SEMATECH e-Handbook 1.3.5.2, heat flow meter data ZARR13: 9.258242 to 9.264679."""
    assert t_interval(9.261460, 0.02278881, 195) == pytest.approx((9.258242, 9.264679), abs=2e-6)


def test_the_interval_of_a_mean_is_that_of_another_program() -> None:
    """esci for R, estimate_mdiff_paired, the data set Thomason 1: the posttest scores of 12 students."""
    assert t_interval(13.25, 2.895922, 12) == pytest.approx((11.410019, 15.08998), abs=1e-5)


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_answers_have_no_interval(n: int) -> None:
    assert t_interval(5.0, 1.0, n) is None


def test_baseline_comes_first_and_then_the_times_in_order() -> None:
    rows = [row_of("c", code, months, "5") for code, months in [("m12", 12), ("m3", 3), (BASELINE, 0)]]
    assert [point.time_code for point in pain_points(rows)] == [BASELINE, "m3", "m12"]


def test_every_fault_of_the_rows_is_named_at_once_without_a_score() -> None:
    rows = [
        PainRow("cells", "c1", "m3", 3, 73.125),
        PainRow("cells", "c2", "m3", 3, 5.0, "died"),
        PainRow("cells", "c2", "m3", 3, 5.0),
        PainRow("surgery", "c1", "m6", 6, Decimal("NaN")),
    ]
    with pytest.raises(BadInput) as raised:
        pain_points(rows)
    assert [(problem.place, problem.code) for problem in raised.value.problems] == [
        ("rows[0]", "pain_out_of_range"),
        ("rows[1]", "answered_and_censored"),
        ("rows[2]", "course_twice_at_one_time"),
        ("rows[3]", "pain_out_of_range"),
        ("rows[3]", "course_under_two_treatments"),
    ]
    assert "73.125" not in str(raised.value)


@given(st.lists(st.one_of(st.integers(0, 10), st.just("left"), st.none()), min_size=1, max_size=30))
def test_everyone_is_counted_once(answers: list[int | str | None]) -> None:
    rows = [
        PainRow(
            "cells", f"c{n}", "m3", 3, None if isinstance(a, str) else a, a if isinstance(a, str) else None
        )
        for n, a in enumerate(answers)
    ]
    [point] = pain_points(rows)
    assert point.n_answered + point.n_missing + point.n_censored == len(answers)
    assert point.n_due == point.n_answered + point.n_missing
    assert (point.low is None) is (point.n_answered < 2)
    if point.low is not None and point.high is not None and point.mean is not None:
        assert point.low <= point.mean <= point.high


def trial_rows() -> list[PainRow]:
    """Ashar 2022, JAMA Psychiatry: average pain before and after, by arm; healthy controls have no arm."""
    path = REAL_DATA / "outcomes" / "ashar2022_backpain_trial.csv"
    if not path.is_file():
        pytest.skip("the trial's table is not beside this checkout; set STROMA_REAL_DATA")
    with path.open(encoding="utf-8", newline="") as lines:
        table = [row for row in csv.DictReader(lines) if row["group"] in {"1", "2", "3"}]
    return [
        PainRow(
            treatment=row["group"],
            course_id=row["id"],
            time_code=BASELINE if row["time"] == "1" else "post",
            months=0 if row["time"] == "1" else 1,
            nrs=None if row["pain_avg"] in {"", "NaN"} else Decimal(row["pain_avg"]),
        )
        for row in table
    ]


@pytest.mark.real_data
def test_a_real_trial_gives_the_means_that_its_keeper_noted() -> None:
    """The data folder's manifest: mean pain after treatment 1.14, 2.88 and 2.89 in the three arms."""
    after = [point for point in pain_points(trial_rows()) if point.time_code == "post"]
    assert [(point.treatment, round(point.mean or 0, 2)) for point in after] == [
        ("1", 1.14),
        ("2", 2.88),
        ("3", 2.89),
    ]
