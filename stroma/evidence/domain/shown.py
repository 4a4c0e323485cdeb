"""What may be shown of published results, and how: the honesty rules as functions.

A panel holds one outcome of one study with *all* its arms, so that a sham stands beside what it was a sham of, and
no two designs ever share a picture. Nothing is pooled. One cohort counts once. What was only remembered, or is a
place-holder, is named and not drawn (``clinical.md`` §4).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from stroma.evidence.domain.results import Design, Outcome, Result

Z95 = 1.959964
"""The normal deviate of a two-sided 95 % interval."""

_SAME_COHORT = re.compile(r"SAME COHORT as (\w+)")
_PREFERENCE = (Outcome.RESPONDERS, Outcome.PAIN, Outcome.DISABILITY)


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a time; ``low`` and ``high`` are its 95 % interval where one can be computed."""

    months: float
    value: float
    low: float | None
    high: float | None
    n: int | None


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a study over time."""

    label: str
    arm_class: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One outcome of one study: what one picture shows."""

    study: str
    citation: str
    design: Design
    outcome: Outcome
    arms: tuple[Arm, ...]

    @property
    def times(self) -> list[float]:
        """Every time at which some arm was measured, in months."""
        return sorted({point.months for arm in self.arms for point in arm.points})


def may_be_shown(result: Result) -> bool:
    """Whether a row's number may be shown at all: checked against its source, and not a cohort's second count."""
    return (
        result.is_checked
        and not result.is_placeholder
        and not _SAME_COHORT.search(result.note)
        and "time point from memory" not in result.note
    )


def panels(results: Iterable[Result]) -> list[Panel]:
    """One panel for each study that has numbers to show, in the file's order.

    Of several outcomes the one nearest to "how many were helped" is drawn: responders, then pain, then disability.
    A scale that was read only once shows no course and is left out.
    """
    by_study: dict[str, list[Result]] = {}
    for result in filter(may_be_shown, results):
        by_study.setdefault(result.study, []).append(result)
    found = []
    for rows in by_study.values():
        for outcome in _PREFERENCE:
            panel = _panel([row for row in rows if row.outcome is outcome], outcome)
            if panel is not None:
                found.append(panel)
                break
    return found


def studies_named_only(results: Iterable[Result]) -> list[str]:
    """The studies whose numbers are not shown: place-holders and remembered ones, in the file's order, each once.

    Later reports of a cohort that is shown already are not studies of their own.
    """
    rows = list(results)
    drawn = {panel.study for panel in panels(rows)}
    own = {row.study for row in rows if not _SAME_COHORT.search(row.note)}
    return list(dict.fromkeys(row.study for row in rows if row.study in own - drawn))


def wilson_interval(events: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share, as fractions (Wilson, J Am Stat Assoc 1927;22:209-212). ``n`` is above 0."""
    share, z2 = events / n, Z95 * Z95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _panel(rows: Sequence[Result], outcome: Outcome) -> Panel | None:
    times = {row.months for row in rows}
    if not rows or (outcome is not Outcome.RESPONDERS and len(times) < 2):
        return None
    arms: dict[str, list[Result]] = {}
    for row in rows:
        arms.setdefault(row.arm, []).append(row)
    return Panel(
        study=rows[0].study,
        citation=rows[0].citation,
        design=rows[0].design,
        outcome=outcome,
        arms=tuple(
            Arm(label, its[0].arm_class, tuple(_point(row) for row in sorted(its, key=lambda r: r.months)))
            for label, its in arms.items()
        ),
    )


def _point(row: Result) -> Point:
    # A size that was only remembered is not shown, and no interval is built on it.
    n = None if "arm n from memory" in row.note else row.n
    if row.events is not None and row.n:
        low, high = wilson_interval(row.events, row.n)
        return Point(row.months, 100 * row.events / row.n, 100 * low, 100 * high, n)
    if row.mean is None:
        raise ValueError(f"{row.study}: a place-holder has no point")
    if row.sd is None or not n:
        return Point(row.months, row.mean, None, None, n)
    half = Z95 * row.sd / sqrt(n)
    return Point(row.months, row.mean, row.mean - half, row.mean + half, n)
