"""What keeps writers apart, switched off piece by piece, so that a test shows what each piece is good for."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from stroma.ledger import record as recording
from stroma.ledger import transaction as transactions


def no_lock() -> None:
    """Let every statement stand alone: no transaction, no row lock, no queue of writers."""
    transactions.transaction = SimpleNamespace(atomic=nullcontext)  # type: ignore[assignment]  # a stand-in
    transactions.write_gate = nullcontext  # type: ignore[assignment]  # the same
    recording.connection = SimpleNamespace(in_atomic_block=True, vendor=connection.vendor)  # type: ignore[assignment]  # the same
    QuerySet.select_for_update = lambda self, *_args, **_kwargs: self  # type: ignore[method-assign]  # the same


def no_guards(*tables: str) -> None:
    """Take every trigger and every unique key but the primary one off these tables."""
    for table in tables:
        if connection.vendor == "postgresql":
            _without_keys_on_postgresql(table)
        else:
            _without_keys_on_sqlite(table)


def _without_keys_on_postgresql(table: str) -> None:
    found = (
        f"SELECT 'ALTER TABLE {table} DROP CONSTRAINT \"' || conname || '\"' FROM pg_constraint "
        f"WHERE conrelid = '{table}'::regclass AND contype = 'u' UNION ALL "
        f"SELECT 'DROP TRIGGER ' || tgname || ' ON {table}' FROM pg_trigger "
        f"WHERE tgrelid = '{table}'::regclass AND NOT tgisinternal UNION ALL "
        "SELECT 'DROP INDEX \"' || i.relname || '\"' FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
        f"WHERE x.indrelid = '{table}'::regclass AND x.indisunique AND NOT EXISTS "
        "(SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid)"
    )
    with connection.cursor() as cursor:
        cursor.execute(found)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def _without_keys_on_sqlite(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL "
            "AND (type <> 'index' OR sql LIKE 'CREATE UNIQUE%%')",
            [table],
        )
        there = cursor.fetchall()
        [made] = [sql for kind, _name, sql in there if kind == "table"]
        bare = re.sub(r',\s*CONSTRAINT "\w+" UNIQUE \([^)]*\)| UNIQUE', "", made)
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute("PRAGMA legacy_alter_table = ON")  # leaves what refers to the table as it is
        for kind, name, _sql in there:
            if kind != "table":
                cursor.execute(f'DROP {kind} "{name}"')
        cursor.execute(f'ALTER TABLE "{table}" RENAME TO "{table}_before"')
        cursor.execute(bare)
        cursor.execute(f'INSERT INTO "{table}" SELECT * FROM "{table}_before"')
        cursor.execute(f'DROP TABLE "{table}_before"')


@contextmanager
def replaced(module: Any, **others: Any) -> Iterator[None]:
    """The names of a module stand for something else meanwhile."""
    before = {name: getattr(module, name) for name in others}
    for name, other in others.items():
        setattr(module, name, other)
    try:
        yield
    finally:
        for name, own in before.items():
            setattr(module, name, own)
