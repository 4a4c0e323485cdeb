"""Which of the codes in a photo is the scan: the one label that was meant, or none.

A scanner reads what it is pointed at; a photo may show two labels. Two that do not belong together are never joined
or chosen between.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stroma.protocols.domain.blocker import Blocker

SOURCE = "ISBT 128 ST-001 §10; Stroma custody"


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was read: its kind (``Data Matrix``, ``Code 128``) and what it says."""

    kind: str
    text: str
    is_matrix: bool


def one_scan(codes: Sequence[Code]) -> tuple[str | None, list[Blocker]]:
    """The text to take for the scan, or None and the reason.

    A label carries one two-dimensional code that holds all it says, and perhaps linear ones that repeat parts of it;
    then the two-dimensional one is the scan. Linear codes alone are a scan when there is only one.
    """
    if not codes:
        return None, [Blocker("photo_without_code", {}, SOURCE)]
    matrices = {code.text for code in codes if code.is_matrix}
    linear = {code.text for code in codes if not code.is_matrix}
    if len(matrices) == 1:
        (whole,) = matrices
        if all(part in whole for part in linear):
            return whole, []
    if not matrices and len(linear) == 1:
        return next(iter(linear)), []
    return None, [Blocker("photo_of_several_codes", {"codes": len(matrices | linear)}, SOURCE)]
