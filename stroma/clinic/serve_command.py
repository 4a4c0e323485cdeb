"""Serve this clinic's pages until Ctrl-C: one process, pages and their files.

Nothing set, it answers on this machine only. To be reached by others it must be told its names, its secret, its
database, and who encrypts; whatever is missing is said, all at once, and nothing is started.
"""

import argparse
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

from stroma.protocols.domain.problem import BadInput, Problem

HELP = "serve the pages of this clinic"
NEEDS_DATABASE = True

ADDRESS = "127.0.0.1"
PORT = 8000
PORTS_TRIED = 50
THREADS = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to answer, when the settings do not say it."""
    parser.add_argument("--port", type=int, help="where to answer; else STROMA_PORT, else 8000")


def run(args: argparse.Namespace) -> int:
    """Look whether there is a clinic to serve and whether it may be served, then do so."""
    from django.conf import settings

    from stroma.clinic.models import Site
    from stroma.ledger.commands.migrate import refuse_old_tables
    from stroma.ledger.commands.opened import founded_installation
    from stroma.ledger.domain.entry import Nature

    here = founded_installation()
    refuse_old_tables()
    door = settings.DOOR
    if settings.DEBUG and (door.is_public or Nature(here.nature) is Nature.REAL):
        message = "STROMA_DEBUG shows what is in memory to whoever meets an error. Unset it and start again."
        raise BadInput([Problem("debug_is_on", message, place="STROMA_DEBUG")])
    wanted = args.port if args.port is not None else door.port
    port = free_port(PORT if wanted is None else wanted, address=door.address)
    where = f"{door.address if door.is_public else 'localhost'}:{port}"
    said = f"Stroma answers at {'https' if door.certificate else 'http'}://{where}/"
    if door.hosts:
        said += f" as {', '.join(door.hosts)}"
    said += f"  ({here.nature.lower()}; Ctrl-C stops it)"
    if not Site.objects.exists():
        said += "\nNo site is open yet, so nobody can sign in. Open one: stroma site open --help"
    serve(port, said=said, address=door.address)
    return 0


def free_port(wanted: int | None, *, address: str = ADDRESS) -> int:
    """The port to answer at; says so when it is not the usual one. Raises BadInput when the one asked for is taken."""
    if wanted is not None:
        if not _is_free(address, wanted):
            message = f"Port {wanted} is taken by another program, or is not allowed. Choose another one."
            raise BadInput([Problem("port_taken", message, place="--port")])
        return wanted
    for port in range(PORT, PORT + PORTS_TRIED):
        if _is_free(address, port):
            if port != PORT:
                print(f"Port {PORT} is taken by another program, so port {port} is used.", file=sys.stderr)
            return port
    message = f"The ports {PORT} to {PORT + PORTS_TRIED - 1} are all taken. Choose another one."
    raise BadInput([Problem("port_taken", message, place="--port")])


def _is_free(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except (OSError, OverflowError):
            return False
    return True


def keep_secret() -> None:
    """Keep the secret that a local site made for itself, so that sessions and invitations outlive a restart.

    Commands read the same file, so that a link they print is one the server knows.
    """
    from django.conf import settings

    file = Path(settings.SECRET_FILE)
    if settings.DOOR.is_public or file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileExistsError):
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(settings.SECRET_KEY, encoding="ascii")


def serve(port: int, *, said: str, address: str = ADDRESS) -> None:
    """Answer until Ctrl-C; ``said`` is printed when the pages are about to be there."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    keep_secret()
    # Anew each time: left to their dates, those of an older Stroma stay where its folder was copied or restored.
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    connection.close()
    os.environ["STROMA_HOME"] = str(settings.HOME)
    server = Granian(
        "stroma.config.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        log_level=LogLevels.warning,
        websockets=False,
        ssl_cert=settings.DOOR.certificate,
        ssl_key=settings.DOOR.key,
        static_path_route=["/static"],
        static_path_mount=[Path(settings.STATIC_ROOT)],
        static_path_expires=0,
    )
    print(said, flush=True)
    server.serve()
    print("Stopped.", file=sys.stderr)
