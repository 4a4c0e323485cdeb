"""``stroma cytometry``: any file alone, by a panel, beside a control; what is missing is refused, never guessed."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from stroma import cli
from stroma.protocols.domain.problem import BadInput
from stroma.protocols.domain.schema import SpecificationLimit
from stroma.protocols.library import shipped_protocol
from stroma.release.cytometry.fcs import read_fcs
from stroma.release.cytometry.panel import channels_stained, find_markers, panel_named, read_panel
from stroma.release.cytometry.plots import LEFT, LETTER, RIGHT, WIDTH, plots_of
from stroma.release.cytometry.reading import read_with_panel
from stroma.release.cytometry.structure import CELLS, SINGLETS
from stroma.release.cytometry.write import fcs_bytes
from stroma.simulation.cytometer import STAINS, stromal_cells
from tests.release.fcs_by_hand import fcs_by_hand
from tests.skips import REAL_DATA


def written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert cli.main(["cytometry", *arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, list)
    return found


def test_json_is_a_list_with_what_was_promised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "cells.fcs", stromal_cells())
    (row,) = listed(capsys, file)
    assert row["file"] == file
    assert (row["fcs_version"], row["cytometer"], row["events"]) == ("FCS3.1", "Stroma made events", 20_000)
    assert row["channels"][3] == {"index": 4, "name": "BV421-A", "marker": "CD73"}  # type: ignore[index]
    populations = row["populations"]
    assert isinstance(populations, list)
    for population in populations:
        assert {"name", "count", "percent", "low", "high"} <= set(population)
        assert population["low"] <= population["percent"] <= population["high"]
    assert [one["name"] for one in populations][:2] == ["all events", "steady"]
    assert isinstance(row["warnings"], list)


def test_several_files_and_data_sets_are_one_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two = [{"N": "A"}, {"N": "B"}]
    last = fcs_by_hand(bytes(16), two, keywords={"$TOT": "2"})
    probe = fcs_by_hand(bytes(16), two, keywords={"$TOT": "2", "$NEXTDATA": "00000000"})
    both = fcs_by_hand(bytes(16), two, keywords={"$TOT": "2", "$NEXTDATA": f"{len(probe):08d}"}) + last
    rows = listed(capsys, written(tmp_path / "two.fcs", both), written(tmp_path / "one.fcs", stromal_cells()))
    assert [(row["data_set"], row["events"]) for row in rows] == [(1, 2), (2, 2), (1, 20_000)]


def test_every_refused_file_is_named_with_its_byte_and_nothing_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = stromal_cells(events=1000)
    good = written(tmp_path / "good.fcs", whole)
    cut = written(tmp_path / "cut.fcs", whole[:-100])
    none = written(tmp_path / "none.fcs", b"not one")
    assert cli.main(["cytometry", good, cut, none, "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.splitlines()
    assert len(lines) == 2
    assert f"byte {len(whole) - 100}" in lines[0]
    assert lines[1].startswith(f"{none}: byte 0: ")


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["cytometry", str(tmp_path / "absent.fcs")]) == 2
    assert "absent.fcs" in capsys.readouterr().err


def test_the_panel_finds_the_shares_the_cells_were_made_with() -> None:
    (data,) = read_fcs(stromal_cells(events=60_000))
    (control,) = read_fcs(stromal_cells(is_stained=False, seed=9))
    reading = read_with_panel(data, panel_named("isct"), control=control)
    by_name = {one.name: one for one in reading.populations}
    for _, stain, share in STAINS[:-1]:
        found = by_name[f"{stain.removesuffix(' PE')} positive"]
        assert found.percent is not None
        # One in a hundred dark cells is counted by a threshold that 99 in 100 of the control do not reach.
        assert found.percent == pytest.approx(100 * share + (1 - share), abs=0.6), stain
    assert by_name["live"].percent == pytest.approx(94, abs=1)
    assert by_name[CELLS].percent == pytest.approx(92, abs=1)
    assert by_name[SINGLETS].percent == pytest.approx(96, abs=1)
    assert {one.verdict for one in reading.populations if one.expect} == {"met"}
    assert not reading.is_provisional


def test_a_limit_that_the_interval_reaches_over_is_within_error() -> None:
    (data,) = read_fcs(stromal_cells(events=3000, shares={"CD90": 0.95, "CD45": 0.3}))
    reading = read_with_panel(data, panel_named("isct"))
    verdicts = {one.name: one.verdict for one in reading.populations if one.expect}
    assert verdicts["CD90 positive"] == "within error"
    assert verdicts["CD45 positive"] == "not met"
    assert verdicts["CD73 positive"] == "met"


def test_without_a_control_the_result_is_called_provisional() -> None:
    (data,) = read_fcs(stromal_cells())
    reading = read_with_panel(data, panel_named("isct"))
    assert reading.is_provisional
    assert "provisional" in " ".join(reading.warnings)


def test_every_stain_that_is_missing_is_named() -> None:
    (data,) = read_fcs(stromal_cells(without=("CD73", "HLA-DR")))
    with pytest.raises(BadInput) as caught:
        read_with_panel(data, panel_named("isct"))
    assert [(p.code, p.place) for p in caught.value.problems] == [
        ("stain_missing", "CD73"),
        ("stain_missing", "HLA-DR"),
    ]


def test_one_of_a_pair_is_enough() -> None:
    other = [("BV711-A", "CD79a PE") if stain == "CD19" else (name, stain) for name, stain, _ in STAINS]
    (data,) = read_fcs(fcs_bytes(np.ones((600, len(other))), other))
    assert [one.stain for one in find_markers(panel_named("isct"), data)][6] == "CD79a"


def test_a_control_measured_otherwise_is_refused() -> None:
    (data,) = read_fcs(stromal_cells())
    (other,) = read_fcs(stromal_cells(is_stained=False, top=1_048_576))
    with pytest.raises(BadInput) as caught:
        read_with_panel(data, panel_named("isct"), control=other)
    assert {problem.code for problem in caught.value.problems} == {"control_mismatch"}


def test_a_control_without_the_channel_is_refused() -> None:
    (data,) = read_fcs(stromal_cells())
    (other,) = read_fcs(stromal_cells(is_stained=False, without=("CD34",)))
    with pytest.raises(BadInput) as caught:
        read_with_panel(data, panel_named("isct"), control=other)
    assert [(p.code, p.place) for p in caught.value.problems] == [("channel_missing", "PE-Cy7-A")]


def test_a_control_of_too_few_cells_is_refused() -> None:
    (data,) = read_fcs(stromal_cells())
    (few,) = read_fcs(stromal_cells(events=300, is_stained=False))
    with pytest.raises(BadInput) as caught:
        read_with_panel(data, panel_named("isct"), control=few)
    assert {problem.code for problem in caught.value.problems} == {"control_too_small"}


def test_a_threshold_for_another_scale_is_not_used() -> None:
    (data,) = read_fcs(stromal_cells(top=1_048_576))
    with pytest.raises(BadInput) as caught:
        read_with_panel(data, panel_named("isct"))
    assert {problem.code for problem in caught.value.problems} == {"threshold_mismatch"}


@pytest.mark.parametrize(
    ("text", "stain", "is_it"),
    [
        ("CD73", "CD73", True),
        ("cd 73", "CD73", True),
        ("CD105 PE", "CD105", True),
        ("CD45-APC-Cy7", "CD45", True),
        ("HLADr", "HLA-DR", True),
        ("HLA DR BV 711", "HLA-DR", True),
        ("CD45RA", "CD45", False),
        ("CD45", "CD4", False),
        ("CD90 CD73", "CD90", False),
        ("HLA-DR,DP,DQ", "HLA-DR", False),
        ("anti-CD73", "CD73", False),
        ("", "CD73", False),
    ],
)
def test_a_stain_is_itself_alone_or_with_its_dye(text: str, stain: str, is_it: bool) -> None:
    (data,) = read_fcs(fcs_bytes(np.ones((3, 1)), [("FL1-A", text)]))
    assert bool(channels_stained(data, stain)) is is_it


@pytest.mark.parametrize(
    ("channels", "code"),
    [
        ([("FL1-A", "CD73"), ("FL2-A", "CD73")], "stain_twice"),
        ([("FL1-A", "CD73"), ("FL1-H", "CD73")], None),
    ],
)
def test_two_channels_of_one_stain_are_not_chosen_between(
    channels: list[tuple[str, str]], code: str | None
) -> None:
    panel = read_panel(
        """
        name = "one"
        version = "1"
        title = "one"
        source = "test"
        control_percentile = 99
        reference = { threshold = 100, top = 262144, source = "test" }
        markers = [{ stain = "CD73", expect = "positive", limit_percent = 95, source = "test" }]
        """,
        file="one.toml",
    )
    (data,) = read_fcs(fcs_bytes(np.ones((3, 2)), channels))
    if code is None:
        assert [one.channel.name for one in read_with_panel(data, panel).found] == ["FL1-A"]
        return
    with pytest.raises(BadInput) as caught:
        read_with_panel(data, panel)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_protocols_panel_has_the_limits_of_its_specification() -> None:
    panel = panel_named("disc-marrow-expanded")
    limits = {one.code: one for one in shipped_protocol("disc-marrow-expanded").protocol.specification}
    assert {marker.result for marker in panel.markers} == {code for code in limits if code.startswith("id_")}
    for marker in panel.markers:
        limit: SpecificationLimit = limits[marker.result]
        assert marker.limit_percent == (limit.minimum if marker.expect == "positive" else limit.maximum)


def test_a_protocol_that_asks_for_no_marker_has_no_panel() -> None:
    with pytest.raises(BadInput) as caught:
        panel_named("surgery")
    assert [problem.code for problem in caught.value.problems] == ["panel_not_asked"]


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 0.0, -1e30, 262_143.0])
@pytest.mark.parametrize("share", [0.1, 1.0])
def test_values_that_are_no_measurement_break_nothing(odd: float, share: float) -> None:
    chance = np.random.default_rng(4)
    channels = [("FSC-A", ""), ("FSC-H", ""), ("SSC-A", ""), *((a, b) for a, b, _ in STAINS), ("Time", "")]
    table = chance.normal(50_000, 9_000, (2_000, len(channels)))
    table[chance.random(table.shape) < share] = odd
    (data,) = read_fcs(fcs_bytes(table, channels))
    reading = read_with_panel(data, panel_named("isct"))
    assert len(plots_of(reading)) >= len(STAINS)
    json.dumps(reading.as_json(), allow_nan=False)


def test_a_name_in_a_file_is_no_markup_in_a_picture() -> None:
    (data,) = read_fcs(stromal_cells(events=600).replace(b"PerCP-Cy5-5-A", b"<script>&\"'x-"))
    drawn = "".join(plot.svg for plot in plots_of(read_with_panel(data, panel_named("isct"))))
    assert "<script>" not in drawn
    assert "&lt;script&gt;&amp;" in drawn


@pytest.mark.parametrize("threshold", [-400.0, 300.0, 150_000.0])
def test_the_words_of_a_gate_stay_inside_of_its_frame_and_off_the_key(threshold: float) -> None:
    panel = panel_named("isct")
    assert panel.reference is not None
    moved = panel.model_copy(
        update={"reference": panel.reference.model_copy(update={"threshold": threshold})}
    )
    (data,) = read_fcs(stromal_cells())
    drawn = next(
        one.svg for one in plots_of(read_with_panel(data, moved)) if one.population == "CD73 positive"
    )
    spans = {}
    for x, anchor, words in re.findall(r'x="([\d.]+)" y="24" text-anchor="(\w+)">([^<]+)<', drawn):
        wide = LETTER * len(words)
        spans[words] = (float(x), float(x) + wide) if anchor == "start" else (float(x) - wide, float(x))
    assert set(spans) == {"counted →", "sample"}
    assert all(LEFT <= low < high <= WIDTH - RIGHT for low, high in spans.values())
    (_, first_ends), (second_begins, _) = sorted(spans.values())
    assert first_ends <= second_begins


def test_every_fault_of_a_panel_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "cells.fcs", stromal_cells())
    panel = written(tmp_path / "mine.toml", b'name = "mine"\nversion = "1"\nwrong = 1\n')
    assert cli.main(["cytometry", file, "--panel", panel]) == 2
    told = capsys.readouterr().err
    for place in ("title", "source", "control_percentile", "markers", "wrong"):
        assert f"{panel}: {place}: " in told
    assert cli.main(["cytometry", file, "--panel", "unheard-of"]) == 2
    assert "isct" in capsys.readouterr().err


def test_the_report_holds_what_the_file_says_as_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A name of the same length, so that the offsets stay true.
    hostile = stromal_cells().replace(b"Stroma made events", b"#panic() *a* $b <c")
    file = written(tmp_path / "cells.fcs", hostile)
    report = tmp_path / "report.pdf"
    assert cli.main(["cytometry", file, "--panel", "isct", "--report", str(report)]) == 0
    assert "#panic() *a* $b <c" in capsys.readouterr().out
    first = report.read_bytes()
    assert first.startswith(b"%PDF")
    assert cli.main(["cytometry", file, "--panel", "isct", "--report", str(report)]) == 0
    assert report.read_bytes() == first
    nowhere = tmp_path / "no folder" / "report.pdf"
    assert cli.main(["cytometry", file, "--report", str(nowhere)]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"{nowhere}: No such file or directory"


@pytest.mark.real_data
def test_every_real_file_is_read_alone_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(str(path) for path in (REAL_DATA / "fcs").rglob("*.fcs"))
    assert len(files) == 17
    good = [file for file in files if not file.endswith("corrupted.fcs")]
    assert [row["file"] for row in listed(capsys, *good)] == good
    assert cli.main(["cytometry", *files]) == 2


@pytest.mark.real_data
def test_the_nearest_real_stain_lacks_what_it_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(REAL_DATA / "fcs/hesc_timecourse_D0.fcs")
    assert cli.main(["cytometry", file, "--panel", "isct"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["CD105", "CD14", "CD19", "HLA-DR"]
