"""Who can take which part of a visit, and when somebody is there, in the planner's words."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from stroma.planning.domain.hours import EVERY_DAY, OpeningHours
from stroma.planning.planner.instance import Shift

Who = TypeVar("Who", bound=Hashable)


def planner_shifts(hours: OpeningHours, *, every_day: bool) -> list[Shift]:
    """The hours of a site as the shifts of somebody who works on days for patients, or on every day."""
    days = sorted(EVERY_DAY if every_day else hours.weekdays)
    return [Shift(weekdays=days, opens=f"{hours.opens:%H:%M}", closes=f"{hours.closes:%H:%M}")]


def fills(needs: Sequence[str], able: Mapping[Who, Sequence[str]]) -> list[Who] | None:
    """One for each need, in the order of the needs, nobody twice; None where that is impossible."""
    if not needs:
        return []
    for who, kinds in able.items():
        if needs[0] in kinds:
            rest = fills(needs[1:], {other: its for other, its in able.items() if other != who})
            if rest is not None:
                return [who, *rest]
    return None
