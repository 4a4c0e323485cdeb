"""The ledger's commands as a person types them, each in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

FILL = """
import sys, uuid
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from stroma.ledger.domain.entry import course_chain
from stroma.ledger.record import record
from stroma.ledger.transaction import action

@action
def happen(course):
    at = timezone.now()
    record("x.happened", by="user:1", at=at, chains=[course_chain(course)], sealed={"why": "because"})

for _ in range(int(sys.argv[2])):
    happen(uuid.UUID(sys.argv[1]))
"""

WITH_COURSE_CHAINS = """
import sys
import django
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "stroma.config.settings"
django.setup()
from stroma.ledger.domain.entry import course_chain
from stroma.ledger.readers import register
register("dossier_chains", "test", lambda course: [course_chain(course)])
from stroma.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own."""
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def stroma(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """``stroma ...``, where a course's dossier tells the course's chain."""
    return run(environment, "-c", WITH_COURSE_CHAINS, *arguments)


def test_a_database_that_was_not_founded_is_bad_input(own_database: dict[str, str], tmp_path: Path) -> None:
    commands = [
        ["verify"],
        ["checkpoint", str(tmp_path / "f")],
        ["dossier", "export", str(uuid4()), str(tmp_path / "f")],
    ]
    for made_before in (False, True):
        if made_before:
            assert stroma(own_database, "migrate").returncode == 0
        for command in commands:
            said = stroma(own_database, *command)
            assert (said.returncode, "Traceback" in said.stderr) == (2, False), (command, said.stderr)
            assert "stroma found --real" in said.stderr
    assert stroma(own_database, "found", "--simulated").returncode == 0
    for course in (str(uuid4()), "C-17"):
        said = stroma(own_database, "dossier", "export", course, str(tmp_path / "f"))
        assert (said.returncode, course in said.stderr) == (2, True)
    said = stroma(own_database, "dossier", "export", str(uuid4()), str(tmp_path / "no" / "folder" / "f"))
    assert said.returncode == 2
    assert [file.name for file in tmp_path.iterdir()] == ["home"]


def test_a_database_lives_from_founding_to_a_checked_dossier(
    own_tables: dict[str, str], tmp_path: Path
) -> None:
    course, file, witness = str(uuid4()), tmp_path / "course.jsonl", tmp_path / "witness.json"
    assert stroma(own_tables, "found").returncode == 2
    assert stroma(own_tables, "found", "--real").returncode == 0
    assert stroma(own_tables, "found", "--real").returncode == 0
    assert stroma(own_tables, "found", "--simulated").returncode == 3

    assert run(own_tables, "-c", FILL, course, "3").returncode == 0
    assert stroma(own_tables, "checkpoint", str(witness)).returncode == 0
    assert stroma(own_tables, "checkpoint", str(witness)).returncode == 2
    assert run(own_tables, "-c", FILL, course, "4").returncode == 0

    verified = stroma(own_tables, "verify", "--json", "--witness", str(witness))
    assert verified.returncode == 0, verified.stderr
    told = json.loads(verified.stdout)
    assert (told["intact"], told["nature"], told["findings"]) == (True, "REAL", [])
    assert {check["check"]: check["examined"] for check in told["checks"]}["entries"] == 7

    exported = stroma(own_tables, "dossier", "export", course, str(file), "--witness", str(witness))
    assert exported.returncode == 0, exported.stderr
    before = file.read_bytes()
    assert stroma(own_tables, "dossier", "export", course, str(file)).returncode == 2
    assert file.read_bytes() == before
    assert stroma(own_tables, "dossier", "export", course, str(file), "--force").returncode == 0

    key = Path(own_tables["STROMA_HOME"], "keys", "ledger.ed25519.pub")
    checked = stroma(own_tables, "dossier", "check", str(file), "--key", str(key), "--witness", str(witness))
    assert checked.returncode == 0
    said = checked.stdout.splitlines()
    assert said[:2] == ["INTACT", "REAL: a clinic's record of a treatment."]
    assert said[-1] == "Everything the witness saw (3 entries) is still in the tree."
    file.write_bytes(file.read_bytes().replace(b"because", b"becauze", 1))
    assert stroma(own_tables, "dossier", "check", str(file)).returncode == 1
