"""The line in templates: ``{% load line %}``, ``{% course_line line key %}``, ``{% course_board rows %}``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.safestring import mark_safe

from stroma.look.line import Line, current, text_equivalent
from stroma.look.line_drawing import small_svg, stations_svg, tall_svg, wide_svg
from stroma.look.line_words import BOARD_COLUMNS, CELL_TREATMENT, words

register = template.Library()


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One patient on the coordinator's board: who, a link to the course, and the line."""

    who: str
    href: str
    line: Line
    protocol: str = ""


@register.inclusion_tag("look/parts/line.html")
def course_line(line: Line, key: str) -> dict[str, Any]:
    """The line at the head of a course's page: wide or tall as the room allows, and the same as a list."""
    spoken = words()
    return {
        "wide": mark_safe(wide_svg(line, spoken, key=key)),  # noqa: S308 - texts are escaped where they are drawn
        "tall": mark_safe(tall_svg(line, spoken, key=key)),  # noqa: S308 - likewise
        "items": text_equivalent(line, spoken),
    }


@register.inclusion_tag("look/parts/board.html")
def course_board(rows: Sequence[BoardRow], key: str, caption: str) -> dict[str, Any]:
    """Many courses, one line each, their stations under each other."""
    spoken = words()
    shown = []
    for number, row in enumerate(rows):
        station = current(row.line)
        items = {item.code: item for item in text_equivalent(row.line, spoken)}
        svg = small_svg(row.line, spoken, key=f"{key}-{number}", columns=board_columns(row.line))
        shown.append(
            {
                "who": row.who,
                "href": row.href,
                "protocol": row.protocol,
                "svg": mark_safe(svg),  # noqa: S308 - texts are escaped where they are drawn
                "item": items[station.code] if station else None,
            }
        )
    titles = [str(title) for title in CELL_TREATMENT.values()]
    stations = mark_safe(stations_svg(titles))  # noqa: S308 - likewise
    return {"rows": shown, "stations": stations, "key": key, "caption": caption}


def board_columns(line: Line) -> tuple[str, ...]:
    """The board's columns as this line fills them: a traditional treatment stands under "Inject"."""
    codes = {station.code for station in line.stations}
    return tuple("treatment" if code == "inject" and "treatment" in codes else code for code in BOARD_COLUMNS)
