"""Labels as PDF: every size, read back by a scanner; what does not fit or cannot be drawn is refused."""

import io
from dataclasses import replace
from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stroma.custody.domain.label import NotPrintable
from stroma.custody.domain.label_sizes import LABEL_SIZES, LabelSize
from stroma.custody.label_pdf import LINEAR_STRUCTURES, PrintedLabel, drawn, label_pdf
from stroma.custody.label_sample import SAMPLE, SAMPLE_DATE
from stroma.custody.label_symbols import LINEAR, MATRIX, draw_symbol

SIZES = pytest.mark.parametrize("size", LABEL_SIZES.values(), ids=LABEL_SIZES)
COMPOUND = str(SAMPLE.content["compound"])
DPI = 300
"""What a common label printer does."""


def scanned(page: bytes) -> list[tuple[str, bytes]]:
    picture = Image.open(io.BytesIO(page)).convert("L")
    return sorted((str(one.format), one.bytes) for one in zxingcpp.read_barcodes(picture))


def with_line(field: str, text: str) -> PrintedLabel:
    lines = [line | {"text": text} if line["field"] == field else line for line in SAMPLE.content["lines"]]
    return PrintedLabel({**SAMPLE.content, "lines": lines}, SAMPLE.number)


@SIZES
def test_a_printed_label_reads_back_exactly(size: LabelSize) -> None:
    (page,) = drawn([SAMPLE], size, printed_at=SAMPLE_DATE, dpi=DPI)
    barcodes = SAMPLE.content["barcodes"]
    linear = [("Code 128", barcodes[n].encode()) for n in LINEAR_STRUCTURES] if size.bar_mm else []
    assert scanned(page) == sorted([("Data Matrix", COMPOUND.encode()), *linear])


@SIZES
def test_the_page_is_as_large_as_it_says(size: LabelSize) -> None:
    (page,) = drawn([SAMPLE], size, printed_at=SAMPLE_DATE, dpi=DPI)
    width, height = (210, 297) if size.sheet else (size.width_mm, size.height_mm)
    assert Image.open(io.BytesIO(page)).size == pytest.approx(
        (width * DPI / 25.4, height * DPI / 25.4), abs=1.5
    )


@SIZES
def test_a_code_has_the_measures_of_the_standard(size: LabelSize) -> None:
    # ST-001 §6.2: cells of 0.25 to 1 mm. §6.1: bars of at least 0.17 mm.
    assert 0.25 <= size.module_mm <= 1
    assert size.bar_mm is None or size.bar_mm >= 0.17
    assert draw_symbol(MATRIX, COMPOUND).height * size.module_mm <= size.height_mm - 2 * size.padding_mm


@SIZES
def test_the_labels_of_a_sheet_lie_on_the_paper_and_not_on_each_other(size: LabelSize) -> None:
    if size.sheet is None:
        assert size.places == 1
        return
    sheet = size.sheet
    assert sheet.step_x_mm >= size.width_mm
    assert sheet.step_y_mm >= size.height_mm
    assert sheet.left_mm + (sheet.columns - 1) * sheet.step_x_mm + size.width_mm <= 210
    assert sheet.top_mm + (sheet.rows - 1) * sheet.step_y_mm + size.height_mm <= 297


@SIZES
def test_the_same_label_gives_the_same_bytes(size: LabelSize) -> None:
    first = label_pdf([SAMPLE], size, printed_at=SAMPLE_DATE)
    assert first.startswith(b"%PDF-")
    assert label_pdf([SAMPLE], size, printed_at=SAMPLE_DATE) == first


