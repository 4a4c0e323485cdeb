"""What a screen asks for and what was scanned: the check between the parser and the step that uses the
answer.

A prompt names the structures it wants. In a compound message more may come along; otherwise a scan must hold
what was asked for and nothing else, because two labels lying side by side are easily read as one.
"""

from collections.abc import Collection, Sequence

from stroma.custody.domain.isbt128.din import Din
from stroma.custody.domain.isbt128.parse import parse_scan
from stroma.custody.domain.isbt128.scan_error import ScanError
from stroma.custody.domain.isbt128.structures import BY_NUMBER, Structure
from stroma.protocols.domain.problem import Problem


def read_prompt(
    text: str, *, wanted: Sequence[str], may_follow: Collection[str] = ()
) -> dict[str, Structure]:
    """The structures of a scan by number, when it holds every one ``wanted`` and, beside them, only what may
    follow.

    Raises ScanError: whatever :func:`parse_scan` refuses; ``missing_structure``, ``repeated_structure``,
    ``unexpected_concatenation``; ``missing_032`` for a product code whose division stands in a structure 032
    that was not scanned with it (ST-001 §2.4.32). Retired structures are passed over.
    """
    scanned = parse_scan(text)
    is_compound = scanned[0].number == "023"
    structures = [s for s in scanned if s.number != "023" and not BY_NUMBER[s.number].is_retired]
    by_number = {structure.number: structure for structure in structures}
    problems = [
        Problem("missing_structure", f"The scan holds no {BY_NUMBER[number].name} (structure {number}).")
        for number in wanted
        if number not in by_number
    ]
    if len(by_number) < len(structures):
        problems.append(
            Problem("repeated_structure", "The scan holds the same structure twice; scan one label.")
        )
    surplus = [number for number in by_number if number not in wanted and number not in may_follow]
    if surplus and not is_compound:
        names = ", ".join(f"{BY_NUMBER[number].name} ({number})" for number in surplus)
        problems.append(
            Problem("unexpected_concatenation", f"The scan also holds what was not asked for: {names}.")
        )
    product = by_number.get("003")
    if product is not None and product.fields.get("requires_032") and "032" not in by_number:
        problems.append(
            Problem(
                "missing_032",
                "The product is divided beyond two characters; scan its division code (032) with it.",
            )
        )
    if problems:
        raise ScanError(problems)
    return by_number


def din_of(structure: Structure) -> Din:
    """The 13 characters that name a donation; the flags say which tube or label this is and are no part of
    it.
    """
    return Din(structure.fields["din"])
