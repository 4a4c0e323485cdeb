"""One way to write: an action is one transaction, behind one gate.

:func:`action` is the decorator of every write. The writers of this process queue at a gate of our own, where the one
that came first goes first. On SQLite the database's own way is to try again for most of a second, and a plain lock is
taken again by whoever has just left it. On PostgreSQL row locks keep the writers apart, but many who wait for the row
of one chain cost the one who has it more than they gain (``./run bench actions``; ADR 0002 has what was measured).
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from stroma.ledger.refusals import told_by_the_server

P = ParamSpec("P")
R = TypeVar("R")


class Gate:
    """Room for a few at a time, given in the order of asking, and again to whoever is inside."""

    def __init__(self, places: int = 1) -> None:
        self._guard = threading.Lock()
        self._free = places
        self._inside: dict[int, int] = {}
        self._queue: deque[tuple[int, threading.Lock]] = deque()

    @property
    def is_held(self) -> bool:
        """Whether somebody is inside."""
        return bool(self._inside)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._queue)

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if me in self._inside:
                self._inside[me] += 1
                return
            if self._free:
                self._free -= 1
                self._inside[me] = 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._queue.append((me, turn))
        try:
            turn.acquire()
        except (
            BaseException
        ):  # interrupted while waiting: the place is given up, or handed on if it was our turn
            with self._guard:
                if (me, turn) in self._queue:
                    self._queue.remove((me, turn))
                else:
                    self._hand_on(me)
            raise

    def __exit__(self, *exception: object) -> None:
        me = threading.get_ident()
        with self._guard:
            self._inside[me] -= 1
            if not self._inside[me]:
                self._hand_on(me)

    def _hand_on(self, me: int) -> None:
        """To the one that has waited longest, if any. Called with the guard held."""
        del self._inside[me]
        if self._queue:
            next_one, turn = self._queue.popleft()
            self._inside[next_one] = 1
            turn.release()
        else:
            self._free += 1


_GATES = {"sqlite": Gate(), "postgresql": Gate(places=2)}
"""One writes while on PostgreSQL another gets ready; more only wait for the same chain, which costs all of them.

Each backend keeps as many ``spare`` connections that write.
"""


class Recorded(Exception):  # noqa: N818 - mixed into refusals that are themselves facts
    """Mixed into a refusal that must stay on record: what was written before it was raised is kept.

    A refused scan is a fact. The action writes it, raises, and the transaction commits before the refusal goes on.
    """


@contextmanager
def write_gate() -> Iterator[None]:
    """This process's queue of writers, entered before the transaction, and a connection that writes.

    What must be waited for before it may be told of is waited for outside, while the next one writes.
    """
    own: Any = connections[DEFAULT_DB_ALIAS]  # our own backend's
    with _GATES[own.vendor], own.lent_to_write() as committed:
        yield
    own.wait_until_kept(committed)


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Make ``function`` an action: all of what it writes is kept, or none of it.

    Actions may call actions: the inner one joins the outer one's transaction.
    """

    @wraps(function)
    def acting(*args: P.args, **kwargs: P.kwargs) -> R:
        kept: Recorded | None = None
        with told_by_the_server(), write_gate(), transaction.atomic():
            try:
                result = function(*args, **kwargs)
            except Recorded as refusal:
                kept = refusal
        if kept is not None:
            raise kept
        return result

    acting.is_action = True  # type: ignore[attr-defined]  # functions take attributes; mypy knows none
    return acting


def in_action(function: Callable[..., Any]) -> bool:
    """Whether ``function`` was made an action; the house rules ask."""
    return bool(getattr(function, "is_action", False))
