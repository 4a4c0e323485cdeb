"""The cheapest ways round a refusal: what would have to give, and which chain that makes possible.

Each way lifts one wish or one soft rule, or adds one thing, and asks the planner again; the hard rules stay.
So every way that is named is a chain that can be booked so. The order is the order of cost, by judgment: another
person costs the patient a wish, overtime costs the staff an evening, a later start costs weeks of waiting, another room
or device costs money.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from stroma.planning.domain.asking import Ask
from stroma.planning.domain.booking import SOURCE
from stroma.planning.domain.chain import ChainPlan, NoChain
from stroma.planning.domain.hours import EVERY_DAY
from stroma.planning.domain.kinds import Bookable
from stroma.protocols.domain.blocker import Blocker, Weight

OVERTIMES = (timedelta(minutes=30), timedelta(minutes=60), timedelta(minutes=90))
ANYBODY = UUID(int=0)
"""Who stands for one more of a kind while a way is tried."""

MISSING = frozenset({"resource_missing", "resource_busy", "resource_busy_throughout", "hold_busy"})


@dataclass(frozen=True, slots=True)
class Way:
    """A way round a refusal: a code, the values of its sentence, and the chain it makes possible."""

    code: str
    values: Mapping[str, Any]
    plan: ChainPlan
    ask: Ask


def ways_round(ask: Ask, refused: NoChain, *, most: int = 3) -> list[Way]:
    """The ``most`` cheapest ways to a chain, cheapest first; none where nothing that may give helps."""
    found: list[Way] = []
    for way in _ways(ask, refused):
        if not any(known.code == way.code for known in found):
            found.append(way)
        if len(found) == most:
            break
    return found


def _ways(ask: Ask, refused: NoChain) -> Iterator[Way]:
    if ask.wish.physiatrist is not None:
        yield from _tried("way_another_physiatrist", ask.with_wish(physiatrist=None))
    if ask.wish.weekdays != EVERY_DAY:
        yield from _tried("way_another_weekday", ask.with_wish(weekdays=EVERY_DAY))
    for extra in OVERTIMES:
        if extra > ask.wish.overtime:
            minutes = extra // timedelta(minutes=1)
            yield from _tried("way_overtime", ask.with_wish(overtime=extra), minutes=minutes)
    if ask.wish.first_by is not None:
        yield from _tried("way_later_start", ask.with_wish(first_by=None))
    for blocker in refused.blockers:
        kind = blocker.values.get("kind")
        if blocker.code in MISSING and kind:
            more = Bookable(ANYBODY, frozenset({kind}))
            yield from _tried("way_one_more", replace(ask, resources=[*ask.resources, more]), kind=kind)


def _tried(code: str, ask: Ask, **values: Any) -> Iterator[Way]:
    """The way, if it leads to a chain, with the visit that it concerns."""
    try:
        plan = ask.plan()
    except NoChain:
        return
    zone = ask.hours.zone
    overtime = ask.in_overtime(plan)
    begins = [hold.begins for hold in plan.holds if hold.resource == ANYBODY]
    concerned = next(
        (p for p in plan.visits if p.code in overtime or ANYBODY in p.resources or p.code in begins),
        plan.visits[0] if plan.visits else None,
    )
    if concerned is None:
        return
    title = next(visit.title for visit in ask.visits if visit.code == concerned.code)
    said = {
        **values,
        "title": title,
        "on": concerned.starts_at.astimezone(zone),
        "starts": plan.visits[0].starts_at.astimezone(zone),
    }
    yield Way(code, said, plan, ask)


def way_blockers(ways: Sequence[Way]) -> list[Blocker]:
    """Ways as a page lists them below the reasons: they stop nothing."""
    return [Blocker(way.code, way.values, SOURCE, Weight.CAUTION) for way in ways]
