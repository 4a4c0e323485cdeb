"""On PostgreSQL one statement empties a table without asking any row: refused for whatever is never removed."""

import pytest
from django.db import connection

from tests.never.trial import refusal_of
from tests.never.unguarded import guards_against_truncate

pytestmark = [pytest.mark.django_db, pytest.mark.only_on("postgresql")]


@pytest.mark.parametrize("name", sorted(guards_against_truncate()))
def test_a_table_that_is_never_emptied_is_not_truncated(name: str) -> None:
    guards = guards_against_truncate()
    statement = f"TRUNCATE {guards[name].table} CASCADE"  # with every table that refers to it
    with connection.cursor() as cursor:
        for other in guards.keys() - {name}:
            cursor.execute(f"DROP TRIGGER {other} ON {guards[other].table}")
        assert refusal_of(lambda: cursor.execute(statement)) == guards[name].message
        cursor.execute(f"DROP TRIGGER {name} ON {guards[name].table}")
        cursor.execute(statement)
