"""Whether a count leaves a culture in doubt, so that a second sample is worth counting on the same day.

Between "as expected" and "off" lies a band in which the error of the count hides what is going on. A second sample of
the same suspension is asked for where it is worth more than it costs: the chance that growth has stopped, times the
chance that a second sample says so, times what it saves to know it one count earlier.
"""

from stroma.processing.domain.growth.forecast import SOURCE, Conduct, off_the_curve
from stroma.protocols.domain.blocker import Blocker, Weight

STOPS = 0.02
"""The chance that a culture's growth stops between two counts. No figure was found: a working choice."""
SETTLES = 0.8
"""In how many stopped cultures that a count leaves in doubt the second sample calls them off (bench/growth)."""
SAVED = 14.0
"""What it saves to see a stop one count earlier, in second counts, of which one takes a quarter of an hour.

A count earlier is two days of medium, of an incubator place and of a patient's plan, put at three and a half hours of
work: a working choice, by which about one sound culture in ten is once counted twice for nothing (bench/growth).
"""


def asks_from(*, stops: float, settles: float, saved: float) -> float:
    """The odds of an arrest from which a second count is worth its cost of 1.

    Parameters
    ----------
    stops, settles
        Chances before any count, 0 to 1, as ``STOPS`` and ``SETTLES``.
    saved
        In second counts, as ``SAVED``; ``settles * saved`` is above 1, else no doubt is worth one.
    """
    worth_it = 1 / (settles * saved)
    return worth_it / (1 - worth_it) * (1 - stops) / stops


DOUBTFUL = asks_from(stops=STOPS, settles=SETTLES, saved=SAVED)
"""Odds of an arrest above which a count leaves the culture in doubt: 4.8."""
UNUSUAL = 0.003
"""A chance of so few, or of so many, cells below which a count leaves the culture in doubt too (our choice)."""

RECOUNT = frozenset({"recount_behind", "recount_few", "recount_many", "recount_to_be_sure"})
"""The reasons that ask for a second count."""


def doubts(seen: Conduct, *, label: str, is_counted_twice: bool = False) -> list[Blocker]:
    """What a count leaves in doubt of a culture named ``label``: a second count is asked for, or is no help any more.

    A culture that one count calls off is counted again as well, before anything is decided of it.
    """
    if off_the_curve(seen, label=label, is_counted_twice=is_counted_twice):
        if is_counted_twice:
            return []
        return [Blocker("recount_to_be_sure", {"lot": label}, SOURCE, Weight.CAUTION)]
    few = min(seen.chance_of_fewer, 1 - seen.chance_of_fewer)
    if seen.odds_of_arrest > DOUBTFUL:
        code = "culture_in_doubt" if is_counted_twice else "recount_behind"
        return [Blocker(code, {"lot": label, "odds": seen.odds_of_arrest}, SOURCE, Weight.CAUTION)]
    if few < UNUSUAL:
        asked = "recount_few" if seen.chance_of_fewer < 0.5 else "recount_many"
        code = "cells_in_doubt" if is_counted_twice else asked
        return [Blocker(code, {"lot": label, "chance": few}, SOURCE, Weight.CAUTION)]
    return []
