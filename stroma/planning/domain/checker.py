"""A judge of plans that knows nothing of how they are made: it takes any plan, a hand-made one too.

It works with clock times, one visit at a time, and shares no code with the search beyond the shapes of what
is judged.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from uuid import UUID

from stroma.planning.domain.chain import ChainPlan, PlannedVisit
from stroma.planning.domain.holding import hold_faults
from stroma.planning.domain.hours import Hours
from stroma.planning.domain.kinds import Bookable, Span
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import Hold, Visit

SOURCE = "the protocol's visit plan"


def chain_blockers(
    plan: ChainPlan,
    *,
    visits: Sequence[Visit],
    resources: Iterable[Bookable],
    earliest: datetime,
    hours: Hours,
    held: Mapping[str, datetime] | None = None,
    holds: Sequence[Hold] = (),
    now: datetime | None = None,
) -> list[Blocker]:
    """Every rule that ``plan`` breaks. The arguments are those of ``plan_chain``."""
    held = held or {}
    by_code = {visit.code: visit for visit in visits}
    by_id = {resource.id: resource for resource in resources}
    blockers = _count_blockers(plan, by_code, held)
    begun = {**held, **{planned.code: planned.starts_at for planned in plan.visits}}
    for planned in plan.visits:
        if (visit := by_code.get(planned.code)) is not None:
            blockers += _time_blockers(planned, visit, begun, earliest, hours)
            blockers += _role_blockers(planned, visit, by_id)
    blockers += _overlap_blockers(plan, by_code, by_id)
    return blockers + hold_faults(
        plan.holds,
        holds=holds,
        begun=begun,
        held=held,
        things=by_id,
        now=now or earliest,
        zone=hours.zone,
    )


def _count_blockers(
    plan: ChainPlan, by_code: Mapping[str, Visit], held: Mapping[str, datetime]
) -> list[Blocker]:
    codes = [planned.code for planned in plan.visits]
    wanted = [code for code in by_code if code not in held]
    return [
        *(Blocker("plan_lacks_visit", {"visit": code}, SOURCE) for code in wanted if code not in codes),
        *(Blocker("plan_adds_visit", {"visit": code}, SOURCE) for code in sorted(set(codes) - set(wanted))),
        *(
            Blocker("plan_repeats_visit", {"visit": c}, SOURCE)
            for c in sorted(set(codes))
            if codes.count(c) > 1
        ),
    ]


def _time_blockers(
    planned: PlannedVisit,
    visit: Visit,
    begun: Mapping[str, datetime],
    earliest: datetime,
    hours: Hours,
) -> list[Blocker]:
    blockers = []
    starts = planned.starts_at.astimezone(hours.zone)
    if planned.starts_at < earliest:
        blockers.append(
            Blocker("plan_too_early", {"visit": visit.code, "at": starts, "earliest": earliest}, SOURCE)
        )
    if planned.ends_at - planned.starts_at != visit.duration:
        blockers.append(
            Blocker("plan_wrong_length", {"visit": visit.code, "duration": visit.duration}, SOURCE)
        )
    day = timedelta(days=1)
    opening = hours.spans(planned.starts_at - day, planned.ends_at + day, patient=visit.patient)
    if not any(
        open_.starts_at <= planned.starts_at and planned.ends_at <= open_.ends_at for open_ in opening
    ):
        blockers.append(Blocker("plan_outside_hours", {"visit": visit.code, "at": starts}, SOURCE))
    if visit.after is not None and visit.after in begun:
        lag = planned.starts_at - begun[visit.after]
        if not (visit.earliest or timedelta()) <= lag <= (visit.latest or timedelta()):
            values = {"visit": visit.code, "lag": lag, "earliest": visit.earliest, "latest": visit.latest}
            blockers.append(Blocker("plan_breaks_lag", values, SOURCE))
    return blockers


def _role_blockers(planned: PlannedVisit, visit: Visit, by_id: Mapping[UUID, Bookable]) -> list[Blocker]:
    """Each role filled by one of its kind, nobody in two: the resources stand in the order of the roles."""
    needs = _needs(visit)
    taken = planned.resources
    fit = len(taken) == len(needs) and all(
        resource in by_id and kind in by_id[resource].kinds
        for resource, kind in zip(taken, needs, strict=True)
    )
    blockers = [] if fit else [Blocker("plan_misfills_role", {"visit": visit.code}, SOURCE)]
    if len(set(taken)) < len(taken):
        blockers.append(Blocker("plan_counts_twice", {"visit": visit.code}, SOURCE))
    for resource in taken:
        there = by_id[resource].there if resource in by_id else None
        if there is not None and not any(
            shift.starts_at <= planned.starts_at and planned.ends_at <= shift.ends_at for shift in there
        ):
            blockers.append(Blocker("plan_outside_shift", {"visit": visit.code}, SOURCE))
    return blockers


def _needs(visit: Visit) -> list[str]:
    return [*visit.staff, *visit.rooms, *visit.equipment, *(["patient"] if visit.patient else [])]


def _held(
    planned: PlannedVisit, by_code: Mapping[str, Visit], by_id: Mapping[UUID, Bookable]
) -> list[tuple[Bookable, datetime, datetime, list[Span]]]:
    """Each one that the visit takes, from when to when with set-up and cleaning, and when it is no such kind."""
    held = []
    kinds = _needs(by_code[planned.code]) if planned.code in by_code else []
    for resource, kind in zip(planned.resources, kinds, strict=False):
        if resource not in by_id:
            continue
        thing = by_id[resource]
        before, after = next(
            ((t.before, t.after) for t in thing.turns if t.kind == kind), (timedelta(), timedelta())
        )
        unfit = [span for of_kind, span in thing.not_as if of_kind == kind]
        held.append((thing, planned.starts_at - before, planned.ends_at + after, unfit))
    return held


def _overlap_blockers(
    plan: ChainPlan, by_code: Mapping[str, Visit], by_id: Mapping[UUID, Bookable]
) -> list[Blocker]:
    """Nobody in two places: not against what is booked already, not between two visits of the plan."""
    held = {planned: _held(planned, by_code, by_id) for planned in plan.visits}
    clashes = [
        (planned.code, "")
        for planned, taken in held.items()
        for thing, starts_at, ends_at, unfit in taken
        for span in (*thing.busy, *unfit)
        if starts_at < span.ends_at and span.starts_at < ends_at
    ]
    clashes += [
        (first.code, second.code)
        for first, second in combinations(plan.visits, 2)
        for one, one_starts, one_ends, _ in held[first]
        for other, other_starts, other_ends, _ in held[second]
        if one.id == other.id and one_starts < other_ends and other_starts < one_ends
    ]
    return [
        Blocker("plan_double_books", {"visit": visit, "other": other}, SOURCE)
        for visit, other in dict.fromkeys(clashes)
    ]
