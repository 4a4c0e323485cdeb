"""Every page as every role: p50, p95 and queries, on the demo's data and on 20,000 patients made from it.

Beside the time by the clock stands the processor's, which leaves out waiting for other programs. Beside each page stand
an empty view through the same stack (session, person, access) and the time that SQLite alone needs for the statements
the page sent. The network is left out; everything else is as it is served. The databases are made once in
``bench-pages`` below ``STROMA_HOME``; ``--fresh`` makes them anew.
"""

import argparse
import gc
import json
import logging
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

LIMIT_MS = 200.0
"""What a page may take, p95."""
PATIENTS = 20_000
_PATIENCE_MS = 5_000


def main(arguments: Sequence[str]) -> int:
    """Measure on both databases and print one table; 1 when a page is slower than it may be or could not be shown."""
    parser = argparse.ArgumentParser(prog="./run bench pages", description=__doc__)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument(
        "--requests", type=int, default=20, help="how often each page is asked for, by each role"
    )
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--fresh", action="store_true", help="make the databases anew")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.measure is not None:
        _set_up()
        print(json.dumps(list(measure(args.requests, args.only))))
        return 0
    base = Path(os.environ.get("STROMA_HOME", ".stroma")).absolute() / "bench-pages"
    found = []
    for patients in (0, args.patients):
        home = base / (f"patients-{patients}" if patients else "demo")
        found.append(_measured(home, patients, args))
    return _report(*found)


