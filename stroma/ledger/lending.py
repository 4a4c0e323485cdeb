"""The connections that write: a few of them, lent to whoever is behind the gate.

Each thread has a connection of its own to read from. Were it to write on that as well, everything that a connection
keeps at hand would be cold each time: on SQLite the pages that it read, which are void as soon as another connection
wrote; on PostgreSQL the memory of one of as many server processes as there are threads, where each plan and table is
looked up anew (``./run bench actions``; ADR 0002 has what was measured).
"""

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet


class Spare:
    """Connections that nobody uses at the moment, by the process and the database they belong to.

    They are closed when the last of a process's threads has closed its own.
    """

    def __init__(self, most: int) -> None:
        self._guard = threading.Lock()
        self._most = most
        self._free: dict[tuple[int, str], list[Any]] = {}
        self._users: dict[tuple[int, str], WeakSet[Any]] = {}

    def joined(self, database: str, wrapper: Any) -> None:
        """Say that a thread has a connection of its own, which ``wrapper`` holds."""
        with self._guard:
            self._users.setdefault((os.getpid(), database), WeakSet()).add(wrapper)

    def left(self, database: str, wrapper: Any) -> None:
        """Say that it has closed it."""
        key, free = (os.getpid(), database), []
        with self._guard:
            users = self._users.get(key, WeakSet())
            users.discard(wrapper)
            if not users:
                self._users.pop(key, None)
                free = self._free.pop(key, [])
        for one in free:
            one.close()

    def take(self, database: str) -> Any | None:
        """The one that was used last, if there is one."""
        with self._guard:
            # A process that was forked may not go on with its parent's.
            free = self._free.get((os.getpid(), database))
            return free.pop() if free else None

    def give_back(self, database: str, used: Any) -> None:
        """Keep it for the next, or close it where there are enough."""
        with self._guard:
            free = self._free.setdefault((os.getpid(), database), [])
            if len(free) < self._most:
                free.append(used)
                return
        used.close()


class LendsToWrite(ABC):
    """Mixed into Django's wrapper of a connection: what it writes within ``lent_to_write`` goes by another.

    A backend says how many are ``spare``, how one is ``made_to_write``, whether one ``is_fit`` to be used again, and
    whether the database ``takes_another`` connection at all.
    """

    spare: Spare
    connection: Any
    settings_dict: dict[str, Any]
    in_atomic_block: bool
    closed_in_transaction: bool
    autocommit: bool
    get_autocommit: Callable[[], bool]

    @contextmanager
    def lent_to_write(self) -> Iterator[list[int]]:
        """Within, this thread uses a connection that writes; nobody else uses that one.

        Not within a transaction that has begun already. Gives a list in which stands afterwards what must be waited
        for, if anything, before what was written may be told of (``wait_until_kept``).
        """
        # Its own first: with it come the settings that the wrapper keeps beside the connection.
        if self.in_atomic_block or not self.takes_another or not self.get_autocommit():
            yield []
            return
        own, self.connection = self.connection, None
        try:
            self.connection = self._taken()
            yield []
        finally:
            self._give_back(self.connection)
            # What Django noted meanwhile was of the other connection; its own is as it was.
            self.connection, self.closed_in_transaction, self.autocommit = own, False, True
            if own is not None:
                self.spare.joined(self.lent_for, self)

    @abstractmethod
    def wait_until_kept(self, committed: Sequence[int]) -> None:
        """Return once all of that is on the disk."""

    @property
    def takes_another(self) -> bool:
        """Whether another connection finds the same database."""
        return True

    @property
    def lent_for(self) -> str:
        """The database, as this process tells it from others."""
        named = self.settings_dict
        return f"{named['HOST']}:{named['PORT']}/{named['NAME']}"

    def made_to_write(self) -> Any:
        """A new connection, for writing."""
        self.connect()
        return self.connection

    @abstractmethod
    def is_fit(self, connection: Any) -> bool:
        """Whether it may be used by the next: it is in no transaction."""

    def connect(self) -> None:
        """Connect, and say so."""
        super().connect()  # type: ignore[misc]  # the wrapper's
        self.spare.joined(self.lent_for, self)

    def close(self) -> None:
        """Close this thread's connection; the last one closes those that write, unless they are in use."""
        super().close()  # type: ignore[misc]  # the wrapper's
        self.spare.left(self.lent_for, self)

    def _taken(self) -> Any:
        while (one := self.spare.take(self.lent_for)) is not None:
            if self.is_fit(one):
                return one
            one.close()
        return self.made_to_write()

    def _give_back(self, used: Any) -> None:
        """One that Django closed is gone already."""
        if used is None:
            return
        if self.is_fit(used):
            self.spare.give_back(self.lent_for, used)
        else:
            used.close()
