"""Walks beside each other, walks again, and where no walk may happen."""

import json
import re
from datetime import datetime
from pathlib import Path

from tests.simulation.walking import a_bundle, everything_in, ledger_hashes, stroma, walk


def test_walks_share_a_home_and_the_same_seed_takes_the_same_steps(own_tables: dict[str, str]) -> None:
    walks = [walk(own_tables, "disc-marrow-concentrate", "--seed", 5) for _ in range(2)]
    assert [code for code, _ in walks] == [0, 0]
    first, second = (told for _, told in walks)

    def path(told: dict[str, object]) -> list[tuple[str, str, float]]:
        steps = json.loads(json.dumps(told["steps"]))
        began = datetime.fromisoformat(steps[0]["at"])
        # A walk begins with the next working hour: minutes apart, two walks may begin a few minutes apart.
        return [
            (s["step"], s["action"], (datetime.fromisoformat(s["at"]) - began).total_seconds() // 86400)
            for s in steps
        ]

    assert path(first) == path(second)
    assert first["registry"] == second["registry"]
    assert len({first["patient"], second["patient"]}) == 2
    assert len({first["site"], second["site"]}) == 2
    assert len({step["hash"] for told in (first, second) for step in told["steps"]}) == 2 * len(
        first["steps"]
    )
    assert stroma(own_tables, "verify").returncode == 0


def test_a_real_database_is_no_place_for_a_walk(own_tables: dict[str, str]) -> None:
    assert stroma(own_tables, "found", "--real").returncode == 0
    before = ledger_hashes(own_tables)
    refused = stroma(own_tables, "walk", "medication")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.startswith("HARD: ")
    assert "Traceback" not in refused.stderr
    assert ledger_hashes(own_tables) == before


def test_a_stopped_walk_tells_its_reasons_and_never_the_patient(
    own_tables: dict[str, str], tmp_path: Path
) -> None:
    bundle = a_bundle(
        tmp_path / "patient.json",
        name=[{"family": "Quillfeather", "given": ["Zebulon"]}],
        birthDate="1981-04-17",
    )
    answers = tmp_path / "answers.toml"
    answers.write_text("[answers]\nodi_percent = 23\nhas_bleeding_disorder = true\nmri_impossible = true\n")
    arguments = ("walk", "disc-marrow-concentrate", "--patient", bundle, "--answers", answers)
    done = stroma(own_tables, *arguments, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["outcome"], told["course"], told["dossier"]) == (3, "stopped", None, None)
    assert [(b["code"], b["weight"]) for b in told["blockers"]] == [
        ("odi_min", "HARD"),
        ("coagulopathy", "HARD"),
    ]
    assert [b["code"] for b in told["blockers"] if not (b["message"] and b["source"])] == []
    assert [b["code"] for b in told["cautions"]] == ["mri_contra"]
    assert [step["action"] for step in told["steps"]] == [
        "patient.registered",
        "candidacy.assessed",
        "candidacy.decided",
    ]

    in_words = stroma(own_tables, *arguments)
    assert in_words.returncode == 3
    assert "\nSTOPPED\n" in in_words.stdout
    answers.write_text("[answers]\nodi_percent = 44\n")
    completed = stroma(own_tables, *arguments)
    assert completed.returncode == 0
    spoken = "".join(run.stdout + run.stderr for run in (done, in_words, completed))
    # A year alone is looked for as a word: the sixteen digits of a ledger hash may hold it by chance.
    assert re.findall(r"Quillfeather|Zebulon|1981-04-17|\b1981\b", spoken) == []


def test_a_walk_stops_at_a_failed_lot_and_the_patient_is_told(
    own_tables: dict[str, str], tmp_path: Path
) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"laboratory": {"viability_percent": 55}}))
    code, told = walk(own_tables, "disc-marrow-concentrate", "--answers", answers)
    assert (code, told["outcome"]) == (3, "stopped")
    assert {b["source"] for b in told["blockers"]} - {""} != set()
    actions = [step["action"] for step in told["steps"]]
    told_to_patient = [
        "lot.rejected",
        "failure.told",
        "visits.cancelled",
        "failure.decided",
        "course.stopped",
    ]
    assert [action for action in actions if action in told_to_patient] == told_to_patient
    assert "dose.given" not in actions
    assert told["dossier_intact"] is True
    assert stroma(own_tables, "verify").returncode == 0


def test_a_donor_product_that_fails_is_told_in_the_same_shape(
    own_tables: dict[str, str], tmp_path: Path
) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"laboratory": {"viability_percent": 55}}))
    code, told = walk(own_tables, "disc-cord-donor", "--answers", answers)
    assert (code, told["outcome"]) == (3, "stopped")
    assert "viability" in " ".join(b["code"] for b in told["blockers"])
    assert everything_in(own_tables) != {}
