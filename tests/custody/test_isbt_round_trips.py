"""What is written is what is read, over all values; and what cannot be read is never written."""

import string
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.custody.domain.isbt128 import build
from stroma.custody.domain.isbt128.din import Din
from stroma.custody.domain.isbt128.parse import parse_scan
from stroma.custody.domain.isbt128.prompt import din_of
from stroma.custody.domain.isbt128.scan_error import ScanError
from stroma.custody.domain.isbt128.structures import BY_IDENTIFIER, SPECS, Structure

FACILITIES = st.from_regex(r"[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{2}", fullmatch=True)
DINS = st.builds(Din.build, FACILITIES, st.integers(2000, 2099), st.integers(0, 999_999))
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
MINUTES = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59))  # noqa: DTZ001 - no zone in a barcode
ALPHANUMERIC = string.ascii_letters + string.digits
DIVISIONS = st.from_regex(r"00|[A-Z][0a-z]", fullmatch=True)


def only(text: str) -> Structure:
    (structure,) = parse_scan(text)
    return structure


@given(DINS, st.sampled_from(["00", "01", "13", "15", "19", "20", "59"]))
def test_a_donation_number_comes_back_with_its_flags(din: Din, flags: str) -> None:
    structure = only(build.build_din(din, flags))
    assert (din_of(structure), structure.fields["flags"]) == (din, flags)


@given(DINS)
def test_a_checksum_in_the_flags_fits_its_number(din: Din) -> None:
    assert only(build.build_din_with_checksum(din)).fields["type3_valid"] is True


@given(DAYS)
def test_a_date_comes_back(day: date) -> None:
    texts = (
        build.build_expiration_date(day),
        build.build_collection_date(day),
        build.build_production_date(day),
    )
    assert [only(text).fields["date"] for text in texts] == [day.isoformat()] * 3


@given(MINUTES)
def test_a_time_comes_back_to_the_minute_and_never_later(local: datetime) -> None:
    texts = (build.build_expiry(local), build.build_collection(local), build.build_production(local))
    read = [datetime.fromisoformat(only(text).fields["local"]) for text in texts]
    assert read == [local.replace(second=0, microsecond=0)] * 3
    assert [only(text).number for text in texts] == ["005", "007", "009"]


@given(DAYS)
def test_a_day_without_a_time_ends_at_its_last_minute(day: date) -> None:
    assert only(build.build_expiry_at_end_of(day)).fields["local"] == f"{day}T23:59"


@given(MINUTES)
def test_a_flexible_time_comes_back_local_or_in_utc(local: datetime) -> None:
    minute = local.isoformat(timespec="minutes")
    assert only(build.build_flexible_local("02", local)).fields["local"] == minute
    assert only(build.build_flexible_utc("02", local.replace(tzinfo=UTC))).fields["utc"] == minute + "Z"


@given(st.text(ALPHANUMERIC, min_size=1, max_size=99))
def test_a_patient_number_of_any_length_comes_back(patient_id: str) -> None:
    structure = only(build.build_patient_id("01", patient_id))
    assert structure.fields == {"location": "01", "length": len(patient_id), "patient_id": patient_id}


@given(st.sampled_from(["S0000", "Y0001", "E0382", "X0001"]), st.sampled_from("01XV7"), DIVISIONS)
def test_a_product_of_cells_comes_back(pdc: str, collection_type: str, division: str) -> None:
    text = build.build_product_code(pdc, collection_type=collection_type, division=division)
    assert only(text).fields == {
        "pdc": pdc,
        "collection_type": collection_type,
        "division": division,
        "layout": "t+ds",
    }


@given(st.integers(0, 99_999), st.integers(0, 5))
def test_a_measure_comes_back_with_its_decimals(digits: int, decimals: int) -> None:
    value = Decimal(digits).scaleb(-decimals)
    (item,) = only(build.build_dimensions([build.Dimension("01", "0001", value)])).fields["items"]
    assert (Decimal(item["value"]), item["decimals"], item["unit"]) == (value, decimals, "mL")


