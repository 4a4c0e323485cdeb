"""The link by which a person chooses their own password, so that nobody else ever knows it.

It holds for three days, until it is used, or until the password or the mail address changes; whoever signs with the
password chose it. It is django-allauth's own link for a forgotten password.
"""

import logging
from smtplib import SMTPException

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from stroma.clinic.models import Site, User

log = logging.getLogger(__name__)

DAYS = 3
"""``PASSWORD_RESET_TIMEOUT``, Django's default."""


def invitation_path(user: User) -> str:
    """The address of the page on which ``user`` chooses a password, without scheme and host."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=key)


def mail_invitation(user: User, *, link: str, site_name: str, language: str = "en") -> None:
    """Send the link to the person's own address; it says nothing about why they have an account."""
    with override(language):
        body = _(
            "Hello %(name)s,\n\n%(site)s made an account for you. Choose your password here, within three days:\n\n"
            "%(link)s\n\nYour user name is %(username)s. If you did not expect this, do nothing."
        ) % {"name": user.name, "site": site_name, "link": link, "username": user.username}
        send_mail(_("Your account at %(site)s") % {"site": site_name}, body, None, [user.email])


def mail_link(request: HttpRequest, person: User, *, site: Site, language: str = "en") -> bool:
    """Mail the link to the person's own address; whether it went out. A mail that failed is said on the page."""
    if not person.email:
        return False
    link = request.build_absolute_uri(invitation_path(person))
    try:
        mail_invitation(person, link=link, site_name=site.name, language=language)
    except (SMTPException, OSError) as error:
        log.warning("invitation.not_mailed person=%s error=%s", person.ledger_name, type(error).__name__)
        messages.warning(
            request, _("The mail could not be sent. Hand the link over, and look at STROMA_MAIL_URL.")
        )
        return False
    return True


def show_invitation(
    request: HttpRequest, person: User, *, site: Site, back: str, language: str = "en", mails: bool = True
) -> HttpResponse:
    """The link by which ``person`` chooses a password, shown once, and mailed where there is an address.

    ``mails`` is False where it was mailed before.
    """
    context = {
        "invited": person,
        "site": site,
        "link": request.build_absolute_uri(invitation_path(person)),
        "was_mailed": mails and mail_link(request, person, site=site, language=language),
        "days": DAYS,
        "back": back,
    }
    answer = render(request, "clinic/invited.html", context)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
