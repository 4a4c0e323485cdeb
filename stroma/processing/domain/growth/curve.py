"""The growth curve: a lag, then doublings that come slower the more there have been.

Cells that attach do not divide at first. Then they double at a rate that falls with the doublings already done: hardly
at first, and to nothing at the most doublings the donor's cells have in them:

    dx/dt = r (1 - (x / C)^2),   x(t) = C tanh(r (t - L) / C)   for t > L

``x`` in population doublings, ``r`` doublings a day, ``C`` the most doublings, ``L`` the lag in days. The square is a
working choice, tried on simulated donors whose rate falls along a Hill curve (bench/growth): a fall in a straight line
(Gompertz's curve) takes too much from cells that are still young, and told the harvest too late. Growth that slows
with doublings rather than with passages: ``clinical.md`` §1.3 (ROOSTER14); senescence of marrow cells near 30 to 40
doublings: ``performance.md`` part C.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

PARAMETERS = ("seeded", "log_rate", "log_lag", "log_most")
"""A culture's parameters in order: log2 of the cells seeded, ln r (doublings a day), ln L (days), ln C (doublings)."""


def doublings(
    days: FloatArray, log_rate: FloatArray, log_lag: FloatArray, log_most: FloatArray
) -> FloatArray:
    """Doublings since seeding.

    Parameters
    ----------
    days
        Days from seeding; any shape that broadcasts with the parameters.
    log_rate, log_lag, log_most
        Natural logarithms of doublings a day, lag in days, and the most doublings.

    Returns
    -------
    FloatArray
        0 up to the end of the lag, below ``exp(log_most)`` ever after.
    """
    most = np.exp(log_most)
    growing = np.maximum(days - np.exp(log_lag), 0.0)
    return most * np.tanh(np.exp(log_rate) * growing / most)


def log2_cells(days: FloatArray, parameters: FloatArray) -> FloatArray:
    """Binary logarithm of the cells at each day, for parameters of shape (..., 4); shape (..., days)."""
    seeded, log_rate, log_lag, log_most = (parameters[..., index, None] for index in range(4))
    return seeded + doublings(days, log_rate, log_lag, log_most)


def day_reached(target: float, parameters: FloatArray) -> FloatArray:
    """The day on which a culture first holds ``2 ** target`` cells; infinite where it never does.

    A culture seeded with enough holds them on day 0.
    """
    seeded, log_rate, log_lag, log_most = (parameters[..., index] for index in range(4))
    wanted, most = target - seeded, np.exp(log_most)
    share = np.clip(wanted / most, 0.0, 1.0)
    with np.errstate(divide="ignore"):
        growing = np.arctanh(share) * most / np.exp(log_rate)
    return np.where(wanted <= 0, 0.0, np.where(share >= 1.0, np.inf, np.exp(log_lag) + growing))
