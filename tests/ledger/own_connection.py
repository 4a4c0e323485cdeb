"""A connection to PostgreSQL whose transactions are kept, beside the one that a test's own transaction holds."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, connections

from stroma.ledger.postgresql.base import DatabaseWrapper

OWN = "own"
"""Its name among Django's connections."""


@contextmanager
def own_connection(table: str) -> Iterator[DatabaseWrapper]:
    """One with a table of its own, of amounts above nought."""
    made = connection.copy(OWN)  # type: ignore[attr-defined]  # not in the stubs
    connections[OWN] = made
    with made.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (amount integer CHECK (amount > 0))")
    yield made
    with made.cursor() as cursor:
        cursor.execute(f"DROP TABLE {table}")
    made.close()
    del connections[OWN]
