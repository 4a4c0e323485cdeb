"""``./run test [--only DATABASE] [--workers N] [pytest arguments]``: the suite on SQLite, then PostgreSQL.

Tests that reach no database run once, with those on SQLite.
The PostgreSQL server is the tests' own (``tests/postgres.py``). Where none can be started the tests on it are
reported as not run; in CI that is a failure. Exit 0 when nothing failed, 1 when a database's tests failed,
130 when interrupted.
"""

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.postgres import NO_SERVER, NoPostgres, candidates, running_postgres

CHECKOUT = Path(__file__).resolve().parent.parent


class Verdict(StrEnum):
    """What came of the tests on one database, as the closing line says it."""

    PASSED = "passed"
    FAILED = "FAILED"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Result:
    """The tests on one database."""

    database: str
    verdict: Verdict
    note: str = ""


def main(arguments: Sequence[str]) -> int:
    """Run the tests on every database that is asked for and say in one line what came of it."""
    parser = argparse.ArgumentParser(prog="./run test", description=__doc__, allow_abbrev=False)
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="one database instead of both")
    parser.add_argument("--workers", default="auto", help="test processes at a time; auto: one for each core")
    options, for_pytest = parser.parse_known_args(arguments)
    workers = _workers(options.workers, parser)
    in_ci = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
    # A signal that would end this process at once is made an exception, so that the server is always stopped.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda signum, _frame: sys.exit(128 + signum))

    def pytest(url: str) -> int:
        return _pytest(url, for_pytest, workers)

    try:
        results = []
        if options.only != "postgresql":
            results.append(on_sqlite(pytest))
        if options.only != "sqlite":
            results.append(on_postgresql(pytest))
    except KeyboardInterrupt:
        print("Tests: interrupted.")
        return 130
    print(closing_line(results))
    return exit_code(results, in_ci=in_ci)


def on_sqlite(pytest: Callable[[str], int]) -> Result:
    """The tests on the SQLite that this Python brings."""
    _title(f"SQLite {sqlite3.sqlite_version}, embedded")
    return Result("SQLite", Verdict.FAILED if pytest("") else Verdict.PASSED)


def on_postgresql(pytest: Callable[[str], int]) -> Result:
    """The tests on the first PostgreSQL that starts; the message of each that does not is printed."""
    failures = []
    for binaries in candidates():
        try:
            with running_postgres(binaries=binaries) as url:
                _title(f"PostgreSQL {binaries.version()}, {binaries.origin}")
                return Result("PostgreSQL", Verdict.FAILED if pytest(url) else Verdict.PASSED)
        except NoPostgres as reason:
            failures.append(str(reason))
            print(f"A PostgreSQL server did not start: {reason}", flush=True)
    return Result("PostgreSQL", Verdict.NOT_RUN, "; ".join(failures) or NO_SERVER)


def closing_line(results: Sequence[Result]) -> str:
    """One line: every database, what came of it, and why where nothing did."""
    parts = [f"{r.verdict} on {r.database}" + (f" ({r.note})" if r.note else "") for r in results]
    return f"Tests: {', '.join(parts)}."


def exit_code(results: Sequence[Result], *, in_ci: bool) -> int:
    """1 when tests failed, and in CI also when they could not be run; else 0."""
    wrong = {Verdict.FAILED, Verdict.NOT_RUN} if in_ci else {Verdict.FAILED}
    return int(any(result.verdict in wrong for result in results))


def _workers(asked: str, parser: argparse.ArgumentParser) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if asked == "auto":
        return cores
    if not asked.isdecimal():
        parser.error(f"--workers takes a number or auto, not {asked!r}.")
    return min(int(asked), cores)


def _pytest(url: str, arguments: Sequence[str], workers: int) -> int:
    environment = {name: value for name, value in os.environ.items() if name != "STROMA_DATABASE_URL"}
    if url:
        environment["STROMA_DATABASE_URL"] = url
    command = [sys.executable, "-m", "pytest", *arguments]
    if workers > 1 and not any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in arguments):
        command += ["-n", str(workers), "--dist", "worksteal"]
    started = time.monotonic()
    # The folder is this process's, so that it goes even when pytest is killed.
    with tempfile.TemporaryDirectory(prefix="stroma-tests-", ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(command, cwd=CHECKOUT, env=environment | {"STROMA_TESTS_FOLDER": folder})
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.wait()  # the terminal has told pytest as well, which now says what it had found
            raise
        except SystemExit:
            process.send_signal(signal.SIGINT)  # as Ctrl-C would: pytest then ends in good order
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise
    print(f"{time.monotonic() - started:.0f} s", flush=True)
    return code


def _title(database: str) -> None:
    print(f"\n=== Tests on {database} ===", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
