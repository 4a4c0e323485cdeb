"""How soon a culture is called off, with the second counts that the rule asks for and without them.

The cultures are those of ``bench/growth.py``, each followed count by count as a laboratory does it: where the rule
asks for a second sample one is counted, and the mean of both stays in the record for all that comes after.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.growth import COUNTS_AT, GRID, Donor, donor, seeding
from stroma.processing.domain.growth.curve import FloatArray
from stroma.processing.domain.growth.doubt import RECOUNT, doubts
from stroma.processing.domain.growth.fit import SHARED, Count, Seeding, both_samples
from stroma.processing.domain.growth.forecast import conduct, off_the_curve
from stroma.processing.domain.growth.population import Population

CV = 0.15
"""Of a count beside the cells seen, as the generator makes it."""
WITHIN = (1, 2, 3)


@dataclass(frozen=True)
class Looked:
    """What was said after a count."""

    day: float
    recounted: bool
    called: bool


def two_samples(
    one: Donor, days: Sequence[float], chance: np.random.Generator, shared: float
) -> list[tuple[Count, Count]]:
    """Two samples of each day; ``shared`` of the variance of their pipetting is the same for both."""
    pairs = []
    for day in days:
        truth = 2.0 ** float(np.interp(day, GRID, one.curve))
        hands = math.exp(CV * math.sqrt(shared) * chance.standard_normal())
        samples = []
        for _ in range(2):
            seen = max(int(chance.poisson(200)), 1)
            own = math.exp(CV * math.sqrt(1 - shared) * chance.standard_normal())
            samples.append(Count(day, math.log2(truth * hands * own * seen / 200), seen))
        pairs.append((samples[0], samples[1]))
    return pairs


def followed(
    start: Seeding,
    pairs: Sequence[tuple[Count, Count]],
    population: Population,
    *,
    recounts: bool,
    seed: int,
) -> list[Looked]:
    """Follow a culture through its counts, with the second ones that are asked for or without any."""
    counts: list[Count] = []
    said = []
    for first, second in pairs:
        counts.append(first)
        seen = conduct(start, counts, population, seed=seed)
        twice = recounts and any(why.code in RECOUNT for why in doubts(seen, label=""))
        if twice:
            counts[-1] = both_samples(first, second)
            seen = conduct(start, counts, population, seed=seed)
        called = bool(off_the_curve(seen, label="", is_counted_twice=twice))
        said.append(Looked(first.day, twice, called))
    return said


def recounting(population: Population, lots: int, chance: np.random.Generator) -> None:
    """Print the shares for sound cultures and for those that come to grief."""
    for shared in (SHARED, 0.0, 0.5):
        print(f"samples that share {shared:.0%} of their pipetting's variance ({lots} cultures each):")
        _print_sound(population, lots, chance, shared)
        for name, made in _TROUBLES.items():
            cultures = [made(chance) for _ in range(lots if "stops" in name else lots // 3)]
            _print_trouble(name, cultures, population, chance, shared)
        if lots < 100:
            break


def _print_sound(population: Population, lots: int, chance: np.random.Generator, shared: float) -> None:
    ways: dict[bool, list[list[Looked]]] = {False: [], True: []}
    for number in range(lots):
        one, start = donor(chance), seeding(chance)
        days = [day for day in COUNTS_AT if day <= one.harvest + 1]
        pairs = two_samples(one, days, chance, shared)
        for way, found in ways.items():
            found.append(followed(start, pairs, population, recounts=way, seed=number))
    calls = {way: np.mean([any(one.called for one in lot) for lot in found]) for way, found in ways.items()}
    twice = [[one.recounted for one in lot] for lot in ways[True]]
    print(
        f"  sound: called off {calls[False]:.3f} on one count, {calls[True]:.3f} with second ones; counted again "
        f"{np.mean(np.concatenate(twice)):.3f} of counts, in {np.mean([any(lot) for lot in twice]):.3f} of cultures"
    )


def _print_trouble(
    name: str,
    cultures: Sequence[tuple[Donor, float]],
    population: Population,
    chance: np.random.Generator,
    shared: float,
) -> None:
    ways: dict[bool, list[list[Looked]]] = {False: [], True: []}
    for number, (one, since) in enumerate(cultures):
        start = seeding(chance)
        pairs = two_samples(one, [day for day in COUNTS_AT if day <= since + 6], chance, shared)
        for way, found in ways.items():
            looked = followed(start, pairs, population, recounts=way, seed=number)
            found.append([one for one in looked if one.day > since])
    for way, found in ways.items():
        shares = ", ".join(
            f"{np.mean([any(one.called for one in lot[:most]) for lot in found]):.2f} within {most}"
            for most in WITHIN
        )
        print(f"  {name}: {'with second counts' if way else 'one count a time':18} {shares}")
    asked = [one for lot in found for one in lot[:2] if one.recounted]
    if asked:
        print(
            f"    the second sample called off {np.mean([one.called for one in asked]):.2f} of those asked for"
        )


def _stops(day: float) -> Callable[[np.random.Generator], tuple[Donor, float]]:
    return lambda chance: (donor(chance, arrest_at=day), day)


def _turns(
    change: Callable[[FloatArray, FloatArray], FloatArray],
) -> Callable[[np.random.Generator], tuple[Donor, float]]:
    """A culture that changes from day 6 on; ``change`` is told its curve and the days since then."""

    def made(chance: np.random.Generator) -> tuple[Donor, float]:
        one = donor(chance)
        curve = np.where(GRID <= 6.0, one.curve, change(one.curve, np.maximum(GRID - 6.0, 0.0)))
        return Donor(curve, one.harvest), 6.0

    return made


_TROUBLES = {
    "growth stops on day 6": _stops(6.0),
    "growth stops on day 10": _stops(10.0),
    "half of the cells die each day from day 6": _turns(lambda curve, since: curve[GRID <= 6.0][-1] - since),
    "2 % of something else doubles twice a day from day 6": _turns(
        lambda curve, since: curve + np.log2(1 + 0.02 * (4.0**since - 1))
    ),
}
