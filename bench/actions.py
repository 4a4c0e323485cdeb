"""Real actions a second with 64 writers, beside a bare one-row transaction through the same stack, and fsync.

An action is what a nurse does when a patient stands on the scales: its roles are asked, the measurement's row and
the ledger's entry are written in one transaction, and it counts once the commit is durable. The bare transaction
inserts that row and nothing else, through the same ORM, gate and commit: what is between the two is what Stroma adds.
Beside them stands a row with nothing in it, of a table without keys and guards, which no action writes.

On SQLite the writers are threads of one process, as Stroma is served; with ``--postgresql`` they are threads of a few
processes on a server of its own (or on the one that STROMA_DATABASE_URL names).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

WRITERS = 64
SECONDS = 10.0
RATIO, P99_MS = 0.5, 100.0
"""What is aimed at: this share of the bare rate, and this long for the slowest action in a hundred."""


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 0 whatever was found, for it is a measurement."""
    parser = argparse.ArgumentParser(prog="./run bench actions", description=__doc__)
    parser.add_argument(
        "--postgresql", action="store_true", help="on PostgreSQL instead of the embedded SQLite"
    )
    parser.add_argument("--writers", type=int, default=WRITERS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument(
        "--processes", type=int, default=2, help="that the writers are threads of, on PostgreSQL"
    )
    parser.add_argument("--write", choices=["action", "bare", "empty"], help=argparse.SUPPRESS)
    parser.add_argument("--begin", type=float, default=0.0, help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.write:
        _set_up()
        print(json.dumps(_write(args.write, args.writers, args.begin, args.seconds)))
        return 0
    with tempfile.TemporaryDirectory(prefix="stroma-bench-", dir=scratch()) as folder:
        server: Any = nullcontext(None)
        if args.postgresql and not os.environ.get("STROMA_DATABASE_URL"):
            from tests.postgres import running_postgres

            server = running_postgres(durable=True)
        with server as address:
            environment = {**os.environ, "STROMA_HOME": folder}
            if address is not None:
                environment["STROMA_DATABASE_URL"] = address
            elif not args.postgresql:
                environment.pop("STROMA_DATABASE_URL", None)
            _report(args, environment, Path(folder))
    return 0


def scratch() -> str | None:
    """Beside the clinic's own files where they are named, so that the same disk is measured."""
    home = os.environ.get("STROMA_HOME")
    return home if home and Path(home).is_dir() else None


def _report(args: argparse.Namespace, environment: dict[str, str], folder: Path) -> None:
    subprocess.run([sys.executable, "-c", _PREPARE], env=environment, check=True)
    processes = args.processes if args.postgresql else 1
    kind = (
        f"PostgreSQL, {args.writers} writers in {processes} processes"
        if args.postgresql
        else (f"SQLite, {args.writers} writers, threads of one process")
    )
    print(kind)
    print(f"{'':22} {'a second':>9} {'p50 ms':>8} {'p99 ms':>8}")
    fsync = fsync_ms(folder / "fsync")
    times: dict[str, list[list[float]]] = {"bare": [], "action": [], "empty": []}
    for what in ("empty", "bare", "action", "action", "bare", "empty"):
        times[what].append(_run(what, args, processes, environment))
    rates = {what: sum(map(len, runs)) / args.seconds / len(runs) for what, runs in times.items()}
    ours = [one for run in times["action"] for one in run]
    for what, name in (("empty", "an empty row"), ("bare", "bare transaction"), ("action", "action")):
        both = [one for run in times[what] for one in run]
        print(f"{name:22} {rates[what]:9.0f} {percentile(both, 50):8.1f} {percentile(both, 99):8.1f}")
    print(f"fsync of one 4 KiB page, the same minute: {fsync:.2f} ms")
    print(
        f"action / bare: {rates['action'] / rates['bare']:.2f} (aim {RATIO}); p99 {percentile(ours, 99):.0f} ms "
        f"(aim {P99_MS:.0f}); action / empty row: {rates['action'] / rates['empty']:.2f}"
    )


def _run(what: str, args: argparse.Namespace, processes: int, environment: dict[str, str]) -> list[float]:
    """The times of all that was done, in milliseconds; every process begins at the same moment."""
    begin = time.time() + 10
    command = [sys.executable, "-m", "bench.actions", "--write", what, "--begin", str(begin)]
    command += ["--seconds", str(args.seconds), "--writers", str(args.writers // processes)]
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    times: list[float] = []
    for one in running:
        said, _ = one.communicate()
        if one.returncode:
            raise RuntimeError(f"a writer's process failed with {one.returncode}")
        times += json.loads(said)
    return times


def percentile(times: Sequence[float], percent: int) -> float:
    """So many in a hundred took no longer than this."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else float("nan")


def fsync_ms(file: Path, *, times: int = 200) -> float:
    """How long the disk takes to keep one page, the middle of many."""
    took = []
    with file.open("wb") as out:
        for _ in range(times):
            out.write(b"x" * 4096)
            out.flush()
            began = time.perf_counter()
            os.fsync(out.fileno())
            took.append(1000 * (time.perf_counter() - began))
    return percentile(took, 50)


# --- In a writer's process ------------------------------------------------------------------------------------------


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stroma.config.settings")
    import django

    django.setup()


_PREPARE = """
from bench.actions import _set_up
_set_up()
from django.db import connection
from django.utils import timezone
from stroma.ledger.commands.migrate import bring_up_to_date
from stroma.protocols.library import shipped_protocols
from stroma.simulation.clinic import found_simulated_database, open_simulated_clinic
from stroma.simulation.people import invented_patient
from stroma.patients.actions import register_patient
bring_up_to_date()
at = timezone.now()
found_simulated_database(at)
clinic = open_simulated_clinic(name="Bench", protocols=list(shipped_protocols())[:1], at=at)
for number in range(64):
    register_patient(
        site=clinic.site, intake=invented_patient(number + 1, on=at.date()), is_new_person=True,
        by=clinic.person("coordinator"), at=at,
    )
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE bench_empty (id integer PRIMARY KEY)" if connection.vendor == "sqlite"
                   else "CREATE TABLE bench_empty (id bigserial PRIMARY KEY)")
"""


def _write(what: str, writers: int, begin: float, seconds: float) -> list[float]:
    from django.db import connection

    from stroma.config.loading import load_pages

    load_pages()  # as a server does before it serves
    _empty_model()  # before the threads: a model is registered once
    act = {"empty": _empty, "bare": row_alone, "action": _weigh}[what]
    times: list[list[float]] = [[] for _ in range(writers)]
    faults: list[BaseException] = []
    ready = threading.Barrier(writers)

    def work(number: int) -> None:
        try:
            do = act(number)
        except BaseException as fault:
            faults.append(fault)
            ready.abort()
            raise
        ready.wait()
        time.sleep(max(0.0, begin - time.time()))
        end = time.time() + seconds
        try:
            while time.time() < end:
                began = time.perf_counter()
                do()
                times[number].append(1000 * (time.perf_counter() - began))
        except BaseException as fault:
            faults.append(fault)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError("a writer stopped") from faults[0]
    return [one for each in times for one in each]


def _empty(number: int) -> Callable[[], object]:
    """A row with nothing in it in one transaction, through the same ORM and behind the same gate."""
    from django.db import transaction

    from stroma.ledger.transaction import write_gate

    del number
    model = _empty_model()

    def do() -> None:
        with write_gate(), transaction.atomic():
            model.objects.create()

    do()
    return do


@cache
def _empty_model() -> Any:
    from django.db import models

    class Empty(models.Model):
        """A row with nothing in it."""

        id = models.BigAutoField(primary_key=True)

        class Meta:
            app_label, db_table, managed = "ledger", "bench_empty", False

        def __str__(self) -> str:
            return str(self.pk)

    return Empty


def row_alone(number: int) -> Callable[[], object]:
    """The row that the action writes, in one transaction, and nothing else."""
    from django.db import transaction

    from stroma.ledger.transaction import write_gate
    from stroma.patients.models import Measurement

    patient, _nurse = _scales(number)
    weight = _weight()

    def do() -> None:
        with write_gate(), transaction.atomic():
            Measurement.objects.create(patient=patient, **weight, value="75.0", measured_at=datetime.now(UTC))

    do()
    return do


def _weigh(number: int) -> Callable[[], object]:
    """The nurse weighs one of the patients."""
    from stroma.patients.actions import record_measurement

    patient, nurse = _scales(number)
    weight = _weight()

    def do() -> object:
        at = datetime.now(UTC)
        return record_measurement(patient=patient, **weight, value=Decimal("75.0"), by=nurse, at=at)

    do()
    return do


def _weight() -> dict[str, str]:
    """What the scales measure."""
    from stroma.candidacy.domain.codes import BODY_WEIGHT, LOINC

    return {"system": LOINC, "code": BODY_WEIGHT, "display": "Body weight", "unit": "kg"}


def _scales(number: int) -> tuple[Any, Any]:
    """The patient on the scales, and the nurse."""
    from stroma.clinic.domain.roles import Role
    from stroma.clinic.models import User
    from stroma.patients.models import Patient

    patients = list(Patient.objects.select_related("site").order_by("record_number"))
    nurse = User.objects.filter(role_assignments__role=Role.NURSE.value).first()
    assert nurse is not None
    return patients[number % len(patients)], nurse


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
