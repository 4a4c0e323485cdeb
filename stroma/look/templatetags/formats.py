"""Times, durations, numbers and identifiers in templates: ``{% load formats %}``."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from stroma.ledger.wording import word
from stroma.look import formats

register = template.Library()
register.filter(word)


@register.simple_tag
def moment(at: datetime, zone: str = "", *, show_zone: bool = False, show_year: bool = False) -> SafeString:
    """A time in the site's zone (``zone``, an IANA name) or else in the active one."""
    where = ZoneInfo(zone) if zone else timezone.get_current_timezone()
    text = formats.moment_text(at, where, with_zone=show_zone, with_year=show_year)
    return format_html(
        '<time datetime="{}">{}</time>', at.astimezone(where).isoformat(timespec="minutes"), text
    )


@register.simple_tag
def day(at: date, *, show_year: bool = False) -> SafeString:
    """A date without a time."""
    return format_html(
        '<time datetime="{}">{}</time>', at.strftime("%Y-%m-%d"), formats.day_text(at, with_year=show_year)
    )


@register.filter
def span(length: timedelta) -> str:
    """A duration in the unit people think in."""
    return formats.span_text(length)


@register.simple_tag
def forecast(length: timedelta, give_or_take: timedelta) -> str:
    """``about 3 weeks, give or take 4 days``."""
    return formats.forecast_text(length, give_or_take)


@register.filter
def identifier(text: str) -> SafeString:
    """An identifier in monospaced pieces; copied, it comes out whole."""
    pieces = format_html_join("", "<span>{}</span>", ((piece,) for piece in formats.chunks(text)))
    return format_html('<span class="identifier" translate="no">{}</span>', pieces)


@register.filter
def chunked(text: str) -> str:
    """An identifier in pieces where no markup can stand, such as a title."""
    return "\N{NO-BREAK SPACE}".join(formats.chunks(text))


@register.filter
def cells(count: str | None) -> str:
    """A number of cells in millions: ``12.50 × 10⁶``; nothing for none."""
    return f"{Decimal(count) / 1_000_000:.2f}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10⁶" if count else ""


@register.filter
def amount(value: Decimal) -> str:
    """An amount without the zeros behind it."""
    return formats.amount_text(value)


@register.filter
def estimate(value: formats.Estimate) -> str:
    """``72 % (61–81), n = 64`` in running text."""
    return formats.estimate_text(value)
