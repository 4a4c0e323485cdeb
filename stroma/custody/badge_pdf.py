"""A staff badge as PDF, drawn by Typst in the way labels are: the name, the site, the roles and a Data Matrix."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stroma.custody.domain.label import NotPrintable
from stroma.custody.label_pdf import drawable
from stroma.custody.label_symbols import MATRIX, draw_symbol
from stroma.look.formats import chunks
from stroma.protocols.domain.blocker import Blocker

TEMPLATE = Path(__file__).with_name("typst") / "badge.typ"


@dataclass(frozen=True, slots=True)
class PrintedBadge:
    """What stands on a badge."""

    code: str
    number: int
    name: str
    roles: tuple[str, ...]
    site: str
    is_simulated: bool
    issued_at: datetime


def badge_pdf(badge: PrintedBadge, *, dpi: int | None = None) -> bytes:
    """The badge in the size of a bank card (85.6 × 54 mm) as PDF or, with ``dpi``, as PNG.

    The date in the file is that on which the badge was given out, so the same badge always gives the same bytes. Raises
    NotPrintable when a name has letters that the typeface lacks.
    """
    import typst  # slow import

    at = badge.issued_at.astimezone(UTC).replace(microsecond=0)
    symbol = draw_symbol(MATRIX, badge.code)
    data = {
        "title": "Staff badge",
        "date": [at.year, at.month, at.day],
        "test": "TEST" if badge.is_simulated else "",
        "name": _drawable(badge.name),
        "roles": _drawable(", ".join(badge.roles)),
        "site": _drawable(badge.site),
        "code": " ".join(chunks(badge.code)),
        "number": f"No. {badge.number}",
        "symbol": {"svg": symbol.svg, "alt": f"{symbol.kind} {symbol.text}"},
    }
    made: Any = typst.compile(
        TEMPLATE.read_bytes(),
        format="png" if dpi else "pdf",
        ppi=dpi,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        ignore_system_fonts=True,
        timestamp=at,
    )
    return bytes(made)


def _drawable(text: str) -> str:
    composed = drawable(text)
    if composed is None:
        raise NotPrintable([Blocker("badge_letters_not_drawable", {}, "Stroma custody")])
    return composed
