"""``stroma import``: one patient in, once; somebody very like a known patient is asked about."""

import gzip
import json
from pathlib import Path

from tests.simulation.walking import a_bundle, everything_in, ledger_hashes, stroma


def test_a_bundle_comes_in_once_and_a_second_time_adds_nothing(
    own_tables: dict[str, str], tmp_path: Path
) -> None:
    plain = a_bundle(tmp_path / "patient.json")
    packed = tmp_path / "patient.json.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    first = stroma(own_tables, "import", plain, "--json")
    told = json.loads(first.stdout)
    assert (first.returncode, told["record"], told["resources"]["Patient"]) == (0, "P0000001", 1)
    assert first.stderr.startswith("This installation was empty. It now holds a SIMULATED clinic, for ever.")

    again = stroma(own_tables, "import", packed, "--json")
    assert (again.returncode, json.loads(again.stdout)) == (0, told)
    assert again.stderr == ""
    assert stroma(own_tables, "verify").returncode == 0


def test_a_likely_duplicate_is_asked_about_and_then_answered(
    own_tables: dict[str, str], tmp_path: Path
) -> None:
    name = {"name": [{"family": "Quillfeather", "given": ["Zebulon"]}], "birthDate": "1981-04-17"}
    number = "urn:example:clinic"
    known = a_bundle(tmp_path / "a.json", identifier=[{"system": number, "value": "1"}], **name)
    like = a_bundle(tmp_path / "b.json", identifier=[{"system": number, "value": "2"}], **name)
    assert stroma(own_tables, "import", known).returncode == 0
    before = ledger_hashes(own_tables)

    asked = stroma(own_tables, "import", like)
    assert (asked.returncode, asked.stdout) == (3, "")
    assert asked.stderr.startswith("HARD: ")
    assert [word for word in ("Quillfeather", "Zebulon", "1981") if word in asked.stderr] == []
    assert ledger_hashes(own_tables) == before

    unknown = stroma(own_tables, "import", like, "--same-as", "P0000099")
    assert (unknown.returncode, unknown.stderr) == (
        2,
        "--same-as: this site has no record with that number\n",
    )
    same = stroma(own_tables, "import", like, "--same-as", "P0000001", "--json")
    assert (same.returncode, json.loads(same.stdout)["record"]) == (0, "P0000001")

    third = a_bundle(tmp_path / "c.json", identifier=[{"system": number, "value": "3"}], **name)
    new = stroma(own_tables, "import", third, "--new", "--json")
    assert (new.returncode, json.loads(new.stdout)["record"]) == (0, "P0000002")
    both = stroma(own_tables, "import", third, "--new", "--same-as", "P0000001")
    assert both.returncode == 2


def test_a_bad_bundle_makes_nothing_in_an_empty_home(own_database: dict[str, str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"resourceType": "Bundle",')
    unborn = a_bundle(tmp_path / "unborn.json", birthDate="2999-01-01")
    unnamed = tmp_path / "bundle.xml"
    unnamed.write_text("<Bundle/>")
    for file in (broken, unborn, unnamed, tmp_path / "none.json", tmp_path):
        done = stroma(own_database, "import", file)
        assert (done.returncode, done.stdout) == (2, "")
        assert [line for line in done.stderr.splitlines() if not line.startswith(f"{file}:")] == []
        assert "2999" not in done.stderr
    assert everything_in(own_database) == {}


def test_a_site_that_is_not_there_founds_nothing(own_database: dict[str, str], tmp_path: Path) -> None:
    done = stroma(own_database, "import", a_bundle(tmp_path / "a.json"), "--site", "Nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert ledger_hashes(own_database) == []


def test_in_a_real_database_somebody_must_be_named_who_imports(
    own_tables: dict[str, str], tmp_path: Path
) -> None:
    assert stroma(own_tables, "found", "--real").returncode == 0
    before = ledger_hashes(own_tables)
    done = stroma(own_tables, "import", a_bundle(tmp_path / "a.json"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert ledger_hashes(own_tables) == before
