"""Photographs as they are measured: read, or refused with every reason."""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stroma.protocols.domain.problem import BadInput, Problem

Pixels = npt.NDArray[np.uint8]

LEAST_SIDE = 64
MOST_PIXELS = 60_000_000
_OVEREXPOSED, _UNDEREXPOSED = 254, 2
_MOST_OVEREXPOSED, _MOST_UNDEREXPOSED = 0.75, 0.25
"""Shares of pixels without any information left. Bright-field background may be white, so much of it is allowed."""
_GREY_WITHIN = 3


def read_picture(content: bytes, *, name: str) -> Pixels:
    """The pixels of a photograph, shape (height, width, 3).

    Raises BadInput, with every fault, for what is no color photograph or has nothing in it to measure.
    """
    from PIL import Image, UnidentifiedImageError  # slow import

    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _refused(name, "picture_too_large", "the picture has more than 60 million pixels")
            if image.mode != "RGB":
                message = (
                    f"the picture is not RGB but {image.mode}; save it as 8-bit RGB, without transparency"
                )
                raise _refused(name, "picture_not_rgb", message)
            pixels = np.asarray(image, dtype=np.uint8)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, SyntaxError) as fault:
        raise _refused(name, "not_a_picture", "this is no picture, or it is damaged or cut short") from fault
    if problems := _faults_of(pixels, name):
        raise BadInput(problems)
    return pixels


def picture_from(path: Path) -> Pixels:
    """The pixels of a photograph on disk. Raises BadInput as ``read_picture`` does, and for a file that is "
    "not there."""
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise _refused(str(path), "not_readable", "there is no such file, or it cannot be read") from fault
    return read_picture(content, name=str(path))


def _refused(name: str, code: str, message: str) -> BadInput:
    return BadInput([Problem(code, message, name)])


def _faults_of(pixels: Pixels, name: str) -> list[Problem]:
    problems = []
    height, width = pixels.shape[:2]
    if min(height, width) < LEAST_SIDE:
        message = f"the picture is {width} × {height} pixels; each side needs at least {LEAST_SIDE}"
        problems.append(Problem("picture_too_small", message, name))
    highest, lowest = pixels.max(axis=2), pixels.min(axis=2)
    white = float((lowest >= _OVEREXPOSED).mean())
    black = float((highest <= _UNDEREXPOSED).mean())
    if float(pixels.reshape(-1, 3).std(axis=0).max()) < 1:
        problems.append(
            Problem("picture_blank", "the picture is blank: every pixel has the same color", name)
        )
    elif white > _MOST_OVEREXPOSED:
        message = f"{white:.0%} of the picture is overexposed; photograph it again with less light"
        problems.append(Problem("picture_overexposed", message, name))
    elif black > _MOST_UNDEREXPOSED:
        message = f"{black:.0%} of the picture is black; photograph it again with more light"
        problems.append(Problem("picture_underexposed", message, name))
    elif float((highest - lowest <= _GREY_WITHIN).mean()) > 0.9999:
        problems.append(
            Problem("picture_grey", "the picture has no color; a stain cannot be told from shade", name)
        )
    return problems
