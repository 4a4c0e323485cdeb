"""The harvest date forecast, beside a naive doubling time and a logistic fit of the lot alone.

Donors are made by a generator that is not the model: the rate falls along a Hill curve instead of a parabola, and
the first divisions set in softly. A clinic's first lots teach the population; the forecasts are for donors that no one
has seen. CRPS is the continuous ranked probability score of the harvest day, in days; less is better. The limit is the
forecast by somebody who knows how the donors and the errors are made (``growth_limit.py``); that of the time is drawing
and sorting as many numbers.
"""

import argparse
import math
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stroma.processing.domain.growth.curve import FloatArray
from stroma.processing.domain.growth.fit import Count, Seeding, summary
from stroma.processing.domain.growth.forecast import DRAWS, OUT_OF_REACH, forecast
from stroma.processing.domain.growth.population import SHIPPED, Population, learned
from stroma.protocols.domain.vocabulary import Tissue

SEEDED = 1.0e6
DOSE = math.log2(1.0e8)
CAP = 60.0
STEP = 0.05
GRID = np.arange(0.0, CAP, STEP)
WANTED_BY = 18.0
"""The harvest of a protocol, for what is called out of reach."""
COUNTS_AT = (3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0)


@dataclass(frozen=True)
class Donor:
    """The truth: log2 cells on the grid, and when they are enough."""

    curve: FloatArray
    harvest: float


def donor(chance: np.random.Generator, *, arrest_at: float | None = None) -> Donor:
    """A donor: doublings a day, lag, and where and how steeply the rate falls with doublings."""
    rate = 0.5 * math.exp(0.25 * chance.standard_normal())
    lag = 1.5 * math.exp(0.35 * chance.standard_normal())
    half = 18.0 * math.exp(0.20 * chance.standard_normal())
    steep = chance.uniform(1.5, 3.5)
    wobble = 0.08 * chance.standard_normal(len(GRID))
    done, curve = 0.0, np.empty(len(GRID))
    for number, day in enumerate(GRID):
        curve[number] = math.log2(SEEDED) + done
        speed = rate / (1 + (done / half) ** steep) / (1 + math.exp(-(day - lag) / 0.3))
        if arrest_at is not None and day >= arrest_at:
            speed = 0.0
        done += STEP * speed * (1 + wobble[number])
    reached = np.flatnonzero(curve >= DOSE)
    return Donor(curve, float(GRID[reached[0]]) if len(reached) else CAP)


def counted(one: Donor, days: Sequence[float], chance: np.random.Generator) -> list[Count]:
    """Counts with the error of a hemocytometer: 15 % beside the cells seen."""
    counts = []
    for day in days:
        truth = 2.0 ** float(np.interp(day, GRID, one.curve))
        seen = int(chance.poisson(200))
        error = math.exp(0.15 * chance.standard_normal()) * max(seen, 1) / 200
        counts.append(Count(day, math.log2(truth * error), max(seen, 1)))
    return counts


def seeding(chance: np.random.Generator) -> Seeding:
    """What the laboratory believes it seeded: counted as well."""
    return Seeding(math.log2(SEEDED) + 0.24 * chance.standard_normal(), 0.25)


def naive(start: Seeding, counts: Sequence[Count]) -> FloatArray:
    """The doubling time of the last two counts, drawn on: one day, said with no doubt."""
    first, last = (
        (counts[-2], counts[-1]) if len(counts) > 1 else (Count(0, start.log2_cells, 200), counts[-1])
    )
    rate = (last.log2_cells - first.log2_cells) / (last.day - first.day)
    day = last.day + (DOSE - last.log2_cells) / rate if rate > 0 else CAP
    return np.array([min(max(day, 0.0), CAP)])


def logistic(start: Seeding, counts: Sequence[Count], chance: np.random.Generator) -> FloatArray:
    """A logistic curve fitted to the lot alone by SciPy's curve_fit, its days drawn from the fit's covariance."""
    from scipy.optimize import OptimizeWarning, curve_fit

    days = np.array([0.0, *(count.day for count in counts)])
    seen = np.array([start.log2_cells, *(count.log2_cells for count in counts)])

    def curve(day: FloatArray, top: float, rate: float, first: float) -> FloatArray:
        return top - np.logaddexp(0.0, (top - first) * math.log(2) - rate * day) / math.log(2)

    low, high = np.array([DOSE + 0.1, 0.05, 15.0]), np.array([DOSE + 8, 3.0, 25.0])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", OptimizeWarning)
            best, covariance = curve_fit(
                curve, days, seen, p0=[DOSE + 2, 0.35, 20.0], sigma=np.full(len(days), 0.28),
                absolute_sigma=True, bounds=(low, high), maxfev=4000,
            )  # fmt: skip
        # A flat direction of so few counts is cut off, so that the rival is not judged by it.
        drawn = chance.multivariate_normal(
            best, np.clip(covariance, -4.0, 4.0), 400, method="svd", check_valid="ignore"
        )
        drawn = np.clip(np.vstack([best, drawn]), low, high)
    except (RuntimeError, OptimizeWarning, np.linalg.LinAlgError, ValueError):
        return naive(start, counts)
    top, rate, first = drawn.T
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        odds = np.expm1((top - first) * math.log(2)) / np.expm1((top - DOSE) * math.log(2))
        day = np.where((top > DOSE) & (rate > 0), np.log(odds) / rate, CAP)
    return np.sort(np.clip(np.nan_to_num(day, nan=CAP, posinf=CAP), 0.0, CAP))


def crps(days: FloatArray, truth: float) -> float:
    """Continuous ranked probability score of a sorted sample."""
    n = len(days)
    spread = 2 * np.dot(np.arange(1, n + 1) - 0.5 - n / 2, days) / n**2
    return float(np.abs(days - truth).mean() - spread)


