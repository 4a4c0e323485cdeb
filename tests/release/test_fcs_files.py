"""FCS files are read whole or refused with the byte at which they fail; nothing of an odd one is lost."""

import contextlib
import struct
import warnings

import flowio
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stroma.protocols.domain.problem import BadInput
from stroma.release.cytometry.fcs import DataSet, read_fcs
from stroma.release.cytometry.write import fcs_bytes
from tests.release.fcs_by_hand import fcs_by_hand
from tests.skips import REAL_DATA

REAL = REAL_DATA / "fcs"
TWO = [{"N": "FSC-A"}, {"N": "FL1-A", "S": "CD73"}]
FOUR_FLOATS = struct.pack("<4f", 1, 2, 3, 4)


def values(data: DataSet) -> list[list[float]]:
    return np.column_stack([data.linear(channel) for channel in data.channels]).tolist()


def one(content: bytes) -> DataSet:
    (found,) = read_fcs(content)
    return found


def refused(content: bytes) -> tuple[str, str]:
    with pytest.raises(BadInput) as caught:
        read_fcs(content, name="odd.fcs")
    (problem,) = caught.value.problems
    assert problem.file == "odd.fcs"
    return problem.code, problem.place


def test_floats_are_read_in_either_byte_order() -> None:
    little = one(fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2"}))
    big = one(fcs_by_hand(struct.pack(">4f", 1, 2, 3, 4), TWO, keywords={"$TOT": "2", "$BYTEORD": "4,3,2,1"}))
    double = one(
        fcs_by_hand(
            struct.pack("<4d", 1, 2, 3, 4),
            [{**channel, "B": "64"} for channel in TWO],
            keywords={"$TOT": "2", "$DATATYPE": "D"},
        )
    )
    assert values(little) == values(big) == values(double) == [[1, 2], [3, 4]]
    assert [(c.index, c.name, c.marker) for c in little.channels] == [(1, "FSC-A", ""), (2, "FL1-A", "CD73")]


@pytest.mark.parametrize("order", ["1,2,3,4", "4,3,2,1"])
def test_integers_of_differing_whole_bytes_are_read(order: str) -> None:
    ends = "little" if order.startswith("1") else "big"
    rows = [(200, 65_000, 16_000_000, 4_000_000_000), (1, 2, 3, 4)]
    widths = (8, 16, 24, 32)
    data = b"".join(
        value.to_bytes(width // 8, ends)  # type: ignore[arg-type]
        for row in rows
        for value, width in zip(row, widths, strict=True)
    )
    channels = [{"B": str(width), "R": str(2**width)} for width in widths]
    found = one(fcs_by_hand(data, channels, keywords={"$TOT": "2", "$DATATYPE": "I", "$BYTEORD": order}))
    assert values(found) == [list(row) for row in rows]


@pytest.mark.parametrize("order", ["1,2,3,4", "4,3,2,1"])
def test_integers_packed_bit_after_bit_are_read(order: str) -> None:
    rows = [(1023, 5), (512, 63), (7, 1)]
    is_big = order.startswith("4")
    bits: list[int] = []
    for row in rows:
        for value, width in zip(row, (10, 6), strict=True):
            ordered = [value >> place & 1 for place in range(width)]
            bits += ordered[::-1] if is_big else ordered
    data = np.packbits(bits, bitorder="big" if is_big else "little").tobytes()
    channels = [{"B": "10", "R": "1024"}, {"B": "6", "R": "64"}]
    found = one(fcs_by_hand(data, channels, keywords={"$TOT": "3", "$DATATYPE": "I", "$BYTEORD": order}))
    assert values(found) == [list(row) for row in rows]


def test_bits_above_an_integers_range_do_not_count() -> None:
    data = struct.pack("<2H", 0b1111_0000_0000_0001, 1023)
    channels = [{"B": "16", "R": "1024"}, {"B": "16", "R": "1024"}]
    assert values(one(fcs_by_hand(data, channels, keywords={"$TOT": "1", "$DATATYPE": "I"}))) == [[1, 1023]]


@pytest.mark.parametrize("amplifier", ["4,1", "4,0"])
def test_a_logarithmic_amplifier_is_undone(amplifier: str) -> None:
    data = struct.pack("<2H", 0, 512)
    channels = [{"B": "16", "R": "1024", "E": amplifier}] * 2
    found = one(fcs_by_hand(data, channels, keywords={"$TOT": "1", "$DATATYPE": "I"}))
    assert values(found) == [[1.0, 100.0]]
    assert found.channels[0].linear_top == 10_000


def test_floats_are_linear_whatever_amplifier_is_written_beside_them() -> None:
    channels = [{"N": "CD8", "E": "4,0"}, {"N": "FSC"}]
    found = one(fcs_by_hand(FOUR_FLOATS, channels, keywords={"$TOT": "2"}))
    assert values(found) == [[1, 2], [3, 4]]
    assert "linear already" in " ".join(found.warnings)


def test_a_gain_is_divided_out_and_time_is_in_seconds() -> None:
    channels = [{"N": "FSC-A", "G": "4"}, {"N": "Time", "G": "0.01"}]
    found = one(fcs_by_hand(FOUR_FLOATS, channels, keywords={"$TOT": "2", "$TIMESTEP": "0.5"}))
    assert values(found) == [[0.25, 1.0], [0.75, 2.0]]


@pytest.mark.parametrize(
    ("data", "bits"),
    [
        pytest.param(b"1 22, 3\n40", "*", id="apart by blanks and commas"),
        pytest.param(b"  1 22  3 40", "3", id="three characters each"),
    ],
)
def test_numbers_written_as_text_are_read(data: bytes, bits: str) -> None:
    channels = [{"B": bits}, {"B": bits}]
    found = one(fcs_by_hand(data, channels, keywords={"$TOT": "2", "$DATATYPE": "A"}))
    assert values(found) == [[1, 22], [3, 40]]


def test_a_doubled_delimiter_stands_for_itself() -> None:
    channels = [{"N": "FL1/A", "S": "CD14/CD11b"}, {"N": "FSC-A"}]
    found = one(fcs_by_hand(FOUR_FLOATS, channels, keywords={"$TOT": "2", "$CYT": "a//b"}))
    assert (found.channels[0].name, found.channels[0].marker) == ("FL1/A", "CD14/CD11b")
    assert found.cytometer == "a//b"
    assert found.warnings == ()


def test_empty_values_are_borne_and_told() -> None:
    content = fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2", "$OP": "@@@@"})
    found = one(content.replace(b"/$OP/@@@@/", b"/$OPER@@//"))
    assert values(found) == [[1, 2], [3, 4]]
    assert found.keywords["$OPER@@"] == ""
    assert "empty values" in found.warnings[0]


def test_the_supplemental_text_is_read() -> None:
    found = one(
        fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2"}, supplement={"$CYT": "LSR", "$P1S": "size"})
    )
    assert (found.cytometer, found.channels[0].marker) == ("LSR", "size")


def test_offsets_in_text_rule_where_the_header_has_none() -> None:
    found = one(fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2"}, header_data=(0, 0)))
    assert values(found) == [[1, 2], [3, 4]]
    assert found.warnings == ()


def test_of_two_places_the_one_that_fits_the_events_is_read() -> None:
    found = one(fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2"}, header_data=(60, 200)))
    assert values(found) == [[1, 2], [3, 4]]
    assert "TEXT fits 2 events" in found.warnings[0]


def test_two_places_that_both_fit_are_not_chosen_between() -> None:
    content = fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2"}, header_data=(60, 75))
    assert refused(content) == ("fcs_data_offset", "DATA byte 58")


def test_every_data_set_is_read() -> None:
    second = fcs_by_hand(struct.pack("<2f", 9, 8), [{"N": "A"}, {"N": "B"}], keywords={"$TOT": "1"})
    empty = fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2", "$NEXTDATA": "00000000"})
    first = fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2", "$NEXTDATA": f"{len(empty) + 3:08d}"})
    sets = read_fcs(first + b"\0\0\0" + second)
    assert [(one.number, values(one)) for one in sets] == [(1, [[1, 2], [3, 4]]), (2, [[9, 8]])]


def test_a_fault_in_a_second_data_set_is_told_from_the_start_of_the_file() -> None:
    second = fcs_by_hand(struct.pack("<2f", 9, 8), TWO, keywords={"$TOT": "1"})
    empty = fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2", "$NEXTDATA": "00000000"})
    first = fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2", "$NEXTDATA": f"{len(empty):08d}"})
    whole = first + second
    assert refused(whole[:-3]) == ("fcs_truncated", f"DATA byte {len(whole) - 3}")


REFUSED = {
    "nothing": (b"", "fcs_header_short"),
    "ten bytes": (b"oi21j08cn\n", "fcs_header_short"),
    "no FCS": (b"x" * 300, "not_fcs"),
    "a version that is not read": (b"FCS4.0" + b" " * 300, "fcs_version"),
    "an offset that is no number": (b"FCS3.1    " + b"      ab" * 6, "fcs_offset"),
    "histograms": (fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2", "$MODE": "C"}), "fcs_mode"),
    "no byte order": (fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2", "$BYTEORD": ""}), "fcs_text"),
    "a mixed byte order": (
        fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2", "$BYTEORD": "3,4,1,2"}),
        "fcs_byte_order",
    ),
    "more events than there are": (fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "9"}), "fcs_truncated"),
    "fewer events than there are": (fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "1"}), "fcs_total"),
    "a thousand channels": (fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2", "$PAR": "1000"}), "fcs_par"),
    "a data set that is not there": (
        fcs_by_hand(FOUR_FLOATS, TWO, keywords={"$TOT": "2", "$NEXTDATA": "99999"}),
        "fcs_truncated",
    ),
    "a range of nothing": (
        fcs_by_hand(FOUR_FLOATS, [{"R": "0"}] * 2, keywords={"$TOT": "2", "$DATATYPE": "I"}),
        "fcs_range",
    ),
    "letters among numbers": (
        fcs_by_hand(b"1 2 x 4", [{"B": "*"}] * 2, keywords={"$TOT": "2", "$DATATYPE": "A"}),
        "fcs_ascii",
    ),
}


@pytest.mark.parametrize("what", list(REFUSED))
def test_what_cannot_be_read_is_refused_with_its_reason(what: str) -> None:
    content, code = REFUSED[what]
    assert refused(content)[0] == code


@given(cut=st.integers(0, 100_000))
def test_a_file_cut_anywhere_is_refused_and_never_read_in_part(cut: int) -> None:
    whole = fcs_bytes(np.arange(60.0).reshape(20, 3), [("A", ""), ("B", "CD73"), ("C", "")])
    with pytest.raises(BadInput):
        read_fcs(whole[: cut % len(whole)])


@example([(0.0, 0.0, 0.0)], "/")
@example([(0.0, 0.0, 0.0)], "/|")
@given(
    st.lists(st.tuples(*[st.floats(width=32, allow_nan=False, allow_infinity=False)] * 3), min_size=1),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip),
)
def test_what_is_written_is_read_again(rows: list[tuple[float, float, float]], stain: str) -> None:
    found = one(fcs_bytes(np.array(rows), [("FSC-A", ""), ("FL1-A", stain), ("FL2-A", "")]))
    assert values(found) == [list(row) for row in rows]
    assert found.channels[1].marker == stain.strip()


@given(st.binary(max_size=400), st.integers(0, 600))
def test_bytes_changed_anywhere_never_end_in_anything_but_a_refusal(noise: bytes, at: int) -> None:
    whole = bytearray(fcs_bytes(np.arange(60.0).reshape(20, 3), [("A", ""), ("B", "CD73"), ("C", "")]))
    place = at % len(whole)
    whole[place : place + len(noise)] = noise
    with contextlib.suppress(BadInput):  # anything else than a refusal fails the test
        read_fcs(bytes(whole))


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "events", "channels"),
    [
        ("accuri_c6plus_b01.fcs", 1589, 14),
        ("comp_set/tasbe_blank.fcs", 10000, 13),
        ("comp_set/tasbe_ebfp.fcs", 10000, 13),
        ("comp_set/tasbe_eyfp.fcs", 10000, 13),
        ("comp_set/tasbe_mkate.fcs", 10000, 13),
        ("comp_set/tasbe_rby.fcs", 10000, 13),
        ("diva_marrow_panel_cd34_cd45.fcs", 83411, 12),
        ("facscalibur_cd3_cd4_cd8.fcs", 13367, 8),
        ("facscanto_itn_02.fcs", 10000, 8),
        ("hesc_timecourse_D0.fcs", 3732, 19),
        ("hesc_timecourse_D4.fcs", 9363, 19),
        ("hesc_timecourse_D8.fcs", 9042, 19),
        ("lsrii_phospho_spill.fcs", 10703, 18),
        ("odd/macsquant_duplicate_names.fcs", 8129, 9),
        ("odd/start_offset_discrepancy.fcs", 2, 26),
        ("odd/variable_int_widths.fcs", 2, 26),
    ],
)
def test_real_files_are_read_as_another_reader_reads_them(file: str, events: int, channels: int) -> None:
    found = read_fcs(REAL / file)[0]
    assert (found.events, len(found.channels)) == (events, channels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it warns of the very offsets that are asked for here
        other = flowio.FlowData(
            str(REAL / file), ignore_offset_discrepancy=True, ignore_offset_error=True
        ).as_array(preprocess=False)
    for channel in found.channels:
        raw = found.table.column(channel.index - 1, 0, found.events)
        if channel.mask is not None:
            raw = raw & raw.dtype.type(channel.mask)
        assert np.array_equal(raw.astype(float), other[:, channel.index - 1]), channel.name


@pytest.mark.real_data
def test_the_real_file_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput) as caught:
        read_fcs(REAL / "odd/corrupted.fcs")
    assert [(p.code, p.place) for p in caught.value.problems] == [("fcs_header_short", "byte 0")]
