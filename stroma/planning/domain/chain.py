"""Finding the earliest chain of visits: every lag kept, everybody in one place at a time.

The first visit is put as early as the rest of the chain allows, then the second, and so on. Two things are
decided apart. Which starts leave room for all later visits is worked out exactly, backwards through the
protocol's lags, on sets of slots (Note [Sets of slots are whole numbers]). What remains is that visits of
this same chain can get in each other's way; a search with backjumping sorts that out. The checker
(``checker.py``) judges what comes out and shares nothing with this.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from uuid import UUID

from stroma.planning.domain.board import HORIZON, Board, Step
from stroma.planning.domain.holding import Keeping, PlannedHold, hold_blockers, keeping_of
from stroma.planning.domain.hours import Hours
from stroma.planning.domain.kinds import Bookable
from stroma.planning.domain.refusal import SOURCE, collision_blockers, dead_end_blockers, order_blockers
from stroma.planning.domain.slots import first_from, leading_to, slots_of
from stroma.protocols.domain.blocker import Blocker, Refused
from stroma.protocols.domain.schema import Hold, Visit

TRIES = 20_000
"""Where a search stops: a count, not a clock, so that the same question always gets the same answer."""


class NoChain(Refused):
    """No chain of visits can be booked; the blockers name the visit and the rule it fails on."""


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One visit of a plan: when, and the ids of everything it takes, in the order of the protocol's needs."""

    code: str
    starts_at: datetime
    ends_at: datetime
    resources: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class ChainPlan:
    """The visits that were not held yet, in the protocol's order, and what is kept between them. Times are UTC."""

    visits: tuple[PlannedVisit, ...]
    holds: tuple[PlannedHold, ...] = ()


def plan_chain(
    *,
    visits: Sequence[Visit],
    resources: Iterable[Bookable],
    earliest: datetime,
    hours: Hours,
    held: Mapping[str, datetime] | None = None,
    horizon: timedelta = HORIZON,
    first_by: datetime | None = None,
    holds: Sequence[Hold] = (),
    now: datetime | None = None,
    stays: Mapping[str, tuple[UUID, date]] | None = None,
) -> ChainPlan:
    """The earliest chain that keeps every rule.

    Parameters
    ----------
    visits
        The protocol's visits, each after the one it follows.
    resources
        Everybody and everything at the site with what is booked already, the patient among them (kind
        ``patient``). Where several could take a visit, one who takes another visit of the chain comes
        first, then the one of the fewest kinds, then the first given.
    earliest
        No visit begins before this.
    hours
        When the site is open.
    held
        When visits that took place began, by code; they are not planned, and later lags count from them.
    horizon
        How far after ``earliest`` the first visit may be put.
    first_by
        Where it is given, the first visit not held yet begins before this.
    holds
        What the protocol keeps for days between two visits.
    now
        From when on a hold whose first visit took place is still to be kept; without it from ``earliest`` on.
    stays
        By hold, in what the cells are already and since when, where the visit that was to end it did not take place.

    Raises
    ------
    NoChain
        With the visit that could not be placed, its window, and what was missing or busy until when.
    """
    held = held or {}
    if blockers := order_blockers(visits, held):
        raise NoChain(blockers)
    board = Board(
        visits=visits,
        held=held,
        resources=resources,
        earliest=earliest,
        hours=hours,
        horizon=horizon,
        first_by=first_by,
    )
    starts = _starts_with_room_for_the_rest(board)
    if not all(starts):
        raise NoChain(dead_end_blockers(board))
    wanted = [hold for hold in holds if hold.ends not in held]
    if not wanted:
        return ChainPlan(tuple(_planned(board, placement) for placement in _Search(board, starts).run()))
    stays = stays or {}
    keeping = [keeping_of(hold, board, held, now or earliest, stays.get(hold.code)) for hold in wanted]
    visits_planned = tuple(_planned(board, placement) for placement in _with_places(board, keeping))
    return ChainPlan(visits_planned, tuple(one.planned(visits_planned) for one in keeping))


