"""Five wrong tries close the door; here the site is told at once: a report on two homes, and a mail.

django-axes counts the tries and says by a signal that the door was closed. A user name that belongs to nobody closes
the door too, but there is no account that was tried and so no report.
"""

import logging
from datetime import datetime
from smtplib import SMTPException
from typing import Any
from uuid import UUID

from axes.signals import user_locked_out
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from stroma.clinic.actions.attempts import KEEPERS, report_attempts
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import AttemptReport, RoleAssignment, Site, User
from stroma.clinic.queries import colleagues
from stroma.ledger.record import present

log = logging.getLogger(__name__)

DOOR = "door"
"""The name by which the ledger knows who noticed: no person did."""


def listen() -> None:
    """Hear of every door that closes. Called once at start-up."""
    user_locked_out.connect(_locked_out, dispatch_uid="stroma.clinic.attempt_reports")


def _reports(site: Site | None) -> QuerySet[AttemptReport]:
    """The reports of a site; ``is_of_staff`` says whether the name of the account is for everybody who is told."""
    staff = RoleAssignment.objects.filter(user=OuterRef("person")).exclude(role=Role.PATIENT.value)
    rows = AttemptReport.objects.filter(site=site).annotate(is_of_staff=Exists(staff))
    return rows.select_related("site", "person", "clearance", "clearance__cleared_by")


def open_reports(site: Site | None) -> list[AttemptReport]:
    """The reports of a site that nobody cleared, the oldest first."""
    return list(_reports(site).filter(clearance=None).order_by("reported_at"))


def all_reports(site: Site) -> QuerySet[AttemptReport]:
    """Every report of a site, the newest first."""
    return _reports(site).order_by("-reported_at")


def report_at(site: Site | None, report_id: UUID) -> AttemptReport | None:
    """A report of a site."""
    return _reports(site).filter(pk=report_id).first()


def _locked_out(sender: Any, *, request: HttpRequest, username: str | None, **told: Any) -> None:
    del sender, told
    # Credentials of the sign-in form come without the form's own name for them; those of a signature with it.
    named = (username or request.POST.get(settings.AXES_USERNAME_FORM_FIELD, "")).strip()
    if not named:
        return
    # People sign in by user name or by mail address, as ACCOUNT_LOGIN_METHODS says.
    person = User.objects.filter(Q(username__iexact=named) | Q(email__iexact=named)).first()
    if person is None:
        return
    at = present()
    for report in report_attempts(person=person, by=DOOR, at=at):
        _mail(request, report, at)


def _mail(request: HttpRequest, report: AttemptReport, at: datetime) -> None:
    """Tell those who answer for it. The mail names nobody: whose account it was stands on the page it leads to."""
    people = colleagues(report.site, *KEEPERS, at=at)
    addresses = sorted({person.email for person in people if person.email})
    if not addresses:
        log.warning("attempts.nobody_to_mail report=%s", report.pk)
        return
    link = request.build_absolute_uri(reverse("attempts"))
    body = _(
        "Somebody tried five times with a wrong password or passkey to open, or to sign with, an account at %(site)s. "
        "The account is closed for a quarter of an hour.\n\nLook at it, and say what it was:\n\n%(link)s"
    ) % {"site": report.site.name, "link": link}
    subject = _("Wrong tries at an account at %(site)s") % {"site": report.site.name}
    for address in addresses:
        try:
            send_mail(subject, body, None, [address])
        except (SMTPException, OSError) as error:
            log.warning("attempts.not_mailed report=%s error=%s", report.pk, type(error).__name__)
