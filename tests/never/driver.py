"""A process on a database of its own: makes the world there, lets rivals loose on it, or kills an action in the middle.

``python -m tests.never.driver make``, ``… rivals CASE OFF`` (OFF: what is switched off, joined by commas) or
``… crash``. The answer is JSON on standard output. Rivals and victims are processes forked from this one, so that
Django is loaded once.
"""

import json
import os
import pickle
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - after the set-up
from django.core.exceptions import MultipleObjectsReturned  # noqa: E402 - after the set-up
from django.db import IntegrityError, OperationalError, connections  # noqa: E402 - after the set-up

from stroma.ledger.verification import verify  # noqa: E402 - after the set-up
from stroma.protocols.domain.blocker import Refused  # noqa: E402 - after the set-up
from tests.never.world import World, make_world  # noqa: E402 - after the set-up

WORLD = Path(settings.HOME) / "world.pickle"


def make() -> None:
    """Make the world, and keep its objects beside the database."""
    WORLD.write_bytes(pickle.dumps(make_world()))


def the_world() -> World:
    """The objects of the world in this database."""
    world: World = pickle.loads(WORLD.read_bytes())
    return world


def findings() -> list[str]:
    """Everything that ``stroma verify`` finds."""
    return [f"{found.check}: {found.place} {found.message}" for check in verify() for found in check.findings]


def outcome_of(act: Callable[[], object]) -> str:
    """What came of it, in a word: ``done``, the codes of the refusal, ``the database``, or ``finds two of it``.

    The last is a rival's end where the keys are off: what it looks for to add to is already there twice.
    """
    try:
        act()
    except Refused as refusal:
        return ",".join(blocker.code for blocker in refusal.blockers)
    except (IntegrityError, OperationalError):
        return "the database"
    except MultipleObjectsReturned:
        return "finds two of it"
    return "done"


def forked(work: Callable[[Callable[[str], None]], None]) -> Callable[[], str]:
    """Start a process that does ``work``, which may say things; gives what waits for it and returns all it said.

    Connections are closed first: a child that shared one with its parent would speak into its parent's talk.
    """
    connections.close_all()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            work(lambda text: _say(writing, text))
            connections.close_all()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(70)
    os.close(writing)

    def wait() -> str:
        with os.fdopen(reading) as said:
            text = said.read()
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) == 70:
            raise RuntimeError("a process failed; its traceback stands above")
        return text

    return wait


def _say(pipe: int, text: str) -> None:
    os.write(pipe, text.encode())


def answer(found: Any) -> None:
    """Say what was found."""
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make()
    elif sys.argv[1] == "rivals":
        from tests.never.rivals import let_loose

        answer(let_loose(sys.argv[2], {name for name in sys.argv[3].split(",") if name}))
    else:
        from tests.never.crashes import crash_all

        answer(crash_all())
