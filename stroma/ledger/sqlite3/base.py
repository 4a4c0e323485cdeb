"""Django's backend for SQLite, but a table that is made anew keeps its triggers.

SQLite cannot change most of a table in place, so Django makes a new one, copies the rows, drops the old one and
renames the new. Two things go wrong with that where triggers are the guards: the old table's triggers go with it, and
the renaming is refused while a trigger of another table mentions the name. Here the table's own triggers are set
again, and the renaming leaves everything that mentions the table as it stands (``legacy_alter_table``).
"""

from typing import Any

from django.db.backends.sqlite3 import base, schema


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
