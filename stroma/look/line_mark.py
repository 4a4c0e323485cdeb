"""The project's mark: the line at its shortest. ``img/mark.svg`` is this drawing, kept in step by a test."""

from stroma.look.line_geometry import Point, beads, distance
from stroma.look.line_parts import number

# Readable on a light and on a dark tab bar, where no style sheet reaches.
FAVICON_COLOR = "#23868f"


def mark_svg(color: str = "") -> str:
    """A line, two stations, and cells that leave the one and come to the other, 32 units square.

    Without a ``color`` it takes that of the text around it.
    """
    own = f' color="{color}"' if color else ""
    steps = [i / 60 for i in range(61)]
    arch: list[Point] = [(8 + 16 * t, 22 - 15 * (1 - abs(2 * t - 1) ** 2.6)) for t in steps]
    free = [p for p in arch if distance(p, (8, 22)) > 5.2 and distance(p, (24, 22)) > 6.6]
    cells = "".join(f'<circle cx="{number(x)}" cy="{number(y)}" r="1.5"/>' for x, y in beads(free, 3.9))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" class="mark" aria-hidden="true"{own}>'
        '<g fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round">'
        '<path d="M2 22 H19.2"/><path d="M28.8 22 H30"/><circle cx="24" cy="22" r="4.2"/></g>'
        f'<circle cx="8" cy="22" r="3.6" fill="currentColor"/><g fill="currentColor">{cells}</g></svg>\n'
    )
