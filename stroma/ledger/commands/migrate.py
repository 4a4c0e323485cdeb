"""Make the database's tables, or bring them up to this version."""

import argparse

HELP = "make the tables, or bring them up to this version"
NEEDS_DATABASE = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: which database is said by the settings."""


def run(args: argparse.Namespace) -> int:
    """Migrate."""
    del args
    bring_up_to_date()
    print("The database is up to date.")
    return 0


def bring_up_to_date() -> None:
    """Apply every migration that is missing; the folder of the embedded database is made first.

    Raises BadInput when the folder or the database cannot be used.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError, connection

    from stroma.ledger.commands.opened import database_unusable
    from stroma.protocols.domain.problem import BadInput, Problem

    try:
        settings.HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        message = f"STROMA_HOME cannot be used ({error.strerror}). Name a folder that can be written."
        raise BadInput([Problem("home_unusable", message, file=str(settings.HOME))]) from error
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise database_unusable(error, "Look at STROMA_DATABASE_URL and STROMA_HOME.") from error
    call_command("migrate", interactive=False, verbosity=0)


def refuse_old_tables() -> None:
    """Raise BadInput when the tables are not those of this version: pages would fail one by one."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from stroma.protocols.domain.problem import BadInput, Problem

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        message = (
            "The tables are of an earlier version. Back up, then bring them up to this one: stroma migrate"
        )
        raise BadInput([Problem("tables_are_old", message)])
