"""Reminding patients of their visits: drafting what is due, and writing that it was sent or phoned."""

from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site, User
from stroma.courses.queries import chains_of
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.planning.domain.reminders import phoning_blockers
from stroma.planning.models import Reminder
from stroma.planning.reminding import address_of, due_at
from stroma.protocols.domain.blocker import Refused


class NotReminded(Refused):
    """The reminder stays as it is."""


@action
def draft_reminders(*, site: Site, can_mail: bool, by: User, at: datetime) -> list[Reminder]:
    """Draft every reminder that is due at a site: by mail where that reaches the patient, else to be phoned."""
    authorize(by, Role.COORDINATOR, Role.ADMINISTRATOR, site=site, at=at)
    made = []
    for visit, days in due_at(site, at=at):
        by_mail = can_mail and bool(address_of(visit))
        state = Reminder.State.DRAFTED if by_mail else Reminder.State.TO_PHONE
        reminder = Reminder.objects.create(visit=visit, days_before=days, state=state, drafted_at=at)
        facts = {"reminder": reminder.id, "visit": visit.id, "days_before": days, "by_mail": by_mail}
        record("reminder.drafted", by=by, at=at, chains=chains_of(visit.course), facts=facts)
        made.append(reminder)
    return made


@action
def mark_reminder_sent(*, reminder: Reminder, was_sent: bool, by: User, at: datetime) -> Reminder:
    """Write that the mail went out, or that it could not and somebody telephones instead."""
    authorize(by, Role.COORDINATOR, Role.ADMINISTRATOR, site=reminder.visit.site, at=at)
    locked = rows_to_change(Reminder.objects).select_related("visit__course").get(pk=reminder.pk)
    if locked.state != Reminder.State.DRAFTED:
        return locked
    locked.state = Reminder.State.SENT if was_sent else Reminder.State.TO_PHONE
    locked.done_at = at if was_sent else None
    locked.save(update_fields=["state", "done_at"])
    facts = {"reminder": locked.id, "visit": locked.visit_id, "was_sent": was_sent}
    record("reminder.sent", by=by, at=at, chains=chains_of(locked.visit.course), facts=facts)
    return locked


@action
def mark_reminder_phoned(*, reminder: Reminder, by: User, at: datetime) -> Reminder:
    """Write that somebody telephoned. Raises NotReminded."""
    authorize(by, Role.COORDINATOR, Role.NURSE, site=reminder.visit.site, at=at)
    locked = rows_to_change(Reminder.objects).select_related("visit__course").get(pk=reminder.pk)
    if blockers := phoning_blockers(state=locked.state, starts_at=locked.visit.starts_at, at=at):
        raise NotReminded(blockers)
    locked.state, locked.done_at, locked.done_by = Reminder.State.PHONED, at, by
    locked.save(update_fields=["state", "done_at", "done_by"])
    facts = {"reminder": locked.id, "visit": locked.visit_id}
    record("reminder.phoned", by=by, at=at, chains=chains_of(locked.visit.course), facts=facts)
    return locked
