"""The codes on a label, drawn as SVG with their quiet zones; one unit of the drawing is one module.

A Data Matrix is always square and a Code 128 stands alone, both with the quiet zone the standard asks for (ST-001
§6.1: ten modules at each side; §6.2: one all round). What is written is read back before it is handed out.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MATRIX, LINEAR = "Data Matrix", "Code 128"

QUIET = {MATRIX: 1, LINEAR: 10}
"""Modules of white at each side (ST-001 §6.1, §6.2)."""

_BAR_HEIGHT = 50
"""Of a Code 128 in the drawing; whoever places it says how high it is printed."""

_DRAWN = re.compile(
    r'<svg width="(?P<width>\d+)" height="(?P<height>\d+)".*?<path d="(?P<path>[^"]+)"', re.DOTALL
)
"""What the library draws: a white ground of that size in modules, and one path of bars or cells."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A code as it is drawn: the SVG, and its size in modules with the quiet zone."""

    kind: str
    text: str
    svg: str
    width: int
    height: int


@lru_cache(maxsize=512)
def draw_symbol(kind: str, text: str) -> Symbol:
    """The code of that kind which says ``text``. Raises ValueError for text that no scanner would read back so."""
    import zxingcpp  # slow import

    formats: dict[str, Any] = {
        MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
        LINEAR: zxingcpp.BarcodeFormat.Code128,
    }
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError("a code carries printable ASCII characters")
    # Unknown keywords are silently ignored by the library, so the square is measured below.
    options = {"force_square": True} if kind == MATRIX else {}
    code = zxingcpp.create_barcode(text, formats[kind], **options)
    drawn = _DRAWN.search(str(code.to_svg(scale=1, add_hrt=False, add_quiet_zones=True)))
    if drawn is None:
        raise ValueError("a code was not drawn as it is known here")
    width, height = int(drawn["width"]), int(drawn["height"])
    if kind == MATRIX and width != height:
        raise ValueError("a Data Matrix is printed as a square")
    read = zxingcpp.read_barcodes(code.to_image(scale=3, add_quiet_zones=True))
    if [one.bytes for one in read] != [text.encode("ascii")]:
        raise ValueError("a code does not read back as it was written")
    stretch = ' preserveAspectRatio="none"' if kind == LINEAR else ""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f'{stretch} shape-rendering="crispEdges"><rect width="{width}" height="{height}" fill="#fff"/>'
        f'<path d="{drawn["path"]}" fill="#000"/></svg>'
    )
    return Symbol(kind, text, svg, width, height)
