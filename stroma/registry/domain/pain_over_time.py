"""Pain over time, treatment by treatment, with everything that is missing in sight.

Plain rows in, plain rows out: how many were due, answered and missing, the mean, its standard deviation and
95 % t-interval, and the paired change from baseline. Nothing is adjusted, imputed or pooled here, and a
clinic's registry cannot show that one treatment is better than another (``clinical.md`` §4.3); whether two
treatments may stand side by side at all is asked in ``comparison.py``.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from statistics import fmean, stdev

from stroma.protocols.domain.problem import BadInput, Problem

BASELINE = "baseline"
"""The time code of the answer before treatment."""

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class PainRow:
    """One course at one time of its follow-up plan: a score, or none."""

    treatment: str
    """The label under which a treatment is shown, such as the protocol's title."""
    course_id: str
    time_code: str
    months: float
    """From treatment; 0 for the baseline."""
    nrs: Decimal | float | None
    """0–10; None where it was not answered."""
    censored: str | None = None
    """Why nothing was due any more (died, withdrew, not yet due); None where an answer was due."""


@dataclass(frozen=True, slots=True)
class PainPoint:
    """All courses of one treatment at one time."""

    treatment: str
    time_code: str
    months: float
    n_due: int
    n_answered: int
    n_missing: int
    """Due and not answered."""
    n_censored: int
    """No longer or not yet due."""
    mean: float | None
    sd: float | None
    low: float | None
    high: float | None
    """The 95 % t-interval of the mean; None for fewer than two answers. Not cut at the ends of the scale."""


@dataclass(frozen=True, slots=True)
class PainChange:
    """Change from baseline of the courses that answered both times; below zero is less pain."""

    treatment: str
    time_code: str
    months: float
    n_paired: int
    n_due: int
    """Of these, so many pairs: whoever reads the change sees how many it leaves out."""
    mean_change: float | None
    sd: float | None
    low: float | None
    high: float | None


def pain_points(rows: Iterable[PainRow]) -> list[PainPoint]:
    """The table of pain over time, by treatment and then by time.

    Raises
    ------
    BadInput
        A score outside 0–10 or not finite, a score beside a reason for its absence, a course twice at one
        time, or under two treatments. All at once; ``place`` is ``rows[i]``. No message repeats a score.
    """
    known = _checked(rows)
    return [_point(group) for group in _groups(known)]


def pain_changes(rows: Iterable[PainRow]) -> list[PainChange]:
    """The paired change from baseline at every later time, by treatment and then by time.

    Only courses that answered both count, so the change is not the difference of two means over different
    patients. Raises BadInput as `pain_points`.
    """
    known = _checked(rows)
    baseline = {
        row.course_id: float(row.nrs) for row in known if row.time_code == BASELINE and row.nrs is not None
    }
    return [_change(group, baseline) for group in _groups(known) if group[0].time_code != BASELINE]


def t_interval(
    mean: float, sd: float, n: int, *, confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """Two-sided t-interval of a mean, mean ± t(n - 1) sd / √n.

    Parameters
    ----------
    mean, sd
        Of the sample; ``sd`` with n - 1 in the denominator, >= 0.
    n
        Answers; fewer than 2 have no interval.
    confidence
        Between 0 and 1, both excluded.

    Returns
    -------
    tuple[float, float] | None
        Low and high; None for n < 2.

    Raises
    ------
    ValueError
        ``sd`` is negative or ``confidence`` out of range.
    """
    if sd < 0 or not 0 < confidence < 1:
        raise ValueError(
            f"sd is {sd:g} and confidence {confidence:g}; sd is at least 0, confidence between 0 and 1"
        )
    if n < 2:
        return None
    half_width = _t_quantile((1 + confidence) / 2, n - 1) * sd / math.sqrt(n)
    return mean - half_width, mean + half_width


@lru_cache(maxsize=1024)
def _t_quantile(probability: float, degrees_of_freedom: int) -> float:
    from scipy.special import stdtrit  # slow import

    return float(stdtrit(degrees_of_freedom, probability))


def _checked(rows: Iterable[PainRow]) -> list[PainRow]:
    known = list(rows)
    problems: list[Problem] = []
    seen: set[tuple[str, str]] = set()
    treatment_of: dict[str, str] = {}
    for number, row in enumerate(known):
        place = f"rows[{number}]"
        if row.nrs is not None and not 0 <= float(row.nrs) <= 10:
            problems.append(Problem("pain_out_of_range", "a pain score lies between 0 and 10", place=place))
        if row.nrs is not None and row.censored:
            message = "a score and a reason for its absence exclude each other"
            problems.append(Problem("answered_and_censored", message, place=place))
        if (row.course_id, row.time_code) in seen:
            message = f"course {row.course_id} has another row at {row.time_code}"
            problems.append(Problem("course_twice_at_one_time", message, place=place))
        if treatment_of.setdefault(row.course_id, row.treatment) != row.treatment:
            message = f"course {row.course_id} stands under another treatment before"
            problems.append(Problem("course_under_two_treatments", message, place=place))
        seen.add((row.course_id, row.time_code))
    if problems:
        raise BadInput(problems)
    return known


def _groups(rows: Sequence[PainRow]) -> list[list[PainRow]]:
    """The rows of each treatment and time, none empty, in the order they are shown."""
    groups: dict[tuple[str, str], list[PainRow]] = {}
    for row in rows:
        groups.setdefault((row.treatment, row.time_code), []).append(row)

    def place(group: list[PainRow]) -> tuple[str, bool, float, str]:
        return group[0].treatment, group[0].time_code != BASELINE, group[0].months, group[0].time_code

    return sorted(groups.values(), key=place)


def _point(group: Sequence[PainRow]) -> PainPoint:
    scores = [float(row.nrs) for row in group if row.nrs is not None]
    due = sum(row.censored is None for row in group)
    mean, sd, low, high = _summary(scores)
    return PainPoint(
        treatment=group[0].treatment,
        time_code=group[0].time_code,
        months=group[0].months,
        n_due=due,
        n_answered=len(scores),
        n_missing=due - len(scores),
        n_censored=len(group) - due,
        mean=mean,
        sd=sd,
        low=low,
        high=high,
    )


def _change(group: Sequence[PainRow], baseline: dict[str, float]) -> PainChange:
    changes = [
        float(row.nrs) - baseline[row.course_id]
        for row in group
        if row.nrs is not None and row.course_id in baseline
    ]
    mean, sd, low, high = _summary(changes)
    return PainChange(
        treatment=group[0].treatment,
        time_code=group[0].time_code,
        months=group[0].months,
        n_paired=len(changes),
        n_due=sum(row.censored is None for row in group),
        mean_change=mean,
        sd=sd,
        low=low,
        high=high,
    )


def _summary(values: Sequence[float]) -> tuple[float | None, float | None, float | None, float | None]:
    """Mean, standard deviation and interval; what needs two values is None for one."""
    if not values:
        return None, None, None, None
    mean = fmean(values)
    if len(values) < 2:
        return mean, None, None, None
    sd = stdev(values)
    low, high = t_interval(mean, sd, len(values)) or (None, None)
    return mean, sd, low, high
