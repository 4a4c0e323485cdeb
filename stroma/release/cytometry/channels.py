"""The channels of a data set: what each one measures, and how its raw values become linear ones."""

from dataclasses import dataclass, field

import numpy as np

from stroma.release.cytometry.events import Bytes
from stroma.release.cytometry.keywords import Keywords, Segments, refusal, whole

MOST_CHANNELS = 500
"""A file that claims more is damaged or hostile; the largest spectral instruments write fewer than 300."""

UNTOLD_TOP = 262144.0
"""Up to where floating-point values are shown when the file does not tell their range; they do not depend on it."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One measured channel: its place from 1, $PnN, $PnS, and how a raw value becomes a linear one."""

    index: int
    name: str
    marker: str
    top: float
    """$PnR: one more than the largest value."""
    bits: int
    decades: float = 0.0
    log_zero: float = 1.0
    gain: float = 1.0
    time_step: float = 0.0
    mask: int | None = None
    """For integers whose width exceeds their range: the bits that count."""

    @property
    def is_time(self) -> bool:
        """Whether the channel is the clock."""
        return self.name.strip().upper() == "TIME"

    @property
    def label(self) -> str:
        """What is shown: the stain with its detector."""
        return f"{self.marker} ({self.name})" if self.marker and self.marker != self.name else self.name

    @property
    def linear_top(self) -> float:
        """Where the linear scale ends."""
        if self.decades:
            return float(self.log_zero * 10**self.decades)
        return self.top / self.gain


@dataclass(slots=True)
class Reading:
    """What is known of a data set while it is read."""

    file: str
    base: int
    data: Bytes
    segments: Segments
    keywords: Keywords
    warnings: list[str] = field(default_factory=list)


def refused(reading: Reading, code: str, message: str, place: str) -> Exception:
    """A refusal that points at TEXT and the keyword."""
    return refusal(
        code, message, file=reading.file, byte=reading.base + reading.segments.text[0], place=place
    )


def channels_of(reading: Reading) -> tuple[Channel, ...]:
    """Every channel. Raises BadInput for what cannot be."""
    count = whole(reading.keywords, "$PAR")
    if not count or count > MOST_CHANNELS:
        message = f"$PAR is {reading.keywords.get('$PAR')!r}; a number from 1 to {MOST_CHANNELS} is wanted"
        raise refused(reading, "fcs_par", message, "$PAR")
    return tuple(_channel(reading, index) for index in range(1, count + 1))


def _channel(reading: Reading, index: int) -> Channel:
    kind = reading.keywords.get("$DATATYPE").upper()
    name = reading.keywords.get(f"$P{index}N")
    if not name:
        if reading.segments.version != "FCS2.0":
            raise refused(reading, "fcs_channel", f"channel {index} has no name", f"$P{index}N")
        name = f"P{index}"
        reading.warnings.append(f"channel {index} has no name; it is called {name}")
    top = _number(reading, f"$P{index}R", default=None if kind == "I" else UNTOLD_TOP)
    if top <= 0:
        if kind == "I":
            raise refused(reading, "fcs_range", f"$P{index}R is {top:g}; it must be above 0", f"$P{index}R")
        reading.warnings.append(f"{name}: a range of {top:g} cannot be; it is shown up to {UNTOLD_TOP:g}")
        top = UNTOLD_TOP
    bits = _bits(reading, index, kind)
    decades, log_zero = _amplifier(reading, index, kind, name)
    gain = _number(reading, f"$P{index}G", default=1.0)
    if gain <= 0:
        reading.warnings.append(f"{name}: a gain of {gain:g} cannot be; 1 is used")
        gain = 1.0
    is_time = name.upper() == "TIME"
    step = _time_step(reading) if is_time else 0.0
    mask = None
    if kind == "I" and top > 0:
        needed = max(int(top) - 1, 1).bit_length()
        mask = (1 << needed) - 1 if needed < bits else None
    return Channel(
        index=index,
        name=name,
        marker=reading.keywords.get(f"$P{index}S"),
        top=top,
        bits=bits,
        decades=decades,
        log_zero=log_zero,
        gain=1.0 if is_time or decades else gain,
        time_step=step,
        mask=mask,
    )


def _number(reading: Reading, name: str, *, default: float | None) -> float:
    text = reading.keywords.get(name)
    if not text and default is not None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise refused(reading, "fcs_number", f"{name} is {text!r}; a number is wanted", name)
    return value


def _time_step(reading: Reading) -> float:
    text = reading.keywords.get("$TIMESTEP")
    if not text:
        return 0.0
    try:
        step = float(text.replace(",", "."))
    except ValueError:
        step = 0.0
    if not 0 < step < float("inf"):
        reading.warnings.append(f"$TIMESTEP is {text!r}; time is left in the instrument's own steps")
        return 0.0
    return step


def _bits(reading: Reading, index: int, kind: str) -> int:
    name = f"$P{index}B"
    text = reading.keywords.get(name)
    if kind in {"F", "D"}:
        wanted = 32 if kind == "F" else 64
        if text != str(wanted):
            reading.warnings.append(f"{name} is {text!r}; $DATATYPE {kind} has {wanted} bits, which is used")
        return wanted
    if kind == "A" and text == "*":
        return 0
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise refused(reading, "fcs_bits", f"{name} is {text!r}; 1 to 64 is wanted", name)
    return int(text)


def _amplifier(reading: Reading, index: int, kind: str, name: str) -> tuple[float, float]:
    """Decades and the value at zero. Floats are linear by the standard, whatever an instrument writes beside them."""
    keyword = f"$P{index}E"
    text = reading.keywords.get(keyword)
    if not text:
        return 0.0, 1.0
    parts = text.split(",")
    try:
        decades, log_zero = (float(part) for part in parts)
    except ValueError:
        raise refused(
            reading, "fcs_amplifier", f"{keyword} is {text!r}; two numbers are wanted", keyword
        ) from None
    if decades and kind in {"F", "D"}:
        reading.warnings.append(f"{name}: {keyword} is {text}, but floating-point values are linear already")
        return 0.0, 1.0
    if decades and not log_zero:
        log_zero = 1.0  # written as 4,0 by many instruments; FCS 3.1 says to read it as 4,1
    return decades, log_zero
