"""The release specification: results beside their limits.

A limit is the protocol's data (``SpecificationLimit``); here it is compared with what the laboratory found.
Whether the lot may leave quarantine is asked in ``decision.py``; how a result is measured is not known here.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.problem import BadInput, Problem
from stroma.protocols.domain.schema import SpecificationLimit

ABSENT_WORDS = frozenset({"absent", "negative", "no growth", "no organisms", "none", "not detected"})
PRESENT_WORDS = frozenset({"detected", "growth", "organisms seen", "positive", "present"})
PASS_WORDS = frozenset({"match", "normal", "pass", "passed"})
FAIL_WORDS = frozenset({"abnormal", "fail", "failed", "mismatch"})
HELD_SOURCE = "Westgard 1981; a failed control holds what was measured with it"
PENDING_WORDS = frozenset({"", "pending", "in progress"})
"""What a laboratory writes before it knows. An empty result is never a good one."""

_CENSORED = re.compile(r"(?P<sign>[<>])(?P<touches>=?)\s*(?P<number>\d+(?:\.\d+)?)")
"""A result below or above what the assay can see, such as ``<0.05``."""


class Verdict(StrEnum):
    """How a result stands to its limit."""

    MET = "MET"
    NOT_MET = "NOT_MET"
    PENDING = "PENDING"
    """Due at release and not there, or not able to decide: the lot waits."""
    NOT_DUE = "NOT_DUE"
    """A final result that comes after use, such as the 14-day sterility test."""


@dataclass(frozen=True, slots=True)
class Result:
    """One measured result: a number, or the laboratory's word, or a censored number written ``<0.05``."""

    code: str
    value: float | None = None
    """A decimal of the database comes as a float: a limit is one, and 0.1 must meet a minimum of 0.1."""
    text: str = ""
    method: str = ""
    at: datetime | None = None
    unit: str = ""
    """As the specification writes it; a blank one is taken to be the limit's."""
    low: float | None = None
    high: float | None = None
    """The 95 % interval of the value, where the method gives one."""
    limit_of_detection: float | None = None
    is_held: bool = False
    """A control of this measurement failed: it decides nothing until a control passes or quality lifts the hold."""
    is_invalid: bool = False
    """An investigation found an error of the laboratory: it stays in sight and decides nothing."""
    key: str = ""
    """Its record, where it has one of its own."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One line of the specification with the result that decides it."""

    limit: SpecificationLimit
    result: Result | None
    verdict: Verdict
    superseded: tuple[Result, ...] = ()
    """Earlier results that did not meet the limit, or were found invalid: a repeat hides nothing."""
    is_held: bool = False
    """Whether any result of this line is held."""

    @property
    def is_within_error(self) -> bool:
        """Whether the limit lies inside the interval of the result: on its uncertainty the result may be either."""
        result, limit = self.result, self.limit
        if result is None or result.low is None or result.high is None or limit.kind != "number":
            return False
        return any(
            bound is not None and result.low < bound < result.high for bound in (limit.minimum, limit.maximum)
        )


def judge(limits: Sequence[SpecificationLimit], results: Sequence[Result]) -> list[Judgement]:
    """Every limit, in the order of the specification, with its result and verdict.

    A result that is not met stays so, whatever is measured after it: nobody tests into compliance (FDA-OOS). Only an
    investigation that finds an error of the laboratory makes it invalid; then the repeat decides, and the first one
    stays in sight. Among results that are met, the latest is shown. A held result decides nothing unless it is bad.

    Raises
    ------
    BadInput
        Results name no line of the specification, are in another unit, are no fraction where the unit is one,
        or are of a kind the limit cannot be judged by. All of them at once, ``place`` is ``results[i]``.
    """
    by_code = {limit.code: limit for limit in limits}
    problems = [
        problem
        for number, result in enumerate(results)
        for problem in _problems_of(result, by_code.get(result.code), f"results[{number}]")
    ]
    if problems:
        raise BadInput(problems)
    return [
        _judgement(limit, [result for result in results if result.code == limit.code]) for limit in limits
    ]


