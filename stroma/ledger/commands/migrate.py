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
    """Apply every migration that is missing; the folder of the embedded database is made first."""
    from django.conf import settings
    from django.core.management import call_command

    settings.HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    call_command("migrate", interactive=False, verbosity=0)
