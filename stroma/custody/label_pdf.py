"""Printed labels as PDF, drawn by Typst from the content that was kept when they were printed.

Every text goes in as data, none into the program that draws. The date in the file is that of the printing, so the
same labels always give the same bytes. Whether a label may be printed is decided elsewhere.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stroma.custody.domain.label import NotPrintable
from stroma.custody.domain.label_sizes import ROWS, LabelSize, shown_on
from stroma.custody.label_symbols import LINEAR, MATRIX, QUIET, Symbol, draw_symbol
from stroma.protocols.domain.blocker import Blocker

TEMPLATE = Path(__file__).with_name("typst") / "label.typ"

MOST_PT = 11.0
"""No text on a label is larger."""

BAR_HEIGHT_MM = 8.0
"""At least 5 mm and 15 % of the length (ST-001 §6.1): enough up to 53 mm."""

LINEAR_STRUCTURES = ("001", "003")
"""What a linear scanner reads off a large label: the donation number and the product code, the traceability minimum."""

_DRAWABLE: tuple[tuple[int, int], ...] = (
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x388, 0x38A),
    (0x38E, 0x3A1),
    (0x3A3, 0x3CE),
    (0x400, 0x45F),
)
_DRAWABLE += ((0x1E00, 0x1E99), (0x1EA0, 0x1EF9), (0x2010, 0x2023), (0x2070, 0x2071), (0x2074, 0x208E))
"""What the built-in typeface has: Latin, Greek and Cyrillic letters, and signs. Others would come out as boxes."""


@dataclass(frozen=True, slots=True)
class PrintedLabel:
    """A label to be drawn: its content as it was kept, and which print of which container it is (``A0-2``)."""

    content: Mapping[str, Any]
    number: str


def label_pdf(
    labels: Sequence[PrintedLabel], size: LabelSize, *, first_place: int = 0, printed_at: datetime
) -> bytes:
    """The labels in one size, each on a page of its own or, on a sheet, from ``first_place`` (0 is the first).

    Raises NotPrintable when a text has letters that the typeface lacks, or does not fit.
    """
    pages = drawn(labels, size, first_place=first_place, printed_at=printed_at)
    return pages[0]


def label_pngs(
    labels: Sequence[PrintedLabel], size: LabelSize, *, printed_at: datetime, dpi: int
) -> list[bytes]:
    """The pages as pictures, one label after the other, for a look on the screen and for reading them back."""
    return drawn(labels, size, printed_at=printed_at, dpi=dpi)


def drawn(
    labels: Sequence[PrintedLabel],
    size: LabelSize,
    *,
    first_place: int = 0,
    printed_at: datetime,
    dpi: int | None = None,
) -> list[bytes]:
    """One PDF or, with ``dpi``, one PNG for each page."""
    import typst  # slow import

    if not labels:
        raise ValueError("there is no label to draw")
    if not 0 <= first_place < size.places:
        raise ValueError(f"a page of {size.code} has places 0 to {size.places - 1}")
    at = printed_at.astimezone(UTC).replace(microsecond=0)
    data = {
        "title": "TEST labels, not for clinical use" if _has_test(labels) else "Labels",
        "date": [at.year, at.month, at.day],
        "size": asdict(size) | {"most_pt": MOST_PT, "rows": ROWS[size.grade]},
        "first_place": first_place,
        "labels": [_data(label, size) for label in labels],
    }
    try:
        made = typst.compile(
            TEMPLATE.read_bytes(),
            format="png" if dpi else "pdf",
            ppi=dpi,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            ignore_system_fonts=True,
            timestamp=at,
        )
    except typst.TypstError as error:
        if "label_does_not_fit" not in f"{error}{error.message}":
            raise
        values = {"size": size.code, "points": size.least_pt}
        raise NotPrintable([Blocker("label_does_not_fit", values, "21 CFR 1271.370(b)")]) from None
    pages: Any = made  # the library's type is a union that no check can narrow
    return [bytes(page) for page in pages] if isinstance(pages, list) else [bytes(pages)]


def _has_test(labels: Sequence[PrintedLabel]) -> bool:
    return any(one["code"] == "test" for label in labels for one in label.content["statements"])


def _data(label: PrintedLabel, size: LabelSize) -> dict[str, Any]:
    statements, lines = shown_on(size, label.content)
    matrix = draw_symbol(MATRIX, label.content["compound"])
    barcodes = label.content["barcodes"]
    linear = [barcodes[n] for n in LINEAR_STRUCTURES if n in barcodes] if size.bar_mm else []
    return {
        "statements": [
            {
                "code": one["code"],
                "text": _drawable(one["text"], size),
                "biohazard": one["has_biohazard_symbol"],
            }
            for one in statements
        ],
        "lines": [
            {"field": one["field"], "caption": one["caption"], "text": _drawable(one["text"], size)}
            for one in lines
        ],
        "number": _drawable(label.number, size),
        "symbol": _placed(matrix, size.module_mm, matrix.height * size.module_mm),
        "linear": [_placed(draw_symbol(LINEAR, one), size.bar_mm or 0, BAR_HEIGHT_MM) for one in linear],
    }


def _placed(symbol: Symbol, module_mm: float, height_mm: float) -> dict[str, Any]:
    return {
        "svg": symbol.svg,
        "width_mm": symbol.width * module_mm,
        "height_mm": height_mm,
        "quiet_mm": QUIET[symbol.kind] * module_mm,
        "alt": f"{symbol.kind} {symbol.text}",
        "text": symbol.text,
    }


def drawable(text: str) -> str | None:
    """The text, composed, when the typeface has every letter of it, else None."""
    composed = " ".join(unicodedata.normalize("NFC", text).split())
    if not all(any(first <= ord(letter) <= last for first, last in _DRAWABLE) for letter in composed):
        return None
    return composed


def _drawable(text: str, size: LabelSize) -> str:
    composed = drawable(text)
    if composed is None:
        # Which letters it lacks is not said: they may be a name's.
        raise NotPrintable([Blocker("label_letters_not_drawable", {"size": size.code}, "ST-001 v6.2.2 §7.4")])
    return composed
