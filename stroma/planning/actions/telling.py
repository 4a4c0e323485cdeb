"""Writing that a patient was told of a visit that moved or was cancelled, as it stood when they were told.

A mail tells it, or whoever telephones those whom no mail reaches. A call noted by mistake is taken back with a reason,
and is to be made still.
"""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.courses.queries import chains_of
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.planning.calling import not_told
from stroma.planning.changes import is_undone, note_changes, standing_now
from stroma.planning.domain.reminders import calling_blockers, taking_back_blockers
from stroma.planning.models import ChangeCall, ChangeCallTakenBack, Visit, VisitChange
from stroma.protocols.domain.blocker import Refused


class NotCalled(Refused):
    """No call is noted, or the one that is noted stands."""


@action
def mark_change_told(
    *, change: VisitChange, told: Visit | None, was_sent: bool, by: User, at: datetime
) -> VisitChange:
    """Write that the mail about a change went out, or that none reaches the patient, who sees it on their own page.

    ``told`` is the booking that the mail named, None for a visit that was cancelled. A change that was undone before a
    mail went out is set aside. Where the visit moved again since, that is told next.
    """
    authorize(by, Role.COORDINATOR, Role.ADMINISTRATOR, site=change.was.site, at=at)
    locked = rows_to_change(VisitChange.objects).select_related("was__course").get(pk=change.pk)
    if locked.state != VisitChange.State.TO_TELL:
        return locked
    now = standing_now(locked)
    if not was_sent and is_undone(locked, now):
        locked.state = VisitChange.State.UNDONE
    else:
        locked.state = VisitChange.State.MAILED if was_sent else VisitChange.State.SHOWN
    locked.now, locked.done_at = told, at
    locked.save(update_fields=["state", "now", "done_at"])
    facts = {"change": locked.id, "visit": locked.was_id, "now": told and told.id, "state": locked.state}
    record("visit.change_told", by=by, at=at, chains=chains_of(locked.was.course), facts=facts)
    if was_sent and told is not None and (now is None or now.starts_at != told.starts_at):
        note_changes(locked.was.course, [told], VisitChange.Why.CLINIC, at=at)
    return locked


@action
def mark_change_called(*, change: VisitChange, by: User, at: datetime) -> ChangeCall:
    """Write that somebody telephoned the patient about a visit that changed, as it stands now. Raises NotCalled."""
    authorize(by, Role.COORDINATOR, Role.NURSE, site=change.was.site, at=at)
    locked = rows_to_change(VisitChange.objects.select_related("was__course")).get(pk=change.pk)
    is_told = not not_told(VisitChange.objects.filter(pk=locked.pk)).exists()
    if blockers := calling_blockers(state=locked.state, is_told=is_told):
        raise NotCalled(blockers)
    now = standing_now(locked)
    call = ChangeCall.objects.create(change=locked, told=now, called_by=by, called_at=at)
    facts = {"call": call.id, "change": locked.id, "visit": locked.was_id, "now": now and now.id}
    record("visit.change_called", by=by, at=at, chains=chains_of(locked.was.course), facts=facts)
    return call


@action
def take_back_change_call(*, call: ChangeCall, reason: str, by: User, at: datetime) -> ChangeCallTakenBack:
    """Write that a call was noted by mistake: the patient is to be called still. Raises NotCalled."""
    authorize(by, Role.COORDINATOR, Role.NURSE, site=call.change.was.site, at=at)
    locked = rows_to_change(VisitChange.objects).get(pk=call.change_id)
    is_back = ChangeCallTakenBack.objects.filter(call=call).exists()
    if blockers := taking_back_blockers(is_back=is_back, reason=reason):
        raise NotCalled(blockers)
    back = ChangeCallTakenBack.objects.create(call=call, reason=reason.strip(), decided_by=by, decided_at=at)
    facts = {"call": call.id, "change": locked.id}
    record(
        "visit.change_call_taken_back",
        by=by,
        at=at,
        chains=chains_of(call.change.was.course),
        facts=facts,
        sealed={"reason": reason.strip()},
    )
    return back
