"""Start Stroma with its simulated clinic: two sites, more than sixty invented patients, and a guided story.

The first start makes the database, on a simulated clock and by the same actions that pages use; later starts use what
is there. Everything is served on this machine alone. Stop with Ctrl-C.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from stroma.clinic.serve_command import ADDRESS, PORT, free_port, serve

if TYPE_CHECKING:
    from stroma.simulation.fleet import Progress

HELP = "start Stroma with its simulated clinic"
NEEDS_DATABASE = True

_BAR = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to answer, and whether to begin anew."""
    parser.add_argument("--port", type=int, help=f"where to answer; {PORT} or the next free one if not said")
    parser.add_argument("--reset", action="store_true", help="make the simulated clinic anew")
    parser.add_argument("--courses", type=int, metavar="N", help="of how many patients the clinic is made")
    parser.add_argument("--no-serve", action="store_true", help="make the clinic and stop")


def run(args: argparse.Namespace) -> int:
    """Make the clinic where there is none, then serve it until Ctrl-C."""
    from django.conf import settings

    file = _embedded_file()
    port = None if args.no_serve else free_port(args.port)
    try:
        _have_a_demo(file, reset=args.reset, courses=args.courses)
        if port is None:
            print(f"The simulated clinic lies in {settings.HOME}.")
            return 0
        # Making the clinic takes a while, in which another program may have taken the port.
        port = free_port(args.port)
        said = f"Stroma answers at http://{ADDRESS}:{port}/demo/  (simulated; Ctrl-C stops it)"
        serve(port, said=said)
    except KeyboardInterrupt:
        print("\nStopped before it was whole. Nothing half-made was kept.", file=sys.stderr)
    return 0


def _embedded_file() -> Path:
    """The file of the embedded database. Raises BadInput when the settings name a server instead."""
    from django.db import connection

    from stroma.protocols.domain.problem import BadInput, Problem

    if connection.vendor != "sqlite":
        message = (
            "The demo keeps its clinic in the embedded database. Unset STROMA_DATABASE_URL and start again."
        )
        raise BadInput([Problem("demo_needs_embedded", message, place="STROMA_DATABASE_URL")])
    return Path(str(connection.settings_dict["NAME"]))


def _have_a_demo(file: Path, *, reset: bool, courses: int | None) -> None:
    from django.db import connection
    from django.utils import timezone

    from stroma.ledger.domain.entry import Nature
    from stroma.ledger.models import Installation
    from stroma.protocols.domain.blocker import Blocker, Refused
    from stroma.simulation.making import make_demo_database

    found = None
    if file.exists() and Installation._meta.db_table in connection.introspection.table_names():
        found = Installation.objects.first()
    if found is not None and found.nature == Nature.REAL:
        raise Refused([Blocker("demo_in_a_real_database", {}, "Stroma simulation")])
    if found is not None and not reset:
        from stroma.ledger.commands.migrate import bring_up_to_date

        bring_up_to_date()
        print("The simulated clinic is there from an earlier start. For a new one: --reset", file=sys.stderr)
        return
    print("Making a simulated clinic. This takes about a minute, once.", file=sys.stderr)
    began = time.monotonic()
    for progress in make_demo_database(file, now=timezone.now().replace(microsecond=0), courses=courses):
        _show(progress)
    print(f"\nMade in {time.monotonic() - began:.0f} seconds.", file=sys.stderr)


def _show(progress: "Progress") -> None:
    done = round(progress.fraction * _BAR)
    bar = "#" * done + "." * (_BAR - done)
    if sys.stderr.isatty():
        print(f"\r[{bar}] {progress.fraction:4.0%} {progress.words:<36}", end="", file=sys.stderr, flush=True)
    elif progress.fraction >= 1:
        print(f"[{bar}] {progress.words}", end="", file=sys.stderr)
