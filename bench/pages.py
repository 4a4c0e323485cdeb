"""Every page as every role: p50, p95 and queries, on the demo's data and on 20,000 patients made from it.

Beside the time by the clock stands the time of the processor, which a busy machine raises less, and the time that
SQLite alone needs for the statements the page sent. The network is left out; everything else is as it is served.
Every page is asked for at least ``_LEAST`` times; then all of them in turn, until each was asked for as often as
wanted or the time is up. The databases are made once in ``bench-pages`` below ``STROMA_HOME``; ``--fresh`` makes them
anew. How the table is written is said in ``pages_report``.
"""

import argparse
import json
import logging
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bench.pages_report import report

PATIENTS = 20_000
_SECONDS = 240
"""For each of the two databases, once it is there."""
_LEAST = 2
"""How often a page is asked for even when the time is up, besides the first time, which loads templates."""


def main(arguments: Sequence[str]) -> int:
    """Measure on both databases and print one table; 1 when a page is slower than it may be or could not be shown."""
    parser = argparse.ArgumentParser(prog="./run bench pages", description=__doc__)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument(
        "--requests", type=int, default=20, help="how often each page is asked for, by each role"
    )
    parser.add_argument("--seconds", type=float, default=_SECONDS, help="for each of the two databases")
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--fresh", action="store_true", help="make the databases anew")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.measure is not None:
        set_up()
        print(json.dumps(list(measure(args.requests, args.only, args.seconds))))
        return 0
    base = Path(os.environ.get("STROMA_HOME", ".stroma")).absolute() / "bench-pages"
    found = []
    for patients in (0, args.patients):
        home = base / (f"patients-{patients}" if patients else "demo")
        found.append(_measured(home, patients, args))
    return report(*found)


def _measured(home: Path, patients: int, args: argparse.Namespace) -> dict[tuple[str, str], dict[str, Any]]:
    """In a process of its own: which database it is, is said by the settings."""
    environment = {**os.environ, "STROMA_HOME": str(home)}
    environment.pop("STROMA_DATABASE_URL", None)
    made = home / "how-it-was-made.txt"
    if args.fresh or not made.exists():
        program = (
            "import sys; from pathlib import Path; from bench.pages import set_up; set_up(); "
            "from bench.many_patients import prepare; print(prepare(Path(sys.argv[1]), int(sys.argv[2])))"
        )
        file = home / "stroma.sqlite3"
        command = [sys.executable, "-c", program, str(file), str(patients)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        made.write_text(done.stdout)
    print(f"{home.name}: {made.read_text().strip()}", file=sys.stderr)
    subprocess.run(
        [sys.executable, "-m", "stroma", "migrate"], env=environment, check=True, capture_output=True
    )
    command = [
        sys.executable,
        "-m",
        "bench.pages",
        "--measure",
        str(patients),
        "--requests",
        str(args.requests),
    ]
    command += ["--only", args.only, "--seconds", str(args.seconds)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return {(row["page"], row["role"]): row for row in json.loads(done.stdout)}


def set_up() -> None:
    """Django, as the server has it after its start."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stroma.config.settings")
    import django

    django.setup()
    from stroma.config.loading import load_pages

    load_pages()


# --- Asking for the pages -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Asked:
    """A page as one role: its addresses, who asks, and what was found so far; times in milliseconds."""

    page: str
    role: str
    addresses: list[str]
    client: Any
    times: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    queries: int = 0
    raw: float = 0.0
    slowest: str = ""
    slowest_ms: float = 0.0

    def look(self) -> bool:
        """Ask for the first record with the statements kept; False where the address only takes forms."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        if self.client.get(self.addresses[0]).status_code == 405:
            return False
        with CaptureQueriesContext(connection) as captured:
            self.client.get(self.addresses[0])
        sent = captured.captured_queries
        self.queries, self.raw = len(sent), _raw_ms(sent)
        if sent:
            slowest = max(sent, key=lambda query: float(query["time"]))
            self.slowest, self.slowest_ms = slowest["sql"][:2000], 1000 * float(slowest["time"])
        return True

    def ask(self) -> None:
        """Ask for the next record, and keep how long the answer took."""
        address = self.addresses[len(self.times) % len(self.addresses)]
        began, processor = time.perf_counter(), time.process_time()
        answer = self.client.get(address)
        if getattr(answer, "streaming", False):
            b"".join(answer.streaming_content)
        self.processor.append(1000 * (time.process_time() - processor))
        self.times.append(1000 * (time.perf_counter() - began))
        self.statuses[answer.status_code] += 1

    def row(self) -> dict[str, Any]:
        """What was found, as it is told to the process that prints it."""
        names = ("page", "role", "times", "processor", "queries", "raw", "statuses", "slowest", "slowest_ms")
        return {name: getattr(self, name) for name in names}


def measure(requests: int, only: str, seconds: float) -> Iterator[dict[str, Any]]:
    """A row for each page and role that may open it, and one for the empty view."""
    from django.conf import settings
    from django.db import connection

    logging.getLogger("django.request").setLevel(logging.CRITICAL)  # refusals are counted below, not logged
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.ROOT_URLCONF = "bench.page_addresses"
    connection.ensure_connection()
    until = time.monotonic() + seconds
    asked = []
    for one in _pages(only, requests):
        if not one.addresses:
            yield one.row()
        elif one.look():
            for _ in range(_LEAST):
                one.ask()
            asked.append(one)
            print(f"{one.page} {one.role}: {max(one.times):.0f} ms, {one.queries} queries", file=sys.stderr)
    for _ in range(_LEAST, requests):
        for one in asked:
            if time.monotonic() < until:
                one.ask()
    yield from (one.row() for one in asked)


def _pages(only: str, requests: int) -> Iterator[_Asked]:
    """Every address of the house and every role that may open it; allauth's own are left out."""
    from django.test import Client
    from django.urls import URLPattern, URLResolver, get_resolver, reverse

    from bench.page_records import ENDINGS, arguments_for, people
    from stroma.clinic.access import grant_of

    def patterns(of: list[Any]) -> Iterator[URLPattern]:
        for one in of:
            if isinstance(one, URLResolver):
                yield from patterns(one.url_patterns)
            else:
                yield one

    everybody = people()
    for pattern in patterns(get_resolver().url_patterns):
        name, grant = str(pattern.name), grant_of(pattern.callback)
        if only not in name and name != "empty":
            continue
        if isinstance(grant, str) and not pattern.callback.__module__.startswith("stroma."):
            continue
        roles = [None] if not isinstance(grant, frozenset) else sorted(grant)
        for role in roles:
            if role is not None and role not in everybody:
                yield _Asked(name, str(role), [], None)
                continue
            user = everybody.get(role) if role else None
            asked = arguments_for(pattern.pattern.converters, user, requests, Random(1))
            addresses = [reverse(name, kwargs=one) + end for one in asked for end in ENDINGS.get(name, ("",))]
            client = Client(raise_request_exception=False)
            if user is not None:
                client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            yield _Asked(name, str(role or ""), addresses, client)


def _raw_ms(statements: Sequence[dict[str, str]]) -> float:
    """What SQLite alone needs to read what these statements read."""
    from django.db import connection

    database = sqlite3.connect(f"file:{connection.settings_dict['NAME']}?mode=ro", uri=True)
    began = time.perf_counter()
    for statement in statements:
        if statement["sql"].lstrip().upper().startswith(("SELECT", "WITH")):
            try:
                database.execute(statement["sql"]).fetchall()
            except sqlite3.Error:
                continue  # a statement with a function of Django's own
    took = 1000 * (time.perf_counter() - began)
    database.close()
    return took


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
