"""Mailing a reminder, or what changed, and writing that it was done. No address and no name is logged."""

import logging
from smtplib import SMTPException
from uuid import UUID

from django.core.mail import EmailMessage

from stroma.clinic.models import Site, User
from stroma.ledger.record import present
from stroma.planning.actions import mark_change_told
from stroma.planning.changes import changes_to_tell, is_undone, mail_of_change, standing_now
from stroma.planning.models import Reminder, Visit, VisitChange
from stroma.planning.reminding import Mail, mail_is_sent, mail_of

log = logging.getLogger(__name__)


def send(reminder: Reminder) -> bool:
    """Send the mail of a reminder, with its appointment; whether it went out."""
    return _send(mail_of(reminder.visit), "reminder", reminder.pk)


def tell_changes(site: Site, *, by: User) -> int:
    """Tell every change that nobody told yet, each once; how many a mail told.

    Without a mail server or an address the change stands on the patient's own page alone.
    """
    told = 0
    for change in changes_to_tell(site):
        now = standing_now(change)
        was_sent = mail_is_sent() and not is_undone(change, now) and send_change(change, now)
        mark_change_told(change=change, told=now, was_sent=was_sent, by=by, at=present())
        told += was_sent
    return told


def send_change(change: VisitChange, now: Visit | None) -> bool:
    """Send what was and what is of a visit that changed, with its appointment; whether it went out."""
    mail = mail_of_change(change, now)
    return bool(mail.to) and _send(mail, "change", change.pk)


def _send(mail: Mail, what: str, pk: UUID) -> bool:
    message = EmailMessage(mail.subject, mail.body, None, [mail.to])
    message.attach(
        "appointment.ics", mail.calendar.decode(), f"text/calendar; method={mail.method}; charset=utf-8"
    )
    try:
        message.send()
    except (SMTPException, OSError) as error:
        log.warning("%s.not_mailed id=%s error=%s", what, pk, type(error).__name__)
        return False
    return True
