"""Donation numbers: form, check character against another implementation, and what typing can do."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_2

from stroma.custody.domain.isbt128.din import (
    Din,
    check_character,
    is_test_facility,
    parse_typed_din,
)
from stroma.custody.domain.isbt128.scan_error import ScanError

REAL_DATA = Path(os.environ.get("STROMA_REAL_DATA", Path(__file__).parents[2] / "../shared/data"))
DINS = st.from_regex(r"[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{10}", fullmatch=True)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@given(DINS)
def test_the_check_character_is_the_one_of_an_independent_library(din: str) -> None:
    assert check_character(din) == mod_37_2.calc_check_digit(din)


@given(DINS, st.integers(0, 12), st.sampled_from(ALPHABET))
def test_one_mistyped_character_is_always_found(din: str, at: int, other: str) -> None:
    mistyped = din[:at] + other + din[at + 1 :]
    assert (check_character(mistyped) == check_character(din)) == (mistyped == din)


@given(DINS, st.integers(0, 11), st.sampled_from([1, 2]))
def test_two_characters_swapped_are_always_found(din: str, at: int, apart: int) -> None:
    other = min(at + apart, 12)
    swapped = list(din)
    swapped[at], swapped[other] = swapped[other], swapped[at]
    assert (check_character("".join(swapped)) == check_character(din)) == (din[at] == din[other])


@given(DINS)
def test_what_is_printed_for_the_eye_can_be_typed_back(text: str) -> None:
    din = Din(text)
    assert parse_typed_din(din.chunked_with_check()) == din


def test_a_number_is_built_from_facility_year_and_serial() -> None:
    din = Din.build("A9999", 2026, 12)
    assert din == Din("A999926000012")
    assert din.chunked() == "A9999 26 000012"
    assert din.chunked_with_check() == f"A9999 26 000012 {mod_37_2.calc_check_digit('A999926000012')}"
    assert (din.facility, din.year, din.serial, str(din)) == ("A9999", "26", "000012", "A999926000012")


def test_everything_wrong_with_a_number_to_be_built_is_said_at_once() -> None:
    with pytest.raises(ScanError) as refused:
        Din.build("A99O9", 1999, 1_000_000)
    assert [problem.place for problem in refused.value.problems] == ["facility", "year", "serial"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_length"),
        ("A99992600001", "bad_length"),
        ("A9999260000120", "bad_length"),
        ("a999926000012", "bad_format"),
        ("O999926000012", "bad_format"),
        ("0999926000012", "bad_format"),
        ("A99A926000012", "bad_format"),
        ("A9999２6000012", "bad_format"),  # a full-width digit two
        ("A99992600001\n", "bad_format"),
    ],
)
def test_what_is_no_number_is_refused(text: str, code: str) -> None:
    with pytest.raises(ScanError) as refused:
        Din(text)
    assert refused.value.code == code


@pytest.mark.parametrize("din", ["A99992600001a", "A99992600001*", "A9999-6000012"])
def test_a_check_character_exists_only_over_digits_and_capitals(din: str) -> None:
    with pytest.raises(ScanError) as refused:
        check_character(din)
    assert refused.value.code == "bad_format"


def test_a_wrong_check_character_is_not_answered_with_the_right_one() -> None:
    right = check_character("A999726000959")
    with pytest.raises(ScanError) as refused:
        parse_typed_din("A9997260009590")
    assert right == "*"
    assert (refused.value.code, right in str(refused.value)) == ("bad_check", False)


@pytest.mark.parametrize(
    ("fin", "is_test"),
    [
        ("A9990", True),
        ("A9995", True),
        ("A9999", True),
        ("A9989", False),
        ("G1234", False),
        ("A99990", False),
    ],
)
def test_ten_facility_numbers_are_for_validation(fin: str, is_test: bool) -> None:
    assert is_test_facility(fin) is is_test


@pytest.mark.real_data
def test_every_reference_check_character_is_judged_as_it_was_made() -> None:
    path = REAL_DATA / "reference_results/isbt128_din_check.csv"
    if not path.exists():
        pytest.skip(f"the reference results are not here: {path.name}")
    rows = list(csv.DictReader(path.open()))

    def verdict(row: dict[str, str]) -> bool:
        return check_character(row["din"]) == row["check_char_iso7064_mod37_2"]

    assert len(rows) == 30
    assert [verdict(row) for row in rows] == [row["expected"] == "valid" for row in rows]
