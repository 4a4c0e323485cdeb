"""What the counts of one culture say of it: the likeliest parameters, and draws of all that are likely.

A count is what the culture holds times an error: the cells seen (Poisson), the pipetting and mixing, and days on which
a culture simply does not follow its curve. All three are errors of the logarithm.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stroma.processing.domain.growth.curve import FloatArray, log2_cells
from stroma.processing.domain.growth.population import LotSummary, Population

COUNTING_CV = 0.15
"""Coefficient of variation of a hemocytometer count beyond the cells seen: 10-20 % (``performance.md`` part C)."""

SHARED = 0.25
"""The part of that coefficient's variance that two samples of one suspension share, being taken by the same hands.

A working assumption, on the safe side of the one figure found: five observers differed by 3.1 % beside 7.8 % at random,
a seventh of the variance (quoted by nexcelom.com, Cellometer counting errors, without its source).
"""

OFF_THE_CURVE = 0.10
"""How far a culture strays from its curve from count to count, in doublings; a working choice (bench/growth)."""

_TAILS = 6.0  # degrees of freedom of the draws' proposal: heavier tails than what they stand for


@dataclass(frozen=True, slots=True)
class Count:
    """Viable cells counted on a day after seeding, as though none had been taken away at a passage.

    ``cells_seen`` is how many cells the count rests on, all squares together. Where a second sample was counted on the
    same day, ``log2_cells`` is the mean of both and ``seen_again`` how many cells the second rests on.
    """

    day: float
    log2_cells: float
    cells_seen: int
    seen_again: int | None = None

    @property
    def counting_error(self) -> float:
        """Standard deviation of the counted cells about those that there are, in doublings.

        Two samples each have the error of their own cells and pipetting. What the same hands do to both (``SHARED``) is
        not less for a second sample.
        """
        first = 1 / math.sqrt(max(self.cells_seen, 1))
        if self.seen_again is None:
            counted = math.hypot(first, COUNTING_CV)
        else:
            own = math.hypot(first, 1 / math.sqrt(max(self.seen_again, 1))) / 2
            hands = COUNTING_CV * math.sqrt(SHARED + (1 - SHARED) / 2)
            counted = math.hypot(own, hands)
        return counted / math.log(2)

    @property
    def error(self) -> float:
        """The same about the culture's curve, from which it strays by itself, however often it is counted."""
        return math.hypot(self.counting_error, OFF_THE_CURVE)


def both_samples(first: Count, second: Count) -> Count:
    """The counts of two samples of one suspension as one: the mean of the cells, as the batch record pools them."""
    mean = (2.0**first.log2_cells + 2.0**second.log2_cells) / 2
    return Count(first.day, math.log2(mean), first.cells_seen, second.cells_seen)


AGREE = 3.0
"""Two samples of one suspension differ by more than so many standard deviations three times in a thousand."""


def samples_agree(first: Count, second: Count) -> bool:
    """Whether two samples differ no more than their own errors let them; what they share is no part of it."""
    own = [
        math.hypot(1 / math.sqrt(max(one.cells_seen, 1)), COUNTING_CV * math.sqrt(1 - SHARED))
        for one in (first, second)
    ]
    return abs(first.log2_cells - second.log2_cells) <= AGREE * math.hypot(*own) / math.log(2)


@dataclass(frozen=True, slots=True)
class Seeding:
    """The cells seeded, as a binary logarithm, and the standard deviation of that, in doublings.

    Where the stromal cells of a tissue were only guessed at (passage 0 without a colony count), the deviation is wide.
    """

    log2_cells: float
    error: float


@dataclass(frozen=True, slots=True)
class Draws:
    """Equally likely parameters of a culture, shape (draws, 4), in the order of ``curve.PARAMETERS``.

    ``effective`` is how many independent draws they are worth.
    """

    parameters: FloatArray
    effective: float


def fitted(residuals: Callable[[FloatArray], FloatArray], start: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The parameters with the least squares, and the inverse of their covariance (residuals in standard deviations)."""
    from scipy.optimize import least_squares  # slow import

    found = least_squares(residuals, start, method="lm", xtol=1e-14, ftol=1e-14, gtol=1e-14, max_nfev=2000)
    return found.x, found.jac.T @ found.jac


def likeliest(
    seeding: Seeding, counts: Sequence[Count], population: Population
) -> tuple[FloatArray, FloatArray]:
    """The likeliest parameters of a culture given its counts and its population, and the precision around them."""
    days = np.array([count.day for count in counts])
    seen = np.array([count.log2_cells for count in counts])
    errors = np.array([count.error for count in counts])
    whiten = np.linalg.inv(np.linalg.cholesky(population.covariance))

    def residuals(parameters: FloatArray) -> FloatArray:
        return np.concatenate(
            [
                (log2_cells(days, parameters) - seen) / errors,
                [(parameters[0] - seeding.log2_cells) / seeding.error],
                whiten @ (parameters[1:] - population.mean),
            ]
        )

    return fitted(residuals, np.concatenate([[seeding.log2_cells], population.mean]))


def draw(
    seeding: Seeding, counts: Sequence[Count], population: Population, *, draws: int, seed: int
) -> Draws:
    """Draw what the culture may be, given its counts: importance sampling around the likeliest parameters.

    The same counts and seed give the same draws.
    """
    center, precision = likeliest(seeding, counts, population)
    chance = np.random.default_rng(seed)
    root = np.linalg.cholesky(np.linalg.inv(precision))
    normal = chance.standard_normal((draws, 4))
    stretch = np.sqrt(_TAILS / chance.chisquare(_TAILS, draws))
    offsets = normal * stretch[:, None]
    parameters = center + offsets @ root.T

    days = np.array([count.day for count in counts])
    log_weight = 0.5 * (_TAILS + 4) * np.log1p(np.square(offsets).sum(axis=1) / _TAILS)  # over the proposal
    if counts:
        away = (log2_cells(days, parameters) - [count.log2_cells for count in counts]) / [
            count.error for count in counts
        ]
        log_weight -= 0.5 * np.square(away).sum(axis=1)
    log_weight -= 0.5 * np.square((parameters[:, 0] - seeding.log2_cells) / seeding.error)
    whitened = (parameters[:, 1:] - population.mean) @ np.linalg.inv(
        np.linalg.cholesky(population.covariance)
    ).T
    log_weight -= 0.5 * np.square(whitened).sum(axis=1)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    # Systematic resampling: one random number, evenly spaced picks.
    picks = (np.arange(draws) + chance.random()) / draws
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), picks), draws - 1)
    return Draws(parameters[chosen], float(1 / np.square(weight).sum()))


def summary(seeding: Seeding, counts: Sequence[Count], population: Population) -> LotSummary:
    """What a finished lot's counts alone say of its rate, lag and most doublings, for the population to learn from."""
    center, precision = likeliest(seeding, counts, population)
    # The seeding is the lot's own and is integrated out; the population's part is taken back.
    within = precision[1:, 1:] - np.outer(precision[1:, 0], precision[0, 1:]) / precision[0, 0]
    prior = np.linalg.inv(population.covariance)
    alone = within - prior
    values, vectors = np.linalg.eigh((alone + alone.T) / 2)
    alone = (vectors * np.clip(values, 0.0, None)) @ vectors.T
    return LotSummary(alone, (alone + prior) @ center[1:] - prior @ population.mean)
