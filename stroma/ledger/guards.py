"""Rules that the database keeps by itself: triggers, written once, for SQLite and PostgreSQL alike.

A migration lists :class:`Refuse` operations. Each one is a table, an event and a condition in plain SQL that
both databases understand; when the condition holds, the write is refused with the sentence given. This module
is the one part of the application that migrations import, and it changes only by addition.
"""

from collections.abc import Sequence
from typing import Any, Literal

from django.db.migrations.operations.base import Operation

Event = Literal["INSERT", "UPDATE", "DELETE"]


class Refuse(Operation):
    """Refuse ``event`` on ``table`` whenever ``when`` holds (``NEW`` and ``OLD`` are the rows; no ``when``: always)."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str, table: str, event: Event, message: str, when: str = "") -> None:
        self.name, self.table, self.event, self.message, self.when = name, table, event, message, when

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """As migrations write it."""
        return (
            type(self).__name__,
            [],
            {
                "name": self.name,
                "table": self.table,
                "event": self.event,
                "message": self.message,
                "when": self.when,
            },
        )

    def state_forwards(self, app_label: str, state: Any) -> None:
        """A trigger changes no model."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Create the trigger."""
        for statement in self.statements(schema_editor.connection.vendor):
            schema_editor.execute(statement)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop the trigger."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {self.name}()")
        else:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {self.name}")

    def describe(self) -> str:
        """One line for ``migrate``."""
        return f"Refuse {self.event} on {self.table}: {self.message}"

    def statements(self, vendor: str) -> list[str]:
        """What creates the guard on ``vendor``; on PostgreSQL the function comes first."""
        message = self.message.replace("'", "''")
        if vendor == "postgresql":
            # check_violation makes Django raise IntegrityError, as it does for SQLite's RAISE(ABORT).
            refuse = f"RAISE EXCEPTION '{message.replace('%', '%%')}' USING ERRCODE = 'check_violation';"
            body = f"IF ({self.when}) THEN {refuse} END IF;" if self.when else refuse
            result = "OLD" if self.event == "DELETE" else "NEW"
            function = (
                f"CREATE FUNCTION {self.name}() RETURNS trigger AS $$ BEGIN {body} RETURN {result}; END; $$"
            )
            trigger = f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table}"
            # The percent sign would be read as a parameter by the driver; these texts hold none after doubling.
            return [f"{function} LANGUAGE plpgsql", f"{trigger} FOR EACH ROW EXECUTE FUNCTION {self.name}()"]
        condition = f" WHEN ({self.when})" if self.when else ""
        return [
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW{condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        ]


class RefuseInstead(Refuse):
    """The guard of that name with other words or another condition; the one that stood is dropped first.

    ``before`` is the condition that stood, and is put back when the migration is undone. ``holding`` names the row
    (``table WHERE …``) that is held on PostgreSQL while the condition is looked at, where it adds up what others may be
    adding to at the same moment. On SQLite writers come one at a time.
    """

    def __init__(
        self, name: str, table: str, event: Event, message: str, when: str, before: str, holding: str = ""
    ) -> None:
        super().__init__(name, table, event, message, when)
        self.before, self.holding = before, holding

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """As migrations write it."""
        name, positional, values = super().deconstruct()
        return name, positional, values | {"before": self.before, "holding": self.holding}

    def statements(self, vendor: str) -> list[str]:
        """What creates the guard on ``vendor``, which takes hold of the row first."""
        made = super().statements(vendor)
        if vendor == "postgresql" and self.holding:
            # A function that may write looks anew at each of its statements, so it sees what it waited for.
            hold = f"BEGIN PERFORM 1 FROM {self.holding} FOR NO KEY UPDATE; "
            made[0] = made[0].replace("BEGIN ", hold, 1)
        return made

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop the trigger that stood and create this one."""
        super().database_backwards(app_label, schema_editor, from_state, to_state)
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop this trigger and put the one that stood back."""
        super().database_backwards(app_label, schema_editor, from_state, to_state)
        stood = Refuse(self.name, self.table, self.event, self.message, self.before)
        stood.database_forwards(app_label, schema_editor, from_state, to_state)


class RefuseOnSQLite(RefuseInstead):
    """The guard of that name, from here on for SQLite alone.

    For guards against ``INSERT OR REPLACE``, which goes round unique keys there. PostgreSQL knows no such statement:
    its unique keys refuse, and an upsert is an UPDATE. A function called for each row would only cost.
    """

    def statements(self, vendor: str) -> list[str]:
        """What creates the guard on ``vendor``: nothing on PostgreSQL."""
        return [] if vendor == "postgresql" else super().statements(vendor)


class RefuseTruncate(Operation):
    """Refuse TRUNCATE, which goes round row triggers on PostgreSQL; SQLite has none."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str, table: str, message: str) -> None:
        self.name, self.table, self.message = name, table, message

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """As migrations write it."""
        return type(self).__name__, [], {"name": self.name, "table": self.table, "message": self.message}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """A trigger changes no model."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Create the trigger on PostgreSQL."""
        for statement in self.statements(schema_editor.connection.vendor):
            schema_editor.execute(statement)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop the trigger."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {self.name}()")

    def describe(self) -> str:
        """One line for ``migrate``."""
        return f"Refuse TRUNCATE on {self.table}"

    def statements(self, vendor: str) -> list[str]:
        """What creates the guard on ``vendor``: nothing on SQLite."""
        if vendor != "postgresql":
            return []
        message = self.message.replace("'", "''")
        function = f"CREATE FUNCTION {self.name}() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{message}' "
        return [
            f"{function}USING ERRCODE = 'check_violation'; END; $$ LANGUAGE plpgsql",
            f"CREATE TRIGGER {self.name} BEFORE TRUNCATE ON {self.table} EXECUTE FUNCTION {self.name}()",
        ]


