"""Django's backend for SQLite, with two things that Stroma needs of it.

A table that is made anew keeps its triggers. SQLite cannot change most of a table in place, so Django makes a new one,
copies the rows, drops the old one and renames the new. Two things go wrong with that where triggers are the guards: the
old table's triggers go with it, and the renaming is refused while a trigger of another table mentions the name. Here
the table's own triggers are set again, and the renaming leaves everything that mentions the table as it stands
(``legacy_alter_table``).

Whoever writes is lent the one connection of this process that writes. Each thread has a connection of its own to read
from, and each connection keeps the pages it read; they are void as soon as another connection wrote. When writers took
turns on their own connections, each of them read its pages anew for every action.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.backends.sqlite3 import base, schema

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


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to SQLite."""

    SchemaEditorClass = DatabaseSchemaEditor

    @staticmethod
    def adapted(values: Sequence[Any]) -> Sequence[Any]:
        """``values`` as Django keeps them in SQLite: a UUID as 32 digits, a time in UTC without its zone."""
        return [_ADAPTED[type(value)](value) if type(value) in _ADAPTED else value for value in values]

    def send(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        """Send ``sql``, whose places are ``%s``; the same text is compiled once. Gives the driver's cursor.

        Raises Django's database errors.
        """
        self.ensure_connection()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            found: sqlite3.Cursor = self.connection.execute(_with_question_marks(sql), self.adapted(values))
            return found

    send_last = send

    @contextmanager
    def lent_the_writing_one(self) -> Iterator[list[int]]:
        """Within, this thread uses the connection that writes; nobody else does, for the gate lets in one at a time.

        Gives a list in which the number of what was committed stands afterwards, for ``wait_until_kept``.
        Not within a transaction that has begun already, nor for a database in memory, which has one connection.
        """
        committed: list[int] = []
        # Its own first: with it come the settings that the wrapper keeps beside the connection.
        if self.in_atomic_block or self.is_in_memory_db() or not self.get_autocommit():
            yield committed
            return
        own, self.connection = self.connection, None
        try:
            lent = self.connection = _kept.take(self)
            changes = lent.total_changes
            yield committed
            if self.is_durable and (self.connection is not lent or lent.total_changes != changes):
                committed.append(durable(str(self.settings_dict["NAME"])).committed())
        finally:
            _kept.give_back(self, self.connection)
            self.connection = own

    @property
    def is_durable(self) -> bool:
        """Whether the settings ask that each commit is kept on the disk; a database that is being made need not be."""
        return "synchronous=FULL" in str(self.settings_dict["OPTIONS"].get("init_command", ""))

    def wait_until_kept(self, committed: Sequence[int]) -> None:
        """Return once all of that is on the disk: Note [A commit is told of once it is on the disk]."""
        for number in committed:
            durable(str(self.settings_dict["NAME"])).wait(number)

    def close(self) -> None:
        """Close this thread's connection, and the one that writes unless it is in use: the next makes another."""
        super().close()
        _kept.close(str(self.settings_dict["NAME"]))


_ADAPTED: dict[type, Callable[[Any], str]] = {
    UUID: lambda value: value.hex,
    datetime: lambda value: str(value.astimezone(UTC).replace(tzinfo=None)),
}


@lru_cache(maxsize=512)
def _with_question_marks(sql: str) -> str:
    return sql.replace("%s", "?")


class _Kept:
    """The connections that write, one for each file, while nobody uses them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._free: dict[tuple[int, str], sqlite3.Connection] = {}

    def take(self, wrapper: DatabaseWrapper) -> sqlite3.Connection:
        """The one for the wrapper's file, made where there is none."""
        # A process that was forked may not go on with its parent's.
        with self._guard:
            free = self._free.pop((os.getpid(), str(wrapper.settings_dict["NAME"])), None)
        if free is not None:
            return free
        wrapper.connect()
        made: sqlite3.Connection = wrapper.connection
        if wrapper.is_durable:
            # What is left out is made up for by ``wait_until_kept``.
            made.execute("PRAGMA synchronous=NORMAL")
        return made

    def give_back(self, wrapper: DatabaseWrapper, used: sqlite3.Connection | None) -> None:
        """Keep it for the next. One that Django closed, or that is not out of its transaction, is not kept."""
        if used is None:
            return
        key = (os.getpid(), str(wrapper.settings_dict["NAME"]))
        with self._guard:
            if not used.in_transaction and key not in self._free:
                self._free[key] = used
                return
        used.close()

    def close(self, name: str) -> None:
        """Close the one for this file, unless it is in use."""
        with self._guard:
            free = self._free.pop((os.getpid(), name), None)
        if free is not None:
            free.close()


_kept = _Kept()
