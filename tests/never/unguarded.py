"""Taking a guard away for a moment, to see that it was the guard that refused and nothing else."""

from collections.abc import Iterator
from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from stroma.ledger.guards import NoOverlap, Refuse, RefuseTruncate


@cache
def guards() -> dict[str, Refuse]:
    """Every row guard that the migrations set, by name."""
    return {operation.name: operation for operation in _operations() if isinstance(operation, Refuse)}


def guards_against_truncate() -> dict[str, RefuseTruncate]:
    """Every guard against TRUNCATE, by name; they stand on PostgreSQL only."""
    return {operation.name: operation for operation in _operations() if isinstance(operation, RefuseTruncate)}


def guards_against_overlap() -> dict[str, NoOverlap]:
    """Every guard against rows that overlap in time, by name."""
    return {operation.name: operation for operation in _operations() if isinstance(operation, NoOverlap)}


def take_away(*names: str) -> None:
    """Let these guards refuse nothing any more, until the transaction is rolled back."""
    for name in names:
        guard = guards()[name]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # Not DROP TRIGGER: PostgreSQL refuses that while checks of foreign keys wait for the commit.
                row = "OLD" if guard.event == "DELETE" else "NEW"
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS "
                    f"$$ BEGIN RETURN {row}; END; $$ LANGUAGE plpgsql"
                )
            else:
                cursor.execute(f"DROP TRIGGER {name}")


def _operations() -> Iterator[object]:
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    for key in sorted(graph.nodes):
        yield from graph.nodes[key].operations
