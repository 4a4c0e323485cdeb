"""When the cells will be ready, and how sure that is: from the lags that the protocol allows.

Each step of the laboratory may come between an earliest and a latest time after the one before. The middle is what
to expect; half the distance is how far a step may move it. Steps move independently of each other, so what they may
move together is the root of the sum of their squares, not their sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stroma.protocols.domain.schema import Protocol, Visit

NOTHING = timedelta(0)
WORTH_SAYING = timedelta(hours=12)
"""A forecast surer than this is a date."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """When something is expected, and by how much that may be wrong."""

    ready_at: datetime
    give_or_take: timedelta

    @property
    def is_sure(self) -> bool:
        """Whether the date alone says it."""
        return self.give_or_take < WORTH_SAYING


def laboratory_visits(protocol: Protocol) -> list[Visit]:
    """The steps of the laboratory before the first treatment, in order."""
    before: list[Visit] = []
    for visit in protocol.visits:
        if visit.stage == "inject":
            break
        if visit.stage == "process":
            before.append(visit)
    return before


def give_or_take(visits: Sequence[Visit]) -> timedelta:
    """By how much these steps may move the end together."""
    halves = [((visit.latest or NOTHING) - (visit.earliest or NOTHING)) / 2 for visit in visits]
    squares = sum((half / timedelta(hours=1)) ** 2 for half in halves if half > NOTHING)
    return timedelta(hours=squares**0.5)


def expected_length(protocol: Protocol) -> timedelta:
    """How long the laboratory takes, by the middle of every lag, to the end of its last step."""
    visits = laboratory_visits(protocol)
    lags = [
        ((visit.earliest or NOTHING) + (visit.latest or visit.earliest or NOTHING)) / 2 for visit in visits
    ]
    return sum(lags, NOTHING) + (visits[-1].duration if visits else NOTHING)


def forecast(
    protocol: Protocol,
    *,
    began_at: datetime,
    booked_end: datetime | None,
    still_to_come: Sequence[str],
) -> Forecast:
    """When cells whose processing began at ``began_at`` are ready.

    ``booked_end`` is the booked end of the laboratory's last step, where there is one; ``still_to_come`` names the
    steps that have not been done: only they can still move the end.
    """
    left = [visit for visit in laboratory_visits(protocol) if visit.code in still_to_come]
    return Forecast(booked_end or began_at + expected_length(protocol), give_or_take(left))
