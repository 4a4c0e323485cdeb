"""Make the tables and declare what the database holds: real treatments or simulated ones, for ever.

It cannot be changed later. Every page and every dossier says which it is; only a simulated database accepts a
simulated clock and simulated signatures.
"""

import argparse

from stroma.ledger.commands.migrate import bring_up_to_date
from stroma.ledger.domain.entry import Nature

HELP = "make the tables and say for ever whether they hold real or simulated treatments"
NEEDS_DATABASE = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One of the two must be said."""
    nature = parser.add_mutually_exclusive_group(required=True)
    nature.add_argument(
        "--real", dest="nature", action="store_const", const=Nature.REAL, help="patients are treated"
    )
    nature.add_argument(
        "--simulated", dest="nature", action="store_const", const=Nature.SIMULATED, help="nobody is treated"
    )


def run(args: argparse.Namespace) -> int:
    """Migrate, then found."""
    from django.utils import timezone

    from stroma.ledger.actions import found_installation

    bring_up_to_date()
    found = found_installation(nature=args.nature, by="stroma found", at=timezone.now())
    print(f"This database is {found.nature}, for ever (installation {found.uuid}).")
    return 0