def wording_for(judgement: Judgement) -> str | None:
    """The form of sentence for a judgement, whose code is the protocol's own; None when it is met."""
    if judgement.verdict is Verdict.MET:
        return None
    if judgement.verdict is Verdict.NOT_DUE:
        return "specification_final_pending"
    code = code_for(judgement) or ""
    return f"specification{code.removeprefix(judgement.limit.code)}"


def code_for(judgement: Judgement) -> str | None:
    """The code of a judgement: ``viability_below_limit``, ``sterility_pending``; None when it is met."""
    name = judgement.limit.code
    if judgement.verdict is Verdict.MET:
        return None
    if judgement.verdict in {Verdict.PENDING, Verdict.NOT_DUE}:
        return f"{name}_pending"
    if judgement.limit.kind == "absence":
        return f"{name}_detected"
    if judgement.limit.kind == "pass":
        return f"{name}_failed"
    low, _ = _range_of(judgement.result)
    minimum = judgement.limit.minimum
    return f"{name}_below_limit" if minimum is not None and low < minimum else f"{name}_above_limit"


def specification_blockers(judgements: Iterable[Judgement]) -> list[Blocker]:
    """The reasons the specification gives against release, in its own order.

    Not met is hard, or overridable where the protocol allows an exception; pending at release is hard; a
    final result still to come is a caution, since the release is then conditional (``clinical.md`` §1.7). An
    invalid earlier result behind a good one is a caution as well. A limit inside the interval of a result that
    meets it is a caution, or stops, as the protocol says (``within_error``). A held result stops.
    """
    blockers: list[Blocker] = []
    for judgement in judgements:
        limit = judgement.limit
        if code := code_for(judgement):
            blockers.append(Blocker(code, _values_of(judgement), limit.source, _weight_of(judgement)))
        if judgement.is_held:
            held: dict[str, object] = {"attribute": limit.attribute, "wording": "specification_held"}
            blockers.append(Blocker(f"{limit.code}_held", held, HELD_SOURCE))
        if judgement.is_within_error and judgement.verdict is Verdict.MET:
            blockers.append(_within_error(judgement))
        if judgement.superseded and judgement.verdict is Verdict.MET:
            values: dict[str, object] = {
                "attribute": limit.attribute,
                "failed_before": len(judgement.superseded),
                "wording": "specification_repeated",
            }
            blockers.append(Blocker(f"{limit.code}_repeated", values, limit.source, Weight.CAUTION))
    return blockers


def _within_error(judgement: Judgement) -> Blocker:
    limit, result = judgement.limit, judgement.result
    assert result is not None
    weight = Weight.CAUTION
    if limit.within_error == "block":
        weight = Weight.OVERRIDABLE if limit.exception_allowed else Weight.HARD
    values = _values_of(judgement) | {
        "low": result.low,
        "high": result.high,
        "wording": "specification_within_error",
    }
    return Blocker(f"{limit.code}_within_error", values, limit.source, weight)


def _problems_of(result: Result, limit: SpecificationLimit | None, place: str) -> list[Problem]:
    if limit is None:
        return [Problem("result_unknown", f"{result.code!r} is no line of the specification", place=place)]
    problems: list[Problem] = []
    if result.unit and result.unit != limit.unit:
        message = f"{result.code} is in {result.unit!r}, the specification asks for {limit.unit!r}"
        problems.append(Problem("result_in_another_unit", message, place=place))
    word = result.text.strip().lower()
    if limit.kind == "number":
        if result.value is None and word not in PENDING_WORDS and not _CENSORED.fullmatch(word):
            message = f"{result.code} is {result.text!r}; write a number, or a bound such as <0.05"
            problems.append(Problem("result_not_a_number", message, place=place))
        if result.value is not None and not math.isfinite(result.value):
            message = f"{result.code} is {result.value}; it must be a finite number"
            problems.append(Problem("result_not_a_number", message, place=place))
        if limit.unit == "fraction" and result.value is not None and not 0 <= result.value <= 1:
            message = f"{result.code} is {result.value:g}; a fraction lies between 0 and 1"
            problems.append(Problem("result_not_a_fraction", message, place=place))
        return problems
    known = _words_of(limit)
    if result.value is not None or word not in known | PENDING_WORDS:
        message = f"{result.code} must be one of: {', '.join(sorted(known))}, or pending"
        problems.append(Problem("result_not_a_known_word", message, place=place))
    return problems


