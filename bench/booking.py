"""Contended bookings by processes that are killed at random, and one more patient in a full calendar.

Processes book hours of a few rooms, all at once and all the same ones, while a random one is killed every second or
so; afterwards no two live bookings of a room may overlap, and every booking that was acknowledged must be there. The
control drops the guard and only looks before it books, as a page would: it must double-book within a thousand attempts,
or the trial is too gentle to show anything. Then whole chains are booked until the calendar is full, and one patient
more is timed, planning and writing together.
"""

import argparse
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

PROGRESS = struct.Struct("=QQQ")  # attempts made, bookings acknowledged, refusals
ROOMS = 8
SAID_EVERY_S = 10.0
"""How often it says how far it is."""
CONNECTED_WITHIN_S = 2.0
"""So long the processes have to start and to reach the database before the first of them books."""
P99_MS = 50.0
"""What is aimed at for one more patient, the slowest in a hundred."""


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 1 where something was booked twice or an acknowledged booking is lost."""
    parser = argparse.ArgumentParser(prog="./run bench booking", description=__doc__)
    parser.add_argument("--attempts", type=int, default=20_000, help="contended attempts in all (20000)")
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument(
        "--control", type=int, default=1000, help="attempts without the guard (1000; 0: none)"
    )
    parser.add_argument("--patients", type=int, default=40, help="booked before one more is timed (0: none)")
    parser.add_argument("--more", type=int, default=100, help="patients timed in the full calendar (100)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="instead of the embedded SQLite")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--here", action="store_true", help="in the empty database that the settings name")
    args = parser.parse_args(arguments)
    if args.here:
        return _here(args)
    with tempfile.TemporaryDirectory(prefix="stroma-bench-") as folder:
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
            command = [sys.executable, "-m", "bench", "booking", "--here", *arguments]
            return subprocess.run(command, env=environment, check=False).returncode


def _here(args: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stroma.config.settings")
    import django

    django.setup()
    from stroma.ledger.commands.migrate import bring_up_to_date

    bring_up_to_date()
    with tempfile.TemporaryDirectory(prefix="stroma-bench-") as folder:
        found: dict[str, Any] = {}
        if args.attempts:
            found["guarded"] = _contend(args, Path(folder) / "guarded", attempts=args.attempts, guarded=True)
        if args.patients:
            found["one_more"] = _one_more(args.patients, args.more)
        if args.control:
            _drop_the_guard()
            found["control"] = _contend(args, Path(folder) / "control", attempts=args.control, guarded=False)
    print(json.dumps(found) if args.json else _said(found))
    guarded, control = found.get("guarded"), found.get("control")
    is_safe = guarded is None or (guarded["double_bookings"] == 0 and guarded["lost"] == 0)
    return 0 if is_safe and (control is None or control["double_bookings"] > 0) else 1


def _said(found: dict[str, Any]) -> str:
    lines = []
    if one := found.get("guarded"):
        lines.append(
            f"{one['attempts']} attempts by {one['processes']} processes in {one['seconds']:.0f} s on "
            f"{one['vendor']}, {one['kills']} killed: {one['kept']} kept, {one['refused']} refused, "
            f"{one['double_bookings']} double bookings, {one['lost']} acknowledged bookings lost"
        )
    if one := found.get("one_more"):
        lines.append(
            f"one more patient among {one['booked']}: p50 {one['p50_ms']:.1f} ms, p99 {one['p99_ms']:.1f} ms "
            f"(aim {P99_MS:.0f}) by the clock; p50 {one['processor_p50_ms']:.1f} ms, "
            f"p99 {one['processor_p99_ms']:.1f} ms of processor time; {one['visits']} visits and "
            f"{one['statements']} statements each"
        )
    if one := found.get("control"):
        lines.append(
            f"control without the guard: {one['double_bookings']} double bookings in {one['attempts']} attempts"
        )
    return "\n".join(lines)


# --- Contention -----------------------------------------------------------------------------------------------------


def _contend(args: argparse.Namespace, file: Path, *, attempts: int, guarded: bool) -> dict[str, Any]:
    """Fork the processes, kill one now and then and fork it anew, until all attempts are made."""
    from django.db import connection

    visit, rooms = _rooms()
    file.write_bytes(bytes(PROGRESS.size * args.processes))
    share = -(-attempts // args.processes)
    chance = random.Random(args.seed)
    connection.close()
    # All begin at once: else the first of them could fill the rooms before the others are there.
    begins = time.monotonic() + CONNECTED_WITHIN_S
    work = {"visit": visit, "rooms": rooms, "share": share, "guarded": guarded, "begins": begins}
    running = {_fork(number, file, chance.random(), **work): number for number in range(args.processes)}
    began, kills, next_kill = time.perf_counter() + CONNECTED_WITHIN_S, 0, 0.5
    said = began
    while running:
        pid, _status = os.waitpid(-1, os.WNOHANG)
        if pid:
            number = running.pop(pid)
            if _progress(file)[number][0] < share:
                running[_fork(number, file, chance.random(), **work)] = number
            continue
        time.sleep(0.02)
        if time.perf_counter() - said > SAID_EVERY_S:
            said = time.perf_counter()
            made_by_now = sum(one[0] for one in _progress(file))
            print(f"{made_by_now:,} of {attempts:,} attempts, {kills} killed", file=sys.stderr, flush=True)
        if guarded and time.perf_counter() - began > next_kill:
            os.kill(chance.choice(list(running)), signal.SIGKILL)
            kills, next_kill = kills + 1, next_kill + chance.uniform(0.3, 1.5)
    made = _progress(file)
    kept = sum(one[1] for one in made)
    pairs, live = _overlapping(rooms)
    return {
        "vendor": connection.vendor,
        "attempts": sum(one[0] for one in made),
        "processes": args.processes,
        "kills": kills,
        "seconds": round(time.perf_counter() - began, 1),
        "kept": kept,
        "refused": sum(one[2] for one in made),
        "live": live,
        "double_bookings": pairs,
        "lost": max(0, kept - live),
    }


def _progress(file: Path) -> list[tuple[int, int, int]]:
    return [(a, b, c) for a, b, c in PROGRESS.iter_unpack(file.read_bytes())]


def _fork(number: int, file: Path, seed: float, **work: Any) -> int:
    """A process that makes its share of the attempts; what it has done stands in its place of the file."""
    pid = os.fork()
    if pid:
        return pid
    try:
        _attempts(number, file, random.Random(seed), **work)
    finally:
        os._exit(0)


def _attempts(
    number: int,
    file: Path,
    chance: random.Random,
    *,
    visit: Any,
    rooms: list[Any],
    share: int,
    guarded: bool,
    begins: float,
) -> None:
    from django.db import IntegrityError, OperationalError, connection, transaction

    from stroma.planning.models import Reservation
    from tests.factories import NOW

    out = os.open(file, os.O_RDWR)
    done, kept, refused = _progress(file)[number]
    first = 0
    connection.ensure_connection()
    time.sleep(max(0.0, begins - time.monotonic()))
    while done < share:
        if done % 50 == 0:  # the hours that are fought over move on, so that there is always something to win
            first = sum(one[0] for one in _progress(file)) // 2000 * 96
        wide = 192 if guarded else 48
        starts_at = NOW + timedelta(minutes=15 * (first + chance.randrange(wide)))
        room = chance.choice(rooms if guarded else rooms[:2])
        row = Reservation(
            visit_id=visit, resource_id=room, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)
        )
        try:
            if guarded:
                with transaction.atomic():
                    row.save(force_insert=True)
                won = True
            else:
                won = not Reservation.objects.filter(
                    resource=room, is_live=True, starts_at__lt=row.ends_at, ends_at__gt=row.starts_at
                ).exists()
                if won:
                    time.sleep(0.002)  # somebody reads the page
                    row.save(force_insert=True)
        except (IntegrityError, OperationalError):
            won = False
        done, kept, refused = done + 1, kept + won, refused + (not won)
        os.pwrite(out, PROGRESS.pack(done, kept, refused), PROGRESS.size * number)


def _rooms() -> tuple[Any, list[Any]]:
    """New rooms, and a visit to hang bookings on that is no longer booked, as a rival's may be."""
    from stroma.planning.models import Resource, Visit
    from tests.factories import NOW, a_site, an_open_course

    site = a_site()
    visit = Visit.objects.create(
        site=site,
        course=an_open_course(site),
        code="lone",
        state=Visit.State.CANCELLED,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=1),
        booked_at=NOW,
    )
    rooms = [Resource.objects.create(site=site, name=f"Room {number}") for number in range(ROOMS)]
    return visit.pk, [room.pk for room in rooms]


