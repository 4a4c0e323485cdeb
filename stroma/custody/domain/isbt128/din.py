"""The donation identification number (DIN), its keyboard entry check character and its facility number.

A scanned DIN carries no check character; a typed one must. Two DINs are the same donation when their 13
characters are; the two flag digits that follow in a barcode say which tube or label it is and are kept apart.
"""

import re
from dataclasses import dataclass

from stroma.clinic.domain import mod_37_2
from stroma.custody.domain.isbt128.scan_error import ScanError
from stroma.protocols.domain.problem import Problem

FACILITY_PATTERN = r"[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{2}"
"""A facility identification number (FIN).

The letter O is never used, and 0 never comes first (ST-001 §2.4.1).
"""

FACILITY_FORM = re.compile(FACILITY_PATTERN)

DIN_FORM = re.compile(
    rf"""
    (?P<facility> {FACILITY_PATTERN} )  # who assigned the number; ICCBBA hands these out
    (?P<year>     [0-9]{{2}} )          # nominal year of collection; may be off by a month around new year
    (?P<serial>   [0-9]{{6}} )          # unique with the two above for a hundred years
    """,
    re.VERBOSE,
)
"""ST-001 v6.2.2 §2.4.1, https://www.isbt128.org; ``[0-9]`` and not ``\\d``, which takes any script."""

TYPE3_OFFSET = 60
"""Flags 60 to 96 are 60 + the checksum (ST-001 table 3)."""


def checksum_37_2(text: str) -> int:
    """The ISO/IEC 7064 mod 37-2 checksum of ``text``, 0 to 36 (ST-001 appendix A).

    Raises ScanError for anything but digits and capital letters: the sum is not defined on lower case.
    """
    try:
        return mod_37_2.checksum_37_2(text)
    except ValueError:
        problem = Problem(
            "bad_format", "Cannot compute a check character: only digits and capital letters have one."
        )
        raise ScanError([problem]) from None


def check_character(din13: str) -> str:
    """The character K that is printed in a box beside a DIN and typed after it."""
    return mod_37_2.ALPHABET[checksum_37_2(din13)]


def type3_flag(din13: str) -> str:
    """The two flag digits that carry the checksum inside a barcode; never printed (ST-001 §7.4.1)."""
    return str(TYPE3_OFFSET + checksum_37_2(din13))


def is_test_facility(fin: str) -> bool:
    """Whether ``fin`` is one of the ten numbers A9990 to A9999 set aside for validation (ST-001 §5.3)."""
    return re.fullmatch(r"A999[0-9]", fin) is not None


@dataclass(frozen=True, slots=True, order=True)
class Din:
    """A donation identification number of 13 characters, without flags or check character.

    Raises ScanError.
    """

    value: str

    def __post_init__(self) -> None:
        if DIN_FORM.fullmatch(self.value) is None:
            raise ScanError([_not_a_din(self.value)])

    @classmethod
    def build(cls, facility: str, year: int, serial: int) -> "Din":
        """The DIN of a site's ``serial``-th donation (0 to 999999) in ``year`` (2000 to 2099)."""
        problems = []
        if FACILITY_FORM.fullmatch(facility) is None:
            problems.append(
                Problem(
                    "bad_format",
                    f"{facility!r} is no facility number; one looks like A9999.",
                    place="facility",
                )
            )
        if not 2000 <= year <= 2099:
            problems.append(
                Problem("bad_date", f"The year is {year}; it must be 2000 to 2099.", place="year")
            )
        if not 0 <= serial <= 999_999:
            problems.append(
                Problem("bad_format", f"The serial is {serial}; it must be 0 to 999999.", place="serial")
            )
        if problems:
            raise ScanError(problems)
        return cls(f"{facility}{year % 100:02}{serial:06}")

    @property
    def facility(self) -> str:
        """The five characters of whoever assigned the number."""
        return self.value[:5]

    @property
    def year(self) -> str:
        """The last two digits of the nominal year."""
        return self.value[5:7]

    @property
    def serial(self) -> str:
        """The six digits after the year."""
        return self.value[7:]

    @property
    def check(self) -> str:
        """The keyboard entry check character."""
        return check_character(self.value)

    @property
    def is_test(self) -> bool:
        """Whether it may only stand on something that is not for clinical use."""
        return is_test_facility(self.facility)

    def chunked(self) -> str:
        """As it is printed for the eye: ``A9999 26 000012``."""
        return f"{self.facility} {self.year} {self.serial}"

    def chunked_with_check(self) -> str:
        """As it is printed for someone who will type it: ``A9999 26 000012 K``."""
        return f"{self.chunked()} {self.check}"

    def __str__(self) -> str:
        return self.value


def parse_typed_din(text: str) -> Din:
    """The DIN a person typed with its check character, 14 characters in all; spaces anywhere do not count.

    Raises ScanError: a scan in a typed field, a missing or wrong check character, a number that is no DIN.
    """
    typed = text.replace(" ", "")
    if typed[:1] in ("=", "&"):
        raise _refusal(
            "scan_in_typed_field", "This is what a scanner reads, not a typed number. Enter it as a scan."
        )
    if len(typed) != 14:
        raise _refusal(
            "bad_length",
            f"A typed donation number has 14 characters, the 13 of the number and the one in the box; "
            f"this has {len(typed)}.",
        )
    din, check = typed[:13], typed[13]
    if DIN_FORM.fullmatch(din) is None:
        raise ScanError([_not_a_din(din)])
    if check != check_character(din):
        # The right character is not told: someone in a hurry would type it over a mistake in the number.
        raise _refusal(
            "bad_check",
            f"The check character {check!r} does not fit {din}. Look at the label and type it all again.",
        )
    return Din(din)


def _refusal(code: str, message: str) -> ScanError:
    return ScanError([Problem(code, message, place="donation number")])


def _not_a_din(text: str) -> Problem:
    if len(text) != 13:
        return Problem(
            "bad_length",
            f"A donation number has 13 characters; this has {len(text)}.",
            place="donation number",
        )
    return Problem(
        "bad_format",
        f"{text!r} is no donation number; one is a facility number such as A9999, two digits of the year and "
        "six digits. The letter O and small letters do not occur in it.",
        place="donation number",
    )
