"""What the counts of a batch come to, each figure with its 95 % interval: viability, cells, doublings, rate of growth.

The interval of a viability is that of the cells seen. That of cells and doublings has the pipetting and dilution too,
as the growth forecast has them. No limit is judged here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import hypot, log2

from stroma.processing.domain.growth.fit import Count
from stroma.processing.domain.intervals import Z_95, wilson


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure and the 95 % interval around it."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> "Measured":
        """In another unit."""
        return Measured(self.value * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class StepCount:
    """The count that holds of a step: the mean of both samples where two were counted."""

    at: datetime
    viable_cells: float
    viability: float
    """0-1."""
    seen: int
    """How many cells it rests on, living and dead."""
    seen_again: int | None = None
    """The same of a second sample."""
    is_plated: bool = True
    """Whether the cells had been plated: doublings are counted from those on."""

    @property
    def error(self) -> float:
        """Standard deviation of the binary logarithm of the cells."""
        return Count(0.0, 0.0, self.seen, self.seen_again).counting_error


@dataclass(frozen=True, slots=True)
class CountFigures:
    """The figures of one count. Growth is known from the second count of plated cells on."""

    viability: Measured
    viable_cells: Measured
    doublings: Measured | None = None
    """Since the count before."""
    cumulative_doublings: Measured | None = None
    """Since the first count of plated cells."""
    doublings_per_day: Measured | None = None
    """Over the days since the count before: the rate of growth."""


def count_figures(counts: Sequence[StepCount]) -> list[CountFigures]:
    """The figures of each count, in the order in which they were made.

    Cumulative doublings are the sum of those from count to count. Each count ends one stretch and begins the next, so
    that its error falls out of the sum: only those of the first and of the last are left.
    """
    return list(_figures(counts))


def _figures(counts: Sequence[StepCount]) -> Iterator[CountFigures]:
    first: StepCount | None = None
    before: StepCount | None = None
    for count in counts:
        viability, cells = _viability(count), _cells(count)
        if not count.is_plated or count.viable_cells <= 0:
            yield CountFigures(viability, cells)
            continue
        if first is None or before is None:
            first = before = count
            yield CountFigures(viability, cells)
            continue
        grown = _grown(before, count)
        days = (count.at - before.at) / timedelta(days=1)
        rate = grown.times(1 / days) if days > 0 else None
        yield CountFigures(viability, cells, grown, _grown(first, count), rate)
        before = count


def viability_interval(viability: float, seen: int) -> tuple[float, float]:
    """The 95 % interval of a viability, 0-1, that rests on so many cells."""
    low, high = wilson(round(viability * seen), seen)
    return min(low, viability), max(high, viability)


def _viability(count: StepCount) -> Measured:
    return Measured(
        count.viability, *viability_interval(count.viability, count.seen + (count.seen_again or 0))
    )


def _cells(count: StepCount) -> Measured:
    times = 2.0 ** (Z_95 * count.error)
    return Measured(count.viable_cells, count.viable_cells / times, count.viable_cells * times)


def _grown(since: StepCount, now: StepCount) -> Measured:
    doublings, reach = log2(now.viable_cells / since.viable_cells), Z_95 * hypot(since.error, now.error)
    return Measured(doublings, doublings - reach, doublings + reach)
