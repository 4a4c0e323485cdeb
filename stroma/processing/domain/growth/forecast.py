"""When a culture holds the dose, with how much doubt, and whether it still behaves like a culture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stroma.processing.domain.growth.curve import FloatArray, day_reached, log2_cells
from stroma.processing.domain.growth.fit import Count, Draws, Seeding, draw
from stroma.processing.domain.growth.population import Population
from stroma.protocols.domain.blocker import Blocker, Weight

DRAWS = 10_000
SOURCE = "Stroma growth model"

# When a culture is called off its curve: tried on simulated cultures, so that together they call about one sound lot in
# a hundred (bench/growth prints the share).
_UNLIKELY = 0.0003
STOPPED = 25.0
"""Odds of an arrest above which a culture is called behind."""
STOPPED_TWICE = 18.0
"""The same where two samples were counted: what one count says by mischance, the second mostly does not."""
_MOST_LOG_ODDS = math.log(1000.0)  # beyond it the model is not to be believed to the letter
OUT_OF_REACH = 0.10
"""A dose that is reached in time with less than this chance is called out of reach."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The days, from seeding, on which the culture may hold the dose; infinite where it never does."""

    days: FloatArray
    """Sorted, shape (draws,)."""
    draws: Draws

    def day(self, share: float) -> float:
        """The day by which it holds the dose with this chance; infinite when the chance is never so good."""
        return float(self.days[min(int(share * len(self.days)), len(self.days) - 1)])

    def chance_by(self, day: float) -> float:
        """The chance that the culture holds the dose by ``day``, 0-1."""
        return float(np.searchsorted(self.days, day, side="right") / len(self.days))

    def band(self, days: Sequence[float], share: float = 0.9) -> FloatArray:
        """Lower bound, median and upper bound of log2 cells at each day, shape (3, days)."""
        tail = (1 - share) / 2
        sample = self.draws.parameters[:: max(len(self.draws.parameters) // 1000, 1)]
        curves = log2_cells(np.asarray(days), sample)
        return np.asarray(np.quantile(curves, [tail, 0.5, 1 - tail], axis=0))


def forecast(
    seeding: Seeding,
    counts: Sequence[Count],
    population: Population,
    *,
    dose_log2: float,
    seed: int,
    draws: int = DRAWS,
) -> Forecast:
    """Forecast the day on which the culture holds ``2 ** dose_log2`` cells. The same counts and seed give the same.

    A dose that a count has already found is no reason to look back: the day may lie before the last count.
    """
    drawn = draw(seeding, counts, population, draws=draws, seed=seed)
    return Forecast(np.sort(day_reached(dose_log2, drawn.parameters)), drawn)


@dataclass(frozen=True, slots=True)
class Conduct:
    """How the last count agrees with growth, given the counts before it."""

    chance_of_fewer: float
    """How likely so few cells or fewer were, 0-1; near 1 there are more than a culture of this kind would have."""
    odds_of_arrest: float
    """How much likelier the last two counts are if growth stopped around them than if it goes on."""


def conduct(
    seeding: Seeding, counts: Sequence[Count], population: Population, *, seed: int, draws: int = 4000
) -> Conduct:
    """Hold the last counts against the counts before them; one count at least is needed.

    The odds are those of a culture whose growth stopped on any day between the count before the last two and the last.
    """
    from scipy.special import ndtr  # slow import

    last = counts[-1]
    drawn = draw(seeding, counts[:-1], population, draws=draws, seed=seed)
    expected = log2_cells(np.array([last.day]), drawn.parameters)[:, 0]
    fewer = float(np.mean(ndtr((last.log2_cells - expected) / last.error)))

    before, looked_at = counts[:-2], counts[-2:]
    sound = draw(seeding, before, population, draws=draws, seed=seed).parameters
    since = before[-1].day if before else 0.0
    stopped_on = np.random.default_rng(seed).uniform(since, last.day, draws)
    growing = np.sum([_misfit(count, np.full(draws, count.day), sound) for count in looked_at], axis=0)
    stopped = np.sum(
        [_misfit(count, np.minimum(count.day, stopped_on), sound) for count in looked_at], axis=0
    )
    odds = math.exp(min(_log_mean_exp(-stopped) - _log_mean_exp(-growing), _MOST_LOG_ODDS))
    return Conduct(fewer, odds)


def _misfit(count: Count, days: FloatArray, parameters: FloatArray) -> FloatArray:
    """Minus the logarithm of how likely the count is for cultures that hold what they hold on ``days``."""
    held = log2_cells(days[:, None], parameters)[:, 0]
    return 0.5 * np.square((count.log2_cells - held) / count.error)


def _log_mean_exp(values: FloatArray) -> float:
    top = float(values.max())
    return top + math.log(float(np.exp(values - top).mean()))


def off_the_curve(seen: Conduct, *, label: str, is_counted_twice: bool = False) -> list[Blocker]:
    """Whether a culture, named ``label``, still behaves like one.

    Counts that a stop of growth explains far better than growth does, or far fewer or more cells than such a culture
    has, say that something else is going on: growth has stopped, cells were lost or miscounted, or something else
    grows.
    """
    reasons = []
    if seen.odds_of_arrest > (STOPPED_TWICE if is_counted_twice else STOPPED):
        values = {"lot": label, "odds": seen.odds_of_arrest}
        reasons.append(Blocker("culture_behind", values, SOURCE, Weight.CAUTION))
    elif seen.chance_of_fewer < _UNLIKELY:
        # A first count says little of a stop, which a slow culture looks like; that cells are missing it can say.
        values = {"lot": label, "chance": seen.chance_of_fewer}
        reasons.append(Blocker("culture_short", values, SOURCE, Weight.CAUTION))
    if seen.chance_of_fewer > 1 - _UNLIKELY:
        values = {"lot": label, "chance": 1 - seen.chance_of_fewer}
        reasons.append(Blocker("culture_ahead", values, SOURCE, Weight.CAUTION))
    return reasons


def out_of_reach(found: Forecast, *, latest_day: float, label: str) -> list[Blocker]:
    """Whether the dose is still to be had by ``latest_day``, the last on which it is of use."""
    chance = found.chance_by(latest_day)
    if chance >= OUT_OF_REACH:
        return []
    values = {"lot": label, "chance": chance, "day": latest_day}
    return [Blocker("dose_out_of_reach", values, SOURCE, Weight.CAUTION)]
