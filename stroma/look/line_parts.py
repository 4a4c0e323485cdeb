"""The parts of a drawn line: ways, cells and stations as SVG elements, the same in every way of drawing.

Geometry stands in the attributes and colors come from classes (``css/line.css``), so that a drawing is sound
without any style sheet: everything is drawn in ``currentColor``. Inline styles are absent because the pages
forbid them.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from stroma.look.line import Line, Source, State, Words, text_equivalent
from stroma.look.line_geometry import Place, Point, beads, ease, way

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Size:
    """The measures of one way of drawing, in the drawing's own units (CSS pixels at full size)."""

    radius: dict[str, float]  # of a station, by state
    way_width: float  # of the line where it has been walked
    thin_width: float  # of the line ahead, and of the ring of a station to come
    bead: float  # radius of a cell
    spacing: float  # between cells
    fan: float  # how far grown cells lie apart
    pull: float  # how far a late station is pulled out


LARGE = Size(
    {"done": 9, "now": 15, "next": 7, "late": 12, "stopped": 7, "beyond": 3}, 4.5, 1.75, 2.9, 9.5, 7.5, 15
)
SMALL = Size(
    {"done": 4.5, "now": 7.5, "next": 3.5, "late": 6, "stopped": 4, "beyond": 1.5}, 2.5, 1.25, 1.5, 5, 3.5, 7
)


def text(words: str) -> str:
    """``words`` as XML character data; characters that XML cannot hold are dropped."""
    return escape(_NOT_XML.sub("", words))


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    return (
        f"{value:.1f}".removesuffix(".0").replace("-0", "0", 1)
        if abs(value) < 0.05
        else f"{value:.1f}".removesuffix(".0")
    )


