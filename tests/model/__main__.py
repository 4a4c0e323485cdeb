"""``./run python -m tests.model``: explore every state that two faults can bring about, and say what was seen.

Without arguments every story is explored whole with any two faults, then each guard is taken away in turn and must
be missed. Exit 0 when no state does harm and every guard is missed, else 1 with the shortest way to the harm.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from tests.model.explore import Explored, Story, explore
from tests.model.stories import CONTROLS, STORIES


def main(arguments: Sequence[str]) -> int:
    """Explore what is asked for."""
    parser = argparse.ArgumentParser(prog="./run python -m tests.model", description=__doc__.split("\n")[0])
    parser.add_argument("--faults", type=int, choices=[0, 1, 2], default=2, help="how many may come together")
    parser.add_argument("--story", choices=sorted(STORIES), help="one story instead of all")
    parser.add_argument(
        "--without", metavar="CODE", action="append", default=[], help="take the guard with this reason away"
    )
    parser.add_argument("--controls", action="store_true", help="only take each guard away in turn")
    parser.add_argument(
        "--most", type=int, default=1_000_000, help="how many states of one story; the nearest are seen first"
    )
    options = parser.parse_args(arguments)
    stories = [STORIES[options.story]] if options.story else list(STORIES.values())
    fine = options.controls or _nothing_harms(
        stories, frozenset(options.without), options.faults, options.most
    )
    if not options.without:
        fine = _every_guard_is_missed(stories) and fine
    return 0 if fine else 1


def _nothing_harms(stories: Sequence[Story], off: frozenset[str], faults: int, most: int) -> bool:
    states = steps = 0
    fine = True
    for story in stories:
        print(f"{story.name}: {story.told}", flush=True)
        began = time.monotonic()
        found = explore(story, off=off, faults=faults, most=most, progress=_progress)
        seconds = time.monotonic() - began
        states, steps = states + found.states, steps + found.steps
        reach = "all that can be reached" if found.is_complete else "the nearest"
        print(
            f"  {found.states:,} states ({reach}; {found.alike:,} with their mirror images), "
            f"up to {faults} faults, {found.steps:,} steps tried, {seconds:.0f} s",
            flush=True,
        )
        if found.harm:
            fine = False
            _tell(found)
        else:
            print("  none does harm")
    print(f"In all {states:,} states and {steps:,} steps.", flush=True)
    return fine


def _every_guard_is_missed(stories: Sequence[Story]) -> bool:
    fine = True
    for story, off in CONTROLS:
        if story not in stories:
            continue
        found = explore(story, off=off)
        name = " and ".join(sorted(off))
        if found.harm:
            print(
                f"without {name}: {found.harm} ({len(found.trace)} steps, {found.states:,} states)",
                flush=True,
            )
        else:
            fine = False
            print(f"without {name}: NOTHING HAPPENS in {story.name}; the guard is not missed", flush=True)
    return fine


def _progress(found: Explored) -> None:
    if sys.stderr.isatty():
        print(f"  {found.states:,} states", end="\r", file=sys.stderr, flush=True)


def _tell(found: Explored) -> None:
    print(f"  HARM {found.harm}")
    for number, told in enumerate(found.trace, 1):
        print(f"    {number}. {told}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
