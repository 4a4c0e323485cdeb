"""``stroma protocols``: list, check, show."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stroma.cli import main
from stroma.protocols.library import shipped_protocols

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "stroma" / "protocols" / "library"


def test_the_list_as_json_has_one_object_for_each_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocols", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in rows] == [shipped.protocol.id for shipped in shipped_protocols()]
    assert rows[4] == {
        "id": "disc-pulp-research",
        "version": "1.3.1",
        "indication": "discogenic_low_back_pain",
        "source": "dental_pulp",
        "route": "expanded",
        "title": "Lumbar disc, dental pulp stromal cells (research only)",
        "donor": "autologous",
        "research_only": True,
    }


def test_the_list_has_one_line_for_each_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocols", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["id", "version", "indication", "source", "route"]
    assert lines[-1].split() == ["surgery", "1.0.0", "low_back_pain", "none", "surgery"]
    assert len(lines) == 11


def test_a_sound_file_is_ok(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(LIBRARY / "surgery.toml")
    assert main(["protocols", "check", file]) == 0
    assert capsys.readouterr().out == f"{file}: ok\n"


def test_every_fault_of_every_file_is_told_and_the_exit_is_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (LIBRARY / "surgery.toml").read_text()
    lines = text.split("\n")
    variable, route = (lines.index(line) + 1 for line in ('variable = "is_deceased"', 'route = "surgery"'))
    wrong, syntax, latin, absent = (str(tmp_path / name) for name in ("wrong", "syntax", "latin", "absent"))
    Path(wrong).write_text(
        text.replace('"is_deceased"', '"is_dead"').replace('route = "surgery"', 'rout = "surgery"')
    )
    Path(syntax).write_text('id = "a"\nversion = \n')
    Path(latin).write_bytes(b'# first\ntitle = "caf\xe9"\n')
    assert main(["protocols", "check", wrong, syntax, latin, absent]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert [error.rsplit(": ", 1)[0] for error in told.err.splitlines()] == [
        f"{wrong}:1: route",
        f"{wrong}:{route}: rout",
        f"{wrong}:{variable}: criteria[0].variable",
        f"{syntax}:2: column 11: this is not TOML",
        f"{latin}:2",
        f"{absent}: cannot be read",
    ]


def test_a_protocol_is_shown_with_its_status_limits_sources_and_what_is_unconfirmed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["protocols", "show", "sciatica-marrow-expanded"]) == 0
    text = capsys.readouterr().out
    for expected in (
        "NOT APPROVED for this use (US_351_IND); only under an authorization on file",
        "pain_duration_sciatica: Leg pain for at least 12 weeks (required)\n"
        "      sciatica_weeks >= 12 wk; source: IVERSEN11; SPORT06; HASHEMI15",
        "platelets_per_nl >= 100 10^9/L; source: ELABD16; general knowledge [unconfirmed]",
        "endotoxin_per_kg: Endotoxin per body weight: ≤ 0.2 EU/kg\n",
        "20 million viable cells per level, ± 20%",
        "month_3: at 3 mo, 2 wk early to 2 wk late",
    ):
        assert text.count(expected) == 1, expected


@pytest.mark.parametrize("shipped", shipped_protocols(), ids=lambda shipped: shipped.protocol.id)
def test_every_code_of_a_shipped_protocol_is_shown(
    shipped: object, capsys: pytest.CaptureFixture[str]
) -> None:
    protocol = shipped.protocol  # type: ignore[attr-defined]
    assert main(["protocols", "show", protocol.id]) == 0
    text = capsys.readouterr().out
    codes = [part.code for part in (*protocol.criteria, *protocol.specification, *protocol.visits)]
    assert [code for code in codes if f"\n  {code}" not in text] == []


def test_showing_a_protocol_that_is_not_shipped_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocols", "show", "magic"]) == 2
    assert capsys.readouterr().err.startswith("'magic' is no shipped protocol; there are disc-cord-donor, ")


def test_protocols_are_listed_without_loading_django() -> None:
    program = """
import sys
from stroma.cli import main
main(["protocols", "list"])
sys.exit("django" in sys.modules)
"""
    assert (
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False).returncode
        == 0
    )
