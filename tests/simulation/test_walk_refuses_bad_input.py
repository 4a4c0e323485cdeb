"""What cannot be used ends in 2 with every fault named, and nothing is written: not even an empty database."""

import json
from pathlib import Path

import pytest

from tests.simulation.walking import a_bundle, everything_in, ledger_hashes, stroma

WALK = ("walk", "disc-marrow-concentrate")


def bad_inputs(folder: Path) -> dict[str, tuple[tuple[object, ...], list[str]]]:
    """A name for each, the arguments, and how its lines on standard error begin."""
    cut = folder / "cut.json"
    cut.write_text(a_bundle(folder / "whole.json").read_text()[:900])
    nobody = folder / "nobody.json"
    nobody.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": []}))
    unborn = a_bundle(folder / "unborn.json", birthDate="2999-01-01")
    answers = folder / "answers.toml"
    answers.write_text('[answers]\npain_nrs = 11\nsmokes = "no"\n')
    other = folder / "other.toml"
    other.write_text('indication = "facet_joint_pain"\n')
    return {
        "no such protocol": (("walk", "disc-magic"), ["'disc-magic' is no shipped protocol"]),
        "half a bundle": ((*WALK, "--patient", cut), [f"{cut}:"]),
        "nobody in the bundle": ((*WALK, "--patient", nobody), [f"{nobody}:"]),
        "born in the future": ((*WALK, "--patient", unborn), ["birth_date"]),
        "no bundle": ((*WALK, "--patient", folder / "none.json"), [f"{folder / 'none.json'}: "]),
        "a folder as bundle": ((*WALK, "--patient", folder), [f"{folder}: "]),
        "broken answers": (
            (*WALK, "--answers", answers),
            [f"{answers}:2: answers.pain_nrs: ", f"{answers}:3: answers.smokes: "],
        ),
        "answers about something else": ((*WALK, "--answers", other), [f"{other}: indication: "]),
        "a folder as answers": ((*WALK, "--answers", folder), [f"{folder}: "]),
        "no folder for the dossier": (
            (*WALK, "--dossier", folder / "none" / "x"),
            [f"{folder / 'none' / 'x'}: "],
        ),
        "a folder as dossier": ((*WALK, "--dossier", folder), [f"{folder}: "]),
    }


NAMES = [
    "no such protocol",
    "half a bundle",
    "nobody in the bundle",
    "born in the future",
    "no bundle",
    "a folder as bundle",
    "broken answers",
    "answers about something else",
    "a folder as answers",
    "no folder for the dossier",
    "a folder as dossier",
]


@pytest.mark.parametrize("name", NAMES)
def test_bad_input_ends_in_2_and_makes_no_database(
    own_database: dict[str, str], tmp_path: Path, name: str
) -> None:
    arguments, beginnings = bad_inputs(tmp_path)[name]
    done = stroma(own_database, *arguments)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (2, "", len(beginnings))
    assert [line for line, start in zip(lines, beginnings, strict=True) if not line.startswith(start)] == []
    assert everything_in(own_database) == {}


def test_bad_input_leaves_a_database_as_it_was(own_tables: dict[str, str], tmp_path: Path) -> None:
    assert stroma(own_tables, "walk", "medication").returncode == 0
    before = (everything_in(own_tables), ledger_hashes(own_tables))
    codes = [stroma(own_tables, *arguments).returncode for arguments, _ in bad_inputs(tmp_path).values()]
    assert codes == [2] * len(codes)
    assert (everything_in(own_tables), ledger_hashes(own_tables)) == before