def _starts_with_room_for_the_rest(board: Board, limits: Mapping[int, int] | None = None) -> list[int]:
    """For each step, the slots from which it and everything that follows it could be placed, each alone.

    ``limits`` are the only slots from which a step, by its index, may begin.
    """
    starts = [board.starts(step) & (step.window if step.follows is None else -1) for step in board.steps]
    for index, allowed in (limits or {}).items():
        starts[index] &= allowed
    for index in range(len(board.steps) - 1, -1, -1):
        step = board.steps[index]
        if step.follows is not None:
            starts[step.follows] &= leading_to(starts[index], step.earliest, step.latest)
    return starts


@dataclass(frozen=True, slots=True)
class _Placement:
    """A step put at a slot, with who and what it takes."""

    step: Step
    slot: int
    resources: tuple[Bookable, ...]

    def meets(self, other: "_Placement", apart: int) -> bool:
        """Whether the two are less than ``apart`` slots from each other."""
        return (
            self.slot < other.slot + other.step.length + apart
            and other.slot < self.slot + self.step.length + apart
        )

    def held(self, resource: Bookable, kind: str) -> tuple[int, int]:
        """The slots for which ``resource`` is held, with its set-up and cleaning."""
        turn = resource.turn(kind)
        return self.slot - slots_of(turn.before), self.slot + self.step.length + slots_of(turn.after)


def _planned(board: Board, placement: _Placement) -> PlannedVisit:
    starts_at = board.chart.time_of(placement.slot)
    visit = placement.step.visit
    ids = tuple(resource.id for resource in placement.resources)
    return PlannedVisit(visit.code, starts_at, starts_at + visit.duration, ids)


def _with_places(board: Board, keeping: Sequence[Keeping]) -> tuple[_Placement, ...]:
    """The earliest chain for which something is free on every day of each hold.

    A hold lies in one stretch of days on which one thing is free, so each stretch is tried by itself: within it both
    ends of the hold may lie anywhere.
    """
    options = []
    for stretches in product(*(one.stretches for one in keeping)):
        limits: dict[int, int] = {}
        for one, stretch in zip(keeping, stretches, strict=True):
            for index in one.steps:
                limits[index] = limits.get(index, -1) & stretch.slots(board.chart, board.hours.zone)
        starts = _starts_with_room_for_the_rest(board, limits)
        if all(starts):
            options.append(starts)
    if not options:
        raise NoChain(hold_blockers(board, keeping))
    options.sort(key=lambda starts: first_from(starts[0], 0) or 0)
    best: tuple[_Placement, ...] | None = None
    refused: NoChain | None = None
    for starts in options:
        if best is not None and (first_from(starts[0], 0) or 0) > best[0].slot:
            break
        try:
            found = _Search(board, starts).run()
        except NoChain as refusal:
            refused = refused or refusal
            continue
        if best is None or [one.slot for one in found] < [one.slot for one in best]:
            best = found
    if best is None:
        assert refused is not None
        raise refused
    return best


