"""A site's own table of product codes: CSV with a header, one line for each protocol.

ISBT 128 product description codes come from a database that only registered users may hold, so none is shipped. A
site that is registered brings the codes of what it makes; what it does not name keeps a local code (D).
"""

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass

from stroma.custody.domain.isbt128.product_code import THREE_DIGIT_DIVISION, is_product, layout_of
from stroma.custody.domain.isbt128.scan_error import Fault
from stroma.protocols.domain.problem import BadInput, Problem
from stroma.protocols.domain.schema import Donor

COLUMNS = ("protocol_id", "product_code", "collection_type", "product_name")
"""The header, in any order."""

NAME_LENGTH = 60

COLLECTION_TYPES = {Donor.AUTOLOGOUS: frozenset("01"), Donor.ALLOGENEIC: frozenset("0V2457")}
"""Types that a protocol's cells can have whatever is found of their donor (ISBT 128 table 7). The biohazard types X, 3
and 6 depend on the donor and are no property of a protocol; the label says so in words and with its symbol."""


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What one protocol makes, as its label says it."""

    protocol_id: str
    product_code: str
    collection_type: str
    product_name: str


def read_product_table(text: str, donors: dict[str, Donor], *, file: str = "") -> list[ProductRow]:
    """The rows of a table. ``donors`` says of each protocol that the site offers whose cells it uses.

    Raises BadInput with every fault, by line and column.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), skipinitialspace=True)
    header = [name.strip() for name in reader.fieldnames or ()]
    if sorted(header) != sorted(COLUMNS):
        message = f"The first line must name the columns {', '.join(COLUMNS)}."
        raise BadInput([Problem("header_wrong", message, file=file, line=1)])
    reader.fieldnames = header
    rows: list[ProductRow] = []
    problems: list[Problem] = []
    for found in reader:
        line = reader.line_num
        if None in found or None in found.values():
            message = f"A line has {len(COLUMNS)} values, separated by commas."
            problems.append(Problem("values_wrong", message, file=file, line=line))
            continue
        row = ProductRow(**{name: str(found[name]).strip() for name in COLUMNS})
        seen = {earlier.protocol_id for earlier in rows}
        problems += [
            Problem(code, message, file=file, place=place, line=line)
            for code, place, message in _faults(row, donors, seen)
        ]
        rows.append(row)
    if not rows and not problems:
        problems.append(Problem("table_empty", "There is no line below the header.", file=file))
    if problems:
        raise BadInput(problems)
    return rows


def _faults(row: ProductRow, donors: dict[str, Donor], seen: Collection[str]) -> list[tuple[str, str, str]]:
    faults = []
    donor = donors.get(row.protocol_id)
    if donor is None:
        known = ", ".join(sorted(donors)) or "none"
        message = f"{row.protocol_id!r} is no protocol that the site offers; it offers {known}."
        faults.append(("protocol_unknown", "protocol_id", message))
    if row.protocol_id in seen:
        faults.append(("protocol_twice", "protocol_id", f"{row.protocol_id} stands here a second time."))
    if not _is_for_cells(row.product_code):
        message = (
            f"{row.product_code!r} is no product code for cells; one has five characters and begins with S, Y, or "
            "A to D."
        )
        faults.append(("product_code_wrong", "product_code", message))
    if donor is not None and row.collection_type not in COLLECTION_TYPES[donor]:
        allowed = ", ".join(sorted(COLLECTION_TYPES[donor]))
        message = (
            f"{row.collection_type!r} is no collection type of {donor.value} cells; they have {allowed}."
        )
        faults.append(("collection_type_wrong", "collection_type", message))
    if not 0 < len(row.product_name) <= NAME_LENGTH:
        message = f"A product's name has 1 to {NAME_LENGTH} characters; this has {len(row.product_name)}."
        faults.append(("product_name_wrong", "product_name", message))
    return faults


def _is_for_cells(code: str) -> bool:
    try:
        return is_product(code) and layout_of(code) != THREE_DIGIT_DIVISION
    except Fault:
        return False
