"""DATA of an FCS file: a table of raw values from which one channel is taken at a time.

List-mode floats and integers of one width are looked at where they lie in the file, without a copy, so that a file
larger than memory is read a stretch at a time. Other widths are put together byte by byte or bit by bit.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Column = npt.NDArray[Any]

_IN_PLACE = {8: "u1", 16: "u2", 32: "u4", 64: "u8"}


class EventTable(Protocol):
    """Raw values; ``column`` gives those of one channel (from 0) for a stretch of events."""

    def column(self, channel: int, start: int, stop: int) -> Column:
        """The stretch's raw values of one channel."""
        ...


@dataclass(frozen=True, slots=True)
class UniformTable:
    """Every channel has one type: a view of the file, shape (events, channels)."""

    values: Column

    def column(self, channel: int, start: int, stop: int) -> Column:
        """A strided view, nothing is copied."""
        return self.values[start:stop, channel]


@dataclass(frozen=True, slots=True)
class MixedTable:
    """Integers of differing whole bytes: shape (events, bytes of an event)."""

    cells: Bytes
    widths: tuple[int, ...]
    is_big: bool

    def column(self, channel: int, start: int, stop: int) -> Column:
        """The channel's bytes put together in their order."""
        first = sum(self.widths[:channel])
        part = self.cells[start:stop, first : first + self.widths[channel]]
        found = np.zeros(len(part), np.uint64)
        for place in range(self.widths[channel]):
            byte = part[:, place if self.is_big else self.widths[channel] - 1 - place]
            found = (found << np.uint64(8)) | byte
        return found


def float_table(data: Bytes, *, events: int, channels: int, is_double: bool, is_big: bool) -> EventTable:
    """Floats as they lie in the file."""
    kind = np.dtype((">" if is_big else "<") + ("f8" if is_double else "f4"))
    return UniformTable(data[: events * channels * kind.itemsize].view(kind).reshape(events, channels))


def integer_table(data: Bytes, *, events: int, widths: tuple[int, ...], is_big: bool) -> EventTable:
    """Unsigned integers of the given widths in bits, which may differ and need not be whole bytes."""
    if len(set(widths)) == 1 and widths[0] in _IN_PLACE:
        kind = np.dtype((">" if is_big else "<") + _IN_PLACE[widths[0]])
        size = events * len(widths) * kind.itemsize
        return UniformTable(data[:size].view(kind).reshape(events, len(widths)))
    if all(width % 8 == 0 for width in widths):
        sizes = tuple(width // 8 for width in widths)
        return MixedTable(data[: events * sum(sizes)].reshape(events, sum(sizes)), sizes, is_big)
    return UniformTable(_unpacked(data, events=events, widths=widths, is_big=is_big))


def _unpacked(data: Bytes, *, events: int, widths: tuple[int, ...], is_big: bool) -> npt.NDArray[np.uint64]:
    """Values packed bit after bit: the highest bit first in a big-endian file, the lowest first in a little-endian."""
    per_event = sum(widths)
    size = -(-events * per_event // 8)
    bits = np.unpackbits(data[:size], bitorder="big" if is_big else "little")
    table = bits[: events * per_event].reshape(events, per_event)
    found = np.zeros((events, len(widths)), np.uint64)
    first = 0
    for channel, width in enumerate(widths):
        for place in range(width):
            bit = table[:, first + (place if is_big else width - 1 - place)]
            found[:, channel] = (found[:, channel] << np.uint64(1)) | bit
        first += width
    return found


def text_table(data: bytes, *, widths: tuple[int, ...] | None, channels: int) -> npt.NDArray[np.float64]:
    """Numbers written in ASCII: ``widths`` characters each, or apart by blanks and commas where that is None.

    Raises ValueError for what is no number.
    """
    if widths is None:
        words = data.replace(b",", b" ").split()
    else:
        per_event = sum(widths)
        ends = np.cumsum((0, *widths))
        words = [
            data[at + ends[i] : at + ends[i + 1]]
            for at in range(0, len(data) - per_event + 1, per_event)
            for i in range(channels)
        ]
    numbers = np.array([float(word) for word in words], np.float64)
    return numbers[: len(numbers) // channels * channels].reshape(-1, channels)