def test_a_sheet_begins_at_the_place_that_is_free_and_goes_on_to_the_next() -> None:
    size = LABEL_SIZES["a4-8"]
    assert size.sheet is not None
    labels = [SAMPLE] * 3
    pages = drawn(labels, size, first_place=6, printed_at=SAMPLE_DATE, dpi=100)
    assert len(pages) == 2
    first = Image.open(io.BytesIO(pages[0])).convert("L")
    per_mm = 100 / 25.4
    below = int((size.sheet.top_mm + 3 * size.sheet.step_y_mm) * per_mm)
    assert first.crop((0, 0, first.width, below)).getextrema() == (255, 255)
    assert first.crop((0, below, first.width // 2, first.height)).getextrema()[0] == 0
    assert first.crop((first.width // 2, below, first.width, first.height)).getextrema()[0] == 0


def test_a_place_that_the_sheet_does_not_have_is_no_place() -> None:
    with pytest.raises(ValueError, match="places 0 to 7"):
        label_pdf([SAMPLE], LABEL_SIZES["a4-8"], first_place=8, printed_at=SAMPLE_DATE)


@SIZES
def test_what_does_not_fit_is_refused_and_never_cut_off(size: LabelSize) -> None:
    field = "din" if size.grade == "LEAST" else "recipient_identifiers"
    long = with_line(field, "P0000000 · " + "Featherstonehaugh-" * 120)
    with pytest.raises(NotPrintable) as refused:
        label_pdf([long], size, printed_at=SAMPLE_DATE)
    assert [blocker.code for blocker in refused.value.blockers] == ["label_does_not_fit"]


@pytest.mark.parametrize("name", ["王小明", "محمد", "P1 · \U0001f600"])
def test_a_name_that_would_come_out_as_boxes_is_refused_without_repeating_it(name: str) -> None:
    with pytest.raises(NotPrintable) as refused:
        label_pdf([with_line("recipient_identifiers", name)], LABEL_SIZES["bag"], printed_at=SAMPLE_DATE)
    assert [(b.code, b.values) for b in refused.value.blockers] == [
        ("label_letters_not_drawable", {"size": "bag"})
    ]


HOSTILE = [
    "#panic()",
    "*bold*",
    "$x$",
    '"; #read("/etc/passwd")',
    "\\u{41}",
    "<label>",
    "@ref",
    "// gone",
    "`x`",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_data_and_never_a_program(text: str) -> None:
    (plain,) = drawn([with_line("product_name", "")], LABEL_SIZES["bag"], printed_at=SAMPLE_DATE, dpi=60)
    (page,) = drawn([with_line("product_name", text)], LABEL_SIZES["bag"], printed_at=SAMPLE_DATE, dpi=60)
    # It is drawn, letter for letter, so it covers paper that was white.
    assert page != plain


@given(st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_into_a_code_is_read_back(text: str) -> None:
    assert draw_symbol(MATRIX, text).width == draw_symbol(MATRIX, text).height
    assert draw_symbol(LINEAR, text).text == text


@pytest.mark.parametrize("text", ["", "é", "a\x1db"])
def test_a_code_carries_printable_ascii_only(text: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        draw_symbol(MATRIX, text)


def test_a_code_is_a_drawing_without_style_script_or_address() -> None:
    svg = draw_symbol(MATRIX, COMPOUND).svg
    assert svg.startswith("<svg xmlns=")
    assert [word for word in ("style", "script", "DOCTYPE", "href", "class") if word in svg] == []


def test_a_test_label_says_so_in_every_size_and_a_real_one_does_not() -> None:
    def black(label: PrintedLabel, size: LabelSize) -> bytes:
        return drawn([label], size, printed_at=SAMPLE_DATE, dpi=60)[0]

    statements: list[dict[str, Any]] = SAMPLE.content["statements"]
    assert statements[0]["text"] == "TEST - NOT FOR CLINICAL USE"
    real = replace(SAMPLE, content={**SAMPLE.content, "statements": statements[1:]})
    assert [code for code, size in LABEL_SIZES.items() if black(SAMPLE, size) == black(real, size)] == []
    pdf = label_pdf([SAMPLE], LABEL_SIZES["cryovial"], printed_at=SAMPLE_DATE)
    assert b"TEST labels, not for clinical use" in pdf
