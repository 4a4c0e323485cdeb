"""Asking for a plan after something happened, searching for a better one, and taking what it proposes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, OperationalError, transaction

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site, User
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.courses.queries import courses_to_change
from stroma.ledger.locks import rows_to_change
from stroma.ledger.transaction import action
from stroma.planning.actions.moving import NotMoved, move_visits
from stroma.planning.domain.happenings import SOURCE, Happening, Upset, upset_blockers
from stroma.planning.freeing import end_holds, free_visits
from stroma.planning.keeping import is_overtaken
from stroma.planning.models import HoldEnd, Resource, Visit
from stroma.planning.moves import Move
from stroma.planning.queries import reasons_to_book_nothing
from stroma.planning.replan_models import Replan
from stroma.planning.replan_writing import book_rows, chain_faults
from stroma.planning.replanning import plan_after, proposal_of
from stroma.protocols.domain.blocker import Blocker, Refused


class NoPlanAsked(Refused):
    """No plan was made: what is said to have happened cannot be."""


@action
def ask_for_plan(*, site: Site, upset: Upset, by: User, at: datetime) -> Replan:
    """Make a proposal at once: who moves where and why, with few moves. Nothing of it is kept until it is taken.

    Raises NoPlanAsked with every reason.
    """
    authorize(by, Role.COORDINATOR, site=site, at=at)
    mine = Course.objects.filter(site=site).select_related("protocol")
    course = mine.filter(pk=upset.course).first() if upset.course else None
    visits = [visit.code for visit in protocol_of(course.protocol).visits] if course else []
    today = at.astimezone(ZoneInfo(site.time_zone)).date()
    known = (
        upset if course or upset.kind is Happening.AWAY else Upset(upset.kind, not_before=upset.not_before)
    )
    if blockers := upset_blockers(known, today=today, visits=visits):
        raise NoPlanAsked(blockers)
    found, schedule = plan_after(site, upset, at=at)
    proposal = proposal_of(found, schedule, upset)
    return Replan.objects.create(
        site=site,
        asked_by=by,
        asked_at=at,
        upset=upset.document(),
        found=proposal.document(),
        points=proposal.points,
    )


@action
def begin_search(*, replan: Replan, seconds: float, by: User, at: datetime) -> Replan:
    """Say that a better plan is searched for; the search itself is a process of its own. Raises NoPlanAsked."""
    authorize(by, Role.COORDINATOR, site=replan.site, at=at)
    locked = rows_to_change(Replan.objects).get(pk=replan.pk)
    if locked.state != Replan.State.FOUND or locked.taken:
        raise NoPlanAsked([Blocker("plan_not_open", {"state": locked.state.lower()}, SOURCE)])
    locked.state, locked.search_for, locked.seconds = Replan.State.SEARCHING, seconds, 0
    locked.is_stop_asked, locked.beat_at = False, at
    locked.save()
    return locked


@action
def stop_search(*, replan: Replan, by: User, at: datetime) -> None:
    """Ask the search to end with the best it has."""
    authorize(by, Role.COORDINATOR, site=replan.site, at=at)
    Replan.objects.filter(pk=replan.pk).update(is_stop_asked=True)


@action
def take_plan(
    *,
    replan: Replan,
    courses: Collection[UUID],
    agreed: Collection[UUID],
    reason: str,
    by: User,
    at: datetime,
) -> list[Visit]:
    """Move and book as the plan proposes for these courses: all of it or nothing.

    ``agreed`` are the courses whose patients were asked about their new times. Raises NotMoved with every reason:
    where a visit was moved or a place taken since the plan was made, it says what stands there now, and the plan is as
    it was.
    """
    authorize(by, Role.COORDINATOR, site=replan.site, at=at)
    locked = rows_to_change(Replan.objects).select_related("site").get(pk=replan.pk)
    rows = _chosen_rows(locked, courses)
    held = {course.pk: course for course in courses_to_change(UUID(row["course"]) for row in rows)}
    visits = Visit.objects.select_related("site", "course").in_bulk(
        [UUID(one["visit"]) for row in rows for one in row["moves"] if one["visit"]]
    )
    changed: list[Visit] = []
    for row in rows:
        changed += _cancel_what_is_replaced(row, held[UUID(row["course"])], reason, by, at)
    moves = [
        _move(one, visits[UUID(one["visit"])], has_agreed=UUID(row["course"]) in agreed)
        for row in rows
        for one in row["moves"]
        if one["visit"]
    ]
    if moves:
        changed += move_visits(moves=moves, reason=reason, by=by, at=at)
    for row in rows:
        new = [one for one in row["moves"] if not one["visit"]]
        if new:
            if any(one["is_told"] for one in row["moves"]) and UUID(row["course"]) not in agreed:
                raise NotMoved([Blocker("move_patient_not_asked", _named(new[0]), SOURCE)])
            if over := reasons_to_book_nothing(held[UUID(row["course"])], at=at):
                raise NotMoved(over)
            changed += _book(held[UUID(row["course"])], new, by, at)
    if faults := [fault for row in rows for fault in chain_faults(held[UUID(row["course"])], at=at)]:
        raise NotMoved(faults)
    locked.taken = [*locked.taken, *(row["course"] for row in rows)]
    if {row["course"] for row in locked.found["rows"]} <= set(locked.taken):
        locked.state = Replan.State.CLOSED
    locked.save(update_fields=["taken", "state"])
    return changed


def _chosen_rows(replan: Replan, courses: Collection[UUID]) -> list[dict[str, Any]]:
    if replan.state != Replan.State.FOUND:
        raise NotMoved([Blocker("plan_not_open", {"state": replan.state.lower()}, SOURCE)])
    wanted = {str(course) for course in courses} - set(replan.taken)
    rows = [row for row in replan.found["rows"] if row["course"] in wanted]
    if not rows:
        raise NotMoved([Blocker("plan_nothing_chosen", {}, SOURCE)])
    return rows


def _cancel_what_is_replaced(
    row: Mapping[str, Any], course: Course, reason: str, by: User, at: datetime
) -> list[Visit]:
    """What was booked for cells that are lost. Raises NotMoved where it changed since the plan was made."""
    if not row["cancels"]:
        return []
    if not reason.strip():
        raise NotMoved([Blocker("visit_reason_missing", {}, SOURCE)])
    old = list(
        rows_to_change(Visit.objects).filter(pk__in=row["cancels"], state=Visit.State.BOOKED).order_by("pk")
    )
    if len(old) < len(row["cancels"]):
        raise NotMoved([Blocker("plan_overtaken", {"course": course.number}, SOURCE)])
    end_holds(course, old, HoldEnd.Why.LOT_FAILED, by=by, at=at)
    free_visits(course, old, reason, by, at)
    return []


def _move(one: Mapping[str, Any], visit: Visit, *, has_agreed: bool) -> Move:
    resources = Resource.objects.in_bulk([UUID(pk) for pair in one["instead"] for pk in pair])
    instead = {resources[UUID(old)]: resources[UUID(new)] for old, new in one["instead"]}
    return Move(visit, datetime.fromisoformat(one["to"]), instead, has_agreed)


def _book(course: Course, new: Sequence[Mapping[str, Any]], by: User, at: datetime) -> list[Visit]:
    try:
        with transaction.atomic():
            return book_rows(course, new, by=by, at=at)
    except (IntegrityError, OperationalError) as error:
        if not is_overtaken(error):
            raise
        raise NotMoved([Blocker("move_taken", {}, SOURCE)]) from error


def _named(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"visit": one["code"], "title": one["title"], "to": datetime.fromisoformat(one["to"])}
