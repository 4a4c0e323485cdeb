"""Control charts: which of Westgard's rules the newest run of a control breaks, and what it means for the results.

A run is judged with those before it, as far back as the last failed one: after a failure something was mended, so the
count begins anew. What a failed control holds is asked of the record elsewhere.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from stroma.protocols.domain.blocker import Blocker

SOURCE = "WESTGARD81"
LEAST_TO_LEARN = 10
"""Runs from which a mean and a standard deviation may be learned; 20 is usual (general knowledge)."""


class Rule(StrEnum):
    """Westgard's rules, in the order in which they are looked at."""

    ONE_2S = "1-2s"
    """One run beyond 2 standard deviations: a warning."""
    ONE_3S = "1-3s"
    TWO_2S = "2-2s"
    """Two runs on end beyond 2, on the same side."""
    R_4S = "R-4s"
    """Two runs on end, one beyond +2 and one beyond −2: more than 4 apart."""
    FOUR_1S = "4-1s"
    """Four runs on end beyond 1, on the same side."""
    TEN_X = "10-x"
    """Ten runs on end on the same side of the target."""


class RunVerdict(StrEnum):
    """What a run says about the results it covers."""

    LEARNING = "LEARNING"
    """The target is not learned yet; nothing is judged by it."""
    IN_CONTROL = "IN_CONTROL"
    WARNING = "WARNING"
    """Look closely; the results stand."""
    FAILED = "FAILED"
    """The results are held."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a control should read, and how far it strays."""

    mean: float
    sd: float


def broken_rules(z: Sequence[float]) -> list[Rule]:
    """The rules that the newest run breaks; ``z`` are distances from the target in standard deviations, newest last."""
    if not z:
        return []
    newest = z[-1]
    broken = [Rule.ONE_2S] if abs(newest) > 2 else []
    if abs(newest) > 3:
        broken.append(Rule.ONE_3S)
    if _beyond(z, 2, 2):
        broken.append(Rule.TWO_2S)
    if len(z) > 1 and max(z[-2:]) > 2 and min(z[-2:]) < -2:
        broken.append(Rule.R_4S)
    if _beyond(z, 4, 1):
        broken.append(Rule.FOUR_1S)
    if _beyond(z, 10, 0):
        broken.append(Rule.TEN_X)
    return broken


def _beyond(z: Sequence[float], runs: int, distance: float) -> bool:
    last = z[-runs:]
    return len(last) == runs and (all(one > distance for one in last) or all(one < -distance for one in last))


def verdict_of(broken: Sequence[Rule]) -> RunVerdict:
    """A warning where only 1-2s is broken, a failure where any other is."""
    if not broken:
        return RunVerdict.IN_CONTROL
    return RunVerdict.WARNING if list(broken) == [Rule.ONE_2S] else RunVerdict.FAILED


def learned_target(values: Sequence[float]) -> Target | None:
    """Mean and standard deviation of the first runs; None where they do not differ, so that nothing can be judged."""
    mean = math.fsum(values) / len(values)
    sd = (
        math.sqrt(math.fsum((one - mean) ** 2 for one in values) / (len(values) - 1))
        if len(values) > 1
        else 0
    )
    return Target(mean, sd) if sd > 0 else None


def material_blockers(*, target: float | None, sd: float | None, learn_from: int | None) -> list[Blocker]:
    """Every reason why a control material cannot be used as it is described."""
    given = target is not None or sd is not None
    if given and learn_from is not None:
        return [Blocker("control_target_twice", {}, SOURCE)]
    if given and (target is None or sd is None or sd <= 0):
        return [Blocker("control_target_incomplete", {}, SOURCE)]
    if not given and (learn_from is None or learn_from < LEAST_TO_LEARN):
        return [Blocker("control_learns_from_too_few", {"least": LEAST_TO_LEARN}, SOURCE)]
    return []