@given(
    FACILITIES,
    st.integers(2000, 2099),
    st.text(string.ascii_uppercase + string.digits, min_size=6, max_size=6),
)
def test_a_chain_of_identity_comes_back(facility: str, year: int, serial: str) -> None:
    fields = only(build.build_coi(facility, year, serial)).fields
    assert (fields["facility"], fields["year"], fields["serial"]) == (facility, f"{year % 100:02}", serial)


@given(DINS, DIVISIONS, MINUTES, MINUTES)
def test_a_compound_message_comes_back_part_by_part(
    din: Din, division: str, expires: datetime, collected: datetime
) -> None:
    parts = [
        build.build_din(din),
        build.build_product_code("S0000", collection_type="1", division=division),
        build.build_expiry(expires),
        build.build_collection(collected),
    ]
    header, *rest = parse_scan(build.build_compound(parts))
    assert ([s.text for s in rest], header.fields["count"]) == (parts, 4)


@pytest.mark.parametrize(
    ("text", "number", "fields"),
    [
        (build.build_blood_group("62"), "002", {"group_code": "62", "abo": "A", "rhd": "positive"}),
        (build.build_blood_group("00"), "002", {"group_code": "00", "abo": None, "rhd": None}),
        (build.build_product_code("T0416", division="003"), "003", {"pdc": "T0416", "division": "003"}),
        (build.build_product_code("DAX12", local_part="100"), "003", {"pdc": "DAX12", "local_part": "100"}),
        (build.build_container("AB", "27QzE"), "017", {"maker": "AB", "catalogue": "00027QzE"}),
        (build.build_container_lot("1234rZ"), "018", {"lot": "00001234rZ"}),
        (build.build_donor("A9999", "222244445555"), "019", {"number": "0000222244445555"}),
        (build.build_staff("A9999", "395A"), "020", {"facility": "A9999", "staff": "00395A"}),
        (build.build_item("AB", "27QzE"), "021", {"maker": "AB", "catalogue": "00027QzE"}),
        (build.build_item_lot("1234rZ"), "022", {"lot": "00001234rZ"}),
        (build.build_birth_date("01", date(1970, 1, 31)), "024", {"date_of_birth": "1970-01-31"}),
        (build.build_expiration_month(2027, 3), "026", {"year": 2027, "month": 3}),
        (
            build.build_consignment("A9999", 2026, 7, container=1, of=2),
            "028",
            {"facility": "A9999", "year": "26", "serial": "00007", "container": "01", "of": "02"},
        ),
        (build.build_divisions("12"), "032", {"division": "000012", "levels": 1}),
        (build.build_divisions("AA", "AB", "AC"), "032", {"parts": ["AA", "AB", "AC"], "levels": 3}),
        (build.build_processing_facility("A9999", "AB3456"), "033", {"facility_product_code": "AB3456"}),
        (build.build_processor_product("A9999", "AB3456", "T0123"), "034", {"pdc": "T0123"}),
        (build.build_mpho_lot("5434RZ"), "035", {"value": "0000000000005434RZ"}),
        (build.build_mpho_supplement("1234RZ"), "036", {"value": "0000000000001234RZ"}),
        (
            build.build_sec("PL001499Z549917123456A00T041600320181231"),
            "038",
            {"sec": "PL001499Z549917123456A00T041600320181231"},
        ),
        (build.build_grid("9991ABCDEFGHIJKLM42"), "039", {"organization": "9991", "check": "42"}),
    ],
)
def test_each_other_structure_is_written_so_that_it_reads_back(
    text: str, number: str, fields: dict[str, object]
) -> None:
    structure = only(text)
    assert (structure.number, {name: structure.fields[name] for name in fields}) == (number, fields)


@pytest.mark.parametrize(("identifier", "length"), [("={", 18), ("=[", 18), ('="', 18), ("&,3", 19)])
def test_a_retired_structure_is_recognized_and_not_written(identifier: str, length: int) -> None:
    structure = only(identifier + "0" * length)
    assert structure.fields == {"raw": "0" * length, "retired": True}
    with pytest.raises(ScanError) as refused:
        build.build(structure.number, structure.value)
    assert refused.value.code == "unknown_structure"


