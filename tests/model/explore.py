"""Breadth first through every state that a story's moves can reach, until one does harm or all have been seen."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.model.moves import MOST_FAULTS, Moves, Step
from tests.model.state import State


@dataclass(frozen=True)
class Story:
    """Where a small clinic begins, and what can happen there."""

    name: str
    told: str
    start: State
    moves: Sequence[Moves]
    most_faults: int = MOST_FAULTS
    """How many come together when the story is told whole; fewer where it would not end in minutes."""


@dataclass
class Explored:
    """How much was seen, and the shortest way to harm, if there is one."""

    states: int = 0
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
    progress: Callable[[Explored], None] | None = None,
) -> Explored:
    """Visit the states reachable with at most ``faults`` faults, at most ``most`` of them, nearest first.

    ``off`` takes guards away. A state is known by the value of its tuple, so that none is entered twice.
    """
    found = Explored(states=1)
    came_from: dict[State, tuple[State, str] | None] = {story.start: None}
    waiting = deque([story.start])
    while waiting:
        state = waiting.popleft()
        for moves in story.moves:
            for step in moves(state, off):
                found.steps += 1
                if step.state.faults > min(faults, story.most_faults):
                    continue
                if step.harm:
                    found.harm, found.trace = step.harm, [*_way_to(state, came_from), step.told]
                    return found
                if step.state not in came_from:
                    came_from[step.state] = (state, step.told)
                    found.states += 1
                    waiting.append(step.state)
                    if progress and found.states % 50_000 == 0:
                        progress(found)
        if most is not None and found.states >= most:
            found.is_complete = not waiting
            return found
    return found


def _way_to(state: State, came_from: dict[State, tuple[State, str] | None]) -> list[str]:
    way: list[str] = []
    while (before := came_from[state]) is not None:
        state, told = before
        way.append(told)
    return way[::-1]


__all__ = ["Explored", "Step", "Story", "explore"]
