"""Dates as ISBT 128 writes them: century digit, year, day of the year, sometimes hour and minute.

A barcode carries no zone. What is read here is the local time of whoever printed it, without a zone; the
caller knows the site and supplies its zone. Midnight at the end of a day does not exist: a day runs from 0000
to 2359, and a date without a time is written 2359 (ST-001 §2.4.5).
"""

import re
from datetime import date, datetime, time, timedelta

from stroma.custody.domain.isbt128.scan_error import Fault

_DAY_FORM = re.compile(
    r"""
    (?P<century> [0-9] )     # 0 for 20xx; the only one a worked example confirms (ST-012 §6.2)
    (?P<year>    [0-9]{2} )  # within the century
    (?P<day>     [0-9]{3} )  # of the year, 001 to 366
    """,
    re.VERBOSE,
)
_TIME_FORM = re.compile(r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})")
_CALENDAR_FORM = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")

LAST_MINUTE = time(23, 59)
"""What stands for "that day" where a time must be written."""


def read_day(text: str) -> date:
    """The date of ``cyyjjj``.

    Raises Fault: not six digits, another century than 20xx, a day the year has not.
    """
    match = _DAY_FORM.fullmatch(text)
    if match is None:
        raise Fault(
            "bad_date", "A date is six digits: century, two of the year, three of the day in the year."
        )
    if match["century"] != "0":
        raise Fault(
            "bad_date", f"The century digit is {match['century']}; only 0, for 2000 to 2099, is known."
        )
    year, day = 2000 + int(match["year"]), int(match["day"])
    found = date(year, 1, 1) + timedelta(days=day - 1)
    if day == 0 or found.year != year:
        raise Fault("bad_date", f"The day of the year is {day:03}; {year} has days 001 to {_days_in(year)}.")
    return found


def read_minute(text: str) -> datetime:
    """The local time, without a zone, of ``cyyjjjhhmm``. Raises Fault."""
    return datetime.combine(read_day(text[:6]), read_time(text[6:]))


def read_time(text: str) -> time:
    """The time of ``hhmm``. Raises Fault for anything but 0000 to 2359."""
    match = _TIME_FORM.fullmatch(text)
    if match is None or int(match["hour"]) > 23 or int(match["minute"]) > 59:
        raise Fault("bad_date", "A time is four digits from 0000 to 2359, hour and minute.")
    return time(int(match["hour"]), int(match["minute"]))


def read_calendar_date(text: str) -> date:
    """The date of ``yyyymmdd``. Raises Fault, which does not repeat the text: it may be a birth date."""
    match = _CALENDAR_FORM.fullmatch(text)
    try:
        if match is not None:
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        pass  # a form that fits and a day that does not exist are refused alike
    raise Fault(
        "bad_date", "The date is none in the calendar; it is written year, month, day in eight digits."
    )


def write_day(day: date) -> str:
    """``cyyjjj`` of a date from 2000 to 2099; the inverse of :func:`read_day`. Raises Fault."""
    if not 2000 <= day.year <= 2099:
        raise Fault("bad_date", f"The year is {day.year}; a barcode can carry 2000 to 2099.")
    return f"0{day.year % 100:02}{day.timetuple().tm_yday:03}"


def write_minute(local: datetime) -> str:
    """``cyyjjjhhmm`` of a local time without a zone; seconds are cut off, so an expiry never moves later.

    Raises Fault for a time that carries a zone: which local time is meant is the caller's to decide.
    """
    if local.tzinfo is not None:
        raise Fault(
            "bad_date", "A barcode carries local time without a zone; convert to the site's zone and drop it."
        )
    return write_day(local.date()) + local.strftime("%H%M")


def iso_minute(local: datetime) -> str:
    """``2026-03-09T15:30``, the way decoded fields show a time."""
    return local.isoformat(timespec="minutes")


def _days_in(year: int) -> int:
    return date(year, 12, 31).timetuple().tm_yday
