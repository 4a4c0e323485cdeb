"""Writing that a patient was told of a visit that moved or was cancelled, as it stood when they were told."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.planning.changes import is_undone, note_changes, standing_now
from stroma.planning.freeing import chains_of
from stroma.planning.models import Visit, VisitChange


@action
def mark_change_told(
    *, change: VisitChange, told: Visit | None, was_sent: bool, by: User, at: datetime
) -> VisitChange:
    """Write that the mail about a change went out, or that none reaches the patient, who sees it on their own page.

    ``told`` is the booking that the mail named, None for a visit that was cancelled. A change that was undone before a
    mail went out is set aside. Where the visit moved again since, that is told next.
    """
    authorize(by, Role.COORDINATOR, Role.ADMINISTRATOR, site=change.was.site, at=at)
    locked = (
        VisitChange.objects.select_for_update(of=("self",)).select_related("was__course").get(pk=change.pk)
    )
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
