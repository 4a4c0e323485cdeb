"""Breadth first through every state that a story's moves can reach, until one does harm or all have been seen."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.model.form import Form
from tests.model.moves import MOST_FAULTS, Moves, Step
from tests.model.state import State


@dataclass(frozen=True)
class Story:
    """Where a small clinic begins, and what can happen there."""

    name: str
    told: str
    start: State
    moves: Sequence[Moves]


@dataclass
class Explored:
    """How much was seen, and the shortest way to harm, if there is one."""

    states: int = 0
    alike: int = 0
    """How many that would be if mirror images were told apart."""
    steps: int = 0
    harm: str = ""
    trace: list[str] = field(default_factory=list)
    is_complete: bool = True


def explore(
    story: Story,
    *,
    off: frozenset[str] = frozenset(),
    faults: int = MOST_FAULTS,
    most: int | None = None,
    mirrored: bool = True,
    progress: Callable[[Explored], None] | None = None,
) -> Explored:
    """Visit the states reachable with at most ``faults`` faults, at most ``most`` of them, nearest first.

    ``off`` takes guards away. States that differ only in names are one, unless ``mirrored`` is False: see ``form.py``.
    """
    form = Form(story.start, mirrored=mirrored)
    start = form.key(story.start)
    found = Explored(states=1, alike=form.alike(start))
    came_from: dict[bytes, bytes | None] = {start: None}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        state = form.state(here)
        for moves in story.moves:
            for step in moves(state, off):
                found.steps += 1
                if step.state.faults > faults:
                    continue
                if step.harm:
                    found.harm = step.harm
                    found.trace = _told(story, form, off, [*_way_to(here, came_from), form.key(step.state)])
                    return found
                there = form.key(step.state)
                if there not in came_from:
                    came_from[there] = here
                    found.states += 1
                    found.alike += form.alike(there)
                    waiting.append(there)
                    if progress and found.states % 50_000 == 0:
                        progress(found)
        if most is not None and found.states >= most:
            found.is_complete = not waiting
            return found
    return found


def _way_to(key: bytes, came_from: dict[bytes, bytes | None]) -> list[bytes]:
    way: list[bytes] = []
    while (before := came_from[key]) is not None:
        way.append(key)
        key = before
    return way[::-1]


def _told(story: Story, form: Form, off: frozenset[str], way: Sequence[bytes]) -> list[str]:
    """Go the way again from the beginning, so that everybody keeps one name: some step leads to each key."""
    state, told = story.start, []
    for number, key in enumerate(way, 1):
        steps = (step for moves in story.moves for step in moves(state, off))
        step = next(s for s in steps if form.key(s.state) == key and bool(s.harm) == (number == len(way)))
        state = step.state
        told.append(step.told)
    return told


__all__ = ["Explored", "Step", "Story", "explore"]
