"""Where the points of a line lie: stations, the ways between them, and the cells strung along their strand.

A way is worked out along one axis (``main``) and across it (``cross``), so that the same geometry serves the
wide drawing, where main runs to the right, and the tall one, where it runs down. Units are the drawing's own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, hypot

Point = tuple[float, float]

KINK = 34.0  # the length over which the way bends out to a station that is late


@dataclass(frozen=True, slots=True)
class Place:
    """A station's place: along the way, its lane across, how far it is pulled out of it, and its radius."""

    main: float
    lane: float
    pull: float
    radius: float

    @property
    def cross(self) -> float:
        """Where the station lies across the way."""
        return self.lane + self.pull


def ease(t: float) -> float:
    """A smooth step from 0 to 1 for ``t`` from 0 to 1, level at both ends."""
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)


def way(start: Place, end: Place, spread: Callable[[float], float] = lambda t: 0.0) -> list[Point]:
    """The points of the way from ``start`` to ``end`` as (main, cross), without the stations' own circles.

    ``spread`` moves the way sideways; it is told how far along the way is, 0 to 1.
    """
    length = end.main - start.main
    if length <= 0:
        return []
    kink = min(KINK, length / 2)
    is_straight = start.pull == end.pull == 0 and start.lane == end.lane and not spread(0.5)
    steps = 1 if is_straight else max(2, ceil(length / 3))

    def cross(main: float) -> float:
        t = (main - start.main) / length
        return (
            start.lane
            + (end.lane - start.lane) * ease(t)
            + start.pull * (1 - ease((main - start.main) / kink))
            + end.pull * ease((main - end.main + kink) / kink)
            + spread(t)
        )

    if is_straight:
        return [(start.main + start.radius, start.lane), (end.main - end.radius, end.lane)]
    points = [(start.main + length * i / steps, 0.0) for i in range(steps + 1)]
    points = [(main, cross(main)) for main, _ in points]
    return [
        point
        for point in points
        if distance(point, (start.main, start.cross)) >= start.radius
        and distance(point, (end.main, end.cross)) >= end.radius
    ]


def distance(a: Point, b: Point) -> float:
    """The straight distance between two points."""
    return hypot(a[0] - b[0], a[1] - b[1])


def beads(points: list[Point], spacing: float) -> list[Point]:
    """Points at equal distances of about ``spacing`` along a way, none at its very ends."""
    total = sum(distance(a, b) for a, b in pairwise(points))
    count = int(total // spacing)
    if count < 1:
        return []
    step = total / (count + 1)
    placed: list[Point] = []
    wanted, run = step, 0.0
    for a, b in pairwise(points):
        piece = distance(a, b)
        while piece and len(placed) < count and wanted <= run + piece + 1e-9:
            t = (wanted - run) / piece
            placed.append((a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t))
            wanted += step
        run += piece
    return placed
