"""Structure 003, product code: which of the last three characters means what depends on the first.

Product descriptions come from a database that only registered users may hold; a code is checked for its form,
never for its meaning.
"""

import re
from typing import Any

from stroma.custody.domain.isbt128.scan_error import Fault

PRODUCT_PATTERN = r"[A-Z][A-Z0-9]{4}"

_FORM = re.compile(
    rf"""
    (?P<pdc>  {PRODUCT_PATTERN} )   # product description code
    (?P<rest> [0-9A-Za-z]{{3}} )    # collection type and division, or a three-digit division, or local
    """,
    re.VERBOSE,
)
_DIVISION_FORM = re.compile(
    r"""
    00              # undivided
    | 99            # see structure 032, which then must be scanned as well
    | [A-Z][0a-z]   # first division, and second within it (0: not divided again)
    """,
    re.VERBOSE,
)

TYPE_AND_DIVISION = "t+ds"
THREE_DIGIT_DIVISION = "tds"
LOCAL = "local"

SEE_032 = "99"
"""A division that points to structure 032 (ST-001 §2.4.32)."""

WITH_032 = "SP"
"""Only cell therapy (S) and P products use the 99 rule; elsewhere a division may simply end in 99."""


def is_product(text: str) -> bool:
    """Whether ``text`` has the form of a product description code."""
    return re.fullmatch(PRODUCT_PATTERN, text) is not None


def is_division(text: str) -> bool:
    """Whether ``text`` is a division of two characters: 00, 99, or a capital and 0 or a small letter."""
    return _DIVISION_FORM.fullmatch(text) is not None


def layout_of(pdc: str) -> str:
    """How the last three characters after ``pdc`` are laid out (ST-001 §2.4.3).

    Raises Fault for a class of codes whose layout is not known.
    """
    first = pdc[:1]
    if (first and first in "EFHSPY") or pdc[:2] == "X0":
        return TYPE_AND_DIVISION
    if first and first in "MNRTVW":
        return THREE_DIGIT_DIVISION
    if first and first in "ABCD":
        return LOCAL
    raise Fault("bad_format", f"No layout is known for product codes that begin like {pdc!r}.")


def read_product_code(value: str) -> dict[str, Any]:
    """The fields of ``αooootds``. Raises Fault."""
    match = _FORM.fullmatch(value)
    if match is None:
        raise Fault(
            "bad_format",
            f"{value!r} is no product code; it is a capital, four capitals or digits, and three more.",
        )
    pdc, rest = match["pdc"], match["rest"]
    layout = layout_of(pdc)
    if layout == LOCAL:
        return {"pdc": pdc, "collection_type": None, "division": None, "layout": layout, "local_part": rest}
    if layout == THREE_DIGIT_DIVISION:
        if re.fullmatch(r"[0-9]{3}", rest) is None:
            raise Fault("bad_format", f"The division {rest!r} of {pdc} must be three digits.")
        return {"pdc": pdc, "collection_type": None, "division": rest, "layout": layout}
    division = rest[1:]
    if not is_division(division):
        raise Fault(
            "bad_format",
            f"The division {division!r} of {pdc} must be 00, 99, or a capital and 0 or a small letter.",
        )
    needs_032 = {"requires_032": True} if division == SEE_032 and pdc[0] in WITH_032 else {}
    return {"pdc": pdc, "collection_type": rest[0], "division": division, "layout": layout, **needs_032}
