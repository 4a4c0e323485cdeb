"""The Ed25519 key that signs checkpoints and dossiers: a file beside the database, never in it.

Who can rewrite the database cannot thereby sign it: that is why the key is a file with rights of its own
(``STROMA_HOME/keys/ledger.ed25519``, or the file named by ``STROMA_LEDGER_KEY_FILE``), PKCS #8 in PEM as
OpenSSL writes it. Its public half lies beside it in ``ledger.ed25519.pub``, 64 hexadecimal digits: the text
to hand to whoever will check a dossier. The public halves of retired keys stay in the same folder as
``*.pub``; what they signed goes on counting.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

from stroma.ledger.domain.canonical import digest
from stroma.protocols.domain.problem import BadInput, Problem


class KeyUnusable(BadInput):
    """The ledger's key file is missing or is not an Ed25519 key."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The ledger's key."""

    private: Ed25519PrivateKey

    @property
    def public_hex(self) -> str:
        """The public half, 64 hexadecimal digits."""
        return self.private.public_key().public_bytes_raw().hex()

    def sign(self, data: bytes) -> str:
        """The signature of ``data`` (RFC 8032, Ed25519), 128 hexadecimal digits."""
        return self.private.sign(data).hex()


def fingerprint(public_hex: str) -> str:
    """The SHA-256 of a public key: what is compared over the telephone."""
    return digest(bytes.fromhex(public_hex))


def signature_holds(public_hex: str, data: bytes, signature: str) -> bool:
    """Whether ``signature`` is that key's signature of ``data``."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex)).verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_file() -> Path:
    """Where the key lies."""
    return Path(settings.LEDGER_KEY_FILE)


def signing_key(*, may_create: bool) -> SigningKey:
    """The ledger's key, made on first use when ``may_create``.

    A file that ``STROMA_LEDGER_KEY_FILE`` names must be there: a misspelt name must not begin a second key.
    Raises KeyUnusable.
    """
    file = key_file()
    if not file.exists():
        if not may_create or settings.LEDGER_KEY_IS_NAMED:
            raise _unusable(
                file,
                "key_missing",
                "The ledger's signing key is not here. Put the file back from its backup; if it is lost, "
                "keep its public half in this folder as a .pub file and make a new key with openssl genpkey "
                "-algorithm ed25519.",
            )
        _create(file)
    try:
        private = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _unusable(file, "key_unreadable", "The ledger's key is no PEM private key.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise _unusable(file, "key_of_another_kind", "The ledger's signing key is not an Ed25519 key.")
    return SigningKey(private)


def trusted_keys() -> frozenset[str]:
    """The public keys that count here: the present key's and those kept beside it as ``*.pub``."""
    texts = {
        file.read_text(encoding="ascii", errors="replace").strip() for file in key_file().parent.glob("*.pub")
    }
    if key_file().exists():
        texts.add(signing_key(may_create=False).public_hex)
    return frozenset(texts)


def _create(file: Path) -> None:
    """Make the key; when two processes do so at once, the first one's key stands."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = SigningKey(Ed25519PrivateKey.generate())
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        output.write(pem)
        output.flush()
        os.fsync(output.fileno())
    try:
        # Unlike a rename, a link never takes the place of a key that another process has made meanwhile.
        os.link(unfinished, file)
        file.with_name(f"{file.name}.pub").write_text(f"{key.public_hex}\n", encoding="ascii")
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()


def _unusable(file: Path, code: str, message: str) -> KeyUnusable:
    return KeyUnusable([Problem(code, message, file=str(file))])
