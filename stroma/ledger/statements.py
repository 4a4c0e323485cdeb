"""Statements in plain SQL that nearly every action sends, by the shortest way to the driver.

Django's cursors spell a statement anew each time, and on PostgreSQL the server reads and plans it anew as well. What is
sent here keeps its text, so that SQLite finds what it compiled before and PostgreSQL what it prepared; how is for our
two backends to say (``sqlite3``, ``postgresql``). Transactions, errors and the kinds of values are Django's. Where
somebody listens to what is sent (a test that counts statements, a log), it goes through Django's cursor.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from django.db import DEFAULT_DB_ALIAS, connections

Send = Callable[[str, Sequence[Any]], Any]
"""What sends a statement with its values, and gives what came back."""


class _Backend(Protocol):
    queries_logged: bool
    execute_wrappers: list[Any]

    def cursor(self) -> Any: ...
    def adapted(self, values: Sequence[Any]) -> Sequence[Any]: ...
    def send(self, sql: str, values: Sequence[Any]) -> Any: ...
    def send_last(self, sql: str, values: Sequence[Any]) -> None: ...


def send(sql: str, values: Sequence[Any]) -> Any:
    """Send ``sql``, whose places are ``%s``, on this thread's connection; gives what is asked as a
    cursor is (``fetchall``, ``fetchone``; ``lastrowid`` on SQLite).

    ``values`` are text, whole numbers, UUIDs and times with their zone, on either database. Raises Django's database
    errors, as its own cursors do.
    """
    return sender()(sql, values)


def sender() -> Send:
    """What ``send`` sends by, for several statements one after another in one transaction."""
    own = _backend()
    if not own.queries_logged and not own.execute_wrappers:
        return own.send

    def heard(sql: str, values: Sequence[Any]) -> Any:
        cursor = own.cursor()
        cursor.execute(sql, own.adapted(values))
        return cursor

    return heard


def send_last(sql: str, values: Sequence[Any]) -> None:
    """Send ``sql``, of which nothing comes back; in a transaction it may wait for what is next, to go with a COMMIT.

    What it raises may be raised by the next statement, or by the end of the transaction.
    """
    own = _backend()
    if own.queries_logged or own.execute_wrappers:
        send(sql, values)
    else:
        own.send_last(sql, values)


def _backend() -> _Backend:
    """This thread's connection itself: each look through ``django.db.connection`` finds it anew."""
    return cast(_Backend, connections[DEFAULT_DB_ALIAS])
