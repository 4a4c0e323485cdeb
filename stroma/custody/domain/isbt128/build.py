"""Writing structures: every function returns the text of one barcode, identifier included.

What is written is read back by the parser's own readers before it is handed out, so nothing leaves here that
a scan would refuse; the faults are the same ScanError. Short values are padded with zeros on the left, never
cut.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from stroma.custody.domain.isbt128.dates import LAST_MINUTE, write_day, write_minute
from stroma.custody.domain.isbt128.din import Din, type3_flag
from stroma.custody.domain.isbt128.parse import ANY_ORDER, parse_scan
from stroma.custody.domain.isbt128.product_code import LOCAL, THREE_DIGIT_DIVISION, layout_of
from stroma.custody.domain.isbt128.quantities import LOCAL_ZONE, UTC_ZONE
from stroma.custody.domain.isbt128.scan_error import Fault, ScanError
from stroma.custody.domain.isbt128.structures import BY_NUMBER
from stroma.protocols.domain.problem import Problem


def build(number: str, value: str) -> str:
    """The barcode text of structure ``number`` with the content ``value``.

    Raises ScanError if it would not read back.
    """
    spec = BY_NUMBER.get(number)
    if spec is None or spec.is_retired:
        raise _refusal("unknown_structure", f"Structure {number} cannot be written.", number)
    try:
        if spec.length_of(value) != len(value):
            raise Fault(
                "bad_length", f"The content has {len(value)} characters, not {spec.length_of(value)}."
            )
        return spec.structure(value).text
    except Fault as fault:
        raise _refusal(fault.code, fault.message, number) from None


def pad(value: str, width: int) -> str:
    """``value`` with zeros on the left. They are data from then on: a real lot number may begin with 0."""
    return value.rjust(width, "0")


def build_din(din: Din, flags: str = "00") -> str:
    """Structure 001; ``flags`` say which tube or label it is, 00 nothing."""
    return build("001", din.value + flags)


def build_din_with_checksum(din: Din) -> str:
    """Structure 001 whose flags carry the checksum (type 3)."""
    return build_din(din, type3_flag(din.value))


def build_blood_group(group_code: str, phenotype: str = "0") -> str:
    """Structure 002."""
    return build("002", f"{group_code}{phenotype}0")


def build_product_code(
    pdc: str, *, collection_type: str = "", division: str = "", local_part: str = ""
) -> str:
    """Structure 003. Which parts are needed depends on the product description code ``pdc``.

    Cell therapy (S), trial (Y) and like products take a collection type and a division of two characters;
    tissue-like ones a division of three digits; local codes (A to D) their own three characters. Raises
    ScanError otherwise.
    """
    try:
        layout = layout_of(pdc)
    except Fault as fault:
        raise _refusal(fault.code, fault.message, "003") from None
    if layout == LOCAL:
        fits, rest = not collection_type and not division, local_part
    elif layout == THREE_DIGIT_DIVISION:
        fits, rest = not collection_type and not local_part, division
    else:
        fits, rest = (
            len(collection_type) == 1 and len(division) == 2 and not local_part,
            collection_type + division,
        )
    if not fits:
        raise _refusal("bad_format", f"The parts given do not fit the layout {layout!r} of {pdc}.", "003")
    return build("003", pdc + rest)


def build_expiration_date(day: date) -> str:
    """Structure 004, for devices and supplies; cells take :func:`build_expiry`."""
    return _dated("004", day)


def build_expiry(local: datetime) -> str:
    """Structure 005: usable until this local minute; the label's text carries the zone."""
    return _timed("005", local)


def build_expiry_at_end_of(day: date) -> str:
    """Structure 005 of a product that expires with a day and has no time: 23:59 (ST-001 §2.4.5)."""
    return build_expiry(datetime.combine(day, LAST_MINUTE))


def build_collection_date(day: date) -> str:
    """Structure 006."""
    return _dated("006", day)


def build_collection(local: datetime) -> str:
    """Structure 007: collected at this local minute."""
    return _timed("007", local)


def build_production_date(day: date) -> str:
    """Structure 008."""
    return _dated("008", day)


def build_production(local: datetime) -> str:
    """Structure 009: produced at this local minute."""
    return _timed("009", local)


def build_container(maker: str, catalogue: str) -> str:
    """Structure 017, a container's maker and catalogue number."""
    return build("017", pad(maker, 2) + pad(catalogue, 8))


def build_container_lot(lot: str) -> str:
    """Structure 018."""
    return build("018", pad(lot, 10))


def build_donor(facility: str, number: str) -> str:
    """Structure 019, a donor's number at a facility."""
    return _joined("019", facility, pad(number, 16))


def build_staff(facility: str, staff: str) -> str:
    """Structure 020, a member of staff."""
    return _joined("020", facility, pad(staff, 6))


def build_item(maker: str, catalogue: str) -> str:
    """Structure 021, maker and catalogue number of anything that is not a container."""
    return build("021", pad(maker, 2) + pad(catalogue, 8))


def build_item_lot(lot: str) -> str:
    """Structure 022."""
    return build("022", pad(lot, 10))


def build_compound(parts: Sequence[str], message: str = ANY_ORDER) -> str:
    """Structure 023 and the structures it announces, as one text for a two-dimensional symbol.

    Raises ScanError.
    """
    text = build("023", f"{len(parts):02}{message}") + "".join(parts)
    # A part that is two structures run together would pass for one; the parser's count finds it.
    parse_scan(text)
    return text


