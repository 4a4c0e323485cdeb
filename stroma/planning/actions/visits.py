"""What became of a booked visit: held, missed or cancelled."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.courses.models import Course
from stroma.courses.queries import chains_of
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.planning.domain.booking import SOURCE, ending_blockers
from stroma.planning.freeing import facts_of, free_visits, free_what_was_held, left_facts
from stroma.planning.models import HoldEnd, Visit
from stroma.planning.waiting import offer_what_is_free
from stroma.protocols.domain.blocker import Blocker, Refused

_ATTENDING = (
    Role.COORDINATOR,
    Role.PHYSIATRIST,
    Role.NURSE,
    Role.TECHNOLOGIST,
    Role.QUALITY,
    Role.THERAPIST,
    Role.SURGEON,
)


class VisitNotEnded(Refused):
    """The visit was not marked as held or missed, or the visits were not cancelled."""


@action
def complete_visit(*, visit: Visit, by: User, at: datetime) -> Visit:
    """Say that a booked visit took place. Raises VisitNotEnded."""
    authorize(by, *_ATTENDING, site=visit.site, at=at)
    visit = _locked(visit)
    _refuse_ending(visit, reason=None, must_have_begun=False, at=at)
    visit.state = Visit.State.COMPLETED
    visit.save(update_fields=["state"])
    record("visit.completed", by=by, at=at, chains=chains_of(visit.course), facts=facts_of(visit))
    return visit


@action
def miss_visit(*, visit: Visit, reason: str, by: User, at: datetime) -> Visit:
    """Say that a booked visit did not take place; what it held is free again. Raises VisitNotEnded.

    A place in which the cells may still be stays kept for them until they are harvested or lost, until the visit is
    booked anew, or until ``free_place`` says where they are.
    """
    authorize(by, *_ATTENDING, site=visit.site, at=at)
    visit = _locked(visit)
    _refuse_ending(visit, reason=reason, must_have_begun=True, at=at)
    visit.state = Visit.State.MISSED
    visit.save(update_fields=["state"])
    left = free_what_was_held([visit], HoldEnd.Why.MISSED, at=at)
    facts = {**facts_of(visit), **left_facts(left)}
    record(
        "visit.missed", by=by, at=at, chains=chains_of(visit.course), facts=facts, sealed={"reason": reason}
    )
    offer_what_is_free(visit.site, by=by, at=at)
    return visit


@action
def cancel_visits(*, course: Course, reason: str, by: User, at: datetime) -> list[Visit]:
    """Cancel every visit of a course still booked; what they held is free again. Raises VisitNotEnded.

    A place in which cells may be stays kept for them, as when a visit is missed.
    """
    authorize(by, *_ATTENDING, site=course.site, at=at)
    visits = list(rows_to_change(Visit.objects).filter(course=course, state=Visit.State.BOOKED))
    blockers = []
    if not visits:
        blockers.append(Blocker("no_visit_booked", {}, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("visit_reason_missing", {}, SOURCE))
    if blockers:
        raise VisitNotEnded(blockers)
    free_visits(course, visits, reason, by, at)
    offer_what_is_free(course.site, by=by, at=at)
    return visits


@action
def cancel_visit(*, visit: Visit, reason: str, by: User, at: datetime) -> Visit:
    """Cancel one booked visit; what it held is free again, and the others stay. Raises VisitNotEnded.

    A place in which cells may be stays kept for them, as when a visit is missed.
    """
    authorize(by, *_ATTENDING, site=visit.site, at=at)
    visit = _locked(visit)
    _refuse_ending(visit, reason=reason, must_have_begun=False, at=at)
    free_visits(visit.course, [visit], reason, by, at)
    offer_what_is_free(visit.site, by=by, at=at)
    return visit


def _locked(visit: Visit) -> Visit:
    return rows_to_change(Visit.objects).select_related("course").get(pk=visit.pk)


def _refuse_ending(visit: Visit, *, reason: str | None, must_have_begun: bool, at: datetime) -> None:
    blockers = ending_blockers(
        visit=visit.code,
        state=visit.state,
        starts_at=visit.starts_at,
        reason=reason,
        must_have_begun=must_have_begun,
        at=at,
    )
    if blockers:
        raise VisitNotEnded(blockers)
