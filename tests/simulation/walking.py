"""Running ``stroma`` as a person does: in a process of its own, on a database of the test's alone."""

import hashlib
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from stroma.fhir.example import example_bundle

VERIFIER = Path(__file__).resolve().parents[2] / "verify_dossier.py"


def stroma(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "stroma", *map(str, arguments)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def walk(environment: dict[str, str], *arguments: object) -> tuple[int, dict[str, Any]]:
    """Walk with ``--json``: the exit code, and what was told."""
    done = stroma(environment, "walk", *arguments, "--json")
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def everything_in(environment: dict[str, str]) -> dict[str, str]:
    """Every file below STROMA_HOME with the digest of its bytes."""
    home = Path(environment["STROMA_HOME"])
    return {
        str(file.relative_to(home)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(home.rglob("*"))
        if file.is_file()
    }


def ledger_hashes(environment: dict[str, str]) -> list[str]:
    """The hashes of all entries, read from the database by itself."""
    script = (
        "import django; django.setup()\n"
        "from stroma.ledger.models import Entry\n"
        "print('\\n'.join(Entry.objects.order_by('sequence').values_list('hash', flat=True)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def a_bundle(file: Path, **patient: Any) -> Path:
    """The example's bundle in a file, with these elements of its Patient changed."""
    bundle = example_bundle(today=datetime.now().astimezone().date())
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"].update(patient)
    file.write_text(json.dumps(bundle), encoding="utf-8")
    return file