def _words_of(limit: SpecificationLimit) -> frozenset[str]:
    return ABSENT_WORDS | PRESENT_WORDS if limit.kind == "absence" else PASS_WORDS | FAIL_WORDS


def _judgement(limit: SpecificationLimit, results: list[Result]) -> Judgement:
    # Undated results keep the order in which they were handed in, before the dated ones.
    ordered = sorted(
        results, key=lambda result: (result.at is not None, result.at.timestamp() if result.at else 0.0)
    )
    is_held = any(result.is_held for result in ordered)
    invalid = tuple(result for result in ordered if result.is_invalid)
    known = [result for result in ordered if not _is_pending(result) and not result.is_invalid]
    if not known:
        waiting = next((result for result in reversed(ordered) if not result.is_invalid), None)
        due_later = limit.due == "final" and not invalid
        return Judgement(limit, waiting, Verdict.NOT_DUE if due_later else Verdict.PENDING, invalid, is_held)
    if failed := [result for result in known if _verdict(limit, result) is Verdict.NOT_MET]:
        return Judgement(limit, failed[-1], Verdict.NOT_MET, (*invalid, *failed[:-1]), is_held)
    latest = known[-1]
    verdict = Verdict.PENDING if latest.is_held else _verdict(limit, latest)
    if verdict is Verdict.PENDING and limit.due == "final" and not latest.is_held:
        verdict = Verdict.NOT_DUE
    return Judgement(limit, latest, verdict, invalid, is_held)


def _is_pending(result: Result) -> bool:
    return result.value is None and result.text.strip().lower() in PENDING_WORDS


def _verdict(limit: SpecificationLimit, result: Result) -> Verdict:
    if limit.kind == "absence":
        return Verdict.MET if result.text.strip().lower() in ABSENT_WORDS else Verdict.NOT_MET
    if limit.kind == "pass":
        return Verdict.MET if result.text.strip().lower() in PASS_WORDS else Verdict.NOT_MET
    low, high = _range_of(result)
    floor = -math.inf if limit.minimum is None else limit.minimum
    ceiling = math.inf if limit.maximum is None else limit.maximum
    if floor <= low and high <= ceiling:
        return Verdict.MET
    if high < floor or low > ceiling or low == high:
        return Verdict.NOT_MET
    return Verdict.PENDING  # "<0.5" under a limit of 0.2 decides nothing: the assay must see further


def bound_of(text: str) -> tuple[str, float] | None:
    """The sign and the number of a censored result such as ``<0.05``; None for anything else."""
    match = _CENSORED.fullmatch(text.strip())
    return None if match is None else (match["sign"] + match["touches"], float(match["number"]))


def _range_of(result: Result | None) -> tuple[float, float]:
    """Where the true value lies: one point for a number, one side of the bound for a censored one."""
    if result is None:
        return -math.inf, math.inf
    if result.value is not None:
        return result.value, result.value
    match = _CENSORED.fullmatch(result.text.strip())
    if match is None:
        return -math.inf, math.inf
    bound = float(match["number"])
    # ``>0.5`` lies beyond 0.5 and so does not meet a maximum of 0.5; ``>=0.5`` may.
    if match["sign"] == "<":
        return 0.0, bound if match["touches"] else math.nextafter(bound, -math.inf)
    return bound if match["touches"] else math.nextafter(bound, math.inf), math.inf


def _values_of(judgement: Judgement) -> dict[str, object]:
    limit, result = judgement.limit, judgement.result
    values: dict[str, object] = {
        "attribute": limit.attribute,
        "unit": limit.unit,
        "wording": wording_for(judgement),
    }
    if result is not None:
        values["result"] = result.text if result.value is None else result.value
    if limit.kind == "number":
        values |= {"minimum": limit.minimum, "maximum": limit.maximum}
    return values


def _weight_of(judgement: Judgement) -> Weight:
    if judgement.verdict is Verdict.NOT_DUE:
        return Weight.CAUTION
    if judgement.verdict is Verdict.NOT_MET and judgement.limit.exception_allowed:
        return Weight.OVERRIDABLE
    return Weight.HARD
