"""Every change of a person's own means of signing in leaves an entry at each site where they hold a role (11.10(e)).

django-allauth's pages change them and say so by signals; here they become entries. The entry is written right after the
change, in a transaction of its own: a crash between the two leaves the change without its entry.
"""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import Signal

from stroma.clinic.actions import note_credential_change
from stroma.clinic.models import User
from stroma.ledger.record import present

KINDS = {
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.TOTP: "one_time_code",
    Authenticator.Type.RECOVERY_CODES: "recovery_codes",
}
CHANGES: dict[Signal, str] = {
    password_set: "set",
    password_changed: "changed",
    password_reset: "chosen_by_link",
    authenticator_added: "added",
    authenticator_removed: "removed",
    authenticator_reset: "made_anew",
}


def listen() -> None:
    """Hear every change. Called once at start-up."""
    for signal in CHANGES:
        signal.connect(_changed, dispatch_uid="stroma.clinic.credential_changes")


def _changed(
    sender: Any, *, signal: Signal, user: User, authenticator: Authenticator | None = None, **told: Any
) -> None:
    del sender, told
    kind = KINDS[Authenticator.Type(authenticator.type)] if authenticator else "password"
    note_credential_change(person=user, kind=kind, change=CHANGES[signal], by=user, at=present())
