"""Start Stroma with its simulated clinic: two sites, more than sixty invented patients, and a guided story.

The first start makes the database, on a simulated clock and by the same actions that pages use; later starts use what
is there. Everything is served on this machine alone. Stop with Ctrl-C.
"""

import argparse
import os
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stroma.simulation.fleet import Progress

HELP = "start Stroma with its simulated clinic"
NEEDS_DATABASE = True

HOST = "127.0.0.1"
PORT = 8000
PORTS_TRIED = 50
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
        _serve(port if _is_free(port) else free_port(args.port))
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


def free_port(wanted: int | None) -> int:
    """The port to answer at; says so when it is not the usual one. Raises BadInput when the one asked for is taken."""
    from stroma.protocols.domain.problem import BadInput, Problem

    if wanted is not None:
        if not _is_free(wanted):
            message = f"Port {wanted} is taken by another program, or is not allowed. Choose another one."
            raise BadInput([Problem("port_taken", message, place="--port")])
        return wanted
    for port in range(PORT, PORT + PORTS_TRIED):
        if _is_free(port):
            if port != PORT:
                print(f"Port {PORT} is taken by another program, so port {port} is used.", file=sys.stderr)
            return port
    message = f"The ports {PORT} to {PORT + PORTS_TRIED - 1} are all taken. Choose another one."
    raise BadInput([Problem("port_taken", message, place="--port")])


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


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


def _serve(port: int) -> None:
    """One process, a few threads: pages from the program, files from the folder ``static`` in STROMA_HOME."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    call_command("collectstatic", interactive=False, verbosity=0)
    connection.close()
    os.environ["STROMA_HOME"] = str(settings.HOME)
    server = Granian(
        "stroma.config.wsgi:application",
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        log_level=LogLevels.warning,
        websockets=False,
        static_path_route=["/static"],
        static_path_mount=[Path(settings.STATIC_ROOT)],
        static_path_expires=0,
    )
    print(f"Stroma answers at http://{HOST}:{port}/demo/  (simulated; Ctrl-C stops it)", flush=True)
    server.serve()
    print("Stopped.", file=sys.stderr)
