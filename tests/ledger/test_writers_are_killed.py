"""Several processes write into the same chains and are killed at random: nothing is lost, nothing forks.

The negative control takes the lock and the constraint away, and the same run must then be found out.
"""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# Each writer says an entry's id only after the commit; what it has said must be there afterwards.
WRITER = """
import os, sys, random
import django; django.setup()
from uuid import UUID
from django.utils import timezone
from stroma.ledger import record as recording
from stroma.ledger.domain.entry import course_chain, lot_chain, patient_chain
from stroma.ledger.transaction import action

chains = [kind(UUID(int=number)) for kind in (course_chain, lot_chain, patient_chain) for number in (1, 2)]
chance = random.Random(int(sys.argv[1]))

@action
def write():
    return recording.record(
        "x.happened", by="writer:1", at=timezone.now(), chains=chance.sample(chains, 3), sealed={"a": "b"}
    )

while True:
    print(write(), flush=True)
"""

# The same writer, reading each chain's head before it takes any lock: what a careless version would do. On PostgreSQL
# the server's function is careless: it locks nothing and takes its time.
CARELESS = """
import time
from stroma.ledger import record as recording
from stroma.ledger.domain.entry import ChainKey, ChainKind
from stroma.ledger.models import Chain
from stroma.ledger.sqlite3 import writing
from stroma.ledger.sqlite3.writing import ChainRow, Held

def unlocked(_send, keys):
    return Held("REAL", [unlocked_heads[(key.kind.value, key.subject)] for key in keys])

unlocked_heads = {}
true_action_write = write

def write():
    unlocked_heads.clear()
    for chain in Chain.objects.all():
        key = ChainKey(ChainKind(chain.kind), chain.subject)
        unlocked_heads[(chain.kind, chain.subject)] = ChainRow(
            chain.id, key, chain.length, chain.head, chain.last_recorded_at
        )
    time.sleep(0.002)
    return true_action_write()

writing.hold_chains = unlocked
"""

UNGUARD = """
import django; django.setup()
from django.db import connection
from stroma.ledger.guards import Refuse
from stroma.ledger.models import Link
from django.db.migrations.loader import MigrationLoader
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('ledger_record'::regproc)")
        (text,) = cursor.fetchone()
        careless = text.replace(" FOR NO KEY UPDATE", "")
        careless = careless.replace("WITH entry AS", "PERFORM pg_sleep(0.002); WITH entry AS")
        assert careless.count("pg_sleep") == 1 and "FOR NO KEY" not in careless
        cursor.execute(careless)
constraints, Link._meta.constraints = Link._meta.constraints, []
with connection.schema_editor() as editor:
    for constraint in constraints:
        editor.remove_constraint(Link, constraint)
with connection.cursor() as cursor:
    for migration in MigrationLoader(connection).graph.nodes.values():
        for guard in migration.operations:
            if isinstance(guard, Refuse) and guard.table in ("ledger_link", "ledger_chain"):
                if connection.vendor == "postgresql":
                    cursor.execute(f"DROP FUNCTION IF EXISTS {guard.name}() CASCADE")
                else:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name}")
"""

PREPARE = """
import django; django.setup()
from uuid import UUID
from django.utils import timezone
from stroma.ledger.domain.entry import course_chain, lot_chain, patient_chain
from stroma.ledger.record import record
from stroma.ledger.transaction import action

@action
def begin():
    for kind in (course_chain, lot_chain, patient_chain):
        for number in (1, 2):
            record("x.begun", by="test", at=timezone.now(), chains=[kind(UUID(int=number))])
begin()
"""

COUNT = """
import sys
import django; django.setup()
from stroma.ledger.models import Entry
print(*[str(found) for found in Entry.objects.values_list("id", flat=True)], sep="\\n")
"""

FINDINGS = """
import django; django.setup()
from stroma.ledger.verification import verify
for check in verify():
    for finding in check.findings:
        print(finding.check, finding.place, finding.message)
"""


def python(environment: dict[str, str], program: str, *arguments: str) -> str:
    """What a program of its own process says."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def write_and_kill(
    environment: dict[str, str], folder: Path, program: str, *, rounds: int, seconds: float
) -> list[str]:
    """Let three writers write, and kill each at a random moment; gives the ids they acknowledged."""
    chance = random.Random(1)
    acknowledged: list[str] = []
    for number in range(rounds):
        writers = []
        for which in range(3):
            said = folder / f"said-{number}-{which}"
            with said.open("wb") as output:
                process = subprocess.Popen(
                    [sys.executable, "-c", program, str(10 * number + which)],
                    env=environment,
                    stdout=output,
                    stderr=subprocess.DEVNULL,
                )
            writers.append((process, said))
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not all(said.stat().st_size for _process, said in writers):
            time.sleep(0.05)
        for process, said in chance.sample(writers, 3):
            time.sleep(chance.uniform(0.1, seconds))
            process.send_signal(signal.SIGKILL)
            process.wait()
            # The last line may have been cut off by the kill; the writer had not finished saying it.
            acknowledged += said.read_text().split("\n")[:-1]
    return acknowledged


@pytest.mark.processes
def test_nothing_acknowledged_is_lost_and_no_chain_forks(own_tables: dict[str, str], tmp_path: Path) -> None:
    python(own_tables, "import sys; from stroma.cli import main; sys.exit(main(['found', '--real']))")
    acknowledged = write_and_kill(own_tables, tmp_path, WRITER, rounds=2, seconds=0.6)
    assert len(acknowledged) > 20
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) - set(python(own_tables, COUNT).split()) == set()
    assert python(own_tables, FINDINGS) == ""


@pytest.mark.processes
def test_without_the_lock_and_the_constraint_the_same_run_is_found_out(
    own_tables: dict[str, str], tmp_path: Path
) -> None:
    python(own_tables, "import sys; from stroma.cli import main; sys.exit(main(['found', '--real']))")
    python(own_tables, PREPARE)
    python(own_tables, UNGUARD)
    careless = WRITER.replace("while True:", CARELESS + "\nwhile True:")
    write_and_kill(own_tables, tmp_path, careless, rounds=1, seconds=0.6)
    findings = python(own_tables, FINDINGS).splitlines()
    assert [line for line in findings if line.startswith("entries ")]
