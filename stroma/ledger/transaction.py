"""One way to write: an action is one transaction, behind one gate.

:func:`action` is the decorator of every write. On SQLite the writers of this process queue at a gate of our own, where
the one that came first goes first: the database's own way is to try again for most of a second, and a plain lock is
taken again by whoever has just left it (``./run bench actions``; ADR 0002 has what was measured). On PostgreSQL the
row locks of the chains do the same work.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction

P = ParamSpec("P")
R = TypeVar("R")


class Gate:
    """A lock that is taken in the order of asking, and again by whoever holds it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._holder: int | None = None
        self._depth = 0
        self._queue: deque[tuple[int, threading.Lock]] = deque()

    @property
    def is_held(self) -> bool:
        """Whether somebody is inside."""
        return self._holder is not None

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._queue)

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._holder is None:
                self._holder = me
            if self._holder == me:
                self._depth += 1
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
                    self._hand_on()
            raise

    def __exit__(self, *exception: object) -> None:
        with self._guard:
            self._depth -= 1
            if not self._depth:
                self._hand_on()

    def _hand_on(self) -> None:
        """To the one that has waited longest, if any. Called with the guard held."""
        self._holder, self._depth = None, 0
        if self._queue:
            self._holder, turn = self._queue.popleft()
            self._depth = 1
            turn.release()


_write_gate = Gate()


class Recorded(Exception):  # noqa: N818 - mixed into refusals that are themselves facts
    """Mixed into a refusal that must stay on record: what was written before it was raised is kept.

    A refused scan is a fact. The action writes it, raises, and the transaction commits before the refusal goes on.
    """


@contextmanager
def write_gate() -> Iterator[None]:
    """Hold this process's place in the queue of writers (SQLite); nothing on PostgreSQL."""
    with _write_gate if connection.vendor == "sqlite" else nullcontext():
        yield


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Make ``function`` an action: all of what it writes is kept, or none of it.

    Actions may call actions: the inner one joins the outer one's transaction.
    """

    @wraps(function)
    def acting(*args: P.args, **kwargs: P.kwargs) -> R:
        kept: Recorded | None = None
        with write_gate(), transaction.atomic():
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
