"""A passkey in software: what a phone or a security key does, with a key that the test holds."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from stroma.clinic.models import User

PRESENT = AuthenticatorData.FLAG.UP
VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


@dataclass(frozen=True)
class SoftwarePasskey:
    """One key pair, bound to one host."""

    key: ec.EllipticCurvePrivateKey
    name: bytes
    site: str = "testserver"

    def register(self, user: User) -> None:
        """Make it a passkey of ``user``, as the page for registering does."""
        public = ES256.from_cryptography_key(self.key.public_key())
        held = AttestedCredentialData.create(Aaguid(bytes(16)), self.name, public)
        data = AuthenticatorData.create(
            self._site_hash(), VERIFIED | AuthenticatorData.FLAG.AT, counter=0, credential_data=held
        )
        asked = CollectedClientData.create("webauthn.create", b"0" * 32, f"https://{self.site}")
        answer = {"clientDataJSON": asked, "attestationObject": AttestationObject.create("none", data, {})}
        credential = self._credential({name: websafe_encode(bytes(part)) for name, part in answer.items()})
        Authenticator.objects.create(
            user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "My key", "credential": credential}
        )

    def answer(self, options: dict[str, Any], *, flags: AuthenticatorData.FLAG = VERIFIED) -> str:
        """Answer a challenge, as the browser passes the answer on."""
        challenge = websafe_decode(options["publicKey"]["challenge"])
        asked = CollectedClientData.create("webauthn.get", challenge, f"https://{self.site}")
        data = AuthenticatorData.create(self._site_hash(), flags, counter=0)
        signature = self.key.sign(bytes(data) + asked.hash, ec.ECDSA(hashes.SHA256()))
        answer = {"clientDataJSON": asked, "authenticatorData": data, "signature": signature}
        return json.dumps(
            self._credential({name: websafe_encode(bytes(part)) for name, part in answer.items()})
        )

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        name = websafe_encode(self.name)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }

    def _site_hash(self) -> bytes:
        return hashlib.sha256(self.site.encode()).digest()


def a_passkey(name: bytes = b"first key", *, site: str = "testserver") -> SoftwarePasskey:
    """A passkey that nobody has registered yet."""
    return SoftwarePasskey(ec.generate_private_key(ec.SECP256R1()), name, site)
