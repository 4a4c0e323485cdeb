"""One FCS file, read whole: every data set with its channels, keywords and events.

A file is read or refused; what a file says against the standard and can be put right without a guess (an offset that
TEXT and HEADER tell differently, where only one fits the number of events) is put right and said in ``warnings``.
Values are handed out linear: a logarithmic amplifier is undone, a gain divided out, time in seconds where the file
tells the step.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stroma.release.cytometry.channels import Channel, Reading, channels_of, refused
from stroma.release.cytometry.events import Bytes, EventTable
from stroma.release.cytometry.keywords import HEADER_BYTES, read_header, read_keywords, refusal, whole
from stroma.release.cytometry.placing import table_of

MOST_DATA_SETS = 200
"""More is a damaged file or a hostile one; instruments write one to a few, plate readers up to 96."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DataSet:
    """One data set of a file."""

    file: str
    number: int
    version: str
    keywords: dict[str, str]
    channels: tuple[Channel, ...]
    events: int
    table: EventTable
    warnings: tuple[str, ...] = ()

    @property
    def cytometer(self) -> str:
        """The instrument's name, empty where the file does not tell."""
        return self.keywords.get("$CYT", "").strip()

    def linear(self, channel: Channel, start: int = 0, stop: int | None = None) -> FloatArray:
        """Linear values of one channel, shape (stop - start,), always a copy."""
        raw = self.table.column(channel.index - 1, start, self.events if stop is None else stop)
        if channel.mask is not None:
            raw = raw & raw.dtype.type(channel.mask)
        values = raw.astype(np.float64)
        if channel.decades:
            return np.asarray(channel.log_zero * 10.0 ** (channel.decades * values / channel.top), np.float64)
        if channel.time_step:
            values *= channel.time_step
        elif channel.gain != 1.0:
            values /= channel.gain
        return values

    def channel_named(self, name: str) -> Channel | None:
        """The channel whose $PnN is exactly this."""
        return next((channel for channel in self.channels if channel.name == name), None)


def read_fcs(source: Path | bytes, *, name: str = "") -> list[DataSet]:
    """Every data set of a file, in its order.

    Parameters
    ----------
    source
        The file's path (it is mapped, not loaded) or its bytes.
    name
        How messages call the file; its path where nothing is given.

    Raises
    ------
    BadInput
        The file is damaged, cut short or of a kind that is not read; the message says what, and at which byte.
    """
    file = name or (str(source) if isinstance(source, Path) else "file")
    whole_file = _bytes_of(source, file)
    sets: list[DataSet] = []
    base = 0
    while True:
        data = whole_file[base:]
        found, following = _read_data_set(data, file=file, base=base, number=len(sets) + 1)
        sets.append(found)
        if not following:
            return sets
        if len(sets) == MOST_DATA_SETS:
            raise refusal(
                "fcs_data_sets", f"the file has more than {MOST_DATA_SETS} data sets", file=file, byte=base
            )
        if following < HEADER_BYTES or base + following >= len(whole_file):
            raise refusal(
                "fcs_truncated",
                f"$NEXTDATA names a data set at byte {base + following}, but the file ends at byte {len(whole_file)}",
                file=file,
                byte=len(whole_file),
                place="$NEXTDATA",
            )
        base += following


def _bytes_of(source: Path | bytes, file: str) -> Bytes:
    if isinstance(source, bytes):
        return np.frombuffer(source, np.uint8)
    try:
        if source.stat().st_size == 0:
            raise refusal("fcs_header_short", "the file is empty", file=file, byte=0)
        return np.memmap(source, np.uint8, mode="r")
    except OSError as error:
        raise refusal("file_not_readable", error.strerror or "cannot be read", file=file) from error


def _read_data_set(data: Bytes, *, file: str, base: int, number: int) -> tuple[DataSet, int]:
    segments = read_header(data[:HEADER_BYTES].tobytes(), file=file, base=base)
    keywords = read_keywords(data, segments, file=file, base=base)
    reading = Reading(file, base, data, segments, keywords, list(keywords.warnings))
    _refuse_what_is_no_list(reading)
    channels = channels_of(reading)
    events, table = table_of(reading, channels)
    found = DataSet(
        file, number, segments.version, keywords.values, channels, events, table, tuple(reading.warnings)
    )
    return found, whole(keywords, "$NEXTDATA") or 0


def _refuse_what_is_no_list(reading: Reading) -> None:
    mode = reading.keywords.get("$MODE").upper() or "L"
    if mode != "L":
        raise refused(reading, "fcs_mode", f"$MODE is {mode}: histograms hold no single events", "$MODE")
    kind = reading.keywords.get("$DATATYPE").upper()
    if kind not in {"F", "D", "I", "A"}:
        raise refused(reading, "fcs_datatype", f"$DATATYPE is {kind!r}; I, F, D and A are read", "$DATATYPE")
