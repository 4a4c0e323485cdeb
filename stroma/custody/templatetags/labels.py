"""The codes of a label inside a page."""

from typing import Any

from django import template
from django.utils.safestring import mark_safe

from stroma.custody.label_pdf import LINEAR_STRUCTURES
from stroma.custody.label_symbols import LINEAR, MATRIX, draw_symbol

register = template.Library()


@register.inclusion_tag("custody/label_codes.html")
def label_codes(content: dict[str, Any]) -> dict[str, Any]:
    """The two-dimensional code of a label with all it says, and the linear ones."""
    barcodes = content["barcodes"]
    linear = [draw_symbol(LINEAR, barcodes[number]) for number in LINEAR_STRUCTURES if number in barcodes]
    matrix = draw_symbol(MATRIX, content["compound"])
    return {
        "codes": [
            {"kind": one.kind, "text": one.text, "is_matrix": one.kind == MATRIX, "svg": mark_safe(one.svg)}  # noqa: S308 - drawn by our own code from a path of numbers
            for one in (matrix, *linear)
        ]
    }
