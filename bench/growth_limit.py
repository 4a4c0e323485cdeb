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
from stroma.processing.domain.growth.fit import COUNTING_CV, OFF_THE_CURVE, Count, Seeding
from stroma.processing.domain.growth.forecast import STOPPED, conduct, off_the_curve
from stroma.processing.domain.growth.population import Population

KEPT = 5
"""Every so many steps of the generator are kept."""
UNTIL = 45.0
ERROR = math.hypot(0.15, 1 / math.sqrt(200)) / math.log(2)
"""Of a count, in doublings, as the generator makes it."""
SEEDING_ERROR = 0.24
STOPS = 8
"""So many moments are tried at which growth may have stopped."""
ASKS_AGAIN = 3.0
"""Odds of an arrest above which a second count on the same day is tried."""


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
        errors = np.array([_error_of(count) for count in counts])
        told = seen - held
        precision = np.square(1 / errors)
        first = 1 / SEEDING_ERROR**2
        whole = first + precision.sum()
        center = (first * start.log2_cells + told @ precision) / whole
        away = first * np.square(center - start.log2_cells)
        away += np.square(told - center[:, None]) @ precision
        return -0.5 * away, center, whole**-0.5


@dataclass(frozen=True)
class Twice(Count):
    """The mean of two counts of one day; ``cells_seen`` are those of one of them."""

    @property
    def error(self) -> float:
        """Standard deviation of ``log2_cells``, in doublings: the error of counting is less, the day's is not."""
        counted = math.hypot(1 / math.sqrt(self.cells_seen), COUNTING_CV) / math.log(2)
        return math.hypot(counted / math.sqrt(2), OFF_THE_CURVE)


def _error_of(count: Count) -> float:
    return ERROR / math.sqrt(2) if isinstance(count, Twice) else ERROR


def both(first: Count, second: Count) -> Twice:
    """What is known after a second count on the same day."""
    return Twice(first.day, (first.log2_cells + second.log2_cells) / 2, first.cells_seen)


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
    """Print how many stopped cultures are called off: by ours, by the limit, and with a second count when asked for.

    All at one share of false alarms, which is that of ours.
    """
    sound = [_odds(donor(chance), None, population, everyone, number, chance) for number in range(lots)]
    highest = np.array([lot.max(axis=0) for lot in sound])
    calls = float(np.mean(highest[:, 0] > STOPPED))
    wanted = np.array([STOPPED, *(np.quantile(highest[:, way], 1 - calls) for way in (1, 2))])
    asked = np.mean(np.concatenate([lot[:, 0] for lot in sound]) > ASKS_AGAIN)
    print(f"at {calls:.1%} of sound cultures called behind ({lots} cultures):")
    for stop in (6.0, 10.0):
        ended = [
            _odds(donor(chance, arrest_at=stop), stop, population, everyone, number, chance)
            for number in range(lots)
        ]
        for way, name in enumerate(("ours", "limit", "ours, second count")):
            shares = ", ".join(
                f"{np.mean([(lot[:most, way] > wanted[way]).any() for lot in ended]):.2f} within {most}"
                for most in (1, 2, 3)
            )
            print(f"  growth stops on day {stop:.0f}: {name:18} {shares}")
    print(f"  a second count is asked for after {asked:.1%} of a sound culture's counts")


def _odds(
    one: Donor,
    stop: float | None,
    population: Population,
    everyone: Known,
    seed: int,
    chance: np.random.Generator,
) -> FloatArray:
    """Odds of an arrest at each count after the stop, or at every count, shape (counts, 3).

    Ours, the limit's, and ours after a second count: 0 where none is asked for.
    """
    start = seeding(chance)
    days = [day for day in COUNTS_AT if day <= (one.harvest + 1 if stop is None else stop + 6)]
    once, again = counted(one, days, chance), counted(one, days, chance)
    rows = []
    for k, day in enumerate(days):
        if stop is not None and day <= stop:
            continue
        seen = once[: k + 1]
        ours = conduct(start, seen, population, seed=seed).odds_of_arrest
        second = 0.0
        if ours > ASKS_AGAIN:
            twice = [*once[:k], both(once[k], again[k])]
            second = conduct(start, twice, population, seed=seed).odds_of_arrest
        rows.append((ours, everyone.odds_of_arrest(start, seen), second))
    return np.array(rows)


def troubles(population: Population, lots: int, chance: np.random.Generator) -> None:
    """Print how soon cultures are called off that die, or that something else grows in, from day 6 on."""
    since = np.maximum(GRID - 6.0, 0.0)
    for name, change in (
        ("half of the cells die each day", lambda curve: curve[GRID <= 6.0][-1] - since),
        (
            "2 % of something else doubles twice a day",
            lambda curve: curve + np.log2(1 + 0.02 * (4.0**since - 1)),
        ),
    ):
        found = []
        for number in range(lots):
            one, start = donor(chance), seeding(chance)
            curve = np.where(GRID <= 6.0, one.curve, change(one.curve))
            days = [day for day in COUNTS_AT if day <= 12.0]
            counts = counted(Donor(curve, one.harvest), days, chance)
            found.append(
                [
                    bool(off_the_curve(conduct(start, counts[: k + 1], population, seed=number), label=""))
                    for k, day in enumerate(days)
                    if day > 6.0
                ]
            )
        shares = ", ".join(
            f"{np.mean([any(lot[:most]) for lot in found]):.2f} within {most}" for most in (1, 2, 3)
        )
        print(f"from day 6 on {name}: called off at the counts after it: {shares}")
