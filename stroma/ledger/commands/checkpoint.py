"""Sign the head of the ledger and write the checkpoint to a file, to be kept somewhere else.

Whoever holds it can later tell that something it covered was removed or rewritten:
``stroma verify --witness FILE`` on the database, ``verify_dossier.py --witness FILE`` on a dossier.
"""

import argparse
from pathlib import Path

HELP = "sign the head of the ledger into a file to keep elsewhere"
NEEDS_DATABASE = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file."""
    parser.add_argument("file", metavar="FILE", type=Path, help="where to write the checkpoint")
    parser.add_argument("--force", action="store_true", help="write over a file that exists")


def run(args: argparse.Namespace) -> int:
    """Make the checkpoint, then write it."""
    from django.utils import timezone

    from stroma.ledger.checkpoints import checkpoint, checkpoint_bytes
    from stroma.ledger.commands.new_file import refuse_existing, write_whole
    from stroma.ledger.commands.opened import founded_installation

    founded_installation()
    refuse_existing(args.file, force=args.force)
    made = checkpoint(by="stroma checkpoint", at=timezone.now())
    write_whole(args.file, checkpoint_bytes(made))
    print(f"{made.tree_size} entries, root {made.root}, key {made.public_key}")
    return 0
