"""SQLite: whoever writes uses the one connection that writes, and gets their own back."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, connections, transaction

from stroma.ledger.sqlite3.base import DatabaseWrapper

pytestmark = [pytest.mark.only_on("sqlite"), pytest.mark.django_db]

OWN = "own"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[DatabaseWrapper]:
    """A connection to a file of its own."""
    made = connection.copy(OWN)  # type: ignore[attr-defined]  # not in the stubs
    made.settings_dict["NAME"] = str(tmp_path / "own.sqlite3")
    connections[OWN] = made
    with made.cursor() as cursor:
        cursor.execute("CREATE TABLE counted (amount integer CHECK (amount > 0))")
    yield made
    made.close()
    del connections[OWN]


def lent(wrapper: DatabaseWrapper) -> sqlite3.Connection:
    """The connection on which one row is written, and kept."""
    with wrapper.lent_to_write(), transaction.atomic(using=wrapper.alias):
        wrapper.send("INSERT INTO counted (amount) VALUES (%s)", [1])
        used: sqlite3.Connection = wrapper.connection
    return used


def there(wrapper: DatabaseWrapper) -> int:
    return int(wrapper.send("SELECT count(*) FROM counted", []).fetchone()[0])


def test_all_threads_write_on_one_connection_and_read_on_their_own(own: DatabaseWrapper) -> None:
    mine = own.connection
    used = [lent(own)]
    assert own.connection is mine
    assert used[0] is not mine

    def another() -> None:
        made = own.copy(OWN)
        connections[OWN] = made
        used.append(lent(made))
        assert there(made) == 2
        assert made.connection not in used
        close_alone(made)

    thread = threading.Thread(target=another)
    thread.start()
    thread.join()
    assert used[1] is used[0]
    assert there(own) == 2


def close_alone(wrapper: DatabaseWrapper) -> None:
    """Close a thread's own connection alone."""
    wrapper.connection.close()
    wrapper.connection = None


def written(wrapper: DatabaseWrapper, *amounts: int) -> None:
    """These rows in one transaction, on the connection that is lent."""
    with wrapper.lent_to_write(), transaction.atomic(using=OWN):
        for amount in amounts:
            wrapper.send("INSERT INTO counted (amount) VALUES (%s)", [amount])


def test_a_refusal_leaves_the_connection_fit_for_the_next(own: DatabaseWrapper) -> None:
    used = lent(own)
    for _ in range(2):
        with pytest.raises(IntegrityError):
            written(own, 2, -1)
    assert lent(own) is used
    assert there(own) == 2


def test_one_that_is_left_in_a_transaction_is_not_lent_again(own: DatabaseWrapper) -> None:
    with own.lent_to_write():
        used = own.connection
        used.execute("BEGIN IMMEDIATE")
        used.execute("INSERT INTO counted (amount) VALUES (7)")
    assert lent(own) is not used
    assert there(own) == 1


def test_a_transaction_that_has_begun_keeps_its_own(own: DatabaseWrapper) -> None:
    mine = own.connection
    with transaction.atomic(using=OWN), own.lent_to_write():
        assert own.connection is mine


def test_who_never_connected_writes_in_transactions_all_the_same(own: DatabaseWrapper) -> None:
    """Django's wrapper learns from its own first connection whether transactions are begun by hand."""
    lent(own)
    fresh = own.copy(OWN)
    connections[OWN] = fresh
    with pytest.raises(IntegrityError):
        written(fresh, 2, -1)
    assert there(fresh) == 1
    lent(fresh)
    assert there(own) == 2
    fresh.close()


def test_the_last_to_close_closes_the_one_that_writes_unless_it_is_in_use(own: DatabaseWrapper) -> None:
    used = lent(own)
    other = own.copy(OWN)
    other.ensure_connection()
    other.close()
    assert lent(own) is used
    own.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        used.execute("SELECT 1")
    other = own.copy(OWN)
    with own.lent_to_write():
        other.close()
        own.connection.execute("SELECT 1")
