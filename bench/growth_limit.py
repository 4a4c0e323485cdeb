"""The limit of a harvest date forecast: somebody who knows how the donors of ``bench/growth.py`` are made.

They know the population, the shape of the curve and the errors of the counts, and not what this donor is: many donors
are made by the same generator, and each weighs as much as it explains the counts (importance sampling). The cells
seeded are integrated out. No rule that sees the same counts does better on average, neither at the day nor, at the same
share of false alarms, at telling that growth has stopped (Neyman and Pearson).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.growth import CAP, COUNTS_AT, DOSE, GRID, STEP, Donor, counted, donor, seeding
from stroma.processing.domain.growth.curve import FloatArray
from stroma.processing.domain.growth.fit import Count, Seeding
from stroma.processing.domain.growth.forecast import STOPPED, conduct
from stroma.processing.domain.growth.population import Population

KEPT = 5
"""Every so many steps of the generator are kept."""
UNTIL = 45.0
ERROR = math.hypot(0.15, 1 / math.sqrt(200)) / math.log(2)
"""Of a count, in doublings, as the generator makes it."""
SEEDING_ERROR = 0.24
STOPS = 8
"""So many moments are tried at which growth may have stopped."""


@dataclass(frozen=True)
class Known:
    """Donors of the generator: doublings on ``days``, shape (donors, days)."""

    days: FloatArray
    doublings: FloatArray

    def forecast(
        self, start: Seeding, counts: Sequence[Count], chance: np.random.Generator, draws: int = 3000
    ) -> FloatArray:
        """The harvest days that the counts leave possible, sorted."""
        weight, center, spread = self._seeded(start, counts, self._held(counts))
        total = np.cumsum(np.exp(weight - weight.max()))
        picks = (np.arange(draws) + chance.random()) / draws * total[-1]
        chosen = np.minimum(np.searchsorted(total, picks), len(total) - 1)
        wanted = DOSE - center[chosen] - spread * chance.standard_normal(draws)
        curves = self.doublings[chosen]
        after = np.clip((curves < wanted[:, None]).sum(axis=1), 1, len(self.days) - 1)
        row = np.arange(draws)
        below, above = curves[row, after - 1], curves[row, after]
        share = (wanted - below) / np.maximum(above - below, 1e-9)
        return np.sort(np.clip(self.days[after - 1] + share * KEPT * STEP, 0.0, CAP))

    def odds_of_arrest(self, start: Seeding, counts: Sequence[Count]) -> float:
        """How much likelier the counts are if growth stopped after the count before the last two than if it goes on."""
        going_on = self._evidence(start, counts, self._held(counts))
        since = counts[-3].day if len(counts) > 2 else 0.0
        stops = since + (np.arange(STOPS) + 0.5) / STOPS * (counts[-1].day - since)
        stopped = [self._evidence(start, counts, self._held(counts, until=stop)) for stop in stops]
        return math.exp(min(np.logaddexp.reduce(stopped) - math.log(STOPS) - going_on, 50.0))

    def _held(self, counts: Sequence[Count], until: float = CAP) -> FloatArray:
        """Doublings of each donor at each count, if growth stopped at ``until``; shape (donors, counts)."""
        places = np.array([min(count.day, until) for count in counts]) / (KEPT * STEP)
        low = np.floor(places).astype(int)
        share = places - low
        return self.doublings[:, low] * (1 - share) + self.doublings[:, low + 1] * share

    def _evidence(self, start: Seeding, counts: Sequence[Count], held: FloatArray) -> float:
        weight, _center, _spread = self._seeded(start, counts, held)
        top = float(weight.max())
        return top + math.log(float(np.exp(weight - top).mean()))

    def _seeded(
        self, start: Seeding, counts: Sequence[Count], held: FloatArray
    ) -> tuple[FloatArray, FloatArray, float]:
        """Log weight of each donor, and mean and deviation of the cells seeded given that donor's curve."""
        seen = np.array([count.log2_cells for count in counts])
        errors = np.full(len(counts), ERROR)
        told = seen - held
        precision = np.square(1 / errors)
        first = 1 / SEEDING_ERROR**2
        whole = first + precision.sum()
        center = (first * start.log2_cells + told @ precision) / whole
        away = first * np.square(center - start.log2_cells)
        away += np.square(told - center[:, None]) @ precision
        return -0.5 * away, center, whole**-0.5


def known(donors: int, chance: np.random.Generator) -> Known:
    """Make donors as ``bench.growth.donor`` does, all at once."""
    rate = 0.5 * np.exp(0.25 * chance.standard_normal(donors))
    lag = 1.5 * np.exp(0.35 * chance.standard_normal(donors))
    half = 18.0 * np.exp(0.20 * chance.standard_normal(donors))
    steep = chance.uniform(1.5, 3.5, donors)
    done = np.zeros(donors)
    kept = []
    for number, day in enumerate(GRID[GRID <= UNTIL]):
        if number % KEPT == 0:
            kept.append(done.copy())
        speed = rate / (1 + (done / half) ** steep) / (1 + np.exp(-(day - lag) / 0.3))
        done = done + STEP * speed * (1 + 0.08 * chance.standard_normal(donors))
    return Known(GRID[GRID <= UNTIL][::KEPT], np.array(kept).T)


def arrests(population: Population, everyone: Known, lots: int, chance: np.random.Generator) -> None:
    """Print how many stopped cultures are called off on one count at a time, by ours and by the limit.

    Both at one share of false alarms, which is that of ours.
    """
    sound = [_odds(donor(chance), None, population, everyone, number, chance) for number in range(lots)]
    highest = np.array([lot.max(axis=0) for lot in sound])
    calls = float(np.mean(highest[:, 0] > STOPPED))
    wanted = (STOPPED, float(np.quantile(highest[:, 1], 1 - calls)))
    print(f"one count at a time, at {calls:.1%} of sound cultures called behind ({lots} cultures):")
    for stop in (6.0, 10.0):
        ended = [
            _odds(donor(chance, arrest_at=stop), stop, population, everyone, number, chance)
            for number in range(lots)
        ]
        for way, name in enumerate(("ours", "limit")):
            shares = ", ".join(
                f"{np.mean([(lot[:most, way] > wanted[way]).any() for lot in ended]):.2f} within {most}"
                for most in (1, 2, 3)
            )
            print(f"  growth stops on day {stop:.0f}: {name:6} {shares}")


def _odds(
    one: Donor,
    stop: float | None,
    population: Population,
    everyone: Known,
    seed: int,
    chance: np.random.Generator,
) -> FloatArray:
    """Odds of an arrest at each count after the stop, or at every count, shape (counts, 2): ours and the limit's."""
    start = seeding(chance)
    days = [day for day in COUNTS_AT if day <= (one.harvest + 1 if stop is None else stop + 6)]
    counts = counted(one, days, chance)
    rows = [
        (
            conduct(start, counts[: k + 1], population, seed=seed).odds_of_arrest,
            everyone.odds_of_arrest(start, counts[: k + 1]),
        )
        for k, day in enumerate(days)
        if stop is None or day > stop
    ]
    return np.array(rows)
