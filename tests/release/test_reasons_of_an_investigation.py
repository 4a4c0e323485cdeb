"""Each reason why an investigation does not go on, or is not concluded so."""

import pytest

from stroma.release.domain.investigation import Outcome, Step, conclusion_blockers, step_blockers

ERROR, CONFIRMED = Outcome.LABORATORY_ERROR, Outcome.CONFIRMED


@pytest.mark.parametrize(
    ("step", "done", "is_concluded", "expected"),
    [
        (Step.HYPOTHESIS, [], False, []),
        (Step.FINDING, [Step.HYPOTHESIS], True, ["investigation_concluded"]),
        (Step.RETEST_PLAN, [], False, ["retest_needs_a_hypothesis"]),
        (Step.RETEST_PLAN, [Step.HYPOTHESIS], False, []),
        (Step.FULL, [Step.HYPOTHESIS], False, []),
        (Step.FULL, [Step.FULL], False, ["investigation_is_full_already"]),
    ],
)
def test_a_step_is_written_only_when_it_is_due(
    step: Step, done: list[Step], is_concluded: bool, expected: list[str]
) -> None:
    found = step_blockers(step, done, is_concluded=is_concluded)
    assert [blocker.code for blocker in found] == expected


@pytest.mark.parametrize(
    ("outcome", "done", "facts", "expected"),
    [
        (ERROR, [Step.HYPOTHESIS, Step.FINDING], {}, []),
        (ERROR, [Step.HYPOTHESIS, Step.FINDING], {"is_concluded": True}, ["investigation_concluded"]),
        (ERROR, [Step.FINDING], {}, ["investigation_without_hypothesis"]),
        (ERROR, [Step.HYPOTHESIS], {}, ["laboratory_error_without_finding"]),
        (
            ERROR,
            [Step.HYPOTHESIS, Step.FINDING],
            {"has_result": False},
            ["computed_result_cannot_be_invalid"],
        ),
        (CONFIRMED, [Step.HYPOTHESIS], {}, ["full_investigation_missing"]),
        (CONFIRMED, [Step.HYPOTHESIS, Step.FULL], {"has_result": False}, []),
    ],
)
def test_a_conclusion_rests_on_what_was_written_before_it(
    outcome: Outcome, done: list[Step], facts: dict[str, bool], expected: list[str]
) -> None:
    found = conclusion_blockers(outcome, done, **({"is_concluded": False, "has_result": True} | facts))
    assert [blocker.code for blocker in found] == expected
