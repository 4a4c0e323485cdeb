"""Every value of ``isbt128_vectors.json``: published, put together from published parts, or computed."""

import json
from pathlib import Path
from typing import Any

import pytest

from stroma.custody.domain.isbt128.build import build, pad
from stroma.custody.domain.isbt128.din import Din, check_character, checksum_37_2, parse_typed_din, type3_flag
from stroma.custody.domain.isbt128.identifiers import (
    basic_udi_check,
    parse_basic_udi,
    parse_mpho_identifier,
    parse_sec,
    parse_sec_product_sequence,
)
from stroma.custody.domain.isbt128.parse import clean_scan, parse_scan
from stroma.custody.domain.isbt128.prompt import read_prompt
from stroma.custody.domain.isbt128.scan_error import ScanError

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("isbt128_vectors.json").read_text())


def each(section: str) -> pytest.MarkDecorator:
    cases = VECTORS[section]
    return pytest.mark.parametrize("case", cases, ids=[case["id"] for case in cases])


def announced(text: str) -> list[str]:
    return [structure.text for structure in parse_scan(text) if structure.number != "023"]


@each("din_check")
def test_the_check_character_and_flags_are_the_published_ones(case: dict[str, Any]) -> None:
    din = case["din"]
    assert (check_character(din), checksum_37_2(din), type3_flag(din)) == (
        case["k"],
        case["checksum"],
        case["type3_flag"],
    )


@each("typed_din")
def test_a_typed_number_is_taken_only_with_its_check_character(case: dict[str, Any]) -> None:
    if case["accept"]:
        assert parse_typed_din(case["typed"]) == Din(case["typed"].replace(" ", "")[:13])
    else:
        with pytest.raises(ScanError):
            parse_typed_din(case["typed"])


@each("structures")
def test_a_structure_says_what_the_standard_says(case: dict[str, Any]) -> None:
    (structure,) = parse_scan(case["input"])
    assert (structure.number, dict(structure.fields)) == (case["structure"], case["fields"])


@each("structures")
def test_a_structure_that_was_read_is_written_the_same(case: dict[str, Any]) -> None:
    (structure,) = parse_scan(case["input"])
    assert build(structure.number, structure.value) == case["input"]


@each("padding")
def test_short_values_are_padded_with_zeros_on_the_left(case: dict[str, Any]) -> None:
    assert pad(case["raw"], case["width"]) == case["padded"]


@each("compound")
def test_a_compound_message_holds_the_parts_it_announces(case: dict[str, Any]) -> None:
    header = parse_scan(case["input"])[0]
    assert (header.fields, announced(case["input"])) == (
        {"count": case["declared"], "message": case["message"]},
        case["parts"],
    )


@pytest.mark.parametrize(
    "case", [c for c in VECTORS["compound"] if "decoded" in c], ids=lambda case: case["id"]
)
def test_a_compound_message_decodes_as_its_parts(case: dict[str, Any]) -> None:
    found: dict[str, Any] = {}
    for structure in parse_scan(case["input"]):
        named = dict(structure.fields)
        if structure.number in ("004", "005"):
            named["expiry"] = named.get("date") or named.get("local")
        if structure.number == "007":
            named["collected"] = named["local"]
        found |= named
    assert {name: found[name] for name in case["decoded"]} == case["decoded"]


@each("concatenated")
def test_structures_one_after_another_come_apart(case: dict[str, Any]) -> None:
    structures = parse_scan(case["input"])
    assert [s.text for s in structures] == case["parts"]
    assert [s.number for s in structures] == case["pair"]


@each("scanner_text")
def test_what_a_scanner_adds_is_taken_off(case: dict[str, Any]) -> None:
    cleaned = clean_scan(case["raw"])
    assert (cleaned.data, cleaned.symbology) == (case["clean"], case["symbology"])
    assert parse_scan(case["raw"]) == parse_scan(case["clean"])


@each("sec")
def test_a_single_european_code_comes_apart(case: dict[str, Any]) -> None:
    if "product_sequence" in case:
        assert parse_sec_product_sequence(case["product_sequence"]) == case["fields"]
        return
    assert parse_sec(case["content"]) == case["fields"]
    assert parse_sec(case["text"] or case["content"]) == case["fields"]


@each("mpho_identifier")
def test_a_product_identifier_comes_apart(case: dict[str, Any]) -> None:
    assert parse_mpho_identifier(case["value"]) == case["fields"]


def test_a_basic_udi_is_taken_only_with_its_check_digits() -> None:
    right, wrong = VECTORS["basic_udi"]
    assert basic_udi_check(right["basic_udi_di"]) == right["check"]
    assert parse_basic_udi(right["full"]) == {"basic_udi_di": right["basic_udi_di"], "check": right["check"]}
    with pytest.raises(ScanError):
        parse_basic_udi(wrong["full"])


@pytest.mark.parametrize(
    "case", [c for c in VECTORS["invalid"] if c["level"] == "parse"], ids=lambda case: case["id"]
)
def test_a_malformed_scan_is_refused_for_its_own_reason(case: dict[str, Any]) -> None:
    with pytest.raises(ScanError) as refused:
        parse_scan(case["input"])
    assert [problem.code for problem in refused.value.problems] == [case["error"]]


@pytest.mark.parametrize(
    "case", [c for c in VECTORS["invalid"] if c["level"] == "application"], ids=lambda case: case["id"]
)
def test_a_scan_that_does_not_fit_the_prompt_is_refused_for_its_own_reason(case: dict[str, Any]) -> None:
    wanted = ["001", "003"] if case["error"] == "missing_032" else ["001"]
    with pytest.raises(ScanError) as refused:
        read_prompt(case["input"], wanted=wanted)
    assert [problem.code for problem in refused.value.problems] == [case["error"]]


@pytest.mark.parametrize("case", VECTORS["invalid"], ids=lambda case: case["id"])
def test_every_fault_says_where_or_what_in_a_sentence(case: dict[str, Any]) -> None:
    with pytest.raises(ScanError) as refused:
        read_prompt(case["input"], wanted=["001"])
    assert all(problem.message.endswith(".") for problem in refused.value.problems)
