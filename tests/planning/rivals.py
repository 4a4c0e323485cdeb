"""A process that books on a database of its own, for the tests in which several do so at once.

``python -m tests.planning.rivals TASK``, with a JSON object of arguments on standard input and one of results
on standard output. It says ``ready`` on standard error and, where ``start`` names a file, waits for it.
"""

import json
import os
import signal
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import IntegrityError, OperationalError, connection, transaction  # noqa: E402 - after the set-up

from stroma.clinic.domain.roles import Role  # noqa: E402 - after the set-up
from stroma.clinic.models import User  # noqa: E402 - after the set-up
from stroma.courses.models import Course  # noqa: E402 - after the set-up
from stroma.ledger.models import Entry  # noqa: E402 - after the set-up
from stroma.planning import actions, booking  # noqa: E402 - after the set-up
from stroma.planning.models import Reservation, Resource, Visit  # noqa: E402 - after the set-up
from stroma.protocols.domain.blocker import Refused  # noqa: E402 - after the set-up
from tests.factories import NOW, a_site, a_user, an_open_course  # noqa: E402 - after the set-up
from tests.planning.clinic_cases import a_staffed_clinic  # noqa: E402 - after the set-up

HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}


def found(courses: int, protocol: str) -> dict[str, Any]:
    """A clinic with one of everything, and consented courses, each with a cancelled visit to hang on."""
    site = a_site()
    a_staffed_clinic(site, people=1, things=1)
    made = [an_open_course(site, protocol_id=protocol) for _ in range(courses)]
    visits = [
        Visit.objects.create(
            site=site,
            course=course,
            code="lone",
            state=Visit.State.CANCELLED,
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=1),
            booked_at=NOW,
        )
        for course in made
    ]
    return {
        "courses": [str(course.id) for course in made],
        "visits": [str(visit.id) for visit in visits],
        "resource": str(Resource.objects.get(capabilities__kind="c_arm").id),
        "coordinator": a_user(site, Role.COORDINATOR).pk,
    }


def drop_the_guard() -> dict[str, Any]:
    """Take away what keeps two reservations apart, to see that the test would notice."""
    statements = {
        "postgresql": ["ALTER TABLE planning_reservation DROP CONSTRAINT planning_no_double_booking"],
        "sqlite": [f"DROP TRIGGER planning_no_double_booking_{event}" for event in ("insert", "update")],
    }
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
    return {}


def reserve(resource: str, visit: str, offsets: list[int]) -> dict[str, Any]:
    """Check that the hour is free, then reserve it, for each of ``offsets`` (minutes): what a page would do.

    The check and the insert are two transactions, so that a rival can come between them on either database.
    """
    kept = refused = 0
    for minutes in offsets:
        starts_at = NOW + timedelta(minutes=minutes)
        ends_at = starts_at + timedelta(hours=1)
        others = Reservation.objects.filter(
            resource=resource, is_live=True, starts_at__lt=ends_at, ends_at__gt=starts_at
        )
        if others.exists():
            refused += 1
            continue
        time.sleep(0.01)
        try:
            with transaction.atomic():
                Reservation.objects.create(
                    visit_id=visit, resource_id=resource, starts_at=starts_at, ends_at=ends_at
                )
            kept += 1
        except (IntegrityError, OperationalError):
            refused += 1
    return {"kept": kept, "refused": refused}


def book(courses: list[str], coordinator: int) -> dict[str, Any]:
    """Book every one of ``courses`` that can be booked."""
    by = User.objects.get(pk=coordinator)
    outcome = {}
    for course in courses:
        try:
            booked = actions.book_chain(
                course=Course.objects.get(pk=course), earliest=NOW, held=HELD, by=by, at=NOW
            )
            outcome[course] = [visit.code for visit in booked]
        except Refused as refusal:
            outcome[course] = [blocker.code for blocker in refusal.blockers]
    return outcome


def book_and_die(course: str, coordinator: int, after: str) -> dict[str, Any]:
    """Die without a word in the middle of a booking, at the step that ``after`` names."""
    # One is looked up where it is defined, the other where the action calls it.
    module = booking if hasattr(booking, after) and after.startswith("_") else actions.chains
    real = getattr(module, after)

    def dying(*args: Any, **values: Any) -> None:
        real(*args, **values)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, after, dying)
    return book([course], coordinator)


def move(visits: list[str], coordinator: int, days: list[int]) -> dict[str, Any]:
    """Move each of ``visits``, as this process saw it at first, by each of ``days``; say which moves were kept."""
    by = User.objects.get(pk=coordinator)
    kept, refused = [], []
    for visit in [Visit.objects.get(pk=visit) for visit in visits]:
        for number in days:
            to = visit.starts_at + timedelta(days=number)
            try:
                moved = actions.move_visit(
                    visit=visit, to=to, has_patient_agreed=True, reason="rivals", by=by, at=NOW
                )
                kept.append([str(visit.pk), str(moved.pk), to.isoformat()])
            except Refused as refusal:
                refused += [blocker.code for blocker in refusal.blockers]
    return {"kept": kept, "refused": refused}


def standing(code: str) -> dict[str, Any]:
    """Where the booked visits of that code stand, and how many moves the ledger knows."""
    rows = Visit.objects.filter(code=code, state=Visit.State.BOOKED)
    return {
        "visits": {str(visit.pk): visit.starts_at.isoformat() for visit in rows},
        "moves": Entry.objects.filter(action="visits.moved").count(),
        "held": Reservation.objects.filter(visit__in=rows, is_live=True).count(),
    }


def overlapping() -> dict[str, Any]:
    """How many pairs of live reservations of one resource overlap, and how much there is."""
    pairs = 0
    last: tuple[str, datetime] | None = None
    rows = Reservation.objects.filter(is_live=True).order_by("resource", "starts_at")
    for resource, starts_at, ends_at in rows.values_list("resource_id", "starts_at", "ends_at"):
        if last and last[0] == resource and starts_at < last[1]:
            pairs += 1
        last = (resource, ends_at)
    return {
        "pairs": pairs,
        "live": rows.count(),
        "booked": Visit.objects.exclude(code="lone").count(),
        "entries": Entry.objects.filter(action="visits.booked").count(),
    }


def kept(code: str) -> dict[str, Any]:
    """How many things are kept for days as ``code``, and for how many cultures."""
    rows = Reservation.objects.filter(hold=code, is_live=True)
    return {
        "places": rows.order_by().values("resource").distinct().count(),
        "cultures": rows.order_by().values("visit__course").distinct().count(),
    }


TASKS = {
    task.__name__: task
    for task in (found, drop_the_guard, reserve, book, book_and_die, move, standing, overlapping, kept)
}

if __name__ == "__main__":
    arguments = json.load(sys.stdin)
    start = arguments.pop("start", None)
    connection.ensure_connection()
    sys.stderr.write("ready\n")
    sys.stderr.flush()
    while start and not Path(start).exists():
        time.sleep(0.001)
    json.dump(TASKS[sys.argv[1]](**arguments), sys.stdout)
