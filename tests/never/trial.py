"""How a guard is tried: the write is refused with the guard's sentence, and passes once that guard alone is gone."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import IntegrityError, transaction

from tests.never.unguarded import guards, take_away
from tests.never.world import World

Write = Callable[[], object]


@dataclass(frozen=True)
class Case:
    """A guard, and what brings the world to where only the forbidden write is left to do.

    ``also`` names guards that rightly refuse the same write.
    """

    guard: str
    arrange: Callable[[World], Write]
    also: tuple[str, ...] = ()


def ids(case: object) -> str:
    """How a case is called in a report: its guard, and its word."""
    assert isinstance(case, Case)
    return f"{case.guard}: {case.arrange.__name__.replace('_', ' ')}"


def refusal_of(write: Write) -> str:
    """The first line of the database's answer to a write that it refuses."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        write()
    return str(refused.value).splitlines()[0]


def refused_by_its_guard_alone(case: Case, world: World) -> None:
    """Try the write with the guard and without it."""
    write = case.arrange(world)
    sentences = {guards()[name].message for name in (case.guard, *case.also)}
    said = refusal_of(write)
    assert said in sentences, said
    for name in case.also:
        take_away(name)
    # With the others gone, it is this guard that speaks.
    assert refusal_of(write) == guards()[case.guard].message
    take_away(case.guard)
    write()
