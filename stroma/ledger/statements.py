"""Statements in plain SQL that nearly every action sends, by the shortest way to the driver.

Django's cursors spell a statement anew each time, and on PostgreSQL put its values into its text, so that the server
reads and plans it anew as well. Here the text stays the same: SQLite finds the statement it compiled before, and
PostgreSQL the plan it made (``PREPARE``). Transactions, errors and the kinds of values are Django's.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection


def send(sql: str, values: Sequence[Any]) -> Any:
    """Send ``sql``, whose places are ``%s``, on this thread's connection; gives the driver's cursor.

    Raises Django's database errors, as its own cursors do. Where somebody listens to what is sent (a test that counts
    statements, a log), it goes through Django's cursor.
    """
    connection.ensure_connection()
    if connection.queries_logged or connection.execute_wrappers:
        cursor = connection.cursor()
        cursor.execute(sql, values)
        return cursor
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            return _prepared(sql, values)
        return connection.connection.execute(_with_question_marks(sql), values)


def _prepared(sql: str, values: Sequence[Any]) -> Any:
    import psycopg  # not needed where SQLite serves

    return psycopg.Cursor(connection.connection).execute(sql, values, prepare=True)


@lru_cache(maxsize=512)
def _with_question_marks(sql: str) -> str:
    return sql.replace("%s", "?").replace("%%", "%")
