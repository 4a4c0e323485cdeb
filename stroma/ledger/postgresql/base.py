"""Django's backend for PostgreSQL, with fewer ways to the server and back for what every action sends.

Each statement is a message to the server, an answer, and two processes woken; for an action that is more than the work.
So two ways are saved. BEGIN waits for the transaction's first statement and goes with it, if that is one of ours
(``send``); before any other it goes alone, as ever. And a statement of which nothing comes back (``send_last``) waits
for what is next: a COMMIT goes with it, in one message; before anything else it goes alone. Nothing is reordered: what
is asked after it sees what it wrote, and what it raises is raised before the transaction can be kept.

Statements sent here are prepared: the server reads and plans each once for a connection.

Whoever writes is lent one of the few connections of this process that write (``ledger/lending.py``).
"""

import select
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db.backends.postgresql import base
from psycopg import DataError, adapt, errors, generators, pq, sql

from stroma.ledger.lending import LendsToWrite, Spare


class Answer:
    """What came back of one statement; to be asked as a cursor is."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Its rows."""
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        """Its first row, if there is one."""
        return self._rows[0] if self._rows else None


def literal(value: Any, own: Any) -> str:
    """``value`` as it stands in a statement on the connection ``own``.

    The driver's way looks for how to spell each value anew, which for an action's thirty took as long as sending them.
    Raises the driver's DataError for text with a zero byte, at which the server would end it.
    """
    spell = _SPELLED.get(type(value))
    return spell(value, own) if spell else sql.Literal(value).as_string(own)


def _text(value: str, own: Any) -> str:
    if "\0" in value:
        raise DataError("PostgreSQL text cannot hold a zero byte")
    return pq.Escaping(own.pgconn).escape_literal(value.encode()).decode()


_SPELLED: dict[type, Callable[[Any, Any], str]] = {
    str: _text,
    int: lambda value, _own: str(value),
    UUID: lambda value, _own: f"'{value}'",
    datetime: lambda value, _own: f"'{value.isoformat()}'",
}


def _rows(own: Any, result: Any) -> list[tuple[Any, ...]]:
    if not result.ntuples:
        return []
    read = adapt.Transformer(own)
    read.set_pgresult(result)
    return read.load_rows(0, result.ntuples, tuple)


_prepared: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()
"""The names under which the server knows statements, by connection."""


class DatabaseWrapper(LendsToWrite, base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    spare = Spare(most=2)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._begins = False
        self._waiting: tuple[str, Sequence[Any]] | None = None

    @staticmethod
    def adapted(values: Sequence[Any]) -> Sequence[Any]:
        """``values`` as they are: the driver knows their kinds."""
        return values

    def send(self, sql: str, values: Sequence[Any]) -> Answer:
        """Send ``sql``, whose places are ``%s``, with the BEGIN that waits, if one does; gives what came back.

        Raises Django's database errors.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            name = self._named(sql)
            self._settle(begin=False)
            return self._execute(name, values)

    def send_last(self, sql: str, values: Sequence[Any]) -> None:
        """Send ``sql``, of which nothing comes back, with whatever is next: best of all a COMMIT, in one message."""
        if not self.in_atomic_block:
            self.send(sql, values)
            return
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            self._named(sql)
            self._settle()
        self._waiting = (sql, values)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A new connection, on which nothing waits."""
        self._begins, self._waiting = False, None
        return super().get_new_connection(conn_params)

    def wait_until_kept(self, committed: Sequence[int]) -> None:
        """The server's COMMIT has waited already."""

    def is_fit(self, connection: Any) -> bool:
        """Whether it is open, in no transaction, and the server has not said anything unasked, such as farewell."""
        if connection.closed or connection.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            return False
        said = select.poll()
        said.register(connection.pgconn.socket, select.POLLIN)
        return not said.poll(0)

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor for what is not sent here; what waits goes before it."""
        self._settle()
        return super().create_cursor(name)

    def _start_transaction_under_autocommit(self) -> None:
        """Django asks for this in place of turning autocommit off, as of its backend for SQLite."""
        self._begins = True

    def _set_autocommit(self, autocommit: bool) -> None:
        if self.connection.autocommit != autocommit:
            super()._set_autocommit(autocommit)  # type: ignore[misc]  # not in the stubs

    def _commit(self) -> Any:
        waiting, self._waiting, self._begins = self._waiting, None, False
        if waiting is None:
            return super()._commit()  # type: ignore[misc]  # not in the stubs
        sql, values = waiting
        with self.wrap_database_errors:
            self._execute(self._named(sql), values, after="; COMMIT")
        return None

    def _rollback(self) -> Any:
        self._waiting, self._begins = None, False
        return super()._rollback()  # type: ignore[misc]  # not in the stubs

    def _savepoint_rollback(self, sid: str) -> None:
        self._waiting = None  # written after the savepoint, before which it would have gone
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # not in the stubs

    def _settle(self, *, begin: bool = True) -> None:
        """Send what waits. BEGIN alone is left for ``send`` to take along."""
        if self._waiting is not None:
            (sql, values), self._waiting = self._waiting, None
            self._execute(self._named(sql), values)
        if begin and self._begins:
            self._begins = False
            self.connection.execute("BEGIN")

    def _execute(self, name: str, values: Sequence[Any], *, after: str = "") -> Answer:
        before, self._begins = "BEGIN; " if self._begins else "", False
        own = self.connection
        if not own.autocommit:  # the driver begins a transaction by itself, which is for its cursors to do
            cursor = super().create_cursor()
            places = f" ({', '.join(['%s'] * len(values))})" if values else ""
            cursor.execute(f"EXECUTE {name}{places}{after}", values)
            return Answer(cursor.fetchall() if cursor.description else [])
        literals = f" ({', '.join([literal(value, own) for value in values])})" if values else ""
        with own.lock:
            own.pgconn.send_query(f"{before}EXECUTE {name}{literals}{after}".encode())
            results = own.wait(generators.execute(own.pgconn))
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise errors.error_from_result(result, encoding="utf-8")
        return Answer(_rows(own, results[1 if before else 0]))

    def _named(self, sql: str) -> str:
        """The name under which the server knows the statement; it is told first where it does not."""
        prepared = _prepared.setdefault(self.connection, {})
        name = prepared.get(sql)
        if name is None:
            name = f"stroma_{len(prepared) + 1}"
            numbered, *rest = sql.split("%s")
            for number, part in enumerate(rest, start=1):
                numbered += f"${number}{part}"
            self._settle()  # what waits, and a BEGIN, come before
            self.connection.execute(f"PREPARE {name} AS {numbered}")
            prepared[sql] = name
        return name
