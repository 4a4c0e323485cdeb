"""How times, durations, numbers and identifiers are written on a page, in the reader's language.

Plain values in, text out. Nothing here asks what time it is.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from django.utils import formats
from django.utils.dateformat import format as format_date
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

# A donation number as ISBT 128 prints it: facility, year, sequence, and the check character set apart
# (ICCBBA ST-001, data structure 001 and its "text under the symbol"); or followed by the division of a container.
_DONATION_NUMBER = re.compile(
    r"""
    (?P<facility>[A-NP-Z1-9][A-Z0-9]{4})
    (?P<year>\d{2})
    (?P<sequence>\d{6})
    (?:(?P<division>[A-Z0-9]{2})|(?P<check>[0-9A-Z*]))?
    """,
    re.VERBOSE,
)

MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
MONTH, YEAR = timedelta(days=30.4375), timedelta(days=365.25)  # means of the Gregorian calendar


def chunks(identifier: str) -> list[str]:
    """An identifier in the pieces people read it in: a donation number 5-2-6 and 1 or 2, others by four.

    Pieces joined give the identifier back without its blanks.
    """
    plain = re.sub(r"\s+", "", identifier)
    if match := _DONATION_NUMBER.fullmatch(plain):
        return [piece for piece in match.groups() if piece]
    if "-" in plain:
        return re.findall(r"[^-]*-|[^-]+", plain)
    return [plain[i : i + 4] for i in range(0, len(plain), 4)]


def day_text(day: date, *, with_year: bool = False) -> str:
    """``Tue 24 Nov``, or ``Tue 24 Nov 2026``."""
    return format_date(day, _("D j M Y") if with_year else _("D j M"))


def moment_text(at: datetime, zone: tzinfo, *, with_zone: bool = False, with_year: bool = False) -> str:
    """``Tue 24 Nov, 14:30`` in ``zone``; with its name (``EST``) where two sites meet. ``at`` is aware."""
    local = at.astimezone(zone)
    text = f"{day_text(local, with_year=with_year)}, {local:%H:%M}"
    return f"{text} {local.tzname()}" if with_zone else text


def span_text(span: timedelta) -> str:
    """A duration in the unit people think in: minutes to 90, hours to 48, days to 13, weeks to 12.

    Then months to two years, then years. Rounded to that unit; a negative duration is written by its size.
    """
    span = abs(span)
    if span < 90 * MINUTE:
        n = round(span / MINUTE)
        return ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}
    if span < 48 * HOUR:
        n = round(span / HOUR)
        return ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n}
    if span < 14 * DAY:
        n = round(span / DAY)
        return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}
    if span < 12.5 * WEEK:
        n = round(span / WEEK)
        return ngettext("%(n)d week", "%(n)d weeks", n) % {"n": n}
    if span < 2 * YEAR:
        n = round(span / MONTH)
        return ngettext("%(n)d month", "%(n)d months", n) % {"n": n}
    n = round(span / YEAR)
    return ngettext("%(n)d year", "%(n)d years", n) % {"n": n}


def forecast_text(span: timedelta, give_or_take: timedelta) -> str:
    """``about 3 weeks, give or take 4 days``."""
    return _("about %(span)s, give or take %(margin)s") % {
        "span": span_text(span),
        "margin": span_text(give_or_take),
    }


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that was measured on people: value, 95 % interval and how many answered.

    All three in the unit shown (a share as percent). ``decimals`` is how many are honest at this n.
    """

    value: float
    low: float
    high: float
    n: int
    unit: str = ""
    decimals: int = 0

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.value} does not lie in its interval {self.low} to {self.high}")


def amount_text(amount: Decimal) -> str:
    """An amount without the zeros behind it: ``30``, ``1.2``; never ``3E+1``."""
    return f"{amount.normalize():f}"


_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def unit_text(unit: str) -> str:
    """A unit as it is read: ``10⁶/mL`` for a record's ``10^6/mL``."""
    return re.sub(r"\^(-?\d+)", lambda power: power[1].translate(_RAISED), unit)


def number_text(value: float, decimals: int) -> str:
    """A number in the reader's notation, with a true minus sign and no negative zero."""
    rounded = round(Decimal(str(value)), decimals) + 0
    text = formats.number_format(abs(rounded), decimals, use_l10n=True, force_grouping=False)
    return f"\N{MINUS SIGN}{text}" if rounded < 0 else text


def interval_text(estimate: Estimate) -> str:
    """``61–81``, or ``−2.1 to −0.4`` where a dash would be read as a sign."""
    low, high = (number_text(end, estimate.decimals) for end in (estimate.low, estimate.high))
    if estimate.low < 0 or estimate.high < 0:
        return _("%(low)s to %(high)s") % {"low": low, "high": high}
    return f"{low}–{high}"


def value_text(estimate: Estimate) -> str:
    """``72 %``: the number with its unit, held together by a no-break space."""
    text = number_text(estimate.value, estimate.decimals)
    return f"{text}\N{NO-BREAK SPACE}{estimate.unit}" if estimate.unit else text


def estimate_text(estimate: Estimate) -> str:
    """``72 % (61–81), n = 64``."""
    count = f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{estimate.n}"
    return f"{value_text(estimate)} ({interval_text(estimate)}), {count}"


def language() -> str:
    """The active language's code, for ``lang``."""
    return get_language() or "en"
