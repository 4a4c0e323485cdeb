"""The product codes that a site gives its own cells.

Codes that begin with D are local (ISBT 128, PDC); a site that ships products replaces this table by codes of the
ICCBBA database, under its own licence. The division in the last two characters names the container.
"""

from stroma.protocols.domain.schema import Donor, Protocol, Route, Tissue

_LETTER = {
    Tissue.BONE_MARROW: "M",
    Tissue.ADIPOSE: "A",
    Tissue.UMBILICAL_CORD: "U",
    Tissue.DENTAL_PULP: "P",
    Tissue.NONE: "X",
}


def product_code(protocol: Protocol) -> str:
    """Six characters: D, the tissue, the route (C concentrate, E expanded), 01, and the collection type.

    Collection type 1: for autologous use only. 7: for allogeneic use (ISBT 128 table 7).
    """
    route = "C" if protocol.route is Route.SAME_DAY else "E"
    kind = "1" if protocol.donor is Donor.AUTOLOGOUS else "7"
    return f"D{_LETTER[protocol.source]}{route}01{kind}"


def division_code(number: int) -> str:
    """The two characters that name the ``number``-th container of a lot: A0, B0, … Z0, AA, … (ISBT 128 divisions).

    Raises ValueError past 52: a lot that is divided further uses structure 032.
    """
    if 0 <= number < 26:
        return f"{chr(65 + number)}0"
    if number < 52:
        return f"A{chr(97 + number - 26)}"
    raise ValueError("a lot has at most 52 containers with a two-character division")