def _overlapping(rooms: list[Any]) -> tuple[int, int]:
    """How many live bookings begin before the one before them in the same room ends, and how many there are."""
    from stroma.planning.models import Reservation

    pairs = live = 0
    last: tuple[Any, Any] | None = None
    rows = Reservation.objects.filter(is_live=True, resource__in=rooms).order_by("resource", "starts_at")
    for room, starts_at, ends_at in rows.values_list("resource_id", "starts_at", "ends_at"):
        pairs += last is not None and last[0] == room and starts_at < last[1]
        last, live = (room, ends_at), live + 1
    return pairs, live


def _drop_the_guard() -> None:
    from django.db import connection

    statements = {
        "postgresql": ["ALTER TABLE planning_reservation DROP CONSTRAINT planning_no_double_booking"],
        "sqlite": [f"DROP TRIGGER planning_no_double_booking_{event}" for event in ("insert", "update")],
    }
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)


# --- One more patient -----------------------------------------------------------------------------------------------


def _one_more(patients: int, more: int) -> dict[str, Any]:
    """Book chains until the calendar is full, then time one patient after the other."""
    from django.db import connection

    from stroma.clinic.domain.roles import Role
    from stroma.planning.actions import book_chain
    from tests.factories import NOW, a_site, a_user, an_open_course
    from tests.planning.clinic_cases import a_staffed_clinic

    site = a_site()
    a_staffed_clinic(site, people=2, things=2)
    by = a_user(site, Role.COORDINATOR)
    held = {"screening": NOW - timedelta(days=7), "consent": NOW}
    times: list[float] = []
    processor: list[float] = []
    visits = statements = 0

    def counted(execute: Any, *said: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*said)

    for number in range(patients + more):
        course = an_open_course(site)
        statements = 0
        with connection.execute_wrapper(counted):
            began, used = time.perf_counter(), time.process_time()
            booked = book_chain(course=course, earliest=NOW, held=held, by=by, at=NOW)
            took = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)
        if number >= patients:
            times.append(took[0])
            processor.append(took[1])
            visits = len(booked)
    return {
        "booked": patients,
        "visits": visits,
        "statements": statements,
        "p50_ms": _part(times, 50),
        "p99_ms": _part(times, 99),
        "processor_p50_ms": _part(processor, 50),
        "processor_p99_ms": _part(processor, 99),
    }


def _part(times: list[float], percent: int) -> float:
    """The time below which so many of a hundred lie, in ms."""
    return round(sorted(times)[min(len(times) - 1, len(times) * percent // 100)], 2)
