"""SQLite: an action returns once a sync that began after its commit has ended, and those who wait share one."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError

from stroma.ledger.sqlite3 import durable as module
from stroma.ledger.sqlite3.durable import Durable

pytestmark = [pytest.mark.only_on("sqlite")]

# In a process of its own, whose transactions are kept; what is asked of the disk is told instead of asked.
PROGRAM = """
import os, threading, time
import django; django.setup()
from uuid import uuid4
from django.conf import settings
from django.db import OperationalError, connections
from django.utils import timezone
from stroma.ledger.domain.entry import patient_chain
from stroma.ledger.models import Entry
from stroma.ledger.record import record
from stroma.ledger.sqlite3 import durable
from stroma.ledger.transaction import action

syncs, ended, disk_is_broken, may_go_on = [], [], [], threading.Event()

def sync(path):
    syncs.append(path)
    assert may_go_on.wait(10)
    if disk_is_broken:
        raise OSError("input/output error")

durable._sync_file = sync

@action
def happen():
    record("x.happened", by="test", at=timezone.now(), chains=[patient_chain(uuid4())])

@action
def refuse():
    happen()
    raise LookupError

def begin(number):
    def one():
        happen()
        ended.append(1)
        connections.close_all()
    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    return threads

def wait_until(holds):
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)
    time.sleep(0.05)

def written():
    return Entry.objects.filter(action="x.happened").count()

def must_raise(kind, function):
    try:
        function()
    except kind as error:
        return str(error)
    raise AssertionError(kind)
"""

ONE = """
threads = begin(1)
wait_until(lambda: syncs)
assert written() == 1 and not ended, "committed, and not told of"
may_go_on.set()
threads[0].join(10)
assert ended == [1]
assert syncs == [os.path.realpath(settings.DATABASES["default"]["NAME"]) + "-wal"], syncs
"""

MANY = """
threads = begin(1)
wait_until(lambda: syncs)
threads += begin(5)
wait_until(lambda: written() == 6)
assert not ended, "five more wrote while the first waited, and none is told of"
may_go_on.set()
for thread in threads:
    thread.join(10)
assert len(ended) == 6
assert len(syncs) == 2, "the first one's, and one that began after all the others had committed"
"""

BROKEN = """
may_go_on.set()
disk_is_broken.append(True)
assert "did not keep" in must_raise(OperationalError, happen)
disk_is_broken.clear()
happen()
"""

REFUSED = """
may_go_on.set()
must_raise(LookupError, refuse)
assert not syncs and written() == 0
"""


@pytest.mark.processes
@pytest.mark.parametrize("happens", [ONE, MANY, BROKEN, REFUSED], ids=["one", "many", "broken", "refused"])
def test_an_action_is_told_of_once_it_is_on_the_disk(own_tables: dict[str, str], happens: str) -> None:
    founding = "import sys; from stroma.cli import main; sys.exit(main(['found', '--real']))"
    for program in (founding, PROGRAM + happens):
        said = subprocess.run(
            [sys.executable, "-c", program], env=own_tables, capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stderr


def test_a_later_sync_does_not_vouch_for_what_an_earlier_one_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def sync(path: str) -> None:
        asked.append(path)
        if len(asked) == 1:
            raise OSError("input/output error")

    monkeypatch.setattr(module, "_sync_file", sync)
    log = Durable("log")
    lost = log.committed()
    with pytest.raises(OperationalError):
        log.wait(lost)
    log.wait(log.committed())
    with pytest.raises(OperationalError):
        log.wait(lost)


def test_a_log_that_is_gone_needs_no_sync_and_one_that_is_there_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("os.fdatasync", asked.append)
    module._sync_file(str(tmp_path / "nothing-wal"))
    assert not asked
    there = tmp_path / "some-wal"
    there.write_bytes(b"frames")
    module._sync_file(str(there))
    assert len(asked) == 1


def test_closing_the_log_frees_no_lock_of_the_database(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    own = sqlite3.connect(file, isolation_level=None, timeout=0)
    own.execute("PRAGMA journal_mode=WAL")
    own.execute("CREATE TABLE t (a)")
    own.execute("BEGIN IMMEDIATE")
    module._sync_file(f"{file}-wal")
    # Locks are asked of the system by another process only.
    program = f"import sqlite3; sqlite3.connect({str(file)!r}, timeout=0).execute('INSERT INTO t VALUES (1)')"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    own.execute("COMMIT")
    own.close()
    assert "database is locked" in said.stderr
