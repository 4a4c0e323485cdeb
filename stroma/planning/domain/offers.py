"""Whole chains to choose from, the earliest first, each with what a later start would buy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from stroma.planning.domain.asking import PHYSIATRIST, Ask
from stroma.planning.domain.board import needs_of
from stroma.planning.domain.chain import ChainPlan, NoChain
from stroma.protocols.domain.schema import Visit

MADE = frozenset({"process", "release"})
ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Measures:
    """What tells one chain from another, for the person who lives through it and for the cells."""

    days_to_treatment: int | None
    """From the first visit of the chain to the treatment; None for a chain without one."""
    days_of_visits: int
    """On how many days the patient comes."""
    physiatrists: int
    """How many different physiatrists the patient meets."""
    cell_hours: float | None
    """From the last step of the laboratory to the injection; None where there is none."""
    weekend_work: int
    """How many laboratory visits fall on a weekend."""


@dataclass(frozen=True, slots=True)
class Gain:
    """Something a later start buys: a code, and the values of its sentence."""

    code: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """A chain that can be booked, how many days later than the first, and what that buys."""

    plan: ChainPlan
    measures: Measures
    days_later: int
    gains: tuple[Gain, ...]
    overtime: tuple[str, ...]
    """The codes of visits in overtime; whoever books them gives a reason."""
    earliest: datetime
    """From when on this chain was looked for."""


def offers(ask: Ask, *, most: int = 5) -> list[Offer]:
    """The earliest chain, and the earliest of each later day on which one can begin, ``most`` in all.

    Raises NoChain when there is none at all.
    """
    found: list[Offer] = []
    while len(found) < most:
        try:
            plan = ask.plan()
        except NoChain:
            if not found:
                raise
            break
        if not plan.visits:
            break
        measured = measures(ask.visits, plan, ask.hours.zone)
        first = found[0] if found else None
        found.append(
            Offer(
                plan,
                measured,
                days_later=_days(first.plan, plan, ask.hours.zone) if first else 0,
                gains=tuple(gains(first.measures, measured)) if first else (),
                overtime=tuple(ask.in_overtime(plan)),
                earliest=ask.earliest,
            )
        )
        ask = ask.from_day_after(plan.visits[0].starts_at)
        if ask.wish.first_by is not None and ask.earliest >= ask.wish.first_by:
            break
    return found


def measures(visits: Sequence[Visit], plan: ChainPlan, zone: ZoneInfo) -> Measures:
    """What a chain is like."""
    by_code = {visit.code: visit for visit in visits}
    treated = next((p for p in plan.visits if by_code[p.code].stage == "inject"), None)
    made = [
        p
        for p in plan.visits
        if by_code[p.code].stage in MADE and treated and p.starts_at < treated.starts_at
    ]
    days: set[date] = set()
    doctors: set[UUID] = set()
    weekend = 0
    for planned in plan.visits:
        visit, day = by_code[planned.code], planned.starts_at.astimezone(zone).date()
        if visit.patient and not visit.remote:
            days.add(day)
        if not visit.patient and day.weekday() >= 5:
            weekend += 1
        doctors |= {
            resource
            for resource, kind in zip(planned.resources, needs_of(visit), strict=True)
            if kind == PHYSIATRIST and visit.patient
        }
    return Measures(
        days_to_treatment=_days_between(plan.visits[0].starts_at, treated.starts_at, zone)
        if treated
        else None,
        days_of_visits=len(days),
        physiatrists=len(doctors),
        cell_hours=(treated.starts_at - max(p.ends_at for p in made)) / ONE_HOUR
        if treated and made
        else None,
        weekend_work=weekend,
    )


def gains(first: Measures, later: Measures) -> list[Gain]:
    """What the later chain has over the first one; nothing where it is only later."""
    found = []
    if (
        first.days_to_treatment is not None
        and later.days_to_treatment is not None
        and later.days_to_treatment < first.days_to_treatment
    ):
        fewer = first.days_to_treatment - later.days_to_treatment
        found.append(Gain("shorter_wait_between", {"days": fewer}))
    if later.days_of_visits < first.days_of_visits:
        found.append(Gain("fewer_days_to_come", {"days": first.days_of_visits - later.days_of_visits}))
    if later.physiatrists < first.physiatrists:
        found.append(Gain("fewer_physiatrists", {"first": first.physiatrists, "now": later.physiatrists}))
    if first.cell_hours is not None and later.cell_hours is not None and later.cell_hours < first.cell_hours:
        hours = round(first.cell_hours - later.cell_hours, 1)
        found.append(Gain("fresher_cells", {"hours": hours}))
    if later.weekend_work < first.weekend_work:
        found.append(Gain("less_weekend_work", {"visits": first.weekend_work - later.weekend_work}))
    return found


def signature(plan: ChainPlan) -> str:
    """A chain in one line, by which a page says which one was chosen."""
    return ";".join(f"{p.code}@{p.starts_at:%Y%m%dT%H%M}" for p in plan.visits)


def _days(first: ChainPlan, later: ChainPlan, zone: ZoneInfo) -> int:
    return _days_between(first.visits[0].starts_at, later.visits[0].starts_at, zone)


def _days_between(start: datetime, end: datetime, zone: ZoneInfo) -> int:
    return (end.astimezone(zone).date() - start.astimezone(zone).date()).days
