"""From what a scanner sends to the structures in it.

There is no separator between structures: each begins with an identifier that fixes its length. Anything that
is not exactly understood is refused, with every fault that can still be placed; nothing is skipped, repaired
or guessed.
"""

import re
from dataclasses import dataclass

from stroma.custody.domain.isbt128.scan_error import Fault, ScanError
from stroma.custody.domain.isbt128.structures import BY_IDENTIFIER, BY_NUMBER, Spec, Structure
from stroma.protocols.domain.problem import Problem

SYMBOLOGIES = {
    "]C0": "Code 128",
    "]C4": "Code 128, concatenated",
    "]d1": "Data Matrix",
    "]d7": "Data Matrix, rectangular",
}
"""AIM symbology identifiers (ISO/IEC 15424) that label scanners send before the data, when they are set to.
"""

_PREFIX = re.compile(r"\][A-Za-z][0-9A-Za-z]")

MESSAGE_ORDERS = {
    "034": ("034", "032", "001"),
    "035": ("034", "032", "001", "004"),
    "036": ("034", "032", "001", "008"),
    "037": ("034", "032", "001", "004", "008"),
}
"""Compound messages with a number fix which structures follow, and in which order (ST-017 §4)."""

ANY_ORDER = "000"


@dataclass(frozen=True, slots=True)
class ScannerText:
    """What a scanner sent: the data, and the symbology it said it read, if it said so."""

    data: str
    symbology: str | None


def clean_scan(raw: str) -> ScannerText:
    """Take off what the scanner added: an AIM prefix such as ``]C0`` in front, an end of line behind.

    Nothing else.
    """
    data = re.sub(r"\r?\n?\Z", "", raw)
    prefix = _PREFIX.match(data)
    if prefix is None:
        return ScannerText(data, None)
    return ScannerText(data[prefix.end() :], SYMBOLOGIES.get(prefix[0], prefix[0]))


def parse_scan(text: str) -> list[Structure]:
    """The structures in a scan, in the order they stand: one, several one after another, or a compound
    message.

    A compound message gives its own structure 023 first, then those it announces. Raises ScanError with every
    fault: unknown or local identifiers, wrong lengths, malformed content, a count or order that is not as
    announced.
    """
    data = clean_scan(text).data
    structures, problems = _walk(data)
    if not problems:
        problems = _compound_problems(structures)
    if problems:
        raise ScanError(problems)
    return structures


def _walk(data: str) -> tuple[list[Structure], list[Problem]]:
    if not data:
        return [], [Problem("empty", "Nothing was read.")]
    structures: list[Structure] = []
    problems: list[Problem] = []
    at, announced, count = 0, 0, 0
    while at < len(data):
        place = f"character {at + 1}"
        try:
            spec, start = _spec_at(
                data, at, within_compound=announced > 0, more_expected=count < announced or at == 0
            )
            end = start + spec.length_of(data[start:])
            if end > len(data):
                raise Fault(
                    "bad_length",
                    f"{end - start} characters of structure {spec.number} should follow {spec.identifier}, "
                    f"but there are {len(data) - start}.",
                )
        except Fault as fault:
            # Where one structure ends is not known any more, so nothing behind it can be judged.
            problems.append(Problem(fault.code, fault.message, place=place))
            break
        if spec.number == "023" and at > 0:
            problems.append(
                Problem(
                    "nested_compound", "A compound message must stand first and alone in a scan.", place=place
                )
            )
            break
        try:
            structure = spec.structure(data[start:end])
        except Fault as fault:
            problems.append(Problem(fault.code, fault.message, place=f"{place}, structure {spec.number}"))
        else:
            structures.append(structure)
            if spec.number == "023":
                announced = int(structure.fields["count"])
        count += spec.number != "023"
        at = end
    return structures, problems


def _spec_at(data: str, at: int, *, within_compound: bool, more_expected: bool) -> tuple[Spec, int]:
    """The structure that begins at ``at`` and where its content begins. Raises Fault."""
    first, second = data[at], data[at + 1 : at + 2]
    if first not in "=&":
        if more_expected:
            raise Fault("no_identifier", "A structure must begin here, with = or &.")
        left = len(data) - at
        follow = "1 character follows that belongs" if left == 1 else f"{left} characters follow that belong"
        raise Fault("trailing_data", f"{follow} to no structure.")
    if first == "=" and re.fullmatch(r"[A-NP-Z1-9]", second):
        return BY_NUMBER["001"], at + 1
    if first == "&" and re.fullmatch(r"[a-z]", second):
        if within_compound:
            raise Fault(
                "local_in_compound", f"The local structure &{second} may not stand in a compound message."
            )
        raise Fault(
            "local_structure", f"The local structure &{second} means what another site says; it is not read."
        )
    identifier = data[at : at + (3 if data[at : at + 2] == "&," else 2)]
    spec = BY_IDENTIFIER.get(identifier) if len(identifier) > 1 else None
    if spec is None:
        raise Fault("bad_identifier", f"{identifier!r} is no identifier that is known here.")
    return spec, at + len(identifier)


def _structures(count: object) -> str:
    return "1 structure" if count == 1 else f"{count} structures"


def _compound_problems(structures: list[Structure]) -> list[Problem]:
    header = structures[0]
    if header.number != "023":
        return []
    declared, message = header.fields["count"], header.fields["message"]
    numbers = tuple(structure.number for structure in structures[1:])
    if declared == 0 or declared != len(numbers):
        return [
            Problem(
                "bad_count",
                f"The compound message announces {_structures(declared)}; it holds {_structures(len(numbers))}.",
                place="structure 023",
            )
        ]
    if message == ANY_ORDER:
        return []
    order = MESSAGE_ORDERS.get(message)
    if order is None:
        return [
            Problem(
                "unknown_message",
                f"The order of compound message {message} is not known here, so it cannot be checked.",
                place="structure 023",
            )
        ]
    if numbers != order:
        return [
            Problem(
                "bad_order",
                f"Compound message {message} must hold {', '.join(order)} in this order; "
                f"it holds {', '.join(numbers)}.",
                place="structure 023",
            )
        ]
    return []
