"""What the board's pages show of times, kinds and reasons: ``{% load planning %}``."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stroma.ledger.wording import sentence
from stroma.look import formats
from stroma.planning.board_rows import Booked, Chip
from stroma.planning.models import Visit
from stroma.protocols.domain.blocker import Blocker

register = template.Library()

KINDS: dict[str, str | Promise] = {
    "coordinator": _("coordinator"),
    "physiatrist": _("physiatrist"),
    "nurse": _("nurse"),
    "technologist": _("technologist"),
    "quality": _("quality"),
    "therapist": _("therapist"),
    "surgeon": _("surgeon"),
    "consulting_room": _("consulting room"),
    "procedure_room": _("procedure room"),
    "laboratory": _("clean room"),
    "therapy_room": _("therapy room"),
    "operating_room": _("operating room"),
    "c_arm": _("C-arm"),
    "centrifuge": _("centrifuge"),
    "biosafety_cabinet": _("biosafety cabinet"),
    "incubator_place": _("incubator place"),
}
SORTS: dict[str, str | Promise] = {"people": _("People"), "rooms": _("Rooms"), "devices": _("Devices")}


@register.filter
def clock(moment: datetime, zone: str) -> str:
    """``09:30``, on the clock of that zone."""
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"


@register.filter
def clock_day(moment: datetime, zone: str) -> str:
    """``Tue 24 Nov, 14:30``, as plain text."""
    return str(formats.moment_text(moment, ZoneInfo(zone), with_zone=False, with_year=False))


@register.simple_tag
def day_words(day: date) -> str:
    """``Tue 24 Nov``, as plain text."""
    return str(formats.day_text(day, with_year=False))


@register.filter
def nth(items: Sequence[Any], place: int) -> Any:
    """The item at a place."""
    return items[place]


@register.filter
def kind_words(kinds: Sequence[str]) -> str:
    """What somebody can be booked as."""
    return ", ".join(str(KINDS.get(kind, kind)) for kind in kinds)


@register.filter
def sort_word(sort: str) -> str | Promise:
    """People, rooms or devices."""
    return SORTS.get(sort, sort)


@register.filter
def in_words(reason: Blocker, zone: str) -> str:
    """A reason's sentence with its times on the clock of that zone."""
    where = ZoneInfo(zone)
    values = {
        name: value.astimezone(where) if isinstance(value, datetime) else value
        for name, value in reason.values.items()
    }
    return sentence(replace(reason, values=values))


@register.simple_tag
def occupied(chips: Sequence[Chip], slots: int) -> SafeString:
    """How much of the day is taken, drawn to scale; the list beside it says the same in words."""
    bars = format_html_join(
        "",
        '<rect x="{}" y="0" width="{}" height="4"/>',
        ((chip.first, min(chip.length, slots - chip.first)) for chip in chips if chip.first < slots),
    )
    return format_html(
        '<svg class="board-taken" viewBox="0 0 {} 4" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        slots,
        bars,
    )


@register.simple_tag(takes_context=True)
def booking(context: template.Context, one: Booked, *, in_table: bool = False) -> SafeString:
    """A booking as it stands on the board: when, what, whose, and in what trouble its chain is.

    Put together here and not in a template: a week of a full clinic has more than a thousand of them.
    """
    begins = clock(one.starts_at, context["site"].time_zone)
    trouble = format_html(' data-trouble="{}"', one.trouble) if one.trouble else ""
    whose = "patient" if one.is_for_patient else "cells"
    inside = format_html(
        '<span class="chip-time">{}</span> <span class="chip-title">{}</span>{}{}',
        begins,
        one.title if one.visit else gettext("First talk"),
        format_html(' <span class="chip-who">{}</span>', one.patient_name) if one.patient_name else "",
        format_html(' <span class="chip-trouble">{}</span>', _TROUBLES[one.trouble]) if one.trouble else "",
    )
    if one.visit is None:
        return format_html('<span class="chip" data-whose="visitor">{}</span>', inside)
    if not context.get("may_move"):
        href = _address("patient_page", one.patient)
        return format_html('<a class="chip" href="{}"{} data-whose="{}">{}</a>', href, trouble, whose, inside)
    move = _address("board_move", one.visit)
    keys = mark_safe(' aria-keyshortcuts="M" aria-describedby="board-help"') if in_table else ""
    return format_html(
        '<a class="chip" href="{}?back={}" data-visit="{}" data-resource="{}" title="{} {}, {}" data-time="{}"{} '
        'data-whose="{}" draggable="false"{}>{}</a>',
        move, context["back"], move, one.resource, begins, one.title, one.patient_name, begins, trouble, whose,
        keys, inside,
    )  # fmt: skip


_TROUBLES = {"late": _("late"), "risk": _("at risk")}
_SOMEBODY = UUID(int=0)


def _address(name: str, of: UUID | None) -> str:
    """The address of a page about one record; it is looked up once and not for each."""
    if name not in _addresses:
        _addresses[name] = reverse(name, args=[_SOMEBODY])
    return _addresses[name].replace(str(_SOMEBODY), str(of))


_addresses: dict[str, str] = {}


@register.simple_tag
def suggested_href(visit: Visit, moment: datetime, zone: str, back: str) -> str:
    """The address that checks a visit at another time."""
    local = moment.astimezone(ZoneInfo(zone))
    asked = {"day": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}", "back": back}
    return f"{reverse('board_move', args=[visit.pk])}?{urlencode(asked)}"