def teach(lots: int, chance: np.random.Generator) -> Population:
    """The population after a clinic's first lots, counted every other day up to harvest."""
    shipped = SHIPPED[Tissue.BONE_MARROW]
    found = []
    for _ in range(lots):
        one, start = donor(chance), seeding(chance)
        days = [day for day in COUNTS_AT if day <= one.harvest + 2]
        found.append(summary(start, counted(one, days, chance), shipped))
    return learned(shipped, found)


def main(arguments: Sequence[str]) -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(prog="./run bench growth", description=__doc__)
    parser.add_argument("--donors", type=int, default=1000, help="unseen donors")
    parser.add_argument("--lots", type=int, default=40, help="lots the clinic has finished before")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--seeds", type=int, default=1, help="so many seeds from that one on; the mean at the end"
    )
    parser.add_argument(
        "--limit", type=int, default=30_000, help="donors by which the limit knows the generator"
    )
    parser.add_argument("--cultures", type=int, default=400, help="cultures followed for what is called off")
    options = parser.parse_args(arguments)
    found = [_measured(seed, options) for seed in range(options.seed, options.seed + options.seeds)]
    if options.seeds > 1:
        print(f"\nmean of {options.seeds} seeds")
        for until in found[0]:
            for name in found[0][until]:
                score, covered, error = np.mean([one[until][name] for one in found], axis=0)
                print(f"{until:3.0f}  {name:9}  {score:5.2f}  {covered:12.3f}  {error:14.2f}")
    return 0


def _measured(seed: int, options: argparse.Namespace) -> dict[float, dict[str, tuple[float, float, float]]]:
    """Print one seed's numbers; gives CRPS, coverage and median error by day and rival."""
    from bench.growth_limit import arrests, known
    from bench.growth_recounts import recounting

    chance, apart = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    everyone = known(options.limit, apart)
    told: dict[float, dict[str, tuple[float, float, float]]] = {}
    print(f"\nseed {seed}")
    population = teach(options.lots, chance)
    spread = np.sqrt(np.diag(population.covariance))
    print(f"{options.lots} finished lots, {options.donors} unseen donors, harvest at {2**DOSE:.0e} cells")
    print(
        f"learned: rate {math.exp(population.mean[0]):.2f}/day (sd {spread[0]:.2f}), lag "
        f"{math.exp(population.mean[1]):.2f} days (sd {spread[1]:.2f}), most {math.exp(population.mean[2]):.0f}"
    )
    donors = [(donor(chance), seeding(chance)) for _ in range(options.donors)]
    truth = np.array([one.harvest for one, _ in donors])
    early, middle_day, late = np.quantile(truth, [0.05, 0.5, 0.95])
    print(f"harvest day: median {middle_day:.1f}, 5-95 % {early:.1f}-{late:.1f}")
    print("day  rival       CRPS  covered 90 %  median |error|  ours/rival")
    for until in (3.0, 5.0, 7.0):
        days = [day for day in COUNTS_AT if day <= until]
        ways: dict[str, list[FloatArray]] = {"ours": [], "naive": [], "logistic": [], "limit": []}
        seconds = []
        for number, (one, start) in enumerate(donors):
            counts = counted(one, days, chance)
            began = time.perf_counter()
            found = forecast(start, counts, population, dose_log2=DOSE, seed=number)
            seconds.append(time.perf_counter() - began)
            ways["ours"].append(np.minimum(found.days, CAP))
            ways["naive"].append(naive(start, counts))
            ways["logistic"].append(logistic(start, counts, chance))
            ways["limit"].append(everyone.forecast(start, counts, apart))
        scores = {
            name: np.array([crps(d, t) for d, t in zip(found, truth, strict=True)])
            for name, found in ways.items()
        }
        for name, found_days in ways.items():
            low = np.array([d[int(0.05 * len(d))] for d in found_days])
            high = np.array([d[min(int(0.95 * len(d)), len(d) - 1)] for d in found_days])
            middle = np.array([d[len(d) // 2] for d in found_days])
            covered = np.mean((low <= truth) & (truth <= high))
            error = np.median(np.abs(middle - truth))
            ratio = scores["ours"].mean() / scores[name].mean()
            told.setdefault(until, {})[name] = (scores[name].mean(), covered, error)
            print(
                f"{until:3.0f}  {name:9}  {scores[name].mean():5.2f}  {covered:12.3f}  {error:14.2f}  {ratio:10.2f}"
            )
        print(
            f"     {DRAWS} draws in {np.median(seconds) * 1000:.1f} ms (worst {max(seconds) * 1000:.1f} ms)"
        )
    out_of_reach = np.array([np.mean(days <= WANTED_BY) < OUT_OF_REACH for days in ways["ours"]])
    late = truth > WANTED_BY
    print(
        f"not ready by day {WANTED_BY:.0f}: {late.mean():.3f} of donors; on day 7 {out_of_reach[late].mean():.2f} of "
        f"them called out of reach, and {out_of_reach[~late].mean():.4f} of the others"
    )
    lots = min(options.donors, options.cultures)
    arrests(population, everyone, lots, apart)
    recounting(population, lots, apart)
    _limit(chance)
    return told


def _limit(chance: np.random.Generator) -> None:
    began = time.perf_counter()
    for _ in range(50):
        np.sort(chance.standard_normal((DRAWS, 4)).sum(axis=1))
    print(
        f"drawing and sorting {DRAWS} x 4 numbers alone: {(time.perf_counter() - began) / 50 * 1000:.2f} ms"
    )
