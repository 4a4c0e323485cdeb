"""Fresh credentials for a signature: what a person shows at the moment of signing. A login session is none.

A password is typed anew; a passkey answers a challenge that was made for this signature and holds the digest of the
text that was shown, so that the answer itself speaks of that text and of no other.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from typing import Protocol as Shape

from allauth.mfa.models import Authenticator
from fido2.server import Fido2Server
from fido2.webauthn import AttestedCredentialData, PublicKeyCredentialRpEntity, UserVerificationRequirement

from stroma.clinic.models import Signature, User
from stroma.ledger.record import is_simulated
from stroma.protocols.domain.blocker import Blocker

SOURCE = "21 CFR 11.200(a)(1)"

ANSWERED_WITHIN = timedelta(minutes=2)
"""How long a passkey's challenge waits for its answer. The law names no time: general knowledge."""


class Credential(Shape):
    """Something a person shows to sign."""

    @property
    def method(self) -> Signature.Method:
        """How it proves who signs."""
        ...

    def blockers(self, user: User, *, document_digest: str, at: datetime) -> list[Blocker]:
        """Why this does not prove that ``user`` is here now and signs the text of that digest."""
        ...


@dataclass(frozen=True)
class Password:
    """The person's own password, typed for this signature."""

    secret: str
    method: Signature.Method = Signature.Method.PASSWORD

    def blockers(self, user: User, *, document_digest: str, at: datetime) -> list[Blocker]:
        """Wrong password: no signature."""
        del document_digest, at
        return [] if user.check_password(self.secret) else [Blocker("credential_wrong", {}, SOURCE)]

    def __repr__(self) -> str:
        return "Password(…)"


@dataclass(frozen=True)
class Challenge:
    """What a passkey is asked to answer, kept by the server until the answer comes. It is good for one answer."""

    state: dict[str, Any]
    document_digest: str
    site: str
    """The name of the host, to which passkeys are bound."""
    asked_at: datetime


def passkeys_of(user: User) -> list[AttestedCredentialData]:
    """The public halves of the passkeys that a person has registered."""
    held = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    found = [one.wrap().authenticator_data.credential_data for one in held]
    return [data for data in found if data is not None]


def challenge_for(
    user: User, *, document_digest: str, site: str, at: datetime
) -> tuple[dict[str, Any], Challenge]:
    """What the browser is told, and what the server keeps: 32 random bytes, then the digest to be signed."""
    asked = secrets.token_bytes(32) + bytes.fromhex(document_digest)
    options, state = _server(site).authenticate_begin(
        credentials=passkeys_of(user),
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=asked,
    )
    return dict(options), Challenge(dict(state), document_digest, site, at)


@dataclass(frozen=True)
class Passkey:
    """A passkey's answer: the device, and the finger, face or PIN that unlocks it, are the two components."""

    answer: str
    """The answer as the browser gives it, in JSON."""
    challenge: Challenge | None
    """What was asked; none when nothing was, or when it was answered before."""
    method: Signature.Method = Signature.Method.PASSKEY

    def blockers(self, user: User, *, document_digest: str, at: datetime) -> list[Blocker]:
        """An answer to nothing, too late, about another text, or by somebody else's key: no signature."""
        asked = self.challenge
        if asked is None or not timedelta(0) <= at - asked.asked_at <= ANSWERED_WITHIN:
            return [Blocker("passkey_too_late", {"within": ANSWERED_WITHIN}, SOURCE)]
        if asked.document_digest != document_digest:
            return [Blocker("passkey_for_another_text", {}, "21 CFR 11.70")]
        held = passkeys_of(user)
        try:
            _server(asked.site).authenticate_complete(asked.state, held, json.loads(self.answer))
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
        ):  # whatever a forged answer makes the reader say
            return [Blocker("passkey_wrong", {}, SOURCE)]
        return []

    def __repr__(self) -> str:
        return "Passkey(…)"


def _server(site: str) -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(name="Stroma", id=site))


@dataclass(frozen=True)
class Simulated:
    """The signature of a simulated person; refused in a real database, for ever."""

    method: Signature.Method = Signature.Method.SIMULATED

    def blockers(self, user: User, *, document_digest: str, at: datetime) -> list[Blocker]:
        """Only a simulated database takes it."""
        del user, document_digest, at
        if is_simulated():
            return []
        return [Blocker("credential_simulated", {}, SOURCE)]
