"""A control is judged by Westgard's rules; a target is given or learned."""

from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.release.domain.controls import (
    Rule,
    RunVerdict,
    broken_rules,
    learned_target,
    material_blockers,
    verdict_of,
)
from tests.spec_tables import SpecCase, line_of, spec_cases


@pytest.mark.parametrize("case", spec_cases("westgard.txt"), ids=line_of)
def test_every_run_of_the_table_is_judged_as_it_says(case: SpecCase) -> None:
    broken = broken_rules([float(run) for run in case.get("runs").split()])
    assert [rule.value for rule in broken] == case.listed("rules")
    assert verdict_of(broken).value == case.get("verdict").upper().replace(" ", "_")


@given(st.lists(st.floats(min_value=-6, max_value=6), min_size=1, max_size=15))
def test_a_control_and_its_mirror_break_the_same_rules(runs: list[float]) -> None:
    assert broken_rules(runs) == broken_rules([-run for run in runs])


@given(st.lists(st.floats(min_value=-0.9, max_value=0.9), max_size=9))
def test_a_control_that_stays_within_one_deviation_breaks_nothing_in_nine_runs(runs: list[float]) -> None:
    assert broken_rules(runs) == []


def test_every_rule_but_the_warning_fails_a_run() -> None:
    assert verdict_of([Rule.ONE_2S]) is RunVerdict.WARNING
    assert {verdict_of([rule]) for rule in Rule if rule is not Rule.ONE_2S} == {RunVerdict.FAILED}


def test_a_target_is_learned_as_mean_and_standard_deviation_of_the_first_runs() -> None:
    values = [9.8, 10.1, 10.0, 10.4, 9.7, 10.2, 9.9, 10.3, 10.0, 9.6]
    learned = learned_target(values)
    assert learned is not None
    assert (learned.mean, learned.sd) == pytest.approx((mean(values), stdev(values)))
    assert learned_target([10.0] * 10) is None


@pytest.mark.parametrize(
    ("target", "sd", "learn_from", "codes"),
    [
        (10.0, 0.5, None, []),
        (None, None, 20, []),
        (None, None, 10, []),
        (None, None, 9, ["control_learns_from_too_few"]),
        (None, None, None, ["control_learns_from_too_few"]),
        (10.0, None, None, ["control_target_incomplete"]),
        (None, 0.5, None, ["control_target_incomplete"]),
        (10.0, 0.0, None, ["control_target_incomplete"]),
        (10.0, 0.5, 20, ["control_target_twice"]),
    ],
)
def test_a_control_has_a_target_or_learns_one(
    target: float | None, sd: float | None, learn_from: int | None, codes: list[str]
) -> None:
    assert [b.code for b in material_blockers(target=target, sd=sd, learn_from=learn_from)] == codes
