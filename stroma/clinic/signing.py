"""Signing on a page: the fields that every such form has, the challenge for a passkey, and wrong tries counted."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from stroma.clinic.actions import NotSignable
from stroma.clinic.credentials import Challenge, Credential, Passkey, Password, challenge_for, passkeys_of
from stroma.clinic.models import User
from stroma.protocols.domain.blocker import Blocker

Signed = TypeVar("Signed")

CHALLENGE_KEY = "passkey_to_sign"
"""Where the session keeps the challenge that waits for an answer."""

WRONG = {"credential_wrong", "passkey_wrong"}
"""Reasons that somebody who is not the signer would meet: these tries are counted."""


class SigningFields(forms.Form):
    """What is signed, and the credential shown for it: a password, or the answer of a passkey."""

    shown = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    passkey = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("Being signed in is not a signature. Your password is asked for each time."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = not self.data.get("passkey")


def has_passkey(user: User) -> bool:
    """Whether the page offers to sign with a passkey."""
    return bool(passkeys_of(user))


def ask_passkey(request: HttpRequest, user: User, *, document_digest: str, at: datetime) -> dict[str, Any]:
    """What the browser passes to the passkey; the session keeps what was asked, in place of any earlier challenge."""
    host = request.get_host().partition(":")[0]
    options, asked = challenge_for(user, document_digest=document_digest, site=host, at=at)
    request.session[CHALLENGE_KEY] = {
        "state": asked.state,
        "document_digest": document_digest,
        "site": host,
        "asked_at": at.isoformat(),
    }
    return options


def shown_credential(request: HttpRequest, form: forms.Form) -> Credential:
    """The credential that came with a signing form; a challenge is used up by it, whether it holds or not."""
    answer = form.cleaned_data.get("passkey")
    if not answer:
        return Password(form.cleaned_data.get("password", ""))
    kept = request.session.pop(CHALLENGE_KEY, None)
    if kept is None:
        return Passkey(answer, None)
    asked_at = datetime.fromisoformat(kept["asked_at"])
    return Passkey(answer, Challenge(kept["state"], kept["document_digest"], kept["site"], asked_at))


def counting_tries(request: HttpRequest, user: User, act: Callable[[], Signed]) -> Signed:
    """Do ``act``, which signs; a wrong credential counts as a wrong try to sign in, and after five the door is closed.

    Outside of the action, because a refused action leaves nothing behind. Raises what ``act`` raises, and NotSignable
    while the door is closed.
    """
    credentials = {settings.AXES_USERNAME_FORM_FIELD: user.username}
    AxesProxyHandler.update_request(request)
    if not AxesProxyHandler.is_allowed(request, credentials):
        raise NotSignable([Blocker("signing_locked", {}, "21 CFR 11.300(d)")])
    try:
        return act()
    except NotSignable as refusal:
        if any(blocker.code in WRONG for blocker in refusal.blockers):
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
        raise
