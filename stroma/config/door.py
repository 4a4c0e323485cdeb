"""Where the site answers, to whom, and what must be said before anybody beyond this machine can reach it."""

import ipaddress
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from stroma.config.environment import SettingError, env_text

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
SECRET_LENGTH = 50
PORT = 8000


@dataclass(frozen=True, slots=True)
class Door:
    """The address a server answers at, the names it goes by, and how its answers are kept from other ears."""

    address: str
    port: int | None
    hosts: tuple[str, ...]
    proxies: tuple[str, ...]
    certificate: Path | None
    key: Path | None

    @property
    def is_public(self) -> bool:
        """Whether anybody beyond this machine is meant to come in."""
        return bool(self.hosts) or not _is_loopback(self.address)

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        """Who is believed about where a request comes from: on this machine only, a proxy beside us."""
        if self.proxies or not _is_loopback(self.address):
            return self.proxies
        return ("127.0.0.1", "::1")


def read_door(*, secret: str, database_url: str) -> Door:
    """The door that ``STROMA_*`` describe. Raises SettingError with everything that is wrong or missing, at once."""
    wrong: list[str] = []
    port = env_text("STROMA_PORT").strip()
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        wrong.append(f"STROMA_PORT is {port!r}; say a number from 1 to 65535.")
    door = Door(
        address=env_text("STROMA_ADDRESS").strip() or "127.0.0.1",
        port=int(port) if port and not wrong else None,
        hosts=_words("STROMA_HOSTS"),
        proxies=_words("STROMA_PROXIES"),
        certificate=_file("STROMA_TLS_CERTIFICATE", wrong),
        key=_file("STROMA_TLS_KEY", wrong),
    )
    if not _is_loopback(door.address):
        try:
            ipaddress.ip_address(door.address)
        except ValueError:
            wrong.append(f"STROMA_ADDRESS is {door.address!r}; say an address such as 127.0.0.1 or 0.0.0.0.")
    if (door.certificate is None) != (door.key is None):
        wrong.append("STROMA_TLS_CERTIFICATE and STROMA_TLS_KEY go together; name both files or neither.")
    if door.is_public:
        wrong += _missing_in_public(door, secret=secret, database_url=database_url)
    if wrong:
        raise SettingError("\n".join(wrong))
    return door


def _missing_in_public(door: Door, *, secret: str, database_url: str) -> list[str]:
    why = "STROMA_HOSTS makes" if door.hosts else f"STROMA_ADDRESS {door.address} makes"
    missing = []
    if not secret:
        missing.append(
            f"{why} this site public, so STROMA_SECRET_KEY must be set as well: "
            f"{SECRET_LENGTH} random characters or more."
        )
    elif len(secret) < SECRET_LENGTH:
        missing.append(
            f"STROMA_SECRET_KEY has {len(secret)} characters; a public site needs {SECRET_LENGTH} or more."
        )
    if not door.hosts:
        missing.append(
            f"{why} this site public, so STROMA_HOSTS must name it: clinic.example.org, without https://."
        )
    if not database_url:
        missing.append(
            f"{why} this site public, so STROMA_DATABASE_URL must name its database: "
            "postgresql://user:password@host:5432/name or sqlite:///FILE."
        )
    if not _is_loopback(door.address) and door.certificate is None and not door.proxies:
        missing.append(
            f"STROMA_ADDRESS {door.address} would send passwords unencrypted. Name STROMA_TLS_CERTIFICATE and "
            "STROMA_TLS_KEY, or the encrypting proxy in STROMA_PROXIES, or answer at 127.0.0.1 behind one."
        )
    return missing


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in env_text(name).split(",") if word.strip())


def _file(name: str, wrong: list[str]) -> Path | None:
    text = env_text(name).strip()
    if not text:
        return None
    file = Path(text).expanduser().absolute()
    if not os.access(file, os.R_OK):
        wrong.append(f"{name} names {text}, which cannot be read.")
    return file


def kept_secret(file: Path) -> str:
    """The secret that an earlier start of a local site left in ``file``, or a new one that nobody has kept yet."""
    try:
        kept = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        kept = ""
    return kept or secrets.token_urlsafe(SECRET_LENGTH)


def mail_settings() -> dict[str, object]:
    """Django's settings for mail: the server at ``STROMA_MAIL_URL``; none, and mail lies in the folder ``outbox``.

    Raises SettingError when the url is not ``smtp://``, ``smtp+tls://`` or ``smtps://``, or no sender is named.
    """
    url = env_text("STROMA_MAIL_URL").strip()
    sender = env_text("STROMA_MAIL_FROM").strip()
    if not url:
        return {"DEFAULT_FROM_EMAIL": sender or "stroma@localhost"}
    wrong = []
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingError(f"STROMA_MAIL_URL is no address: {error}.") from error
    usual = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if parts.scheme not in usual or not parts.hostname:
        wrong.append(
            "STROMA_MAIL_URL begins with smtp+tls:// (or smtps://, smtp://) and names a host: "
            "smtp+tls://user:password@mail.example.org:587."
        )
    if "@" not in sender:
        wrong.append("STROMA_MAIL_URL needs STROMA_MAIL_FROM, the address that mail comes from.")
    if wrong:
        raise SettingError("\n".join(wrong))
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or usual[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
        "DEFAULT_FROM_EMAIL": sender,
    }
