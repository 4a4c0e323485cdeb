"""The database itself refuses to change, remove, replace or fork what stands in the ledger."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from stroma.ledger.actions import AlreadyFounded, found_installation
from stroma.ledger.checkpoints import checkpoint
from stroma.ledger.domain.entry import GENESIS, Nature, lot_chain, patient_chain
from stroma.ledger.models import Chain, Entry, Link, SealedText
from stroma.ledger.record import record
from stroma.ledger.refusals import NotRecordable
from stroma.ledger.transaction import Recorded, action
from stroma.protocols.domain.blocker import Blocker, Refused
from tests.ledger.conftest import START, SmallLedger, happen
from tests.ledger.forging import run_sql

APPEND_ONLY = ["installation", "entry", "link", "leaf", "checkpoint"]
COLUMNS = {
    "installation": "nature = 'REAL'",
    "entry": "actor = 'user:9'",
    "link": "position = position + 100",
    "leaf": "nodes = ''",
    "checkpoint": "root = ''",
}


@pytest.fixture
def written(small_ledger: SmallLedger) -> SmallLedger:
    """A ledger with a row in each of its tables."""
    checkpoint(by="test", at=START)
    return small_ledger


def assert_refused(statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        run_sql(statement)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_is_changed(written: SmallLedger, table: str) -> None:
    assert_refused(f"UPDATE ledger_{table} SET {COLUMNS[table]}")


@pytest.mark.parametrize("table", [*APPEND_ONLY, "chain", "sealedtext"])
def test_no_row_is_removed(written: SmallLedger, table: str) -> None:
    assert_refused(f"DELETE FROM ledger_{table}")


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize("table", [*APPEND_ONLY, "chain", "sealedtext"])
def test_no_table_is_emptied(written: SmallLedger, table: str) -> None:
    assert_refused(f"TRUNCATE ledger_{table} CASCADE")


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("pragma", ["ON", "OFF"])
@pytest.mark.parametrize("table", [*APPEND_ONLY, "chain", "sealedtext"])
def test_no_row_is_replaced_even_by_a_client_without_our_pragma(
    written: SmallLedger, table: str, pragma: str
) -> None:
    run_sql(f"PRAGMA recursive_triggers={pragma}")
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA table_info(ledger_{table})")
            columns = [row[1] for row in cursor.fetchall()]
            keys = {"entry": "sequence", "leaf": "leaf_index"}
            cursor.execute(
                f"SELECT {', '.join(columns)} FROM ledger_{table} ORDER BY {keys.get(table, 'id')} LIMIT 1"
            )
            row = dict(zip(columns, cursor.fetchone(), strict=True))
        assert_replacing_is_refused(table, row)
        for column in {
            "entry": ["sequence", "id"],
            "link": ["id"],
            "sealedtext": ["id"],
            "chain": ["id"],
        }.get(table, []):
            # The same row under another primary key would push the old one out through another unique key.
            assert_replacing_is_refused(table, {**row, column: uuid4().int % 2**60})
    finally:
        run_sql("PRAGMA recursive_triggers=ON")


def assert_replacing_is_refused(table: str, row: dict[str, object]) -> None:
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    with pytest.raises(DatabaseError), transaction.atomic():
        run_sql(f"INSERT OR REPLACE INTO ledger_{table} ({names}) VALUES ({marks})", row.values())


@pytest.mark.parametrize(
    "change",
    [
        "length = length + 2",
        "length = length - 1",
        "length = length",
        "length = length + 1, kind = 'lot'",
        f"length = length + 1, subject = '{'0' * 32}'",
    ],
)
def test_a_chain_only_grows_by_one(written: SmallLedger, change: str) -> None:
    assert_refused(f"UPDATE ledger_chain SET {change} WHERE kind = 'patient'")


def test_a_chain_does_not_begin_in_its_middle(written: SmallLedger) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Chain.objects.create(kind="lot", subject=uuid4(), length=3, head="0" * 64)


def test_a_chain_does_not_fork(written: SmallLedger) -> None:
    first = Link.objects.filter(position=1).first()
    other = Entry.objects.exclude(links__chain=first.chain).first()
    end, head = first.chain.length, first.chain.head
    for position, previous in (
        (end, first.previous),  # beside the second entry
        (end, "f" * 64),
        (end, GENESIS),
        (end + 1, head),  # a place left out
        (99, GENESIS),
        (first.position, first.previous),  # in the place of another
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Link.objects.create(entry=other, chain=first.chain, position=position, previous=previous)
    Link.objects.create(entry=other, chain=first.chain, position=end, previous=head)


@pytest.mark.parametrize(
    "change", ["text = 'x'", "salt = 'x'", "name = 'x'", "digest = 'x'", "text = '', salt = ''"]
)
def test_a_sealed_text_is_erased_or_left_alone(written: SmallLedger, change: str) -> None:
    assert_refused(f"UPDATE ledger_sealedtext SET {change}")
    SealedText.objects.update(text="", salt="", erased_at=START)
    assert_refused("UPDATE ledger_sealedtext SET text = 'back again', erased_at = NULL")


def test_a_sealed_text_is_not_moved_while_it_is_erased(written: SmallLedger) -> None:
    for column, value in (("name", "other"), ("entry_id", Entry.objects.last().pk)):
        with pytest.raises(IntegrityError), transaction.atomic():
            SealedText.objects.filter(name="reason").update(
                text="", salt="", erased_at=START, **{column: value}
            )


def test_a_checkpoint_never_covers_less(written: SmallLedger) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        run_sql(
            "INSERT INTO ledger_checkpoint "
            "(tree_size, root, signed_at, actor, key_fingerprint, public_key, signature) "
            "SELECT tree_size - 1, root, signed_at, actor, key_fingerprint, public_key, signature "
            "FROM ledger_checkpoint"
        )


def test_a_leaf_leaves_no_gap(written: SmallLedger) -> None:
    entry = happen("later", by="user:1", at=START + timedelta(days=1), chains=[lot_chain(uuid4())])
    for index in (7, 9, 100):
        with pytest.raises(IntegrityError), transaction.atomic():
            run_sql(
                "INSERT INTO ledger_leaf (leaf_index, entry_id, nodes) VALUES (%s, %s, '')", [index, entry.pk]
            )


def test_nothing_is_recorded_outside_a_transaction() -> None:
    # Every test runs inside one; another thread has a connection of its own, without.
    with ThreadPoolExecutor(1) as thread:
        recording = thread.submit(
            record, "x.happened", by="user:1", at=START, chains=[patient_chain(uuid4())]
        )
    with pytest.raises(RuntimeError, match="inside an action's transaction"):
        recording.result()


class Mismatch(Refused, Recorded):
    """A refusal that is itself a fact."""


@pytest.mark.parametrize(("refusal", "kept"), [(Mismatch, 1), (Refused, 0), (ValueError, 0)])
def test_only_a_recorded_refusal_keeps_what_was_written(
    founded: None, refusal: Callable[[list[Blocker]], Exception], kept: int
) -> None:
    @action
    def scan(*, by: object, at: object) -> None:
        record("scan.refused", by=by, at=START, chains=[patient_chain(uuid4())])
        raise refusal([Blocker("mismatch")])

    @action
    def outer(*, by: object, at: object) -> None:
        scan(by=by, at=at)

    with pytest.raises(Exception, match="mismatch"):
        outer(by="user:1", at=START)
    assert Entry.objects.count() == kept


def test_an_entry_is_not_put_before_the_one_before_it(founded: None) -> None:
    chain = patient_chain(uuid4())
    happen("second", by="user:1", at=START + timedelta(hours=1), chains=[chain])
    with pytest.raises(NotRecordable) as refused:
        happen("first", by="user:1", at=START, chains=[chain])
    assert [blocker.code for blocker in refused.value.blockers] == ["clock_went_back"]
    assert Entry.objects.count() == 1


def test_a_database_does_not_change_its_nature(founded: None) -> None:
    first = found_installation(nature=Nature.SIMULATED, by="test", at=START + timedelta(days=1))
    assert first.founded_at == START
    with pytest.raises(AlreadyFounded):
        found_installation(nature=Nature.REAL, by="test", at=START)
