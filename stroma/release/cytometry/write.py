"""FCS 3.1 files of our own: list mode, 32-bit floats. For examples, tests, the simulated clinic and the benchmark."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stroma.release.cytometry.keywords import HEADER_BYTES

DELIMITERS = "/|\\\f"
LARGEST_HEADER_OFFSET = 99_999_999
"""HEADER has eight digits; past them it holds 0 and TEXT rules (FCS 3.1 §3.1)."""


def fcs_bytes(
    events: npt.NDArray[np.floating],
    channels: Sequence[tuple[str, str]],
    *,
    top: float = 262144,
    keywords: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of a file: ``events`` of shape (n, channels), each channel with its name and its stain."""
    data = np.ascontiguousarray(events, "<f4").tobytes()
    count, width = events.shape
    if width != len(channels):
        raise ValueError(f"{width} columns and {len(channels)} channels")
    values = {
        "$BYTEORD": "1,2,3,4",
        "$DATATYPE": "F",
        "$MODE": "L",
        "$NEXTDATA": "0",
        "$PAR": str(width),
        "$TOT": str(count),
        "$CYT": "Stroma made events",
        "$BEGINANALYSIS": "0",
        "$ENDANALYSIS": "0",
        "$BEGINSTEXT": "0",
        "$ENDSTEXT": "0",
        "$TIMESTEP": "0.01",
    }
    for index, (name, stain) in enumerate(channels, start=1):
        values |= {
            f"$P{index}N": name,
            f"$P{index}B": "32",
            f"$P{index}E": "0,0",
            f"$P{index}R": f"{top:.0f}",
        }
        if stain:
            values[f"$P{index}S"] = stain
    values |= keywords or {}
    # The offsets stand in TEXT and change its length: written with a fixed width.
    mark = _delimiter(values)
    text = mark + "".join(f"{key}{mark}{value}{mark}" for key, value in values.items())
    offsets = f"$BEGINDATA{mark}{{:012d}}{mark}$ENDDATA{mark}{{:012d}}{mark}"
    first = HEADER_BYTES + len((text + offsets.format(0, 0)).encode())
    last = first + len(data) - 1
    body = (text + offsets.format(first, last)).encode()
    fits = last <= LARGEST_HEADER_OFFSET
    places = (HEADER_BYTES, first - 1, first if fits else 0, last if fits else 0, 0, 0)
    return b"FCS3.1    " + b"".join(f"{place:8d}".encode() for place in places) + body + data


def _delimiter(values: Mapping[str, str]) -> str:
    """One that stands in no value: doubled, it could not begin one (FCS 3.1 §3.2.2). Raises ValueError for none."""
    written = "".join(values.values())
    free = [mark for mark in DELIMITERS if mark not in written]
    if not free:
        raise ValueError(f"the values hold every delimiter there is: {DELIMITERS!r}")
    return free[0]


def write_fcs(
    path: Path,
    events: npt.NDArray[np.floating],
    channels: Sequence[tuple[str, str]],
    *,
    top: float = 262144,
    keywords: Mapping[str, str] | None = None,
) -> None:
    """The same as a file."""
    path.write_bytes(fcs_bytes(events, channels, top=top, keywords=keywords))
