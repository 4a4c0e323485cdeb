"""Show what Stroma does: take one invented patient through a whole treatment, on a simulated clock.

The pages of the demo clinic come next; until then the demonstration is the walk of one patient through the
culture-expanded disc protocol. ``stroma walk`` takes any protocol and any patient.
"""

import argparse

from stroma.simulation import walk_command

HELP = "take one invented patient through a whole treatment"
NEEDS_DATABASE = True

PROTOCOL = "disc-marrow-expanded"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What a walk takes, the protocol being chosen."""
    parser.add_argument("--protocol", default=PROTOCOL, help=f"another shipped protocol than {PROTOCOL}")
    walk_command.add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Walk."""
    return walk_command.run(args)
