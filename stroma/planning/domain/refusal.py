"""Why there is no chain: the visit that cannot be placed, where it was looked for, and what is in its way."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stroma.planning.domain.board import Board, Step
from stroma.planning.domain.slots import first_from, following, last_of, leading_to
from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import Visit

SOURCE = "the protocol's visit plan"


def order_blockers(visits: Sequence[Visit], held: Mapping[str, datetime]) -> list[Blocker]:
    """What is wrong with the visits said to be held: unknown, or the visit before never took place."""
    by_code = {visit.code: visit for visit in visits}
    blockers = [
        Blocker("visit_unknown", {"visit": code}, SOURCE) for code in sorted(set(held) - set(by_code))
    ]
    for visit in visits:
        if visit.code in held and visit.after is not None and visit.after not in held:
            before = by_code[visit.after]
            values = {"visit": before.code, "title": before.title, "later": visit.title}
            blockers.append(Blocker("visit_skipped", values, SOURCE))
    return blockers


def dead_end_blockers(board: Board) -> list[Blocker]:
    """Why a step has no start at all: everything the site does not have, else the first visit that fails."""
    if missing := _missing(board):
        return missing
    reach: list[int] = []
    for step in board.steps:
        window = step.window
        if step.follows is not None:
            window = following(reach[step.follows], step.earliest, step.latest)
        reach.append(window & board.starts(step))
        if not reach[-1]:
            return _blame(board, step, window)
    return _unjoinable(board, reach)


def collision_blockers(board: Board, index: int, others: Sequence[int]) -> list[Blocker]:
    """The visits of one chain take each other's time."""
    step = board.steps[index]
    names = ", ".join(board.steps[other].visit.title for other in others)
    return [Blocker("visits_collide", {**_named(step), "others": names}, SOURCE)]


def _missing(board: Board) -> list[Blocker]:
    """Each kind of which the site has fewer than a visit needs, with the first visit that needs it."""
    blockers: dict[str, Blocker] = {}
    for step in board.steps:
        for kind in dict.fromkeys(step.needs):
            needed, there = step.needs.count(kind), len(board.of_kind(kind))
            if there < needed and kind not in blockers:
                values = {**_named(step), "kind": kind, "needed": needed, "available": there}
                blockers[kind] = Blocker("resource_missing", values, SOURCE)
    return list(blockers.values())


def _blame(board: Board, step: Step, window: int) -> list[Blocker]:
    """Which rule leaves ``step`` no start in ``window``."""
    first = first_from(window, 0)
    last = last_of(window)
    if first is None or last is None:
        return [Blocker("window_closed", _named(step), SOURCE)]
    values = {**_named(step), "from": _local(board, first), "to": _local(board, last)}
    opening = board.open_for(step)
    if not window & opening:
        return [Blocker("closed_in_window", values, SOURCE)]
    blockers = []
    for kind in dict.fromkeys(step.needs):
        free = opening & board.kind_starts(kind, step.needs.count(kind), step.length)
        if not window & free:
            later = first_from(free, last + 1)
            busy = {**values, "kind": kind, "free_from": None if later is None else _local(board, later)}
            code = "resource_busy" if later is not None else "resource_busy_throughout"
            blockers.append(Blocker(code, busy, SOURCE))
    kinds = ", ".join(dict.fromkeys(step.needs))
    return blockers or [Blocker("never_free_together", {**values, "kinds": kinds}, SOURCE)]


def _unjoinable(board: Board, reach: list[int]) -> list[Blocker]:
    """Each visit can be reached, but those after one of them cannot all be kept from one start of it."""
    for index in range(len(board.steps) - 1, -1, -1):
        after = [step for step in board.steps if step.follows == index]
        for number, step in enumerate(board.steps):
            if step.follows == index:
                reach[index] &= leading_to(reach[number], step.earliest, step.latest)
        if not reach[index]:
            names = ", ".join(step.visit.title for step in after)
            return [Blocker("visits_not_joinable", {**_named(board.steps[index]), "later": names}, SOURCE)]
    return []


def _named(step: Step) -> dict[str, Any]:
    return {"visit": step.visit.code, "title": step.visit.title}


def _local(board: Board, slot: int) -> datetime:
    return board.chart.time_of(slot).astimezone(board.hours.zone)
