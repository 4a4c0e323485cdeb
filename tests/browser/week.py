"""A coordinator's week in a demo: ``python -m tests.browser.week begin|booked``, told by STROMA_HOME which one.

``begin`` gives the clinic ten people who have decided and consented, with accounts of their own, and tells of a lot
that can fail. ``booked`` says what stands in the tables for everybody, so that every page can be held against it.
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
        mine = found.setdefault(visit.course.number, {"all": {}, "patient": {}, "things": {}})
        mine["all"][visit.code] = visit.starts_at.isoformat()
        if visit.code in attends:
            mine["patient"][visit.code] = visit.starts_at.isoformat()
        names = Reservation.objects.filter(visit=visit, is_live=True, resource__patient=None)
        mine["things"][visit.code] = sorted(names.values_list("resource__name", flat=True))
    return found


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(json.dumps({"begin": begin, "booked": booked}[sys.argv[1]]()))
