"""Sending a reminder by mail. Whether it went out is all that is logged: no address, no name."""

import logging
from smtplib import SMTPException

from django.core.mail import EmailMessage

from stroma.planning.models import Reminder
from stroma.planning.reminding import mail_of

log = logging.getLogger(__name__)


def send(reminder: Reminder) -> bool:
    """Send the mail of a reminder, with its appointment; whether it went out."""
    mail = mail_of(reminder.visit)
    message = EmailMessage(mail.subject, mail.body, None, [mail.to])
    message.attach("appointment.ics", mail.calendar.decode(), "text/calendar; method=REQUEST; charset=utf-8")
    try:
        message.send()
    except (SMTPException, OSError) as error:
        log.warning("reminder.not_mailed reminder=%s error=%s", reminder.pk, type(error).__name__)
        return False
    return True