def build_birth_date(location: str, day: date) -> str:
    """Structure 024; ``location`` is a code from a table the site has (RT018)."""
    return build("024", f"{location}{day.isoformat().replace('-', '')}")


def build_patient_id(location: str, patient_id: str) -> str:
    """Structure 025. The standard prefers GS1 for patients' wristbands."""
    if len(location) != 2 or not 1 <= len(patient_id) <= 99:
        raise _refusal("bad_length", "A location has 2 characters and a patient number 1 to 99.", "025")
    return build("025", f"{location}{len(patient_id):02}{patient_id}")


def build_expiration_month(year: int, month: int) -> str:
    """Structure 026, for supplies only."""
    return build("026", f"{year:04}{month:02}")


def build_consignment(facility: str, year: int, serial: int, *, container: int, of: int) -> str:
    """Structure 028, a transport box.

    ``container`` is 1 to ``of``, or 0 on the papers that go with all of them.
    """
    if not 0 <= container <= of:
        raise _refusal("bad_count", f"Container {container} of {of} does not exist.", "028")
    if not 2000 <= year <= 2099:
        raise _refusal("bad_date", f"The year is {year}; it must be 2000 to 2099.", "028")
    return _joined("028", facility, f"{year % 100:02}", f"{serial:05}", f"{container:02}", f"{of:02}")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One measure for structure 029: codes of ST-001 tables 19 and 20, and a value of at most five digits."""

    relation: str
    dimension: str
    value: Decimal

    def text(self) -> str:
        """The 14 characters. The decimals of ``value`` are kept as written: 3.10 stays two decimals."""
        sign, digits, exponent = self.value.as_tuple()
        if sign or not isinstance(exponent, int):
            raise _refusal("bad_format", f"A measure of {self.value} cannot be written.", "029")
        decimals = max(0, -exponent)
        whole = "".join(map(str, digits)) + "0" * max(0, exponent)
        return f"{self.relation}{self.dimension}{pad(whole, 5)}{decimals}00"


def build_dimensions(dimensions: Iterable[Dimension]) -> str:
    """Structure 029, volume, weight or size.

    Raises ScanError for a value that needs more than five digits.
    """
    texts = [dimension.text() for dimension in dimensions]
    return build("029", f"{len(texts):02}" + "".join(texts))


def build_flexible_local(type_code: str, local: datetime) -> str:
    """Structure 031 in local time without a zone; ``type_code`` from ST-001 table 25."""
    if local.tzinfo is not None:
        raise _refusal("bad_date", "A local time must come without a zone.", "031")
    return build("031", f"{LOCAL_ZONE}0{type_code}{_compact(local)}")


def build_flexible_utc(type_code: str, at: datetime) -> str:
    """Structure 031 in UTC, the one structure that says its zone. ``at`` is aware, in UTC."""
    offset = at.utcoffset()
    if offset is None or offset:
        raise _refusal("bad_date", "The time must be in UTC and say so.", "031")
    return build("031", f"{UTC_ZONE}0{type_code}{_compact(at)}")


def build_divisions(*parts: str) -> str:
    """Structure 032: one number of up to six digits, or three pairs of capitals."""
    return build("032", pad(parts[0], 6) if len(parts) == 1 else "".join(parts))


def build_processing_facility(facility: str, facility_product_code: str) -> str:
    """Structure 033."""
    return _joined("033", facility, pad(facility_product_code, 6))


def build_processor_product(facility: str, facility_product_code: str, pdc: str) -> str:
    """Structure 034."""
    return _joined("034", facility, pad(facility_product_code, 6), pdc)


def build_mpho_lot(lot: str) -> str:
    """Structure 035."""
    return build("035", pad(lot, 18))


def build_mpho_supplement(identifier: str) -> str:
    """Structure 036."""
    return build("036", pad(identifier, 18))


def build_sec(sec: str) -> str:
    """Structure 038, the 40 characters without the word SEC or a space."""
    return build("038", sec)


def build_grid(grid: str) -> str:
    """Structure 039, the 19 characters of a registered donor."""
    return build("039", grid)


def build_coi(facility: str, year: int, serial: str) -> str:
    """Structure 040, the chain of identity identifier that ties a therapy's donations to one patient.

    It is assigned before or at the first collection and does not replace a DIN (ST-001 §2.4.40).
    """
    if not 2000 <= year <= 2099:
        raise _refusal("bad_date", f"The year is {year}; it must be 2000 to 2099.", "040")
    return _joined("040", "CH", facility, f"{year % 100:02}", pad(serial, 6))


def _joined(number: str, *parts: str) -> str:
    """A structure whose fields are ``parts``; refused when one part's surplus would fill another's lack."""
    text = build(number, "".join(parts))
    read = tuple(BY_NUMBER[number].read("".join(parts)).values())[: len(parts)]
    if read != parts:
        raise _refusal("bad_length", "A part is longer or shorter than its place.", number)
    return text


def _dated(number: str, day: date) -> str:
    try:
        return build(number, write_day(day))
    except Fault as fault:
        raise _refusal(fault.code, fault.message, number) from None


def _timed(number: str, local: datetime) -> str:
    try:
        return build(number, write_minute(local))
    except Fault as fault:
        raise _refusal(fault.code, fault.message, number) from None


def _refusal(code: str, message: str, number: str) -> ScanError:
    return ScanError([Problem(code, message, place=f"structure {number}")])


def _compact(at: datetime) -> str:
    # strftime's %Y does not pad years before 1000 on every platform.
    return f"{at.year:04}{at.month:02}{at.day:02}{at.hour:02}{at.minute:02}"
