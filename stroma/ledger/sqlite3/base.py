"""Django's backend for SQLite, with two things that Stroma needs of it.

A table that is made anew keeps its triggers. SQLite cannot change most of a table in place, so Django makes a new one,
copies the rows, drops the old one and renames the new. Two things go wrong with that where triggers are the guards: the
old table's triggers go with it, and the renaming is refused while a trigger of another table mentions the name. Here
the table's own triggers are set again, and the renaming leaves everything that mentions the table as it stands
(``legacy_alter_table``).

Whoever writes is lent the one connection of this process that writes (``ledger/lending.py``).
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.backends.sqlite3 import base, schema

from stroma.ledger.lending import LendsToWrite, Spare
from stroma.ledger.sqlite3.durable import durable


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Changes tables as Django does, and keeps the triggers."""

    def _remake_table(self, model: Any, *args: Any, **kwargs: Any) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
                [model._meta.db_table],
            )
            triggers = [statement for (statement,) in cursor.fetchall()]
            cursor.execute("PRAGMA legacy_alter_table = ON")
            try:
                super()._remake_table(model, *args, **kwargs)  # type: ignore[misc]  # not in the stubs
            finally:
                cursor.execute("PRAGMA legacy_alter_table = OFF")
        for statement in triggers:
            self.execute(statement, params=None)


class DatabaseWrapper(LendsToWrite, base.DatabaseWrapper):
    """A connection to SQLite."""

    spare = Spare(most=1)
    SchemaEditorClass = DatabaseSchemaEditor

    @staticmethod
    def adapted(values: Sequence[Any]) -> Sequence[Any]:
        """``values`` as Django keeps them in SQLite: a UUID as 32 digits, a time in UTC without its zone."""
        return [_ADAPTED[type(value)](value) if type(value) in _ADAPTED else value for value in values]

    def send(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        """Send ``sql``, whose places are ``%s``; the same text is compiled once. Gives the driver's cursor.

        Raises Django's database errors.
        """
        if self.connection is None:
            self.ensure_connection()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            found: sqlite3.Cursor = self.connection.execute(_with_question_marks(sql), self.adapted(values))
            return found

    send_last = send

    @contextmanager
    def lent_to_write(self) -> Iterator[list[int]]:
        """Within, this thread uses the connection that writes, and what it committed is counted.

        Nobody else uses it, for the gate lets in one at a time. A database in memory has one connection.
        """
        committed: list[int] = []
        own = self.connection
        with super().lent_to_write():
            lent = self.connection
            changes = lent.total_changes if lent is not None else 0
            yield committed
            if lent is own or not self.is_durable:
                return
            if self.connection is not lent or lent.total_changes != changes:
                committed.append(durable(str(self.settings_dict["NAME"])).committed())

    @property
    def takes_another(self) -> bool:
        """A database in memory is one connection's."""
        return not self.is_in_memory_db()

    def made_to_write(self) -> sqlite3.Connection:
        """A new connection, which leaves the sync of a commit to ``wait_until_kept``.

        The log may grow to 40 MB before its pages are moved into the database, which syncs twice while everybody waits:
        most of them are written many times, and moved once.
        """
        made: sqlite3.Connection = super().made_to_write()
        made.execute("PRAGMA wal_autocheckpoint=10000")
        if self.is_durable:
            made.execute("PRAGMA synchronous=NORMAL")
        return made

    def is_fit(self, connection: sqlite3.Connection) -> bool:
        """Whether it is in no transaction."""
        return not connection.in_transaction

    @property
    def is_durable(self) -> bool:
        """Whether the settings ask that each commit is kept on the disk; a database that is being made need not be."""
        return "synchronous=FULL" in str(self.settings_dict["OPTIONS"].get("init_command", ""))

    def wait_until_kept(self, committed: Sequence[int]) -> None:
        """Return once all of that is on the disk: Note [A commit is told of once it is on the disk]."""
        for number in committed:
            durable(str(self.settings_dict["NAME"])).wait(number)


def _time_text(value: datetime) -> str:
    return str(value if value.tzinfo is UTC else value.astimezone(UTC)).removesuffix("+00:00")


_ADAPTED: dict[type, Callable[[Any], str]] = {
    UUID: lambda value: value.hex,
    datetime: _time_text,
}


@lru_cache(maxsize=512)
def _with_question_marks(sql: str) -> str:
    return sql.replace("%s", "?")
