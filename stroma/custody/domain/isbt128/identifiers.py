"""Identifiers that are built from ISBT 128 parts but read on their own: SEC, Basic UDI-DI and MPHO
identifier.

The Single European Code does not apply to advanced therapy medicinal products (ST-012 §1.1), which
culture-expanded cells normally are in the EU; it is read here, and no page of Stroma asks for one.
"""

import re
from collections.abc import Callable
from typing import Any

from stroma.custody.domain.isbt128.dates import read_calendar_date
from stroma.custody.domain.isbt128.din import FACILITY_PATTERN, checksum_37_2
from stroma.custody.domain.isbt128.scan_error import Fault, ScanError
from stroma.protocols.domain.problem import Problem

NO_EXPIRY = "00000000"

_PRODUCT_SEQUENCE = r"""
    (?P<coding_system> [ABE] )          # A ISBT 128, B Eurocode, E EUTC
    (?P<product>       [0-9A-Z]{7} )    # padded with zeros on the left
    (?P<split>         [0-9A-Za-z]{3} ) # cell therapy: 0 and the two division characters
    (?P<expiry>        [0-9]{8} )       # YYYYMMDD
"""
_SEC_FORM = re.compile(
    rf"""
    (?P<country>       [A-Z]{{2}} )     # ISO 3166, alphabetic
    (?P<establishment> [0-9A-Z]{{6}} )  # tissue establishment, padded with zeros on the left
    (?P<donation>      [0-9A-Z]{{13}} ) # under coding system A this is a DIN
    {_PRODUCT_SEQUENCE}
    """,
    re.VERBOSE,
)
_PRODUCT_SEQUENCE_FORM = re.compile(_PRODUCT_SEQUENCE, re.VERBOSE)

_BASIC_UDI_FORM = re.compile(
    r"""
    (?P<basic_udi_di> [0-9A-Z]{2,23} )
    (?P<check>        [0-9]{2} )  # mod 37-2 like a DIN's, written as two digits
    """,
    re.VERBOSE,
)

_MPHO_FORM = re.compile(
    rf"""
    (?P<facility_p> 00000 | {FACILITY_PATTERN} )  # processing facility; zeros where it is not needed
    (?P<pdc>        [A-Z][A-Z0-9]{{4}} )
    (?P<din>        {FACILITY_PATTERN} [0-9]{{8}} )
    (?P<division>   [0-9]{{6}} | [A-Z]{{6}} )
    """,
    re.VERBOSE,
)


def parse_sec(text: str) -> dict[str, str | None]:
    """The parts of a Single European Code, printed (``SEC: PL…``) or as the 40 characters of structure 038.

    Returns ``country``, ``establishment``, ``donation``, ``coding_system``, ``product``, ``split`` and
    ``expiry`` (ISO date, None for eight zeros). Raises ScanError.
    """
    content = re.sub(r"^SEC:? *", "", text).replace(" ", "")
    return _guarded(_sec_fields, content)


def parse_sec_product_sequence(text: str) -> dict[str, str | None]:
    """The second half of a Single European Code alone, 19 characters. Raises ScanError."""
    return _guarded(_product_sequence_fields, text)


def read_sec(value: str) -> dict[str, Any]:
    """The field of structure 038: the code as a whole, once its form has been checked. Raises Fault."""
    _sec_fields(value)
    return {"sec": value}


def basic_udi_check(basic_udi_di: str) -> str:
    """The two check digits of a Basic UDI-DI: ``A9990ABC123T0480`` has ``08`` (ST-017 appendix 1)."""
    return f"{checksum_37_2(basic_udi_di):02}"


def parse_basic_udi(full: str) -> dict[str, str]:
    """``basic_udi_di`` and ``check`` of a Basic UDI-DI with its check digits.

    Raises ScanError when they do not fit.
    """
    match = _BASIC_UDI_FORM.fullmatch(full)
    if match is None:
        raise ScanError(
            [Problem("bad_format", "A Basic UDI-DI is capitals and digits that end in two check digits.")]
        )
    if match["check"] != basic_udi_check(match["basic_udi_di"]):
        raise ScanError(
            [Problem("bad_check", f"The check digits {match['check']} do not fit {match['basic_udi_di']}.")]
        )
    return match.groupdict()


def parse_mpho_identifier(text: str) -> dict[str, str]:
    """``facility_p``, ``pdc``, ``din`` and ``division`` of the 29 characters that name a product in a
    message.

    The layout rests on one published example whose separate fields agree. Raises ScanError.
    """
    match = _MPHO_FORM.fullmatch(text)
    if match is None:
        raise ScanError(
            [
                Problem(
                    "bad_format",
                    "A product identifier has 29 characters: facility, product, donation number, division.",
                )
            ]
        )
    return match.groupdict()


def _sec_fields(content: str) -> dict[str, str | None]:
    match = _SEC_FORM.fullmatch(content)
    if match is None:
        raise Fault(
            "bad_format",
            "A Single European Code has 40 characters: country, establishment, donation, product.",
        )
    return _with_expiry(match)


def _product_sequence_fields(content: str) -> dict[str, str | None]:
    match = _PRODUCT_SEQUENCE_FORM.fullmatch(content)
    if match is None:
        raise Fault(
            "bad_format", "A product sequence has 19 characters: coding system, product, split, expiry date."
        )
    return _with_expiry(match)


def _with_expiry(match: re.Match[str]) -> dict[str, str | None]:
    expiry = match["expiry"]
    read = None if expiry == NO_EXPIRY else read_calendar_date(expiry).isoformat()
    return {**match.groupdict(), "expiry": read}


def _guarded(read: Callable[[str], dict[str, str | None]], content: str) -> dict[str, str | None]:
    try:
        return read(content)
    except Fault as fault:
        raise ScanError([Problem(fault.code, fault.message)]) from None
