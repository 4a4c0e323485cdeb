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

WRITE_AND_CHECK = """
import sys
import django; django.setup()
from uuid import UUID
from django.utils import timezone
from stroma.ledger import quick_check
from stroma.ledger.domain.entry import course_chain, lot_chain
from stroma.ledger.models import Entry, Installation, Link
from stroma.ledger.record import record
from stroma.ledger.transaction import action

@action
def write(number):
    record("x.happened", by="test", at=timezone.now(), chains=[course_chain(UUID(int=1)), lot_chain(UUID(int=number))])

for number in range(1, 9):
    write(number)
quick_check.WORTH_PROCESSES = 1
if __name__ == "__main__":
    print(quick_check.entries_that_hold(Installation.objects.get(), processes=3))
"""


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
def test_several_processes_say_the_same(own_database: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", "stroma", "found", "--real"], env=own_database, check=True)
    done = subprocess.run(
        [sys.executable, "-c", WRITE_AND_CHECK], env=own_database, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("8", 0), done.stderr
