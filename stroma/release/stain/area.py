"""The share of a picture that took a stain, by color deconvolution, against an undifferentiated control.

Light is absorbed in proportion to the dye (Lambert and Beer), so the optical densities of red, green and blue are a
sum of
one vector for each absorber. Here they are split into the stain, a neutral shade (cells, dish, uneven light) and the
rest
(Ruifrok & Johnston, Anal Quant Cytol Histol 23 (2001) 291-299). A pixel is stained where it holds more of the stain
than nearly all of the control does.
"""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from stroma.protocols.domain.problem import BadInput, Problem
from stroma.release.stain.picture import Pixels

Floats = npt.NDArray[np.float64]

TILES = 6
"""A single picture is judged in 6 × 6 tiles: how they differ gives its interval."""
LEAST_FIELDS = 3
"""From so many pictures on, the pictures themselves are the sample, not their tiles."""
CONTROL_QUANTILE = 0.995
"""What at most one in 200 pixels of the control holds is not called stained."""
LEAST_DENSITY = 0.05
"""Optical density below which nothing is called stained: the noise of a camera with 8 bits."""
_T_95 = {2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 35: 2.030}
"""Student's t, two-sided 95 %, by degrees of freedom (Student 1908; any table)."""


@dataclass(frozen=True, slots=True)
class Stain:
    """A stain's color as optical densities of red, green and blue."""

    name: str
    title: str
    vector: tuple[float, float, float]
    source: str
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """A fraction of area with its 95 % interval, and over what that was taken."""

    fraction: float
    low: float
    high: float
    units: int
    unit: str

    def as_json(self) -> dict[str, Any]:
        """In percent, as a result is recorded."""
        return {
            "percent": round(100 * self.fraction, 4),
            "low": round(100 * self.low, 4),
            "high": round(100 * self.high, 4),
            "over": f"{self.units} {self.unit}",
        }


@dataclass(frozen=True, slots=True)
class StainedArea:
    """What was found: the stained share of the induced cells and of the control, and the density that divides them."""

    stain: Stain
    induced: Share
    control: Share
    threshold: float

    @property
    def is_told_apart(self) -> bool:
        """Whether the intervals of induced cells and control do not touch."""
        return self.induced.low > self.control.high


@lru_cache
def shipped_stains() -> dict[str, Stain]:
    """The stains that ship, by name."""
    read = tomllib.loads(files("stroma.release.stain").joinpath("stains.toml").read_text("utf-8"))
    return {
        name: Stain(name, one["title"], tuple(one["vector"]), one["source"], one["confirmed"])
        for name, one in read.items()
    }


def stain_named(name: str) -> Stain:
    """A shipped stain. Raises BadInput, with those there are, for another name."""
    found = shipped_stains().get(name)
    if found is None:
        message = f"there is no stain {name!r}; there are: {', '.join(sorted(shipped_stains()))}"
        raise BadInput([Problem("stain_unknown", message, place="--stain")])
    return found


def stain_measured(single: Pixels, stain: Stain, *, white: Floats) -> Stain:
    """The stain in the color it has on a photograph of nothing else: the mean density of its strongest tenth."""
    density = _densities(single, white).reshape(-1, 3)
    total = density.sum(axis=1)
    strong = density[total >= np.quantile(total, 0.9)].mean(axis=0)
    if float(strong.max()) < LEAST_DENSITY:
        raise BadInput(
            [Problem("stain_not_there", "the single-stain picture shows no stain", place="--single")]
        )
    vector = (float(strong[0]), float(strong[1]), float(strong[2]))
    return Stain(
        stain.name, stain.title, vector, "measured on the picture of the single stain", is_confirmed=True
    )


def stained_area(induced: Sequence[Pixels], control: Sequence[Pixels], stain: Stain) -> StainedArea:
    """The stained share of both, with intervals over pictures (three or more) or over the tiles of them.

    All pictures are taken in the same light: what is white is learned from the control.
    """
    masks, threshold = _stained(induced, control, stain)
    found, blank = (_share(pictures) for pictures in masks)
    return StainedArea(stain, found, blank, threshold)


def stained_picture(picture: Pixels, control: Sequence[Pixels], stain: Stain) -> Pixels:
    """The picture as it was measured: what is called stained in its colors, the rest pale and grey."""
    [[mask], _blank], _threshold = _stained([picture], control, stain)
    grey = picture.mean(axis=2, keepdims=True) * 0.35 + 165.0
    shown = np.where(mask[:, :, np.newaxis], picture, np.repeat(grey, 3, axis=2))
    return np.asarray(np.clip(shown, 0, 255), dtype=np.uint8)


def _stained(
    induced: Sequence[Pixels], control: Sequence[Pixels], stain: Stain
) -> tuple[list[list[npt.NDArray[np.bool_]]], float]:
    """Which pixels of each picture are stained, of the induced cells and of the control, and the density between."""
    white = white_of(control)
    unmix = _unmixing(stain)
    amounts = [[_amount(one, white, unmix) for one in pictures] for pictures in (induced, control)]
    background = float(np.quantile(np.concatenate([one.ravel() for one in amounts[1]]), CONTROL_QUANTILE))
    threshold = max(background, LEAST_DENSITY)
    return [[one > threshold for one in pictures] for pictures in amounts], threshold


def white_of(control: Sequence[Pixels]) -> Floats:
    """What the light looks like where nothing absorbs: the brightest hundredth of the control, color by color."""
    pixels = np.concatenate([one.reshape(-1, 3) for one in control])
    return np.asarray(np.maximum(np.quantile(pixels, 0.99, axis=0), 1.0))


def _densities(pixels: Pixels, white: Floats) -> Floats:
    # Half a step keeps a black pixel finite; brighter than white absorbs nothing.
    light = (pixels.astype(np.float64) + 0.5) / (white + 0.5)
    return np.asarray(np.maximum(-np.log10(light), 0.0))


def _unmixing(stain: Stain) -> Floats:
    """The matrix that turns densities into amounts of stain, shade and rest."""
    color = np.asarray(stain.vector, dtype=np.float64)
    color = color / np.linalg.norm(color)
    shade = np.ones(3) / math.sqrt(3)
    rest = np.cross(color, shade)
    length = float(np.linalg.norm(rest))
    if length < 0.05:
        raise BadInput([Problem("stain_is_grey", "the stain has no color; it cannot be told from shade")])
    return np.asarray(np.linalg.inv(np.stack([color, shade, rest / length])))


def _amount(pixels: Pixels, white: Floats, unmix: Floats) -> Floats:
    return np.asarray(np.maximum(_densities(pixels, white) @ unmix[:, 0], 0.0))


def _share(masks: Sequence[npt.NDArray[np.bool_]]) -> Share:
    fraction = float(np.mean([mask.mean() for mask in masks]))
    if len(masks) >= LEAST_FIELDS:
        units, unit = [float(mask.mean()) for mask in masks], "pictures"
    else:
        units, unit = [float(tile.mean()) for mask in masks for tile in _tiles(mask)], "tiles"
    error = float(np.std(units, ddof=1)) / math.sqrt(len(units))
    reach = _t_95(len(units) - 1) * error
    return Share(fraction, max(fraction - reach, 0.0), min(fraction + reach, 1.0), len(units), unit)


def _tiles(mask: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.bool_]]:
    rows = np.array_split(mask, TILES, axis=0)
    return [tile for row in rows for tile in np.array_split(row, TILES, axis=1)]


def _t_95(freedom: int) -> float:
    """For a number of degrees that the table leaves out, the next smaller one's: the interval is rather too wide."""
    return _T_95[max(known for known in _T_95 if known <= freedom)]