def test_all_forty_structures_are_known_by_identifiers_of_their_own() -> None:
    assert [spec.number for spec in SPECS] == [f"{number:03}" for number in range(1, 41)]
    assert len(BY_IDENTIFIER) == 40


def spring(zone: str | None = None) -> datetime:
    return datetime(2026, 3, 9, 15, 30, tzinfo=ZoneInfo(zone) if zone else None)


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (lambda: build.build_expiry(spring("Europe/Berlin")), "bad_date"),
        (lambda: build.build_expiry(spring() + timedelta(days=100 * 366)), "bad_date"),
        (lambda: build.build_expiration_date(date(1999, 12, 31)), "bad_date"),
        (lambda: build.build_flexible_local("01", spring("UTC")), "bad_date"),
        (lambda: build.build_flexible_utc("01", spring("Europe/Berlin")), "bad_date"),
        (lambda: build.build_flexible_utc("01", spring()), "bad_date"),
        (lambda: build.build_flexible_local("07", spring()), "bad_format"),
        (lambda: build.build_din(Din("A999926000012"), "14"), "bad_flags"),
        (lambda: build.build_din(Din("A999926000012"), "99"), "bad_flags"),
        (lambda: build.build_blood_group("61"), "unknown_blood_group"),
        (lambda: build.build_product_code("S0000", division="00"), "bad_format"),
        (lambda: build.build_product_code("S0000", collection_type="1", division="aa"), "bad_format"),
        (lambda: build.build_product_code("T0416", collection_type="1", division="00"), "bad_format"),
        (lambda: build.build_product_code("DAX12", collection_type="1", division="00"), "bad_format"),
        (lambda: build.build_product_code("Q0000", collection_type="1", division="00"), "bad_format"),
        (lambda: build.build_product_code(""), "bad_format"),
        (lambda: build.build_staff("A9999", "1234567"), "bad_length"),
        (lambda: build.build_patient_id("01", ""), "bad_length"),
        (lambda: build.build_patient_id("01", "A" * 100), "bad_length"),
        (lambda: build.build_patient_id("1", "1ABCDEFGH"), "bad_length"),
        (lambda: build.build_processor_product("A999", "9ABCDEF", "T0123"), "bad_length"),
        (lambda: build.build_staff("A999", "9ABCDEF"), "bad_length"),
        (lambda: build.build_dimensions([]), "bad_count"),
        (lambda: build.build_dimensions([build.Dimension("01", "0001", Decimal("123456"))]), "bad_length"),
        (lambda: build.build_dimensions([build.Dimension("01", "0011", Decimal("1"))]), "bad_format"),
        (lambda: build.build_dimensions([build.Dimension("01", "0001", Decimal("-1"))]), "bad_format"),
        (lambda: build.build_dimensions([build.Dimension("01", "0001", Decimal("NaN"))]), "bad_format"),
        (lambda: build.build_consignment("A9999", 2026, 1, container=3, of=2), "bad_count"),
        (lambda: build.build_consignment("A9999", 26, 1, container=1, of=2), "bad_date"),
        (lambda: build.build_coi("A9999", 26, "ABC123"), "bad_date"),
        (lambda: build.build_coi("A9999", 2026, "abc123"), "bad_format"),
        (lambda: build.build_divisions("AA", "AB"), "bad_length"),
        (lambda: build.build_expiration_month(2026, 13), "bad_date"),
        (lambda: build.build_compound([]), "bad_count"),
        (lambda: build.build_compound(["=A99991712345600=%6200"]), "bad_count"),
        (lambda: build.build_compound(["=A99991712345600"], message="035"), "bad_order"),
        (lambda: build.build_compound(["=A99991712345600"], message="099"), "unknown_message"),
        (lambda: build.build("041", "0"), "unknown_structure"),
    ],
)
def test_what_a_scan_would_refuse_is_not_written(write: Callable[[], str], code: str) -> None:
    with pytest.raises(ScanError) as refused:
        write()
    assert refused.value.code == code
