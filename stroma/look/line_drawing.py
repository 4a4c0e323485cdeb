"""The line as SVG: wide for a desk and for paper, tall for a phone, small for one row of a board.

Here the stations get their places and their words; what a station and a way look like is in ``line_parts``.
"""

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stroma.look.line import ENGLISH, Line, Source, State, Station, Words, summary, text_equivalent
from stroma.look.line_geometry import Place
from stroma.look.line_parts import LARGE, SMALL, Drawing, number, text

# Of the small drawing: from the first station to the last, and the room outside for the heads of the columns.
SMALL_REACH, SMALL_PAD = 340.0, 30.0


@dataclass(frozen=True, slots=True)
class Label:
    """The words beside a station, cut into lines: title, the state where it asks for attention, the rest."""

    title: list[str]
    word: str
    details: list[str]

    @property
    def count(self) -> int:
        """How many lines of text the label takes."""
        return len(self.title) + bool(self.word) + len(self.details)


def label(station: Station, state: str, word: str, *, characters: int) -> Label:
    """Cut a station's words to ``characters`` a line, at most two lines of title and four of detail."""
    details: list[str] = []
    for part in (station.at, station.note):
        if part:
            details += textwrap.wrap(part, characters)[:3]
    shown = word.capitalize() if state in (State.NOW, State.LATE, State.STOPPED) else ""
    return Label(textwrap.wrap(station.title, characters)[:2] or [""], shown, details[:5])


def label_svg(
    words: Label, state: str, x: float, y: float, *, anchor: str, sizes: tuple[int, int], step: float
) -> str:
    """The label as SVG text whose first line stands on ``y``; ``sizes`` are of the title and of the rest."""
    rows = [("line-title", sizes[0], row) for row in words.title]
    rows += [("line-word", sizes[1], words.word)] if words.word else []
    rows += [("line-detail", sizes[1], row) for row in words.details]
    spans = "".join(
        f'<text class="{kind}" x="{number(x)}" y="{number(y + i * step)}" font-size="{size}" '
        f'text-anchor="{anchor}" fill="currentColor">{text(row)}</text>'
        for i, (kind, size, row) in enumerate(rows)
    )
    return f'<g class="line-label" data-state="{state}">{spans}</g>'


def frame(
    line: Line, words: Words, key: str, kind: str, width: float, height: float, parts: Iterable[str]
) -> str:
    """The whole SVG with its accessible name and description; ``key`` keeps their ids apart on one page."""
    name = re.sub(r"[^A-Za-z0-9_-]", "-", f"line-{kind}-{key}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="line-drawing line-{kind}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {number(width)} {number(height)}" '
        f'width="{number(width)}" height="{number(height)}" focusable="false">'
        f'<title id="{name}-title">{text(line.title)}</title>'
        f'<desc id="{name}-desc">{text(summary(line, words))}</desc>{"".join(parts)}</svg>'
    )


def wide_svg(line: Line, words: Words = ENGLISH, *, key: str = "0") -> str:
    """The line from left to right, the words above the cells' strand and below the patient's line."""
    items = text_equivalent(line, words)
    count = len(items)
    width = max(1120.0, 144.0 * count)
    pad = 17.0  # half an open station: the line begins and ends flush with the text of the page
    pitch = (width - 2 * pad) / max(1, count - 1)
    labels = [
        label(station, item.state, item.word, characters=max(12, int((min(pitch, 190) - 6) / 7.6)))
        for station, item in zip(line.stations, items, strict=True)
    ]
    above = [labels[i].count for i in range(count) if line.is_on_strand(i)]
    below = [labels[i].count for i in range(count) if not line.is_on_strand(i)]
    step, gap = 20.0, 40.0
    y_cells = (max(above) * step + gap) if above else 0.0
    y_base = y_cells + 62 if line.strand else 26.0
    places = []
    for i, item in enumerate(items):
        on_strand = line.is_on_strand(i)
        pull = LARGE.pull * (-1 if on_strand else 1) if item.state == State.LATE else 0.0
        places.append(
            Place(pad + pitch * i, y_cells if on_strand else y_base, pull, LARGE.radius[item.state])
        )
    drawing = Drawing(line, words, LARGE, places, lambda point: point)
    drawing.draw_ways()
    drawing.draw_stations()
    for i, (item, place) in enumerate(zip(items, places, strict=True)):
        first = (
            place.cross + gap
            if not line.is_on_strand(i)
            else place.cross - gap + 16 - (labels[i].count - 1) * step
        )
        anchor = "start" if i == 0 else "end" if i == count - 1 else "middle"
        drawing.parts.append(
            label_svg(
                labels[i],
                item.state,
                {"start": 0.0, "middle": place.main, "end": width}[anchor],
                first,
                anchor=anchor,
                sizes=(16, 14),
                step=step,
            )
        )
    if line.strand and line.strand.label:
        drawing.parts.append(_origin_label(line, places, tall=False))
    pulled = LARGE.pull if any(item.state == State.LATE for item in items) else 0.0
    height = y_base + gap + max(below, default=0) * step + pulled
    top = (
        pulled
        if above and any(line.is_on_strand(i) and items[i].state == State.LATE for i in range(count))
        else 0.0
    )
    parts = [f'<g transform="translate(0 {number(top)})">', *drawing.parts, "</g>"] if top else drawing.parts
    return frame(line, words, key, "wide", width, height + top, parts)