class ServerFunction(Operation):
    """A function that PostgreSQL's server calls when it is asked to, made by ``statement``; SQLite has none."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str, statement: str) -> None:
        self.name, self.statement = name, statement

    @property
    def body(self) -> str:
        """What the server keeps of it and carries out."""
        return self.statement.split("$$")[1]

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """As migrations write it."""
        return type(self).__name__, [], {"name": self.name, "statement": self.statement}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """A function changes no model."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Make the function on PostgreSQL."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(self.statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop the function."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {self.name}")

    def describe(self) -> str:
        """One line for ``migrate``."""
        return f"Make the server's function {self.name}"


class NoOverlap(Operation):
    """Two live rows of one ``owner`` never overlap in time.

    An exclusion constraint on PostgreSQL. The owner, a UUID, is compared as a span of one value: the index for
    spans is built in, that for plain values is in an extension (btree_gist) which not every server has. On
    SQLite a trigger, which is enough there because writers come one at a time and see every committed row.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str, table: str, owner: str, message: str) -> None:
        self.name, self.table, self.owner, self.message = name, table, owner, message

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """As migrations write it."""
        values = {"name": self.name, "table": self.table, "owner": self.owner, "message": self.message}
        return type(self).__name__, [], values

    def state_forwards(self, app_label: str, state: Any) -> None:
        """A guard changes no model."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Create the constraint or the triggers."""
        if schema_editor.connection.vendor == "postgresql":
            # One type serves every table that is guarded so; it stays when a guard is taken back.
            schema_editor.execute(
                "DO $$ BEGIN CREATE TYPE uuid_span AS RANGE (subtype = uuid); "
                "EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            )
            # A span without ends would overlap every other, so a row without an owner is left out.
            schema_editor.execute(
                f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} EXCLUDE USING gist "
                f"(uuid_span({self.owner}, {self.owner}, '[]') WITH &&, "
                "tstzrange(starts_at, ends_at) WITH &&) "
                f"WHERE (is_live AND {self.owner} IS NOT NULL)"
            )
            return
        for refusal in self.triggers():
            refusal.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop what was created."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE {self.table} DROP CONSTRAINT {self.name}")
            return
        for refusal in self.triggers():
            refusal.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """One line for ``migrate``."""
        return f"Refuse overlapping rows of {self.table}"

    def triggers(self) -> list[Refuse]:
        """The guards that stand for it on SQLite."""
        # Rows that never overlap end in the order in which they begin: of those that begin before the new one ends,
        # only the last can reach into it. So one row is read along the index, however many years of them there are.
        # The table and the owner are names written in a migration, never input.
        overlap = (
            f"NEW.is_live AND EXISTS (SELECT 1 FROM (SELECT other.ends_at FROM {self.table} other "  # noqa: S608 - names of a migration
            f"WHERE other.{self.owner} = NEW.{self.owner} AND other.is_live AND other.id <> NEW.id "
            "AND other.starts_at < NEW.ends_at ORDER BY other.starts_at DESC LIMIT 1) last "
            "WHERE last.ends_at > NEW.starts_at)"
        )
        return [
            Refuse(f"{self.name}_insert", self.table, "INSERT", self.message, when=overlap),
            Refuse(f"{self.name}_update", self.table, "UPDATE", self.message, when=overlap),
        ]


def never_changed(table: str) -> list[Operation]:
    """The operations that make ``table`` append-only: no update, no delete, no truncate."""
    message = f"Rows of {table} are never changed or removed. Write a new row that corrects the old one."
    return [
        Refuse(f"{table}_no_update", table, "UPDATE", message),
        Refuse(f"{table}_no_delete", table, "DELETE", message),
        RefuseTruncate(f"{table}_no_truncate", table, message),
    ]


def no_replacing(table: str, key: str) -> list[Operation]:
    """Refuse an insert whose ``key`` exists: closes SQLite's INSERT OR REPLACE for clients without our pragma."""
    return [
        Refuse(
            f"{table}_no_replace",
            table,
            "INSERT",
            f"That row of {table} exists already.",
            when=f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})",  # noqa: S608 - names of a migration
        )
    ]
