"""Keeping on the disk what was committed: one fsync for all who wait for one.

Note [A commit is told of once it is on the disk]
    SQLite's ``synchronous=FULL`` calls fsync within each COMMIT, while everybody who wants to write waits. The
    connection that writes commits with ``synchronous=NORMAL`` instead, which writes the same frames into the
    write-ahead log and leaves out that one fsync; the log's header, and whatever a checkpoint moves, are synced as
    before. Then, with the next writer at work already, the log is synced here, and only after that does the action
    return. One sync keeps all that was committed before it began, so those who wait share it.

    The log is read from its beginning after a power cut, up to the first frame whose checksum is wrong; commits stay
    in their order, and none that was told of is lost. Others may see what was committed before it is on the disk, for
    as long as a sync takes; when the power goes in that moment, so does the server that showed it.
"""

import os
import threading

from django.db import OperationalError


class Durable:
    """What was committed to one file's write-ahead log in this process, by number, and how much of it is kept."""

    def __init__(self, log: str) -> None:
        self._log = log
        self._changed = threading.Condition()
        self._committed = 0
        self._kept = 0
        self._lost = 0
        self._is_syncing = False

    def committed(self) -> int:
        """Say that a transaction was committed; gives the number to wait for."""
        with self._changed:
            self._committed += 1
            return self._committed

    def wait(self, number: int) -> None:
        """Return once the commit of that number is on the disk: by a sync of our own, or of somebody else's.

        Raises Django's OperationalError where the disk did not keep it. It may be there or not; nobody can tell, so
        that nothing is told of any commit that the failed sync was to keep.
        """
        while True:
            with self._changed:
                while self._is_syncing and max(self._kept, self._lost) < number:
                    self._changed.wait()
                if number <= self._lost:
                    raise OperationalError("The disk did not keep what was written. Look at its state first.")
                if number <= self._kept:
                    return
                self._is_syncing, upto = True, self._committed
            self._sync(upto)

    def _sync(self, upto: int) -> None:
        is_kept = False
        try:
            _sync_file(self._log)
            is_kept = True
        except OSError:
            pass  # told to each who waits, this thread among them
        finally:
            with self._changed:
                self._is_syncing = False
                if is_kept:
                    self._kept = max(self._kept, upto)
                else:
                    self._lost = max(self._lost, upto)
                self._changed.notify_all()


def _sync_file(path: str) -> None:
    """Have the file's contents kept; one that is gone was emptied into the database, which SQLite syncs itself."""
    try:
        # SQLite locks the database and its shared memory, never the log, so that closing it here loses no lock.
        opened = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        (os.fdatasync if hasattr(os, "fdatasync") else os.fsync)(opened)
    finally:
        os.close(opened)


_of_each: dict[tuple[int, str], Durable] = {}
_guard = threading.Lock()


def durable(database: str) -> Durable:
    """What this process waits by for the database of that name."""
    key = (os.getpid(), database)
    with _guard:
        if key not in _of_each:
            _of_each[key] = Durable(f"{os.path.realpath(database)}-wal")
        return _of_each[key]
