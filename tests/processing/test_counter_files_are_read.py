"""The CSV of an automated cell counter: read in its maker's words, or refused with file, line and field."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from stroma.processing.domain.counter_file import (
    HEADINGS,
    MOST_BYTES,
    _plain,
    read_counter_file,
    reading_of_sample,
)
from stroma.protocols.domain.problem import BadInput

# Headings in the ways that makers of counters write them; the numbers are ours.
MILLIONS = (
    "Sample ID,Cell count,Viability (%),Total (x10^6) cells/mL,Viable (x10^6) cells/mL,Avg. diameter (microns),"
    "Dilution factor\nA,1520,94.7,1.90,1.80,17.2,1.0\n"
)
PLAIN = "Sample name;Live concentration;Dead concentration;% viability;Mean diameter (µm)\nA;1,8E6;1E5;94,7;17,2\n"
PREAMBLE = "Report of the counter\nUser,ada\n\nSample,Total cells/mL,Viability\nA,1900000,94.7 %\n"
TABS = "Sample\tVCD (10⁶/mL)\tViability (%)\nA\t1.8\t94.7\n"


@pytest.mark.parametrize(
    "text",
    [
        MILLIONS.encode(),
        PLAIN.encode(),
        PLAIN.encode("cp1252"),
        PREAMBLE.encode("utf-8-sig"),
        TABS.encode("utf-16"),
    ],
    ids=["millions", "decimal commas", "of an old computer", "under a preamble", "tabs"],
)
def test_a_count_is_read_in_its_makers_words(text: bytes) -> None:
    [reading] = read_counter_file(text, name="counts.csv")
    assert reading.sample == "A"
    assert float(reading.viable_per_ml) == pytest.approx(1.8e6, rel=1e-3)
    assert float(reading.total_per_ml) == pytest.approx(1.9e6, rel=2e-3)
    assert float(reading.viability) == pytest.approx(0.947, abs=0.001)


def test_what_else_a_counter_tells_is_kept() -> None:
    [reading] = read_counter_file(MILLIONS.encode(), name="counts.csv")
    assert (reading.diameter_um, reading.dilution, reading.cells_seen, reading.line) == (
        Decimal("17.2"),
        Decimal("1.0"),
        1520,
        2,
    )


TABLE = "Sample,Total cells/mL,Viable cells/mL,Dead cells/mL,Viability\n"


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ("A,2000000,1800000,200000,80", "counter_viability_wrong", "viability"),
        ("A,2000000,1800000,500000,90", "counter_sum_wrong", "dead_per_ml"),
        ("A,2000000,2100000,,", "counter_sum_wrong", "viable_per_ml"),
        ("A,2000000,1800000,200000,190", "counter_viability_range", "viability"),
        ("A,2.0,1.8,0.2,90", "counter_unit_unclear", "total_per_ml"),
        ("A,many,1800000,200000,90", "counter_not_a_number", "total_per_ml"),
        ("A,2000000,-1800000,200000,90", "counter_negative", "viable_per_ml"),
        ("A,NaN,,,90", "counter_value_missing", "viable_per_ml"),
        ("A,inf,,,90", "counter_not_a_number", "total_per_ml"),
        ("A,,,,", "counter_value_missing", "viable_per_ml"),
        ("A,0,0,0,", "counter_nothing_counted", "total_per_ml"),
    ],
)
def test_a_line_that_contradicts_itself_is_refused_with_line_and_field(
    row: str, code: str, field: str
) -> None:
    text = f"{TABLE}B,2000000,1800000,200000,90\n{row}\n"
    with pytest.raises(BadInput) as refused:
        read_counter_file(text.encode(), name="counts.csv")
    first = refused.value.problems[0]
    assert (first.file, first.line, first.place, first.code) == ("counts.csv", 3, field, code)


ALL = "Sample,Total (x10^6)/mL,Viable (x10^6)/mL,Viability,Diameter,Dilution,Cell count\n"


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ("A,1e300,1e300,100,15,2,100", "counter_too_dense", "total_per_ml"),
        ("A,1e999999,1,,15,2,100", "counter_too_dense", "total_per_ml"),
        ("A,2,1.9,95,1e9,2,100", "counter_out_of_range", "diameter_um"),
        ("A,2,1.9,95,15,0,100", "counter_out_of_range", "dilution"),
        ("A,2,1.9,95,15,1e30,100", "counter_out_of_range", "dilution"),
        ("A,2,1.9,95,15,2,0", "counter_out_of_range", "cells_seen"),
        ("A,2,1.9,95,15,2,1e30", "counter_out_of_range", "cells_seen"),
    ],
)
def test_a_number_that_no_counter_writes_is_refused(row: str, code: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_counter_file(f"{ALL}{row}\n".encode(), name="counts.csv")
    first = refused.value.problems[0]
    assert (first.line, first.place, first.code) == (2, field, code)


def test_every_fault_of_a_line_is_named_at_once() -> None:
    with pytest.raises(BadInput) as refused:
        read_counter_file(f"{ALL}A,2,1.9,180,-1,0,100\nB,,1.9,,-1,2,100\n".encode(), name="c.csv")
    assert [(one.line, one.place, one.code) for one in refused.value.problems] == [
        (2, "viability", "counter_viability_range"),
        (2, "diameter_um", "counter_negative"),
        (2, "dilution", "counter_out_of_range"),
        (3, "diameter_um", "counter_negative"),
        (3, "viable_per_ml", "counter_value_missing"),
    ]
    assert "180 % is above 100 %" in str(refused.value.problems[0])


def test_every_fault_of_a_file_is_named_at_once() -> None:
    with pytest.raises(BadInput) as refused:
        read_counter_file(f"{TABLE}A,x,y,,\nB,2000000,1800000,200000,10\n".encode(), name="c.csv")
    assert [(one.line, one.place) for one in refused.value.problems] == [
        (2, "total_per_ml"),
        (2, "viable_per_ml"),
        (3, "viability"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "counter_headings_missing"),
        (b"Sample,Colour\nA,red\n", "counter_headings_missing"),
        (TABLE.encode(), "counter_file_empty"),
        (b"Viable cells/mL,Live cells/mL,Viability\n1800000,1700000,90\n", "counter_heading_twice"),
        (b"\x00\x01\x02", "counter_file_not_text"),
        (b"a" * (MOST_BYTES + 1), "counter_file_too_large"),
        (TABLE.encode() + b"A,2000000,1800000,200000,90\n" * 5002, "counter_file_too_long"),
    ],
)
def test_a_file_of_something_else_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_counter_file(content, name="c.csv")
    assert [one.code for one in refused.value.problems] == [code]


def test_of_several_samples_the_named_one_is_taken_and_none_is_guessed() -> None:
    text = f"{TABLE}A,2000000,1800000,200000,90\nB,1000000,900000,100000,90\nB,1000000,900000,100000,90\n"
    readings = read_counter_file(text.encode(), name="c.csv")
    assert reading_of_sample(readings, " a ", name="c.csv").line == 2
    refusals = {"": "counter_sample_unknown", "C": "counter_sample_unknown", "B": "counter_sample_twice"}
    for sample, code in refusals.items():
        with pytest.raises(BadInput) as refused:
            reading_of_sample(readings, sample, name="c.csv")
        assert [one.code for one in refused.value.problems] == [code]
    assert reading_of_sample(readings[:1], "", name="c.csv").sample == "A"


def test_every_heading_is_written_as_a_heading_is_compared_and_names_one_field() -> None:
    names = [name for field in HEADINGS.values() for name in field]
    assert [name for name in names if _plain(name) != name] == []
    assert len(names) == len(set(names))


def test_the_reference_names_every_heading_and_every_refusal() -> None:
    page = Path("docs/reference/counter-files.md").read_text("utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    told = {row[1].strip(" `"): row[2].strip() for row in rows if row[1].strip(" `") in HEADINGS}
    assert told == {field: ", ".join(names) for field, names in HEADINGS.items()}
    source = Path("stroma/processing/domain/counter_file.py").read_text("utf-8")
    codes = set(re.findall(r"\"(counter_[a-z_]+)\"", source))
    assert codes
    assert {code for code in codes if f"`{code}`" not in page} == set()
