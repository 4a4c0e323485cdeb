"""The bench and the board with 500 running lots: p50, p95 and statements, beside what SQLite alone needs.

The demo's clinic is made as always, and its patients with a running lot are copied row by row (``many_patients``) until
so many lots are in process at its first site, on the same days and in the same rooms. Then the pages that list them are
asked for as in ``pages``: by the clock, by the processor, the statements sent and the time that SQLite alone needs for
them, which is the limit of this way. The database is made once in ``bench-pages`` below ``STROMA_HOME``; ``--fresh``
makes it anew.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.pages import set_up
from bench.pages_report import cells, percentile_95

LOTS = 500
LIMIT_MS = 300.0
"""What each page may take, p95."""
PAGES = ("bench_home", "board", "quality_home", "coordinator_home")
"""The pages that list running lots or their chains."""
_RUNNING = (
    "custody_lot WHERE state = 'IN_PROCESS' AND course_id IS NOT NULL "
    "AND site_id = (SELECT id FROM clinic_site ORDER BY opened_at LIMIT 1)"
)
_WITH_A_RUNNING_LOT = (
    f"SELECT patient_id FROM main.courses_course WHERE id IN (SELECT course_id FROM main.{_RUNNING})"
)


def main(arguments: Sequence[str]) -> int:
    """Measure and print one table; 1 when a page is slower than it may be."""
    parser = argparse.ArgumentParser(prog="./run bench running_lots", description=__doc__)
    parser.add_argument("--lots", type=int, default=LOTS)
    parser.add_argument(
        "--requests", type=int, default=20, help="how often each page is asked for, by each role"
    )
    parser.add_argument("--seconds", type=float, default=60, help="for each page")
    parser.add_argument("--fresh", action="store_true", help="make the database anew")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.make is not None:
        print(_made(args.make, args.lots))
        return 0
    base = Path(os.environ.get("STROMA_HOME", ".stroma")).absolute() / "bench-pages"
    home = base / f"running-{args.lots}"
    environment = {**os.environ, "STROMA_HOME": str(home)}
    environment.pop("STROMA_DATABASE_URL", None)
    told = home / "how-it-was-made.txt"
    if args.fresh or not told.exists():
        make = ["bench.running_lots", "--lots", str(args.lots), "--make", str(home / "stroma.sqlite3")]
        words = _output(make, environment)
        told.write_text(words)
    _output(["stroma", "migrate"], environment)
    print(told.read_text().strip())
    rows = [row for page in PAGES for row in _asked(page, args, environment)]
    return _report(rows)


def _output(module: Sequence[str], environment: Mapping[str, str]) -> str:
    """What a module prints in a process of its own: which database it works on is said by the settings."""
    command = [sys.executable, "-m", *module]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def _asked(page: str, args: argparse.Namespace, environment: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    measure = ["bench.pages", "--measure", str(args.lots), "--only", page]
    measure += ["--requests", str(args.requests), "--seconds", str(args.seconds)]
    for row in json.loads(_output(measure, environment)):
        if row["page"] == page and row["times"]:
            yield row


def _report(rows: Sequence[Mapping[str, Any]]) -> int:
    columns = f"{'p50':>7} {'p95':>7} {'cpu p50':>7} {'cpu p95':>7} {'queries':>7} {'SQLite':>7}"
    print(f"{'page, role (ms)':40} {columns}")
    slow = 0
    for row in rows:
        is_slow = percentile_95(row["times"]) > LIMIT_MS
        slow += is_slow
        name = f"{row['page']} {row['role'].lower()}"
        print(f"{name:40} {cells(row)}{' SLOW' if is_slow else ''}")
    print(f"{slow} of {len(rows)} slower than {LIMIT_MS:.0f} ms (p95).")
    return 1 if slow else 0


def _made(file: Path, lots: int) -> str:
    """Make the database; says in words how it came about and how many lots run."""
    set_up()
    from bench.many_patients import copy_patients, prepare

    words = prepare(file, 0)
    running, _patients = _count(file)
    if not running:
        raise SystemExit("The demo has no running lot at its first site to be copied.")
    copies = -(-lots // running) - 1
    copy_patients(file, copies, of=_WITH_A_RUNNING_LOT)
    running, patients = _count(file)
    return f"{words}; then each patient with a running lot {copies} times: {running} running lots, {patients} patients"


def _count(file: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(file)) as database:
        [running] = database.execute(f"SELECT COUNT(*) FROM {_RUNNING}").fetchone()
        [patients] = database.execute("SELECT COUNT(*) FROM patients_patient").fetchone()
    return running, patients


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
