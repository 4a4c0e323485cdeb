"""What is believed of a culture before it is counted, and how a clinic's own lots change that.

A lot's rate, lag and most doublings are drawn from a population of lots of that tissue, on the scale of their natural
logarithms: a normal distribution. What ships is broad and comes from published figures; each lot that a clinic
finishes says something of its own rate, lag and most doublings, with an uncertainty, and the population is estimated
from all of them together with the shipped one, which counts as ``SHIPPED_LOTS`` lots. So the first lots of a clinic
lean on the literature and the hundredth on its own hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stroma.processing.domain.growth.curve import FloatArray
from stroma.protocols.domain.vocabulary import Tissue

SHIPPED_LOTS = 6.0
"""As how many lots the shipped population counts beside a clinic's own; a working choice, not a published number."""

_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Population:
    """Mean and covariance of (ln rate per day, ln lag in days, ln most doublings) over lots; learned from ``lots``."""

    mean: FloatArray
    covariance: FloatArray
    source: str
    lots: int = 0


@dataclass(frozen=True, slots=True)
class LotSummary:
    """What one lot's counts say of its three parameters, the population left out: a normal likelihood.

    ``precision`` (3, 3) may be singular: a lot that was harvested young says nothing of its most doublings.
    ``shift`` is the precision times the mean, which exists where the mean does not.
    """

    precision: FloatArray
    shift: FloatArray


def _shipped(hours_to_double: float, spread: float, lag_days: float, source: str) -> Population:
    """Medians and spreads; the lag and the most doublings are general knowledge and so are held loosely."""
    mean = np.log([24 / hours_to_double, lag_days, 35.0])
    return Population(mean, np.diag(np.square([spread, 0.5, 0.25])), source)


SHIPPED: dict[Tissue, Population] = {
    # Marrow: 30-60 h early and 80-100 h over four centres; the spread covers both. Adipose and cord: about 40 h.
    # Lag of adherence, most doublings (30-40) and every spread: general knowledge, unconfirmed.
    Tissue.BONE_MARROW: _shipped(
        60.0, 0.40, 1.5, "clinical.md §1.3 (GK); performance.md part C (s13287-023-03352-1)"
    ),
    Tissue.ADIPOSE: _shipped(40.0, 0.35, 1.0, "performance.md part C (s13287-023-03352-1)"),
    Tissue.UMBILICAL_CORD: _shipped(40.0, 0.35, 1.0, "performance.md part C (s13287-023-03352-1)"),
    Tissue.DENTAL_PULP: _shipped(
        45.0, 0.45, 1.0, "no figure found: an unconfirmed default between marrow and fat"
    ),
}


def learned(shipped: Population, lots: Sequence[LotSummary]) -> Population:
    """The population of a clinic's own lots, shrunk towards the shipped one.

    Expectation and maximization of a normal random-effects model: each lot's own parameters given the population,
    then the population given the lots.

    References
    ----------
    Laird & Ware, Biometrics 38 (1982) 963-974.
    """
    if not lots:
        return shipped
    mean, covariance = shipped.mean.copy(), shipped.covariance.copy()
    precisions = np.stack([lot.precision for lot in lots])
    shifts = np.stack([lot.shift for lot in lots])
    total = SHIPPED_LOTS + len(lots)
    for _ in range(_ROUNDS):
        prior = np.linalg.inv(covariance)
        spread = np.linalg.inv(prior + precisions)
        centers = np.einsum("lij,lj->li", spread, prior @ mean + shifts)
        mean = (SHIPPED_LOTS * shipped.mean + centers.sum(axis=0)) / total
        away, shipped_away = centers - mean, shipped.mean - mean
        covariance = (
            SHIPPED_LOTS * (shipped.covariance + np.outer(shipped_away, shipped_away))
            + spread.sum(axis=0)
            + away.T @ away
        ) / total
    return Population(mean, covariance, f"{shipped.source}; {len(lots)} lots of this clinic", len(lots))
