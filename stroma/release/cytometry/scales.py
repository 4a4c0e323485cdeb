"""The scales of Gating-ML 2.0: linear, logarithmic, inverse hyperbolic sine, logicle; each with its inverse.

All of them rise, so that a threshold on a scale is the same as its inverse on linear values: gates are applied there.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

Kind = Literal["linear", "log", "asinh", "logicle"]


class ScaleError(ValueError):
    """A scale's parameter is out of range."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One scale with the standard's parameters; ``w`` is logicle's alone, ``m`` is not linear's."""

    kind: Kind
    t: float
    w: float = 0.0
    m: float = 4.5
    a: float = 0.0

    def forward(self, values: FloatArray) -> FloatArray:
        """Linear values to the scale."""
        if self.kind == "linear":
            return linear(values, t=self.t, a=self.a)
        if self.kind == "log":
            return log(values, t=self.t, m=self.m)
        if self.kind == "asinh":
            return asinh(values, t=self.t, m=self.m, a=self.a)
        return logicle(values, t=self.t, w=self.w, m=self.m, a=self.a)

    def inverse(self, scaled: FloatArray) -> FloatArray:
        """Places on the scale to linear values."""
        if self.kind == "linear":
            _refuse_unless(self.t > 0 and 0 <= self.a <= self.t, "linear", f"0 <= a <= t, t > 0: {self}")
            return scaled * (self.t + self.a) - self.a
        if self.kind == "log":
            _refuse_unless(self.t > 0 and self.m > 0, "log", f"t > 0, m > 0: {self}")
            return np.asarray(self.t * 10.0 ** ((scaled - 1.0) * self.m), np.float64)
        if self.kind == "asinh":
            return _asinh_inverse(scaled, t=self.t, m=self.m, a=self.a)
        return logicle_inverse(scaled, t=self.t, w=self.w, m=self.m, a=self.a)


def linear(values: FloatArray, *, t: float, a: float = 0.0) -> FloatArray:
    """``flin`` of Gating-ML 2.0: (x + a) / (t + a). Needs t > 0 and 0 <= a <= t, else ScaleError."""
    _refuse_unless(t > 0 and 0 <= a <= t, "linear", f"t > 0 and 0 <= a <= t; t is {t:g}, a is {a:g}")
    return (values + a) / (t + a)


def log(values: FloatArray, *, t: float, m: float) -> FloatArray:
    """``flog`` of Gating-ML 2.0: 1 + log10(x / t) / m; zero is minus infinity, below zero NaN. Needs t > 0, m > 0."""
    _refuse_unless(t > 0 and m > 0, "log", f"t > 0 and m > 0; t is {t:g}, m is {m:g}")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log10(values / t) / m + 1.0, np.float64)


def asinh(values: FloatArray, *, t: float, m: float, a: float = 0.0) -> FloatArray:
    """``fasinh`` of Gating-ML 2.0, 1.0 at ``t``. Needs t > 0, m > 0 and 0 <= a <= m, else ScaleError."""
    _refuse_unless(
        t > 0 and m > 0 and 0 <= a <= m,
        "asinh",
        f"t > 0, m > 0 and 0 <= a <= m; t is {t:g}, m is {m:g}, a is {a:g}",
    )
    ten = math.log(10)
    return np.asarray((np.arcsinh(values * (math.sinh(m * ten) / t)) + a * ten) / ((m + a) * ten), np.float64)


def _asinh_inverse(scaled: FloatArray, *, t: float, m: float, a: float) -> FloatArray:
    _refuse_unless(
        t > 0 and m > 0 and 0 <= a <= m, "asinh", f"t > 0, m > 0, 0 <= a <= m; {t:g}, {m:g}, {a:g}"
    )
    ten = math.log(10)
    return np.asarray(np.sinh(scaled * ((m + a) * ten) - a * ten) * (t / math.sinh(m * ten)), np.float64)


@dataclass(frozen=True, slots=True)
class _Biexponential:
    """B(y) = a e^(by) - c e^(-dy) - f, with a table of it from which the search for a root begins."""

    a: float
    b: float
    c: float
    d: float
    f: float
    middle: float
    """The place of zero, ``x1`` of the standard, about which negative values mirror positive ones."""
    places: FloatArray
    values: FloatArray

    def at(self, y: FloatArray) -> FloatArray:
        """The linear value at a place right of the middle."""
        return self.a * np.exp(self.b * y) - self.c * np.exp(-self.d * y) - self.f


@lru_cache(maxsize=256)
def _biexponential(t: float, w: float, m: float, a: float) -> _Biexponential:
    _refuse_unless(
        t > 0 and m > 0 and 0 <= w <= m / 2 and -w <= a <= m - 2 * w,
        "logicle",
        f"t > 0, m > 0, 0 <= w <= m / 2 and -w <= a <= m - 2w; t is {t:g}, w is {w:g}, m is {m:g}, a is {a:g}",
    )
    width = w / (m + a)
    x2 = a / (m + a)
    x1 = x2 + width
    x0 = x2 + 2 * width
    b = (m + a) * math.log(10)
    d = _slope_below(b, width)
    c_of_a = math.exp(x0 * (b + d))
    f_of_a = math.exp(b * x1) - c_of_a / math.exp(d * x1)
    first = t / ((math.exp(b) - f_of_a) - c_of_a / math.exp(d))
    # Past the top as well: an event above t has its place beyond 1.
    places = np.linspace(x1, max(1.0, x1) + 0.5, 4096)
    shape = _Biexponential(first, b, c_of_a * first, d, f_of_a * first, x1, places, places)
    return _Biexponential(first, b, c_of_a * first, d, f_of_a * first, x1, places, shape.at(places))


def _slope_below(b: float, width: float) -> float:
    """``d`` of the standard: the root of 2 (ln d - ln b) + w (d + b) = 0, between 0 and b, by halving."""
    if width == 0:
        return b
    low, high = 0.0, b
    for _ in range(200):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        if 2 * (math.log(middle) - math.log(b)) + width * (middle + b) > 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def logicle(values: FloatArray, *, t: float, w: float, m: float, a: float) -> FloatArray:
    """Logicle scale as parametrized in Gating-ML 2.0.

    Parameters
    ----------
    values
        Compensated linear intensities, shape (n_events,). NaN stays NaN.
    t, w, m, a
        The standard's parameters: top of scale, linear, total and extra negative decades.
        Need t > 0, m > 0, 0 <= w <= m / 2, -w <= a <= m - 2w.

    Returns
    -------
    FloatArray
        Shape (n_events,); 1.0 at ``t``. Below zero the scale mirrors itself about the place of zero.

    Raises
    ------
    ScaleError
        A parameter is out of range; the message names it, its value and the range.

    References
    ----------
    Gating-ML 2.0 (flogicle); Moore & Parks, Cytometry A 81A (2012) 273-277.
    """
    shape = _biexponential(t, w, m, a)
    given = np.asarray(values, np.float64)
    is_infinite = np.isinf(given)
    size = np.where(is_infinite, 0.0, np.abs(given))
    places = np.interp(size, shape.values, shape.places)
    # Far above the top the exponential alone counts, and the table has ended.
    above = size > shape.values[-1]
    if np.any(above):
        places[above] = np.log((size[above] + shape.f) / shape.a) / shape.b
    for _ in range(4):  # Newton from a table this fine settles in three steps (tested: 1e-15 of the inverse)
        rising, falling = shape.a * np.exp(shape.b * places), shape.c * np.exp(-shape.d * places)
        places -= (rising - falling - shape.f - size) / (shape.b * rising + shape.d * falling)
    places[is_infinite] = np.inf
    return np.where(given < 0, 2 * shape.middle - places, places)


def logicle_inverse(scaled: FloatArray, *, t: float, w: float, m: float, a: float) -> FloatArray:
    """The linear value at a place of the logicle scale; parameters and errors as for :func:`logicle`."""
    shape = _biexponential(t, w, m, a)
    given = np.asarray(scaled, np.float64)
    mirrored = np.where(given < shape.middle, 2 * shape.middle - given, given)
    found = shape.at(mirrored)
    return np.where(given < shape.middle, -found, found)


def _refuse_unless(holds: bool, name: str, needs: str) -> None:
    if not holds:
        raise ScaleError(f"The {name} scale needs {needs}.")