def _measured(home: Path, patients: int, args: argparse.Namespace) -> dict[tuple[str, str], dict[str, Any]]:
    """In a process of its own: which database it is, is said by the settings."""
    environment = {**os.environ, "STROMA_HOME": str(home)}
    environment.pop("STROMA_DATABASE_URL", None)
    made = home / "how-it-was-made.txt"
    if args.fresh or not made.exists():
        program = (
            "import sys; from pathlib import Path; from bench.pages import _set_up; _set_up(); "
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
    command += ["--only", args.only]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return {(row["page"], row["role"]): row for row in json.loads(done.stdout)}


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stroma.config.settings")
    import django

    django.setup()
    gc.collect()
    gc.freeze()  # as the server does at its start


# --- Asking for the pages -----------------------------------------------------------------------------------------


def measure(requests: int, only: str) -> Iterator[dict[str, Any]]:
    """A row for each page and role that may open it, and one for the empty view."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.urls import URLPattern, URLResolver, get_resolver, reverse

    from bench.page_records import arguments_for, people
    from stroma.clinic.access import grant_of

    logging.getLogger("django.request").setLevel(logging.CRITICAL)  # refusals are counted below, not logged
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.ROOT_URLCONF = "bench.page_addresses"
    connection.ensure_connection()

    def patterns(of: list[Any]) -> Iterator[URLPattern]:
        for one in of:
            if isinstance(one, URLResolver):
                yield from patterns(one.url_patterns)
            else:
                yield one

    everybody = people()
    for pattern in patterns(get_resolver().url_patterns):
        name, grant = str(pattern.name), grant_of(pattern.callback)
        if (only not in name and name != "empty") or isinstance(grant, str):
            continue
        roles = [None] if grant is None and name != "empty" else sorted(grant or {"COORDINATOR"})
        for role in roles:
            asked = arguments_for(pattern.pattern.converters, everybody.get(role), requests, Random(1))
            addresses = [reverse(name, kwargs=one) for one in asked]
            if not addresses:
                yield {"page": name, "role": str(role or ""), "times": []}
                continue
            client = Client(raise_request_exception=False)
            if role is not None:
                client.force_login(everybody[role], backend="django.contrib.auth.backends.ModelBackend")
            found = _asked(client.get, addresses, requests)
            if found is not None:
                print(
                    f"{name} {role or ''}: {_p95(found):.0f} ms, {found['queries']} queries", file=sys.stderr
                )
                yield {"page": name, "role": str(role or ""), **found}


def _asked(get: Callable[[str], Any], addresses: Sequence[str], requests: int) -> dict[str, Any] | None:
    """Ask ``requests`` times, over the addresses in turn; None where only forms are taken.

    The first answer is not counted, for it loads templates. A page that takes seconds is not asked for as often.
    """
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times, processor, queries, statements, statuses = [], [], [], [], {}
    if get(addresses[0]).status_code == 405:
        return None
    for number in range(requests):
        if sum(times) > _PATIENCE_MS:
            break
        began, began_working = time.perf_counter(), time.process_time()
        answer = get(addresses[number % len(addresses)])
        if getattr(answer, "streaming", False):
            b"".join(answer.streaming_content)
        times.append(1000 * (time.perf_counter() - began))
        processor.append(1000 * (time.process_time() - began_working))
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
    for address in addresses[: 3 if sum(times) < _PATIENCE_MS else 1]:
        with CaptureQueriesContext(connection) as captured:
            get(address)
        queries.append(len(captured))
        statements.append(captured.captured_queries)
    raw = [_raw_ms(sent) for sent in statements]
    slowest = max(
        (query for sent in statements for query in sent), key=lambda q: float(q["time"]), default=None
    )
    return {
        "times": times,
        "processor": processor,
        "queries": max(queries),
        "raw": statistics.median(raw),
        "statuses": statuses,
        "slowest": slowest["sql"][:2000] if slowest else "",
        "slowest_ms": 1000 * float(slowest["time"]) if slowest else 0.0,
    }


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


# --- Saying what was found ------------------------------------------------------------------------------------------


def _report(
    small: dict[tuple[str, str], dict[str, Any]], large: dict[tuple[str, str], dict[str, Any]]
) -> int:
    print(f"{'':38} {'demo':^39} {'many patients':^39}")
    columns = f"{'p50':>7} {'p95':>7} {'CPU p95':>7} {'queries':>7} {'SQLite':>7}"
    print(f"{'page, role (ms)':38} {columns} {columns}")
    faults = []
    for key in sorted(large, key=lambda k: -_p95(large[k])):
        rows = (small.get(key, {"times": []}), large[key])
        cells = " ".join(_cells(row) for row in rows)
        marks = []
        if any(_p95(row) > LIMIT_MS for row in rows):
            marks.append("SLOW")
        if rows[0]["times"] and rows[1]["times"] and rows[1]["queries"] > rows[0]["queries"] + 5:
            marks.append("GROWS")
        codes = {int(code) for row in rows for code in row.get("statuses", {})}
        if any(code >= 500 for code in codes):
            marks.append("BROKEN")
        others = ", ".join(str(code) for code in sorted(codes - {200}))
        print(f"{key[0] + ' ' + key[1].lower():38} {cells} {' '.join(marks)} {others}".rstrip())
        if marks:
            faults.append((key, marks, rows[1]))
    empty = _p95(large.get(("empty", "COORDINATOR"), {"times": []}))
    print(f"\nAn empty view through the same stack, on many patients: p95 {empty:.1f} ms.")
    print(
        f"{len(large)} pages and roles; {len(faults)} of them slower than {LIMIT_MS:.0f} ms (p95), growing or broken."
    )
    if unasked := sorted({page for (page, _), row in large.items() if not row["times"]}):
        print(f"Without a record to ask for: {', '.join(unasked)}.")
    for key, marks, row in faults:
        print(f"\n{' '.join(key)}: {', '.join(marks)}; slowest statement {row.get('slowest_ms', 0):.0f} ms:")
        print(f"  {row.get('slowest', '')[:600]}")
    return 1 if faults else 0


def _p95(row: dict[str, Any], of: str = "times") -> float:
    times = sorted(row[of])
    return float(times[max(0, -(-95 * len(times) // 100) - 1)]) if times else 0.0


def _cells(row: dict[str, Any]) -> str:
    if not row["times"]:
        return " ".join([f"{'-':>7}"] * 5)
    middle = statistics.median(row["times"])
    return (
        f"{middle:7.1f} {_p95(row):7.1f} {_p95(row, 'processor'):7.1f} {row['queries']:7} {row['raw']:7.1f}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
