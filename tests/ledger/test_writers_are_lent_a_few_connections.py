"""PostgreSQL: whoever writes uses one of a few connections that write, and gets their own back."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.transaction import TransactionManagementError

from stroma.ledger.lending import Spare
from stroma.ledger.postgresql.base import DatabaseWrapper
from tests.ledger.own_connection import OWN, own_connection

pytestmark = [pytest.mark.only_on("postgresql"), pytest.mark.django_db]


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabaseWrapper]:
    """A connection whose transactions are kept, with a table and spare ones of its own."""
    monkeypatch.setattr(DatabaseWrapper, "spare", Spare(most=2))
    with own_connection("counted") as made:
        yield made


def write(wrapper: DatabaseWrapper, *amounts: int) -> Any:
    """These rows in one transaction, on the connection that is lent, which is given."""
    with wrapper.lent_to_write(), transaction.atomic(using=OWN):
        used = wrapper.connection
        for amount in amounts:
            wrapper.send("INSERT INTO counted (amount) VALUES (%s)", [amount])
    return used


def there(wrapper: DatabaseWrapper) -> int:
    return int(wrapper.send("SELECT count(*) FROM counted", []).fetchone()[0])


def test_threads_write_on_the_connection_that_was_used_last_and_read_on_their_own(
    own: DatabaseWrapper,
) -> None:
    mine = own.connection
    used = [write(own, 1)]
    assert own.connection is mine is not used[0]

    def another() -> None:
        made = own.copy(OWN)
        connections[OWN] = made
        used.append(write(made, 1))
        assert there(made) == 2
        assert made.connection not in used
        made.close()

    thread = threading.Thread(target=another)
    thread.start()
    thread.join()
    assert used[1] is used[0]
    assert not used[0].closed, "the first thread is still there"
    assert there(own) == 2


def test_two_who_write_at_once_use_two(own: DatabaseWrapper) -> None:
    other = own.copy(OWN)
    with own.lent_to_write(), other.lent_to_write():
        assert own.connection is not other.connection
    both = {own.spare.take(own.lent_for), own.spare.take(own.lent_for)}
    assert len(both) == 2
    assert None not in both
    for one in both:
        one.close()
    other.close()


def test_a_refusal_leaves_the_connection_fit_for_the_next(own: DatabaseWrapper) -> None:
    used = write(own, 1)
    for _ in range(2):
        with pytest.raises(IntegrityError):
            write(own, 2, -1)
    assert write(own, 1) is used
    assert there(own) == 2


def test_one_that_is_left_in_a_transaction_is_not_lent_again(own: DatabaseWrapper) -> None:
    with own.lent_to_write():
        used = own.connection
        used.execute("BEGIN")
        used.execute("INSERT INTO counted (amount) VALUES (7)")
    assert used.closed
    assert write(own, 1) is not used
    assert there(own) == 1


def test_one_that_the_server_has_ended_is_not_lent_again(own: DatabaseWrapper) -> None:
    used = write(own, 1)
    with own.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [used.info.backend_pid])
    assert not used.closed, "nobody has noticed"
    assert write(own, 1) is not used
    assert there(own) == 2


def test_what_is_written_after_one_was_closed_half_way_is_kept(own: DatabaseWrapper) -> None:
    one, two = own.copy(OWN), own.copy(OWN)
    with one.lent_to_write(), two.lent_to_write():
        assert one.connection is not two.connection, "another to lend once the first is closed"
    with pytest.raises(TransactionManagementError):
        close_half_way(own)
    write(own, 4)
    assert there(own) == 1
    one.close()
    two.close()


def close_half_way(wrapper: DatabaseWrapper) -> None:
    with wrapper.lent_to_write(), transaction.atomic(using=OWN):
        wrapper.send("INSERT INTO counted (amount) VALUES (%s)", [2])
        wrapper.close()
        wrapper.send("INSERT INTO counted (amount) VALUES (%s)", [3])


def test_a_transaction_that_has_begun_keeps_its_own(own: DatabaseWrapper) -> None:
    mine = own.connection
    with transaction.atomic(using=OWN), own.lent_to_write():
        assert own.connection is mine


def test_the_last_to_close_closes_those_that_write(own: DatabaseWrapper) -> None:
    used = write(own, 1)
    own.close()
    assert used.closed
