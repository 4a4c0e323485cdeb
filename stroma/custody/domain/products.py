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


DIVISIONS = 26 + 26 * 26
"""How many containers of one donation two characters can name."""


def division_code(number: int) -> str:
    """The two characters that name the ``number``-th container of a donation: A0, B0, … Z0, Aa, Ab, … Zz (ISBT 128).

    Counted over the whole donation, not over a lot: the parts of a donor's bank carry one donation number, and a
    label that two recipients' containers share could not tell them apart. Raises ValueError past ``DIVISIONS``: a
    donation that is divided further uses structure 032.
    """
    if 0 <= number < 26:
        return f"{chr(65 + number)}0"
    if number < DIVISIONS:
        first, second = divmod(number - 26, 26)
        return f"{chr(65 + first)}{chr(97 + second)}"
    raise ValueError(f"a donation has at most {DIVISIONS} containers with a two-character division")
