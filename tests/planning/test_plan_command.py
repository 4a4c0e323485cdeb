"""``stroma plan``: what it writes, and with which code it ends."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stroma.cli import main
from tests.planning.small_clinics import a_clinic, a_tiny_clinic


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return written(tmp_path / "clinic.json", a_tiny_clinic())


def written(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_a_plan_is_written_as_json_and_accepted_by_the_checker(
    clinic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", str(clinic), "--seconds", "3", "--workers", "1", "--json"]) == 0
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert (document["status"], document["objective"], document["gap"]) == ("optimal", 4.0, 0.0)
    assert [chance["visit"] for chance in document["chances"]] == ["injection"]
    assert "gap" in said.err
    plan = written(tmp_path / "plan.json", document)
    assert main(["plan", "check", str(clinic), str(plan)]) == 0
    assert capsys.readouterr().out == "accepted: 4 points\n"


def test_a_rejected_schedule_ends_in_3_with_every_rule(
    clinic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schedule = written(tmp_path / "plan.json", {"waiting": ["ada", "eve"]})
    assert main(["plan", "check", str(clinic), str(schedule), "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert [(v["rule"], v["ids"]) for v in document["violations"]] == [
        ("wrong_waiting", ["eve"]),
        ("may_not_wait", ["ada"]),
    ]


def test_what_cannot_be_planned_ends_in_3_with_the_rules_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = a_tiny_clinic()
    document["patients"][0]["not_before"] = {"injection": "2026-04-20"}
    assert (
        main(["plan", str(written(tmp_path / "c.json", document)), "--seconds", "4", "--workers", "1"]) == 3
    )
    said = capsys.readouterr().err
    assert "These rules cannot hold together (none of them can be left out)" in said
    assert "- injection of ada cannot be before 2026-04-20" in said


def test_bad_input_ends_in_2_with_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = a_tiny_clinic(days=-1)
    document["chains"][0]["visits"][0]["minutes"] = 0
    file = written(tmp_path / "bad.json", document)
    assert main(["plan", str(file)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["days", "chains[short].visits[collection].minutes"]
    assert main(["plan", str(tmp_path / "none.json")]) == 2
    assert main(["plan", "check", str(file)]) == 2


def test_a_repair_lists_who_moves_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planned = {
        "chains": {"ada": "short"},
        "visits": [
            {
                "patient": "ada",
                "visit": "collection",
                "starts_at": "2026-03-02T09:00",
                "resources": ["dr_gray"],
            },
            {
                "patient": "ada",
                "visit": "injection",
                "starts_at": "2026-03-04T09:00",
                "resources": ["dr_gray"],
            },
        ],
        "holds": [{"patient": "ada", "hold": "culture", "resource": "incubator"}],
    }
    document = a_tiny_clinic(current=planned)
    document["resources"][0]["away"] = [{"first": "2026-03-04", "last": "2026-03-04", "reason": "ill"}]
    assert main(["plan", "repair", str(written(tmp_path / "c.json", document))]) == 0
    assert capsys.readouterr().out == (
        "ada injection: 2026-03-04 09:00:00 -> 2026-03-05 09:00:00: "
        "dr_gray is not there for the whole of injection of ada (2026-03-04 09:00)\n"
    )


def test_a_generated_clinic_is_planned_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "clinic.json", a_clinic(3))
    assert main(["plan", str(file), "--seconds", "0.3", "--workers", "1"]) == 0
    said = capsys.readouterr().out
    assert "patient_001  consultation  physician_1, consulting_room_1" in said
    assert "% chance that patient_" in said


INTERRUPTED = """
import json, signal, sys, threading, time
from stroma.planning.planner import counts
from stroma.planning.planner.result import plan
from stroma.planning.planner.reading import read_instance

solving = threading.Event()
solve = counts.CountSearch._run

def run(search):
    solving.set()
    solve(search)

def interrupt():
    solving.wait(60)
    time.sleep(1)  # the solver has its handlers by then
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

counts.CountSearch._run = run
threading.Thread(target=interrupt, daemon=True).start()
instance = read_instance(sys.stdin.read(), file="clinic.json")
print(plan(instance, seconds=60, workers=2).stopped)
"""


def test_ctrl_c_while_the_counts_are_solved_beside_gives_the_best_so_far() -> None:
    told = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        input=json.dumps(a_clinic(100, 3)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (0, "True\n"), told.stderr
