"""Are the guards that the migrations set still standing in the database, and unchanged?

A guard is lost in two ways: somebody removes it, or a later migration makes a table anew on SQLite, which
drops the table's triggers with it. Either way ``stroma verify`` says so. So it does of what the migrations gave
PostgreSQL's server to write the record with.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from stroma.ledger.guards import NoOverlap, Refuse, RefuseTruncate, ServerFunction


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger as the database should hold it: its name, its table, and what makes it."""

    name: str
    table: str
    statement: str


@dataclass(frozen=True, slots=True)
class Guards:
    """What the database should hold: triggers, constraints by name and table, and functions by name and body."""

    triggers: list[Trigger]
    constraints: list[tuple[str, str]]
    functions: list[tuple[str, str]]


def missing_guards() -> Iterator[tuple[str, str]]:
    """The name of each guard or function that does not stand as it was set, and what became of it."""
    guards = _set_by_migrations()
    standing = _standing_triggers()
    for trigger in guards.triggers:
        if trigger.name not in standing:
            yield trigger.name, f"The guard of {trigger.table} is gone."
        elif standing[trigger.name] != (trigger.table, trigger.statement):
            yield trigger.name, f"The guard of {trigger.table} was altered or switched off."
    for name, table in guards.constraints:
        if not _has_exclusion(name, table):
            yield name, f"The guard of {table} is gone."
    for name, body in guards.functions:
        found = _standing_functions(name)
        if not found:
            yield name, "The server's function is gone."
        elif found != [body]:
            yield name, "The server's function was altered, or another stands beside it."


def number_of_guards() -> int:
    """How many guards and functions the migrations set on this database."""
    guards = _set_by_migrations()
    return len(guards.triggers) + len(guards.constraints) + len(guards.functions)


def _set_by_migrations() -> Guards:
    triggers: dict[str, list[Trigger]] = {}
    constraints: list[tuple[str, str]] = []
    functions: dict[str, str] = {}
    loader = MigrationLoader(connection)
    applied = [key for key in loader.graph.nodes if key in loader.applied_migrations]
    for key in sorted(applied):
        for operation in loader.graph.nodes[key].operations:
            if isinstance(operation, Refuse | RefuseTruncate):
                # A later guard of the same name stands in place of the earlier one, also where it is none.
                triggers[operation.name] = _as_triggers(operation)
            elif isinstance(operation, ServerFunction) and connection.vendor == "postgresql":
                functions[operation.name] = operation.body
            elif isinstance(operation, NoOverlap) and connection.vendor == "postgresql":
                constraints.append((operation.name, operation.table))
            elif isinstance(operation, NoOverlap):
                for refusal in operation.triggers():
                    triggers[refusal.name] = _as_triggers(refusal)
    standing = [trigger for each in triggers.values() for trigger in each]
    return Guards(standing, constraints, list(functions.items()))


def _as_triggers(guard: Refuse | RefuseTruncate) -> list[Trigger]:
    """One, or none where the database has no such event."""
    statements = guard.statements(connection.vendor)
    if not statements:
        return []
    if connection.vendor == "postgresql":
        return [Trigger(guard.name, guard.table, statements[0].split("$$")[1])]
    return [Trigger(guard.name, guard.table, statements[-1])]


def _standing_triggers() -> dict[str, tuple[str, str]]:
    """Each trigger's table and text: the function's body on PostgreSQL, the whole statement on SQLite."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # 'O' and 'A' fire in ordinary sessions; 'D' and 'R' do not.
            cursor.execute(
                "SELECT t.tgname, c.relname, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
            )
        else:
            cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name: (table, text) for name, table, text in cursor.fetchall()}


def _standing_functions(name: str) -> list[str]:
    """The bodies of the functions of that name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc FROM pg_proc WHERE proname = %s AND pronamespace = CURRENT_SCHEMA::regnamespace",
            [name],
        )
        return [body for (body,) in cursor.fetchall()]


def _has_exclusion(name: str, table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
            "WHERE k.contype = 'x' AND k.conname = %s AND c.relname = %s",
            [name, table],
        )
        return cursor.fetchone() is not None
