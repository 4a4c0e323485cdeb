"""A coordinator's week in a demo: ``python -m tests.browser.week WORD``, told by STROMA_HOME which one.

``begin`` gives the clinic ten people who have decided and consented, with accounts of their own, and tells of a lot
that can fail. ``booked`` says what stands in the tables for everybody, so that every page can be held against it;
``messages`` says what reminders everybody would be mailed, ``changes`` what they would be told of visits that moved.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.browser.demo import demo_environment

PROTOCOLS = ("disc-marrow-expanded", "disc-marrow-concentrate")
PEOPLE = 10


def tell(home: Path, word: str) -> Any:
    """What the demo below ``home`` answers."""
    command = [sys.executable, "-m", "tests.browser.week", word]
    said = subprocess.run(command, env=demo_environment(home), check=True, capture_output=True, text=True)
    return json.loads(said.stdout)


def begin() -> dict[str, Any]:
    """Ten people who wait for their visits, and a lot that waits to be released."""
    from django.db import transaction

    from stroma.clinic.domain.roles import Role
    from stroma.clinic.models import Site
    from stroma.custody.domain.states import LotState
    from stroma.custody.models import Lot
    from stroma.ledger.record import present
    from tests.factories import a_user, an_open_course

    site, at = Site.objects.order_by("opened_at")[0], present()
    with transaction.atomic():
        courses = [an_open_course(site, protocol_id=PROTOCOLS[number % 2], at=at) for number in range(PEOPLE)]
        lot = Lot.objects.filter(site=site, state=LotState.QUARANTINE, course__state="OPEN").first()
        assert lot is not None
        assert lot.course is not None
        for course in (*courses, lot.course):
            if course.patient.user is None:
                course.patient.user = a_user(site, Role.PATIENT, at=at)
                course.patient.save(update_fields=["user"])
            course.patient.user.email = f"{course.number.lower()}@example.org"
            course.patient.user.save(update_fields=["email"])
    return {
        "waiting": [_told(course) for course in courses],
        "lot": str(lot.pk),
        "lot_course": _told(lot.course),
    }


def _told(course: Any) -> dict[str, str]:
    return {
        "course": str(course.pk),
        "number": course.number,
        "family_name": course.patient.family_name,
        "account": course.patient.user.name,
        "mail": course.patient.user.email,
    }


def booked() -> dict[str, Any]:
    """By number of the course, the beginnings of all booked visits, and of those that the patient attends."""
    from stroma.clinic.queries import protocol_of
    from stroma.planning.models import Reservation, Visit

    found: dict[str, Any] = {}
    for visit in (
        Visit.objects.filter(state="BOOKED").select_related("course__protocol").order_by("starts_at")
    ):
        attends = {one.code for one in protocol_of(visit.course.protocol).visits if one.patient}
        mine = found.setdefault(
            visit.course.number, {"all": {}, "patient": {}, "things": {}, "booked_at": {}}
        )
        mine["all"][visit.code] = visit.starts_at.isoformat()
        mine["booked_at"][visit.code] = visit.booked_at.isoformat()
        if visit.code in attends:
            mine["patient"][visit.code] = visit.starts_at.isoformat()
        names = Reservation.objects.filter(visit=visit, is_live=True, resource__patient=None)
        mine["things"][visit.code] = sorted(names.values_list("resource__name", flat=True))
    return found


def messages() -> dict[str, list[dict[str, str]]]:
    """Every message that would go out while time passes, by the patient's address; afterwards none of it has.

    Day after day the reminders of that day are drafted and mailed, by the same actions as ``stroma remind``, to a
    mailbox of this process; the transaction is undone, so that the demo's time does not move.
    """
    from datetime import timedelta

    from django.core import mail
    from django.db import transaction
    from django.db.models import Max
    from django.test.utils import override_settings

    from stroma.clinic.domain.roles import Role
    from stroma.clinic.models import RoleAssignment, Site
    from stroma.ledger.record import present
    from stroma.planning.actions import draft_reminders, mark_reminder_sent
    from stroma.planning.mailing import send
    from stroma.planning.models import Visit
    from stroma.planning.reminding import drafted

    site, at = Site.objects.order_by("opened_at")[0], present()
    by = RoleAssignment.objects.filter(site=site, role=Role.COORDINATOR, active_to=None)[0].user
    last = Visit.objects.filter(state="BOOKED").aggregate(last=Max("starts_at"))["last"]
    mail.outbox = []
    with (
        override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"),
        transaction.atomic(),
    ):
        while at < last:
            draft_reminders(site=site, can_mail=True, by=by, at=at)
            for reminder in drafted(site):
                mark_reminder_sent(reminder=reminder, was_sent=send(reminder), by=by, at=at)
            at += timedelta(days=1)
        transaction.set_rollback(True)
    found: dict[str, list[dict[str, str]]] = {}
    for sent in mail.outbox:
        calendar = str(sent.attachments[0][1])
        found.setdefault(sent.to[0], []).append({"text": str(sent.body), "calendar": calendar})
    return found


def changes() -> dict[str, list[str]]:
    """What would be mailed now about visits that moved or were cancelled, by the patient's address; nothing is."""
    from unittest.mock import patch

    from django.core import mail
    from django.db import transaction
    from django.test.utils import override_settings

    from stroma.clinic.domain.roles import Role
    from stroma.clinic.models import RoleAssignment, Site
    from stroma.planning.mailing import tell_changes

    site, backend = (
        Site.objects.order_by("opened_at")[0],
        "django.core.mail.backends.locmem.EmailBackend",
    )
    by = RoleAssignment.objects.filter(site=site, role=Role.COORDINATOR, active_to=None)[0].user
    mail.outbox = []
    with (
        override_settings(EMAIL_BACKEND=backend),
        patch("stroma.planning.reminding.CAN_MAIL", {backend}),
        transaction.atomic(),
    ):
        tell_changes(site, by=by)
        transaction.set_rollback(True)
    found: dict[str, list[str]] = {}
    for sent in mail.outbox:
        found.setdefault(sent.to[0], []).append(str(sent.body))
    return found


WORDS = {"begin": begin, "booked": booked, "messages": messages, "changes": changes}

if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(json.dumps(WORDS[sys.argv[1]]()))
