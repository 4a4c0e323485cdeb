"""Sending a reminder, or what changed, by mail. Whether it went out is all that is logged: no address, no name."""

import logging
from smtplib import SMTPException
from uuid import UUID

from django.core.mail import EmailMessage

from stroma.planning.changes import mail_of_change
from stroma.planning.models import Reminder, Visit, VisitChange
from stroma.planning.reminding import Mail, mail_of

log = logging.getLogger(__name__)


def send(reminder: Reminder) -> bool:
    """Send the mail of a reminder, with its appointment; whether it went out."""
    return _send(mail_of(reminder.visit), "reminder", reminder.pk)


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
