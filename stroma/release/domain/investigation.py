"""A result out of specification: its investigation step by step, and what its conclusion rests on.

First the laboratory looks at itself; where it finds no error, the investigation becomes a full one, of the whole
manufacture. Nobody tests into compliance: a retest needs a hypothesis and a plan, and the first result stays (FDA-OOS).
"""

from collections.abc import Sequence
from enum import StrEnum

from stroma.protocols.domain.blocker import Blocker

SOURCE = "FDA-OOS"


class Step(StrEnum):
    """What is written into an investigation."""

    HYPOTHESIS = "HYPOTHESIS"
    RETEST_PLAN = "RETEST_PLAN"
    FINDING = "FINDING"
    FULL = "FULL"
    """From here on it is a full investigation."""


class Outcome(StrEnum):
    """How quality concludes."""

    LABORATORY_ERROR = "LABORATORY_ERROR"
    """The result is invalid: an error of the laboratory was found and explains it."""
    CONFIRMED = "CONFIRMED"
    """The product is out of specification."""
    INCONCLUSIVE = "INCONCLUSIVE"
    """No cause was found: the result stands."""


def step_blockers(step: Step, done: Sequence[Step], *, is_concluded: bool) -> list[Blocker]:
    """Why a step cannot be written now."""
    if is_concluded:
        return [Blocker("investigation_concluded", {}, SOURCE)]
    if step is Step.RETEST_PLAN and Step.HYPOTHESIS not in done:
        return [Blocker("retest_needs_a_hypothesis", {}, SOURCE)]
    if step is Step.FULL and Step.FULL in done:
        return [Blocker("investigation_is_full_already", {}, SOURCE)]
    return []


def conclusion_blockers(
    outcome: Outcome, done: Sequence[Step], *, is_concluded: bool, has_result: bool
) -> list[Blocker]:
    """Why an investigation cannot be concluded so now. ``has_result``: it is about a result with a record of "
    "its own."""
    if is_concluded:
        return [Blocker("investigation_concluded", {}, SOURCE)]
    blockers = []
    if Step.HYPOTHESIS not in done:
        blockers.append(Blocker("investigation_without_hypothesis", {}, SOURCE))
    if outcome is Outcome.LABORATORY_ERROR:
        if Step.FINDING not in done:
            blockers.append(Blocker("laboratory_error_without_finding", {}, SOURCE))
        if not has_result:
            blockers.append(Blocker("computed_result_cannot_be_invalid", {}, SOURCE))
    elif Step.FULL not in done:
        blockers.append(Blocker("full_investigation_missing", {}, SOURCE))
    return blockers


def retest_blockers(*, attribute: str, is_open: bool, is_planned: bool, is_settled: bool) -> list[Blocker]:
    """Why a line that has failed is not measured again. ``is_settled``: its investigation let the failure stand."""
    if is_open and not is_planned:
        return [Blocker("retest_not_planned", {"attribute": attribute}, SOURCE)]
    if is_settled and not is_open:
        return [Blocker("result_is_settled", {"attribute": attribute}, SOURCE)]
    return []
