"""Making the demo's database: beside its place, moved there when it is whole, so that nothing half-made is left."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.db import connection

from stroma.ledger.commands.migrate import bring_up_to_date
from stroma.simulation.fleet import Progress, make_fleet

UNFINISHED = "being-made-"
"""How the folders begin in which a demo is made; what an interrupted one left is removed by the next."""


def make_demo_database(file: Path, *, now: datetime, courses: int | None = None) -> Iterator[Progress]:
    """Make the demo at ``file``; what was there before is replaced only by a whole one. Yields how far it is.

    The settings' own connection is pointed at the new file meanwhile, and back at ``file`` afterwards.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in file.parent.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=file.parent))
    made = folder / file.name
    try:
        with _connected_to(made):
            bring_up_to_date()
            yield from make_fleet(now=now, courses=courses)
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous=FULL")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _put_in_place(made, file)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _connected_to(file: Path) -> Iterator[None]:
    usual = connection.settings_dict["NAME"], connection.settings_dict["OPTIONS"]
    connection.close()
    # Nobody reads this file before it is whole, so that a power cut here costs nothing but the wait.
    begun = usual[1]["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    connection.settings_dict["NAME"] = str(file)
    connection.settings_dict["OPTIONS"] = {**usual[1], "init_command": begun}
    # Half a minute of short-lived objects: the collector would look at all of them again and again.
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        connection.close()
        connection.settings_dict["NAME"], connection.settings_dict["OPTIONS"] = usual


def _put_in_place(made: Path, file: Path) -> None:
    with made.open("rb") as whole:
        os.fsync(whole.fileno())
    for beside in ("-wal", "-shm"):
        file.with_name(file.name + beside).unlink(missing_ok=True)
    made.replace(file)
