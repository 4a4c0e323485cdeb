"""The shape of a case in which several processes want the same thing at the same moment."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.never.world import World


@dataclass(frozen=True)
class Rivalry:
    """How many want what; what to count afterwards; what each keeper is."""

    rivals: int
    act: Callable[[World], object]
    count: Callable[[World], int]
    tables: tuple[str, ...]
    look: tuple[Any, str]
    """Module and name of the function with which the action looks before it writes."""
    arrange: Callable[[World], object] = lambda world: None
    other: Callable[[World], object] | None = None
    """What the last of them does instead."""
    is_between: bool = False
    """Whether the last one acts in the middle of the first: with the lock off between its look and its write, else
    the first looks when the other has written and has not committed."""
    no_rule: Callable[[], None] = lambda: None