def tall_svg(line: Line, words: Words = ENGLISH, *, key: str = "0") -> str:
    """The line from top to bottom with the words at its right, 328 units wide: the text width of a phone."""
    items = text_equivalent(line, words)
    x_base, x_cells = 24.0, 66.0
    x_text = 104.0 if line.strand else 60.0
    labels = [
        label(station, item.state, item.word, characters=int((328 - x_text) / 8.1))
        for station, item in zip(line.stations, items, strict=True)
    ]
    step, at, places = 22.0, 24.0, []
    for i, item in enumerate(items):
        on_strand = line.is_on_strand(i)
        if line.strand and line.strand.source is Source.DONOR and item.code == line.strand.leaves:
            at += 44.0  # room for the strand to come in
        pull = LARGE.pull * 0.8 * (1 if on_strand else -1) if item.state == State.LATE else 0.0
        places.append(Place(at, x_cells if on_strand else x_base, pull, LARGE.radius[item.state]))
        at += max(64.0, labels[i].count * step + 26)
    drawing = Drawing(line, words, LARGE, places, lambda point: (point[1], point[0]))
    drawing.draw_ways()
    drawing.draw_stations()
    for item, place, words_beside in zip(items, places, labels, strict=True):
        drawing.parts.append(
            label_svg(
                words_beside, item.state, x_text, place.main + 6, anchor="start", sizes=(18, 16), step=step
            )
        )
    if line.strand and line.strand.label:
        drawing.parts.append(_origin_label(line, places, tall=True))
    return frame(line, words, key, "tall", 328, at, drawing.parts)


def small_svg(line: Line, words: Words = ENGLISH, *, key: str = "0", columns: tuple[str, ...] = ()) -> str:
    """The line without words for one row of a board, 400 by 44 units.

    ``columns`` names the stations of the board in order, so that stations of the same code stand under each
    other in every row; a line with a station that is not among them is spread evenly instead.
    """
    items = text_equivalent(line, words)
    aligned = bool(columns) and all(item.code in columns for item in items)
    slots = [columns.index(item.code) if aligned else i for i, item in enumerate(items)]
    pitch = SMALL_REACH / max(1, (len(columns) if aligned else len(items)) - 1)
    places = []
    for i, item in enumerate(items):
        on_strand = line.is_on_strand(i)
        pull = SMALL.pull * (-0.6 if on_strand else 1) if item.state == State.LATE else 0.0
        places.append(
            Place(SMALL_PAD + pitch * slots[i], 12 if on_strand else 28, pull, SMALL.radius[item.state])
        )
    drawing = Drawing(line, words, SMALL, places, lambda point: point)
    drawing.draw_ways()
    drawing.draw_stations()
    return frame(line, words, key, "small", SMALL_REACH + 2 * SMALL_PAD, 44, drawing.parts)


def stations_svg(titles: Sequence[str]) -> str:
    """The heads of a board's columns, over the stations of :func:`small_svg`; its rows say them too."""
    pitch = SMALL_REACH / max(1, len(titles) - 1)
    heads = "".join(
        f'<text x="{number(SMALL_PAD + pitch * i)}" y="12" font-size="8.5" text-anchor="middle" '
        f'fill="currentColor">{text(title)}</text>'
        for i, title in enumerate(titles)
    )
    width = number(SMALL_REACH + 2 * SMALL_PAD)
    return f'<svg class="board-stations" viewBox="0 0 {width} 16" aria-hidden="true">{heads}</svg>'


def _origin_label(line: Line, places: list[Place], *, tall: bool) -> str:
    """The donor lot's name at the place where its strand comes in."""
    strand = line.strand
    if strand is None or not strand.label or strand.source is not Source.DONOR:
        return ""
    index = next(i for i, station in enumerate(line.stations) if station.code == strand.leaves)
    place = places[index]
    begin = place.main - 6 * LARGE.spacing - place.radius
    x, y, anchor = (place.lane + 38, begin + 5, "start") if tall else (begin - 14, place.lane + 5, "end")
    return (
        f'<text class="line-detail" x="{number(x)}" y="{number(y)}" font-size="{16 if tall else 14}" '
        f'text-anchor="{anchor}" fill="currentColor">{text(strand.label)}</text>'
    )