class _Search:
    """Steps in order, each at its first slot that works; a dead end goes back to a step it has to do with.

    Only times are searched. Who takes a visit matters beyond it only for visits at the same time, and those
    are settled together each time one is added; so no possible plan is overlooked.
    """

    def __init__(self, board: Board, starts: Sequence[int]) -> None:
        self.board, self.starts, self.tries = board, starts, TRIES
        self._furthest: tuple[int, frozenset[int]] = (-1, frozenset())

    def run(self) -> tuple[_Placement, ...]:
        outcome = self._place(0, ())
        if isinstance(outcome, tuple):
            return outcome
        index, others = self._furthest
        raise NoChain(collision_blockers(self.board, index, sorted(others)))

    def _place(self, index: int, placed: tuple[_Placement, ...]) -> tuple[_Placement, ...] | frozenset[int]:
        """The whole plan, or the earlier steps that leave no place for step ``index`` and those after it."""
        if index == len(self.board.steps):
            return placed
        step = self.board.steps[index]
        low, high = 0, self.board.chart.count
        conflict: set[int] = set()
        if step.follows is not None:
            low, high = (placed[step.follows].slot + lag for lag in (step.earliest, step.latest))
            conflict.add(step.follows)
        slot = first_from(self.starts[index], low)
        while slot is not None and slot <= high:
            self._spend(index)
            new = _Placement(step, slot, ())
            beside = _beside(new, placed, self.board.reach)
            filled = self._fill([*(placed[i] for i in beside), new], placed)
            if filled is None:
                conflict.update(beside)
            else:
                settled = dict(zip(beside, filled[:-1], strict=True))
                now = tuple(settled.get(i, placement) for i, placement in enumerate(placed))
                outcome = self._place(index + 1, (*now, filled[-1]))
                if isinstance(outcome, tuple) or index not in outcome:
                    return outcome
                conflict |= outcome - {index}
            slot = first_from(self.starts[index], slot + 1)
        if index > self._furthest[0]:
            self._furthest = (index, frozenset(conflict))
        return frozenset(conflict)

    def _fill(self, together: Sequence[_Placement], placed: Sequence[_Placement]) -> list[_Placement] | None:
        """Somebody for every role of visits at the same time, nobody twice at once; None if impossible."""
        known = {resource.id for placement in placed for resource in placement.resources}
        roles = [
            (number, role, kind, self._able(placement, kind, known))
            for number, placement in enumerate(together)
            for role, kind in enumerate(placement.step.needs)
        ]
        roles.sort(key=lambda item: len(item[3]))  # the role that fewest can fill is filled first
        taken: dict[tuple[int, int], tuple[Bookable, str]] = {}

        def settle(position: int) -> bool:
            if position == len(roles):
                return True
            number, role, kind, able = roles[position]
            for resource in able:
                self._spend(len(placed))
                first, end = together[number].held(resource, kind)
                others = [
                    together[where].held(other, as_kind)
                    for (where, _), (other, as_kind) in taken.items()
                    if other.id == resource.id
                ]
                if any(first < other_end and other_first < end for other_first, other_end in others):
                    continue
                taken[number, role] = resource, kind
                if settle(position + 1):
                    return True
                del taken[number, role]
            return False

        if not settle(0):
            return None
        return [
            _Placement(p.step, p.slot, tuple(taken[number, role][0] for role in range(len(p.step.needs))))
            for number, p in enumerate(together)
        ]

    def _able(self, placement: _Placement, kind: str, known: set[UUID]) -> list[Bookable]:
        free = [
            resource
            for resource in self.board.of_kind(kind)
            if self.board.fits(resource, kind, placement.step.length) >> placement.slot & 1
        ]
        return sorted(free, key=lambda resource: (resource.id not in known, len(resource.kinds)))

    def _spend(self, index: int) -> None:
        self.tries -= 1
        if self.tries < 0:
            step = self.board.steps[min(index, len(self.board.steps) - 1)]
            values = {"visit": step.visit.code, "title": step.visit.title, "tries": TRIES}
            raise NoChain([Blocker("planning_gave_up", values, SOURCE)])


def _beside(new: _Placement, placed: Sequence[_Placement], apart: int) -> list[int]:
    """The placed steps at the same time as ``new``, those at the same time as these, and so on.

    Steps less than ``apart`` slots from each other count as at the same time: what one leaves needs cleaning first.
    """
    group, left = [new], dict(enumerate(placed))
    found: list[int] = []
    while group:
        placement = group.pop()
        met = [index for index, other in left.items() if placement.meets(other, apart)]
        group += [left.pop(index) for index in met]
        found += met
    return sorted(found)
