"""Reading ``STROMA_*`` variables: small helpers that fail loudly and say the way on."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class SettingError(RuntimeError):
    """A setting is missing or wrong; the message names the variable and the fix."""


def env_text(name: str, default: str = "") -> str:
    """The variable's value; ``NAME_FILE`` names a file that holds it instead (secrets in containers)."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(
                f"{name}_FILE names {file}, which cannot be read: {error.strerror}."
            ) from error
    return os.environ.get(name, default)


def env_bool(name: str, *, default: bool) -> bool:
    """``1/0``, ``true/false``, ``yes/no`` or ``on/off``."""
    text = env_text(name).strip().lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise SettingError(f"{name} is {text!r}; say true or false.")


def database_settings(url: str, home: Path) -> dict[str, object]:
    """Django's description of the database at ``url``; with no url, the embedded SQLite file in ``home``.

    Raises SettingError when the url is not ``postgresql://…`` or ``sqlite:///…``.
    """
    if not url:
        return sqlite_settings(home / "stroma.sqlite3")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingError(f"STROMA_DATABASE_URL is no address: {error}.") from error
    if parts.scheme == "sqlite":
        return sqlite_settings(Path(unquote(parts.path)))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SettingError(
            f"STROMA_DATABASE_URL begins with {parts.scheme!r}. Give postgresql://user:password@host:5432/name, "
            "or leave it unset for the embedded database."
        )
    options: dict[str, object] = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "stroma.ledger.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": str(options.pop("host", "")) or unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def sqlite_settings(file: Path) -> dict[str, object]:
    """SQLite as the ledger needs it: durable at every commit, writers in a queue, no way round the triggers.

    ``synchronous=FULL`` survives a power cut (actions share its syncs: ``ledger/sqlite3/durable.py``); IMMEDIATE takes
    the write lock at once instead of failing half-way; ``recursive_triggers`` closes the hole by which INSERT OR
    REPLACE would overwrite an append-only row.
    """
    return {
        "ENGINE": "stroma.ledger.sqlite3",
        "NAME": str(file),
        # Kept by its thread: reading some hundred tables and triggers anew took a request 7 ms.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA recursive_triggers=ON;"
            ),
        },
        "TEST": {"NAME": None},
    }
