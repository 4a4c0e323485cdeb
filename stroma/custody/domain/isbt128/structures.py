"""The data structures: for each its number, name, identifier, length and how its content is read.

The table is ST-001 v6.2.2 table 2 for what a clinic of cells may meet. Length is that of the content, without
the identifier; three structures say their own length. Content that nobody here may interpret (antigen
results, national tables) is kept as it stands, under ``raw``, once its form has been checked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from stroma.custody.domain.isbt128.blood_group import read_blood_group
from stroma.custody.domain.isbt128.dates import iso_minute, read_calendar_date, read_day, read_minute
from stroma.custody.domain.isbt128.din import DIN_FORM, FACILITY_PATTERN, TYPE3_OFFSET, type3_flag
from stroma.custody.domain.isbt128.identifiers import read_sec
from stroma.custody.domain.isbt128.product_code import PRODUCT_PATTERN, read_product_code
from stroma.custody.domain.isbt128.quantities import DIMENSION_LENGTH, read_dimensions, read_flexible_time
from stroma.custody.domain.isbt128.scan_error import Fault

Reader = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Structure:
    """One structure as it was read: ``value`` is the content without the identifier, ``fields`` what it says.

    A date or time in ``fields`` is local and has no zone (``2026-03-09T15:30``), unless its name is ``utc``.
    """

    number: str
    name: str
    identifier: str
    value: str
    fields: Mapping[str, Any] = field(hash=False)

    @property
    def text(self) -> str:
        """What the scanner read for this structure."""
        return self.identifier + self.value


@dataclass(frozen=True, slots=True)
class Spec:
    """What a structure looks like: ``length`` is a number, or a function of what follows the identifier."""

    number: str
    name: str
    identifier: str
    length: int | Callable[[str], int]
    read: Reader
    is_retired: bool = False

    def length_of(self, rest: str) -> int:
        """The characters that belong to this structure at the start of ``rest``. Raises Fault."""
        return self.length if isinstance(self.length, int) else self.length(rest)

    def structure(self, value: str) -> Structure:
        """The structure whose content is ``value``, of the right length. Raises Fault."""
        return Structure(self.number, self.name, self.identifier, value, self.read(value))


def _form(pattern: str, shape: str) -> Reader:
    """A reader for content that one regular expression describes; its named groups are the fields.

    ``shape`` finishes the sentence "It must be …". The content is not repeated: it may name a person.
    """
    form = re.compile(pattern, re.VERBOSE)

    def read(value: str) -> dict[str, Any]:
        match = form.fullmatch(value)
        if match is None:
            raise Fault("bad_format", f"The content is malformed. It must be {shape}.")
        return match.groupdict()

    return read


def _raw(pattern: str, shape: str) -> Reader:
    return _form(rf"(?P<raw> {pattern} )", shape)


def _retired(value: str) -> dict[str, Any]:
    return {"raw": value, "retired": True}


def _read_din(value: str) -> dict[str, Any]:
    din, flags = value[:13], value[13:]
    match = DIN_FORM.fullmatch(din)
    if match is None:
        raise Fault(
            "bad_format",
            "The content is malformed. It must be a facility number such as A9999 (no letter O), two digits "
            "of the year and six digits.",
        )
    return {"din": din, **match.groupdict(), "flags": flags, **_flag_fields(din, flags)}


def _flag_fields(din: str, flags: str) -> dict[str, Any]:
    """What the flags are (ST-001 table 3); those from 20 to 59 mean what the site that wrote them says."""
    if re.fullmatch(r"[0-9]{2}", flags) is None:
        raise Fault("bad_format", f"The flags {flags!r} must be two digits.")
    flag = int(flags)
    if flag == 0:
        return {"flag_type": "none"}
    if flag <= 19 and flag != 14:
        return {"flag_type": "type1"}
    if 20 <= flag <= 59:
        return {"flag_type": "type2"}
    if TYPE3_OFFSET <= flag <= TYPE3_OFFSET + 36:
        if flags != type3_flag(din):
            raise Fault("bad_flags", f"The flags {flags} carry a checksum that does not fit {din}.")
        return {"flag_type": "type3", "type3_valid": True}
    raise Fault("bad_flags", f"The flags {flags} are reserved.")


def _read_date(value: str) -> dict[str, Any]:
    return {"value": value, "date": read_day(value).isoformat()}


def _read_date_and_time(value: str) -> dict[str, Any]:
    return {"value": value, "local": iso_minute(read_minute(value)), "zone": None}


def _read_birth_date(value: str) -> dict[str, Any]:
    place = _form(
        r"(?P<location> [0-9A-Z]{2} ) [0-9]{8}", "a location code of two and a date of eight digits"
    )(value)
    return {**place, "date_of_birth": read_calendar_date(value[2:]).isoformat()}


def _read_patient_id(value: str) -> dict[str, Any]:
    fields = _form(
        r"(?P<location> [0-9A-Z]{2} ) (?P<length> [0-9]{2} ) (?P<patient_id> [0-9A-Za-z]+ )",
        "a location code of two, a length of two digits and that many letters and digits",
    )(value)
    return {**fields, "length": int(fields["length"])}


def _read_month(value: str) -> dict[str, Any]:
    if re.fullmatch(r"[0-9]{6}", value) is None:
        raise Fault(
            "bad_format", "The content is malformed. It must be four digits of the year and two of the month."
        )
    try:
        month = date(int(value[:4]), int(value[4:]), 1)
    except ValueError:
        raise Fault("bad_date", f"{value} is no month; it is written year and month in six digits.") from None
    return {"year": month.year, "month": month.month}


def _read_divisions(value: str) -> dict[str, Any]:
    if re.fullmatch(r"[0-9]{6}", value):
        return {"division": value, "levels": 1}
    if re.fullmatch(r"[A-Z]{6}", value):
        return {"division": value, "levels": 3, "parts": [value[at : at + 2] for at in (0, 2, 4)]}
    raise Fault(
        "bad_format", f"The division {value!r} must be six digits, or three pairs of capitals AA to ZZ."
    )


def _read_chain_of_identity(value: str) -> dict[str, Any]:
    fields = _form(
        rf"(?P<prefix> CH ) (?P<facility> {FACILITY_PATTERN} ) (?P<year> [0-9]{{2}} ) "
        r"(?P<serial> [0-9A-Z]{6} )",
        "CH, a facility number, two digits of the year, and six capitals or digits",
    )(value)
    return {**fields, "coi": value}


def _read_compound(value: str) -> dict[str, Any]:
    fields = _form(
        r"(?P<count> [0-9]{2} ) (?P<message> [0-9]{3} )",
        "a count of two and a message number of three digits",
    )(value)
    return {**fields, "count": int(fields["count"])}


def _counted(digits: int, *, at: int, header: int, each: int) -> Callable[[str], int]:
    """The length of content whose count, ``digits`` long, stands at ``at``, in a header before items of
    ``each``.
    """

    def length(rest: str) -> int:
        count = rest[at : at + digits]
        if re.fullmatch(rf"[0-9]{{{digits}}}", count) is None:
            raise Fault("bad_length", f"The length must be stated in {digits} digits at the beginning.")
        return header + int(count) * each

    return length


_EIGHTEEN_DIGITS = _raw(r"[0-9]{18}", "18 digits")
_ALPHANUMERIC_18 = _form(
    r"(?P<value> [0-9A-Za-z]{18} )", "18 letters and digits, padded with zeros on the left"
)
_CATALOGUE = _form(
    r"(?P<maker> [0-9A-Za-z]{2} ) (?P<catalogue> [0-9A-Za-z]{8} )",
    "a maker of two and a catalogue number of eight letters and digits",
)
_LOT = _form(
    r"(?P<lot> [0-9A-Za-z]{10} )", "a lot number of ten letters and digits, padded with zeros on the left"
)
_FACILITY_PRODUCT = r"(?P<facility_product_code> [0-9A-Z]{6} )"

SPECS: tuple[Spec, ...] = (
    # The second character of this identifier is data, so the parser gives it back to the content.
    Spec("001", "Donation Identification Number", "=", 15, _read_din),
    Spec("002", "Blood Groups ABO/RhD", "=%", 4, read_blood_group),
    Spec("003", "Product Code", "=<", 8, read_product_code),
    Spec("004", "Expiration Date", "=>", 6, _read_date),
    Spec("005", "Expiration Date and Time", "&>", 10, _read_date_and_time),
    Spec("006", "Collection Date", "=*", 6, _read_date),
    Spec("007", "Collection Date and Time", "&*", 10, _read_date_and_time),
    Spec("008", "Production Date", "=}", 6, _read_date),
    Spec("009", "Production Date and Time", "&}", 10, _read_date_and_time),
    Spec("010", "Special Testing: General", "&(", 5, _raw(r"[0-9A-Za-z]{5}", "five letters and digits")),
    Spec("011", "Special Testing: Red Blood Cell Antigens (retired)", "={", 18, _retired, is_retired=True),
    Spec("012", "Special Testing: Red Blood Cell Antigens, General", "=\\", 18, _EIGHTEEN_DIGITS),
    Spec("013", "Special Testing: Red Blood Cell Antigens, Finnish", "&\\", 18, _EIGHTEEN_DIGITS),
    Spec(
        "014",
        "Special Testing: Platelet HLA and Platelet-Specific Antigens",
        "&{",
        18,
        _raw(r"[0-9A-Za-z]{18}", "18 letters and digits"),
    ),
    Spec("015", "Special Testing: HLA-A and -B Alleles (retired)", "=[", 18, _retired, is_retired=True),
    Spec("016", "Special Testing: HLA-DRB1 Alleles (retired)", '="', 18, _retired, is_retired=True),
    Spec("017", "Container Manufacturer and Catalog Number", "=)", 10, _CATALOGUE),
    Spec("018", "Container Lot Number", "&)", 10, _LOT),
    Spec(
        "019",
        "Donor Identification Number",
        "=;",
        21,
        _form(
            rf"(?P<facility> {FACILITY_PATTERN} ) (?P<number> [0-9]{{16}} )",
            "a facility number and sixteen digits",
        ),
    ),
    Spec(
        "020",
        "Staff Member Identification Number",
        "='",
        11,
        _form(
            rf"(?P<facility> {FACILITY_PATTERN} ) (?P<staff> [0-9A-Za-z]{{6}} )",
            "a facility number and six letters and digits",
        ),
    ),
    Spec("021", "Manufacturer and Catalog Number: Items Other Than Containers", "=-", 10, _CATALOGUE),
    Spec("022", "Lot Number: Items Other Than Containers", "&-", 10, _LOT),
    Spec("023", "Compound Message", "=+", 5, _read_compound),
    Spec("024", "Patient Date of Birth", "=#", 10, _read_birth_date),
    Spec("025", "Patient Identification Number", "&#", _counted(2, at=2, header=4, each=1), _read_patient_id),
    Spec("026", "Expiration Month and Year", "=]", 6, _read_month),
    Spec("027", "Infection Marker", '&"', 18, _EIGHTEEN_DIGITS),
    Spec(
        "028",
        "Product Consignment",
        "=$",
        16,
        _form(
            rf"(?P<facility> {FACILITY_PATTERN} ) (?P<year> [0-9]{{2}} ) (?P<serial> [0-9]{{5}} ) "
            r"(?P<container> [0-9]{2} ) (?P<of> [0-9]{2} )",
            "a facility number, then digits: year 2, serial 5, container 2, total 2",
        ),
    ),
    Spec("029", "Dimensions", "&$", _counted(2, at=0, header=2, each=DIMENSION_LENGTH), read_dimensions),
    Spec(
        "030",
        "Red Cell Antigens with Test History",
        "&%",
        _counted(3, at=0, header=3, each=10),
        _raw(
            r"[0-9]{3} (?: [0-9A-Za-z]{10} )+",
            "a count of three digits and that many results of ten characters",
        ),
    ),
    Spec("031", "Flexible Date and Time", "=(", 16, read_flexible_time),
    Spec("032", "Product Divisions", "=,", 6, _read_divisions),
    Spec(
        "033",
        "Processing Facility Information Code",
        "&+",
        11,
        _form(
            rf"(?P<facility_p> {FACILITY_PATTERN} ) {_FACILITY_PRODUCT}",
            "a facility number and six capitals or digits",
        ),
    ),
    Spec(
        "034",
        "Processor Product Identification Code",
        "=/",
        16,
        _form(
            rf"(?P<facility_p> {FACILITY_PATTERN} ) {_FACILITY_PRODUCT} (?P<pdc> {PRODUCT_PATTERN} )",
            "a facility number, six capitals or digits, and a product description code",
        ),
    ),
    Spec("035", "MPHO Lot Number", "&,1", 18, _ALPHANUMERIC_18),
    Spec("036", "MPHO Supplemental Identification Number", "&,2", 18, _ALPHANUMERIC_18),
    Spec("037", "Global Registration Identifier for Donors (retired)", "&,3", 19, _retired, is_retired=True),
    Spec("038", "Single European Code", "&,4", 40, read_sec),
    Spec(
        "039",
        "Global Registration Identifier for Donors",
        "&:",
        19,
        # Its two check characters are not verified: no worked example of their arithmetic was at hand.
        _form(
            r"(?P<organization> [0-9]{4} ) (?P<registration> [0-9A-Z]{13} ) (?P<check> [0-9]{2} )",
            "an organization of four digits, thirteen capitals or digits, and two check digits",
        ),
    ),
    Spec("040", "Chain of Identity Identifier", "&/", 15, _read_chain_of_identity),
)

BY_NUMBER: Mapping[str, Spec] = {spec.number: spec for spec in SPECS}
BY_IDENTIFIER: Mapping[str, Spec] = {spec.identifier: spec for spec in SPECS}
