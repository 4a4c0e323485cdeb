"""Fails closed: what is not exactly understood is refused, all of it at once, and naming nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stroma.custody.domain.isbt128.parse import clean_scan, parse_scan
from stroma.custody.domain.isbt128.prompt import read_prompt
from stroma.custody.domain.isbt128.scan_error import ScanError


def codes(text: str) -> list[str]:
    with pytest.raises(ScanError) as refused:
        parse_scan(text)
    return [problem.code for problem in refused.value.problems]


@given(st.text(st.sampled_from("=&%<>*+#,/(!;$AaOS019 \r\n]C٣"), max_size=40))
def test_any_text_is_either_read_to_the_last_character_or_refused(text: str) -> None:
    try:
        structures = parse_scan(text)
    except ScanError:
        return  # a refusal is an answer; anything else that is raised fails the test
    assert "".join(structure.text for structure in structures) == clean_scan(text).data


def test_every_malformed_structure_of_a_scan_is_named_with_its_place() -> None:
    with pytest.raises(ScanError) as refused:
        parse_scan("=A99O91712345600=%6100&>0180002359")
    assert [(p.code, p.place) for p in refused.value.problems] == [
        ("bad_format", "character 1, structure 001"),
        ("unknown_blood_group", "character 17, structure 002"),
        ("bad_date", "character 23, structure 005"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("=", "bad_identifier"),
        ("&", "bad_identifier"),
        ("&,", "bad_identifier"),
        ("&;000000000000000000", "bad_identifier"),
        ("]C0", "empty"),
        ("\r\n", "empty"),
        (" =A99991712345600", "no_identifier"),
        ("=A99991712345600\n\n", "trailing_data"),
        ("=A99991712345614", "bad_flags"),
        ("=A99991712345697", "bad_flags"),
        ("=A999917123456٠٠", "bad_format"),
        ("&>9180292359", "bad_date"),
        ("=%6210", None),
        ("=%6201", "bad_format"),
        ("=<Z0000100", "bad_format"),
        ("=<X1000100", "bad_format"),
        ("=<T0416A00", "bad_format"),
        ("=<S00001aA", "bad_format"),
        ("&#0100", "bad_format"),
        ("&#01XX1", "bad_length"),
        ("&%001", "bad_length"),
        ("=;A9999000022224444555X", "bad_format"),
        ("=+00000", "bad_count"),
        ("=+01099=A99991712345600", "unknown_message"),
        ("=A99991712345600=+01000=%6200", "nested_compound"),
        ("=(1101202603091530", "bad_format"),
        ("=(1001202602301530", "bad_date"),
        ("=(1001202603092400", "bad_date"),
        ("&$0101000100223600", "bad_format"),
        ("&$00", "bad_count"),
        ("&,4PL001499Z549917123456A00T041600320181331", "bad_date"),
        ("&,4PL001499Z549917123456X00T041600320181231", "bad_format"),
    ],
)
def test_a_scan_near_the_edge_of_the_rules(text: str, code: str | None) -> None:
    if code is None:
        assert [structure.text for structure in parse_scan(text)] == [text]
    else:
        assert codes(text) == [code]


@pytest.mark.parametrize(
    "text",
    [
        "=#0119700230",
        "=#01197A0131",
        "&#0110SECRET",
        "&#0106SEC-ET",
        "=;A9999SECRET1970013142",
        "='A9999SEC-ET",
    ],
)
def test_no_refusal_repeats_what_names_a_person(text: str) -> None:
    with pytest.raises(ScanError) as refused:
        parse_scan(text)
    said = str(refused.value)
    assert [secret for secret in ("SEC", "1970", "197A") if secret in said] == []


@pytest.mark.parametrize(
    ("text", "wanted", "may_follow", "code"),
    [
        ("=A99991712345600", ["003"], [], "missing_structure"),
        ("=A99991712345600", ["001", "003"], [], "missing_structure"),
        ("=A99991712345600=A99991712345601", ["001"], [], "repeated_structure"),
        ("=+02000=A99991712345600=G12341765432100", ["001"], [], "repeated_structure"),
        ("=A99991712345600=%6200", ["001"], ["003"], "unexpected_concatenation"),
        ("=<S0000199", ["003"], [], "missing_032"),
    ],
)
def test_a_prompt_takes_only_what_it_asked_for(
    text: str, wanted: list[str], may_follow: list[str], code: str
) -> None:
    with pytest.raises(ScanError) as refused:
        read_prompt(text, wanted=wanted, may_follow=may_follow)
    assert code in [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("text", "wanted", "may_follow", "read"),
    [
        ("=A99991712345600", ["001"], [], ["001"]),
        ("=A99991712345600=%6200", ["001"], ["002"], ["001", "002"]),
        ("=<S0000199=,000002", ["003", "032"], [], ["003", "032"]),
        ("=<T0416099", ["003"], [], ["003"]),
        ("=+02000=A99991712345600=%6200", ["001"], [], ["001", "002"]),
        ("=A99991712345600={000000000000000000", ["001"], [], ["001"]),
    ],
)
def test_a_prompt_gives_the_structures_by_number(
    text: str, wanted: list[str], may_follow: list[str], read: list[str]
) -> None:
    assert list(read_prompt(text, wanted=wanted, may_follow=may_follow)) == read
