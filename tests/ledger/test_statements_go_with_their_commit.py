"""PostgreSQL: BEGIN goes with the first statement and a COMMIT with the last, and nothing else is different."""

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction

from stroma.ledger.postgresql.base import DatabaseWrapper
from tests.ledger.own_connection import OWN, own_connection

pytestmark = [pytest.mark.only_on("postgresql"), pytest.mark.django_db]

WRITE = "INSERT INTO kept_for_a_moment (amount) VALUES (%s)"
READ = "SELECT count(*) FROM kept_for_a_moment WHERE amount < %s"


class Stop(Exception):  # noqa: N818 - named for what it does
    """Something that goes wrong in an action."""


@pytest.fixture
def own() -> Iterator[DatabaseWrapper]:
    """A connection whose transactions are kept, with a table of its own."""
    with own_connection("kept_for_a_moment") as made:
        yield made


@pytest.fixture
def ways(own: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one with each message that is sent to the server, once both statements are prepared."""
    import psycopg

    sent: list[str] = []
    true_wait = psycopg.Connection.wait
    there(own)
    with transaction.atomic(using=OWN):
        own.send_last(WRITE, [1])

    def wait(self: object, generator: object, **options: object) -> object:
        sent.append("one")
        return true_wait(self, generator, **options)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(psycopg.Connection, "wait", wait)
    return sent


def there(own: DatabaseWrapper) -> int:
    """How many rows there are for whoever asks on this connection."""
    return int(own.send(READ, [1000]).fetchone()[0])


def test_a_question_and_a_last_statement_are_two_messages(own: DatabaseWrapper, ways: list[str]) -> None:
    with transaction.atomic(using=OWN):
        assert there(own) == 1
        assert len(ways) == 1, "BEGIN went with the question"
        own.send_last(WRITE, [2])
        assert len(ways) == 1, "the last statement waits"
        before = len(ways)
    commit = ways[before:]
    assert own.connection.info.transaction_status.name == "IDLE"
    assert len(commit) == 1, "the statement with its COMMIT"
    assert there(own) == 2


def test_what_is_asked_after_the_last_statement_sees_it(own: DatabaseWrapper) -> None:
    with transaction.atomic(using=OWN):
        own.send_last(WRITE, [1])
        assert there(own) == 1
        own.send_last(WRITE, [2])
        with own.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM kept_for_a_moment")
            assert cursor.fetchone() == (2,)
        own.send_last(WRITE, [3])
        own.send_last(WRITE, [4])
    assert there(own) == 4


def test_others_see_it_after_the_commit_only(own: DatabaseWrapper) -> None:
    other = connection.copy("other")  # type: ignore[attr-defined]  # not in the stubs
    try:
        with transaction.atomic(using=OWN):
            own.send_last(WRITE, [1])
            assert (there(own), there(other)) == (1, 0)
        assert there(other) == 1
    finally:
        other.close()


def one_transaction(own: DatabaseWrapper, *amounts: int, stops: bool = False) -> None:
    """Write these, the last of them to go with the COMMIT, and perhaps think better of it."""
    *before, last = amounts
    with transaction.atomic(using=OWN):
        for amount in before:
            own.send(WRITE, [amount])
        own.send_last(WRITE, [last])
        if stops:
            raise Stop


def test_a_refusal_is_raised_before_the_transaction_is_kept(own: DatabaseWrapper) -> None:
    with pytest.raises(IntegrityError):
        one_transaction(own, 1, -1)
    assert there(own) == 0
    with transaction.atomic(using=OWN):
        own.send(WRITE, [1])
        with pytest.raises(IntegrityError):
            one_transaction(own, 2, -1)
    assert there(own) == 1


def test_what_waits_is_given_up_with_its_transaction(own: DatabaseWrapper) -> None:
    with pytest.raises(Stop):
        one_transaction(own, 1, 2, stops=True)
    assert there(own) == 0
    with transaction.atomic(using=OWN):
        own.send_last(WRITE, [1])
        with pytest.raises(Stop):
            one_transaction(own, 2, stops=True)
        assert there(own) == 1
    assert there(own) == 1


def test_a_transaction_in_which_nothing_happens_leaves_nothing_open(own: DatabaseWrapper) -> None:
    with transaction.atomic(using=OWN):
        pass
    assert own.connection.info.transaction_status.name == "IDLE"
    own.send(WRITE, [1])  # kept at once
    assert there(own) == 1


def test_a_new_connection_prepares_anew(own: DatabaseWrapper) -> None:
    assert there(own) == 0
    own.close()
    assert there(own) == 0
