"""The sizes labels are printed in: how large, how much stands on them, and how wide a module of a code is.

A label that is too small for everything carries what must be affixed to the container; the rest goes on a label
that is attached or travels with it (ISBT 128 ST-001 §7.3.1; 21 CFR 1271.370(c) lets papers carry it). A warning
stands on the container wherever it physically can (21 CFR 1271.370(b)).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Grade(StrEnum):
    """How much stands on a label."""

    FULL = "FULL"
    AFFIXED = "AFFIXED"
    LEAST = "LEAST"


ROWS: Mapping[Grade, tuple[tuple[str, ...], ...] | None] = MappingProxyType(
    {
        Grade.FULL: None,
        Grade.AFFIXED: (
            ("din",),
            ("chain_of_identity",),
            ("product_name", "product_code", "division_code"),
            ("recipient_identifiers",),
            ("expires_at",),
            ("volume_ml", "viable_cells"),
        ),
        Grade.LEAST: (("din",), ("product_code", "division_code"), ("expires_at",)),
    }
)
"""The facts that stand on a label of each grade, line by line; None is all of them, each on a line of its own."""

STATEMENTS: Mapping[Grade, frozenset[str] | None] = MappingProxyType(
    {
        Grade.FULL: None,
        Grade.AFFIXED: None,
        Grade.LEAST: frozenset({"test", "autologous_only", "biohazard"}),
    }
)
"""The warnings of each grade; a vial of 13 mm has no room for the long ones, which travel with it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """How labels lie on a sheet of A4 (210 × 297 mm): corner of the first, distance from one to the next."""

    columns: int
    rows: int
    left_mm: float
    top_mm: float
    step_x_mm: float
    step_y_mm: float

    @property
    def places(self) -> int:
        """How many labels a sheet holds."""
        return self.columns * self.rows


@dataclass(frozen=True, slots=True)
class LabelSize:
    """One size of label.

    ``module_mm`` is the width of a cell of the Data Matrix: 0.25 to 1 mm (ST-001 §6.2). ``bar_mm`` is the narrowest
    bar of a Code 128, 0.25 mm where there is room and never below 0.17 (§6.1), None where there is no room. No text is
    smaller than ``least_pt``; what does not fit then is refused, never cut off.
    """

    code: str
    width_mm: float
    height_mm: float
    grade: Grade
    module_mm: float
    padding_mm: float
    least_pt: float
    bar_mm: float | None = None
    sheet: Sheet | None = None

    @property
    def places(self) -> int:
        """How many labels a page holds."""
        return self.sheet.places if self.sheet else 1


_ALL = (
    LabelSize("bag", 100, 100, Grade.FULL, 0.5, 3, 6, bar_mm=0.25),
    LabelSize("tube", 60, 30, Grade.AFFIXED, 0.33, 1, 4.5),
    LabelSize("syringe", 50, 25, Grade.AFFIXED, 0.3, 1, 3.5),
    LabelSize("cryovial", 33, 13, Grade.LEAST, 0.25, 0.75, 3.5),
    LabelSize(
        "a4-8",
        99.1,
        67.7,
        Grade.FULL,
        0.5,
        2.5,
        4.5,
        bar_mm=0.2,
        sheet=Sheet(2, 4, left_mm=4.65, top_mm=13.1, step_x_mm=101.6, step_y_mm=67.7),
    ),
    LabelSize(
        "a4-21",
        63.5,
        38.1,
        Grade.AFFIXED,
        0.33,
        1.5,
        4.5,
        sheet=Sheet(3, 7, left_mm=7.25, top_mm=15.15, step_x_mm=66, step_y_mm=38.1),
    ),
    LabelSize(
        "a4-65",
        38.1,
        21.2,
        Grade.LEAST,
        0.25,
        1,
        4,
        sheet=Sheet(5, 13, left_mm=4.75, top_mm=10.7, step_x_mm=40.6, step_y_mm=21.2),
    ),
)
# The measures of the sheets are those of the common die cuts with 8, 21 and 65 labels (general knowledge).

LABEL_SIZES: Mapping[str, LabelSize] = MappingProxyType({size.code: size for size in _ALL})
"""Every size by its code, those of label printers first."""

DEFAULT_SIZE = "bag"


def shown_on(
    size: LabelSize, content: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The warnings and the lines of a label's content that stand on a label of this size, in their order."""
    rows = ROWS[size.grade]
    return (
        _kept(content["statements"], "code", STATEMENTS[size.grade]),
        _kept(content["lines"], "field", None if rows is None else {field for row in rows for field in row}),
    )


def _kept(rows: list[dict[str, Any]], key: str, wanted: Collection[str] | None) -> list[dict[str, Any]]:
    return [row for row in rows if wanted is None or row[key] in wanted]
