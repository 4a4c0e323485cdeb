"""Durations as a protocol writes them: ``15 min``, ``4 h``, ``3 d``, ``6 wk``, ``12 mo``.

A month is 30.4375 days, the mean of the Gregorian calendar: follow-up times are windows, not anniversaries.
"""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "wk": timedelta(weeks=1),
    "mo": timedelta(days=30.4375),
}
_FORM = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>min|h|d|wk|mo)")
_LONGEST = timedelta(days=100 * 365.25)
"""No treatment is planned, and no record kept, beyond a lifetime; within it the text below is exact."""


def parse_duration(text: Any) -> timedelta:
    """The duration that ``text`` names. Raises ValueError with the accepted form when it names none."""
    if isinstance(text, timedelta):
        return text
    match = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is no duration; write a number and min, h, d, wk or mo, such as '3 d'")
    number, unit = float(match["number"]), _UNITS[match["unit"]]
    if number > _LONGEST / unit:
        raise ValueError(f"{text!r} is longer than 100 years")
    return number * unit


def duration_text(duration: timedelta) -> str:
    """The shortest whole way to write ``duration``; the inverse of :func:`parse_duration`."""
    for unit, size in reversed(_UNITS.items()):
        if duration and not duration % size:
            return f"{duration // size} {unit}"
    # Written out in full: an exponent is no part of the accepted form.
    return f"{Decimal(repr(duration / _UNITS['min'])).normalize():f} min"


Duration = Annotated[
    timedelta, BeforeValidator(parse_duration), PlainSerializer(duration_text, return_type=str)
]