class Drawing:
    """Collects the parts of one line. ``turn`` maps (main, cross) to the drawing's x and y."""

    def __init__(
        self, line: Line, words: Words, size: Size, places: list[Place], turn: Callable[[Point], Point]
    ) -> None:
        self.line = line
        self.items = text_equivalent(line, words)
        self.size = size
        self.places = places
        self.turn = turn
        self.parts: list[str] = []

    def draw_ways(self) -> None:
        """The patient's line and the cells' strand, as far as the course can still go."""
        base = [i for i in range(len(self.places)) if not self.line.is_on_strand(i)]
        for a, b in pairwise(base):
            self._draw_way(a, b)
        strand = self.line.strand
        if strand is None:
            return
        codes = [station.code for station in self.line.stations]
        first, last = codes.index(strand.leaves), codes.index(strand.returns)
        if strand.source is Source.DONOR:
            self._draw_arrival(first)
        for index in range(first, last):
            # Grown cells fan out on the last stretch before they are let go and gather again for the dose.
            grown = strand.grows and last - first > 2
            fans = grown and index in (last - 2, last - 1)
            self._draw_cells(index, index + 1, "out" if fans and index == last - 2 else "in" if fans else "")

    def draw_stations(self) -> None:
        """Each station by its state: filled, open and larger, thin, pulled out with a mark, or a bar."""
        for item, place in zip(self.items, self.places, strict=True):
            x, y = map(number, self.turn((place.main, place.cross)))
            r, size = place.radius, self.size
            inner = number(r - size.way_width / 2)
            ring = f'<circle cx="{x}" cy="{y}" r="{inner}" fill="none" stroke="currentColor"'
            if item.state == State.DONE:
                shape = f'<circle cx="{x}" cy="{y}" r="{number(r)}" fill="currentColor"/>'
            elif item.state == State.NOW:
                shape = f'{ring} stroke-width="{number(size.way_width)}"/>'
            elif item.state == State.LATE:
                shape = f'{ring} stroke-width="{number(size.way_width * 0.75)}"/>' + self._late_mark(place)
            elif item.state == State.STOPPED:
                shape = self._bar(place)
            elif item.state == "beyond":
                shape = f'<circle cx="{x}" cy="{y}" r="{number(r)}" fill="currentColor"/>'
            else:
                shape = (
                    f'<circle cx="{x}" cy="{y}" r="{number(r - size.thin_width / 2)}" fill="none" '
                    f'stroke="currentColor" stroke-width="{size.thin_width}"/>'
                )
            self.parts.append(f'<g class="line-station" data-state="{item.state}">{shape}</g>')

    def _draw_way(self, a: int, b: int) -> None:
        if self._is_cut(b):
            return
        points = [self.turn(point) for point in way(self.places[a], self.places[b])]
        if len(points) < 2:
            return
        reached = self.line.is_reached(b)
        width = self.size.way_width if reached else self.size.thin_width
        path = "M" + " L".join(f"{number(x)} {number(y)}" for x, y in points)
        self.parts.append(
            f'<path class="line-way" data-reached="{str(reached).lower()}" d="{path}" fill="none" '
            f'stroke="currentColor" stroke-width="{width}" stroke-linecap="round"/>'
        )

    def _draw_cells(self, a: int, b: int, fan: str) -> None:
        if self._is_cut(b):
            return
        offsets = (-1, 0, 1) if fan else (0,)
        dots: list[Point] = []
        for offset in offsets:

            def spread(t: float, offset: int = offset) -> float:
                return offset * self.size.fan * (ease(t * 1.6) if fan == "out" else 1 - ease(t * 1.6 - 0.6))

            points = way(self.places[a], self.places[b], spread if fan else lambda t: 0.0)
            # Three rows in one place would be a blot, so the outer rows begin where there is room.
            length = self.places[b].main - self.places[a].main
            points = [
                p
                for p in points
                if not offset or abs(spread((p[0] - self.places[a].main) / length)) > 5 / 7.5 * self.size.fan
            ]
            dots += beads(points, self.size.spacing)
        self._draw_beads(dots, reached=self.line.is_reached(b))

    def _draw_arrival(self, index: int) -> None:
        """A donor's cells come in from outside, out of an open square that is nobody's station."""
        place, size = self.places[index], self.size
        begin = Place(place.main - 6 * size.spacing - place.radius, place.lane, 0, size.spacing)
        dots = beads(way(begin, place), size.spacing)
        self._draw_beads(dots, reached=self.line.is_reached(index))
        half = size.spacing * 0.55
        corners = [
            (begin.main - half, 0.0),
            (begin.main, -half),
            (begin.main + half, 0.0),
            (begin.main, half),
        ]
        path = " L".join(
            f"{number(x)} {number(y)}" for x, y in (self.turn((m, place.lane + c)) for m, c in corners)
        )
        self.parts.append(
            f'<path class="line-origin" d="M{path} Z" fill="none" stroke="currentColor" '
            f'stroke-width="{size.thin_width}"/>'
        )

    def _draw_beads(self, dots: Iterable[Point], *, reached: bool) -> None:
        radius = self.size.bead if reached else self.size.bead * 0.5
        circles = "".join(
            f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>'
            for x, y in map(self.turn, dots)
        )
        self.parts.append(
            f'<g class="line-cells" data-reached="{str(reached).lower()}" fill="currentColor">{circles}</g>'
        )

    def _is_cut(self, index: int) -> bool:
        return self.line.stopped_at is not None and index > self.line.stopped_at

    def _bar(self, place: Place) -> str:
        half = self.size.radius["now"] * 1.15
        ends = [self.turn((place.main, place.cross - half)), self.turn((place.main, place.cross + half))]
        (x1, y1), (x2, y2) = ends
        return (
            f'<path d="M{number(x1)} {number(y1)} L{number(x2)} {number(y2)}" fill="none" '
            f'stroke="currentColor" stroke-width="{number(self.size.way_width * 1.8)}"/>'
        )

    def _late_mark(self, place: Place) -> str:
        x, y = self.turn((place.main, place.cross))
        r, width = place.radius, self.size.way_width * 0.7
        top, end, dot = number(y - r * 0.42), number(y + r * 0.08), number(y + r * 0.42)
        return (
            f'<path d="M{number(x)} {top} V{end} M{number(x)} {dot} v0.1" fill="none" stroke="currentColor" '
            f'stroke-width="{number(width)}" stroke-linecap="round"/>'
        )
