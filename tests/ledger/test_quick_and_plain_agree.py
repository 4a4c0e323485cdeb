"""The quick check of the entries says yes where the plain one finds nothing, and never where it finds something."""

import subprocess
import sys

import pytest
from django.db import connection

from stroma.ledger.models import Chain, Entry, Installation, Link
from stroma.ledger.quick_check import entries_that_hold
from stroma.ledger.verification import entries_one_by_one
from tests.ledger.conftest import SmallLedger
from tests.ledger.forging import without_guards

WRITE = """
import django; django.setup()
from uuid import UUID
from django.utils import timezone
from stroma.ledger.domain.entry import course_chain, lot_chain
from stroma.ledger.record import record
from stroma.ledger.transaction import action

@action
def write(number):
    record("x.happened", by="test", at=timezone.now(), chains=[course_chain(UUID(int=1)), lot_chain(UUID(int=number))])

for number in range(1, 9):
    write(number)
"""
CHECK = """
import sys
{before}
import django; django.setup()
from stroma.ledger import compiled_ranges, quick_check
from stroma.ledger.models import Installation

quick_check.WORTH_PROCESSES = quick_check.WORTH_COMPILED = 1
said = []
judged_ranges = compiled_ranges.judged_ranges
compiled_ranges.judged_ranges = lambda *arguments: said.append(judged_ranges(*arguments)) or said[-1]
if __name__ == "__main__":
    print(quick_check.entries_that_hold(Installation.objects.get(), processes=3), len(said), *map(len, said))
"""
WITHOUT = {
    "numba": "sys.modules['numba'] = None",
    "SQLite's functions": "import _sqlite3; del _sqlite3.__file__",
    "OpenSSL's functions": "import _hashlib; del _hashlib.__file__",
    "a folder": "import os, pathlib; os.environ['NUMBA_CACHE_DIR'] = '/dev/null/nowhere'",
}


def here() -> Installation:
    return Installation.objects.get()


def test_a_ledger_that_holds_is_said_to_hold_with_all_its_entries(signed_ledger: SmallLedger) -> None:
    plain = entries_one_by_one(here())
    assert (plain.findings, entries_that_hold(here())) == ([], plain.examined)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("ledger_entry", "action = 'x.other'"),
        ("ledger_entry", "actor = 'user:other'"),
        ("ledger_entry", "hash = '" + "0" * 64 + "'"),
        ("ledger_entry", "text = REPLACE(text, '\"format\":1', '\"format\":2')"),
        ("ledger_entry", "occurred_at = '2031-01-01 00:00:00'"),
        ("ledger_entry", "recorded_at = '2031-01-01 00:00:00'"),
        ("ledger_link", "position = position + 1"),
        ("ledger_link", "previous = '" + "1" * 64 + "'"),
        ("ledger_chain", "length = length + 1"),
        ("ledger_chain", "head = '" + "2" * 64 + "'"),
        ("ledger_chain", "last_recorded_at = NULL"),
    ],
)
def test_where_the_plain_way_finds_something_the_quick_one_does_not_say_yes(
    signed_ledger: SmallLedger, table: str, change: str
) -> None:
    keys = {"ledger_entry": (Entry, "sequence"), "ledger_link": (Link, "id"), "ledger_chain": (Chain, "id")}
    model, key = keys[table]
    last = model.objects.order_by(f"-{key}").values_list(key, flat=True)[0]
    with without_guards(table), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change} WHERE {key} = %s", [last])
    assert entries_that_hold(here()) is None
    assert entries_one_by_one(here()).findings


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    ("change", "finds"),
    [
        ("UPDATE ledger_entry SET recorded_at = recorded_at || '.5' WHERE sequence = 3", True),
        ("UPDATE ledger_link SET chain_id = 999 WHERE id = 1", True),
        ("UPDATE ledger_entry SET id = UPPER(id) WHERE sequence = 3", False),
        ("UPDATE ledger_chain SET kind = 'lot\"' WHERE kind = 'lot'", True),
    ],
)
def test_what_sqlite_keeps_in_another_spelling_is_looked_at_closely(
    signed_ledger: SmallLedger, change: str, finds: bool
) -> None:
    with without_guards("ledger_entry", "ledger_link", "ledger_chain"), connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute(change)
    assert entries_that_hold(here()) is None
    assert bool(entries_one_by_one(here()).findings) == finds
    with without_guards("ledger_link"), connection.cursor() as cursor:  # so that the test can end
        cursor.execute(
            "UPDATE ledger_link SET chain_id = (SELECT MIN(id) FROM ledger_chain) WHERE chain_id = 999"
        )


@pytest.mark.only_on("sqlite")
def test_an_entry_numbered_below_one_is_not_left_out(signed_ledger: SmallLedger) -> None:
    with without_guards("ledger_entry"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry SELECT -1, REPLACE(id, SUBSTR(id, 1, 4), 'abcd'), action, actor, occurred_at, "
            "recorded_at, text, REPLACE(hash, SUBSTR(hash, 1, 4), 'abcd') FROM ledger_entry WHERE sequence = 1"
        )
    assert entries_that_hold(here()) is None
    assert entries_one_by_one(here()).findings


@pytest.mark.only_on("sqlite")
def test_compiled_code_and_several_processes_say_the_same(own_tables: dict[str, str]) -> None:
    _run(own_tables, "-m", "stroma", "found", "--real")
    _run(own_tables, "-c", WRITE)
    assert _run(own_tables, "-c", CHECK.format(before="")) == "8 1 3"  # asked once, for three ranges
    for missing, before in WITHOUT.items():
        assert _run(own_tables, "-c", CHECK.format(before=before)) == "8 0", missing


def _run(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
