"""Every address of the site, tried by everybody: each role, nobody signed in, one's own record and another's.

The addresses are read from the resolver and what each of them must answer stands in ``GRANTED``, so a page that
nobody thought about fails here. A page that asks for a record which ``RECORDS`` does not know fails too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from stroma.clinic.access import grant_of
from stroma.clinic.domain.badges import new_code
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import AttemptReport, Badge, Competence, LinkRequest, Place, Site, User
from stroma.courses.models import Course
from stroma.follow_up.links import link_token
from stroma.follow_up.models import ProblemReport, QuestionnaireDue
from stroma.patients.models import Patient
from stroma.planning.models import Absence, Capability, Consultation, Replan, Resource, Visit
from tests.factories import NOW, a_patient, a_site, a_user, an_open_course, the_administrator
from tests.lots_on_the_way import rows_of_a_lot
from tests.web.granted import EVERYBODY, GRANTED


@dataclass(frozen=True)
class World:
    """Two sites with somebody of every role at each; the record in question belongs to the first."""

    site: Site
    here: dict[Role, User]
    elsewhere: dict[Role, User]
    course: Course
    visit: Visit
    resource: Resource
    absence: Absence
    replan: Replan
    consultation: Consultation
    due: QuestionnaireDue
    report: ProblemReport
    other_patient: Patient
    lot_rows: dict[str, Any]


LOT_ARGUMENTS = (
    "lot_id",
    "container_id",
    "label_id",
    "hand_over_id",
    "batch_id",
    "step_id",
    "value_id",
    "count_id",
    "photo_id",
    "equipment_id",
    "reagent_id",
    "scan_id",
    "scan_photo_id",
    "rejection_id",
    "notice_id",
    "reading_id",
    "result_id",
    "stain_id",
    "control_id",
    "result_hold_id",
    "investigation_id",
    "case_id",
    "time_out_id",
    "hold_id",
    "donor_id",
    "unit_id",
    "shipment_id",
    "place_id",
)


def _row_of_the_lot(world: World, *, name: str) -> Any:
    return world.lot_rows[name]


def _training(world: World) -> Competence:
    return Competence.objects.create(
        site=world.site,
        person=world.here[Role.NURSE],
        skill="TIME_OUT",
        procedure="SOP-1",
        trained_by="A trainer",
        trained_at=NOW,
        recorded_by=world.here[Role.QUALITY],
        recorded_at=NOW,
    )


def _report(world: World) -> AttemptReport:
    return AttemptReport.objects.create(
        site=world.site, person=world.here[Role.NURSE], tries=5, reported_at=NOW
    )


def _link(world: World) -> LinkRequest:
    return LinkRequest.objects.create(
        site=world.site,
        person=world.here[Role.NURSE],
        asked_by=world.here[Role.ADMINISTRATOR],
        asked_at=NOW,
    )


def _badge(world: World) -> Badge:
    # One for all addresses: a person has one live badge.
    one, _made = Badge.objects.get_or_create(
        site=world.site,
        person=world.here[Role.NURSE],
        number=1,
        defaults={"code": new_code(), "issued_by": world.here[Role.ADMINISTRATOR], "issued_at": NOW},
    )
    return one


ASKS_FOR_THE_DEMO = {"demo_enter", "demo_story_step", "demo_story_dossier"}
"""These answer 404 to everybody where no demo clinic was made: tests/simulation and tests/browser try them in one."""


RECORDS: dict[str, Callable[[World], Any]] = {
    "assessment_id": lambda world: world.course.decision.assessment_id,
    "course_id": lambda world: world.course.id,
    "decision_id": lambda world: world.course.decision_id,
    "report_id": lambda world: world.report.id,
    "due_id": lambda world: world.due.id,
    "patient_id": lambda world: world.course.patient_id,
    **{name: partial(_row_of_the_lot, name=name) for name in LOT_ARGUMENTS},
    "visit_id": lambda world: world.visit.id,
    "resource_id": lambda world: world.resource.id,
    "absence_id": lambda world: world.absence.id,
    "replan_id": lambda world: world.replan.id,
    "attempt_id": lambda world: _report(world).id,
    "link_id": lambda world: _link(world).id,
    "badge_id": lambda world: _badge(world).id,
    "competence_id": lambda world: _training(world).id,
}
"""What an address may ask for that belongs to a patient, by the name of its argument."""

OTHERS: dict[str, Callable[[World], Any]] = {
    "certificate_digest": lambda world: "0" * 64,
    "task": lambda world: "identify_organism",
    "recipient": lambda world: "lot",
    "key": lambda world: world.consultation.key,
    "protocol_id": lambda world: world.course.protocol.protocol_id,
    "act": lambda _world: "quarantine",
    "area": lambda _world: "patients",
    "kind": lambda _world: "c_arm",
    "code": lambda _world: "sterility_final",
    "stain_code": lambda _world: "differentiation_bone",
    "which": lambda _world: "induced",
    "person_uuid": lambda world: world.here[Role.NURSE].uuid,
    "step": lambda _world: "scan",
    "number": lambda _world: 2,
    "study": lambda world: "levi_2025",
    "token": lambda world: link_token(world.due),
}
"""What an address may ask for that belongs to nobody, or opens one thing to whoever holds it."""


def _patterns(patterns: list[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


ALL = list(_patterns(get_resolver().url_patterns))
OURS = [pattern for pattern in ALL if grant_of(pattern.callback) != "elsewhere"]


@pytest.fixture
def world(db: None) -> World:
    """The rows for a test."""
    site, other_site = a_site(), a_site()
    course = an_open_course(site, protocol_id="disc-marrow-expanded")
    start = NOW + timedelta(days=7)
    visit = Visit.objects.create(
        site=site,
        course=course,
        code="collection",
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        booked_at=NOW,
    )
    consultation = Consultation.objects.create(
        site=site,
        physiatrist=Resource.objects.create(site=site, name="Somebody"),
        room=Resource.objects.create(site=site, name="Somewhere"),
        name="A visitor",
        email="visitor@example.org",
        key="link",
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        booked_at=NOW,
    )
    due = QuestionnaireDue.objects.create(
        course=course, instrument="NRS_BACK", time_code="baseline", due_at=NOW, opens_at=NOW
    )
    here = _somebody_of_every_role(site)
    other_patient = a_patient(site)
    for patient, user in ((course.patient, here[Role.PATIENT]), (other_patient, a_user(site, Role.PATIENT))):
        patient.user = user
        patient.save(update_fields=["user"])
    laboratory = Place.objects.create(site=site, kind=Place.Kind.LABORATORY, name="Clean room", code="LAB-1")
    two = (here[Role.PHYSIATRIST], here[Role.NURSE])
    lot_rows = rows_of_a_lot(course, laboratory, two, at=NOW)
    elsewhere = _somebody_of_every_role(other_site)
    report = ProblemReport.objects.create(
        patient=course.patient, course=course, words="sore", reported_by=here[Role.NURSE], reported_at=NOW
    )
    resource = Resource.objects.create(site=site, name="C-arm 1")
    Capability.objects.create(site=site, resource=resource, kind="c_arm")
    absence = Absence.objects.create(
        site=site,
        resource=resource,
        kind="DOWN",
        starts_at=start,
        ends_at=start + timedelta(days=1),
        reason="serviced",
        decided_by=here[Role.COORDINATOR],
        decided_at=NOW,
    )
    replan = Replan.objects.create(
        site=site,
        asked_by=here[Role.COORDINATOR],
        asked_at=NOW,
        upset={
            "kind": "HELD_BACK",
            "course": str(course.pk),
            "visit": "collection",
            "not_before": "2026-03-20",
        },
        found={"rows": [], "unplaced": [course.number], "left_out": []},
        state=Replan.State.CLOSED,
    )
    return World(
        site,
        here,
        elsewhere,
        course,
        visit,
        resource,
        absence,
        replan,
        consultation,
        due,
        report,
        other_patient,
        lot_rows,
    )


def _somebody_of_every_role(site: Site) -> dict[Role, User]:
    return {
        role: the_administrator(site) if role is Role.ADMINISTRATOR else a_user(site, role) for role in Role
    }


def _arguments(pattern: URLPattern, world: World) -> dict[str, Any]:
    known = {**RECORDS, **OTHERS}
    return {name: known[name](world) for name in pattern.pattern.converters}


def _ask(pattern: URLPattern, world: World, user: User | None) -> HttpResponseBase:
    """What the address answers: to a GET, or to an empty form where it only takes forms. Nothing is kept."""
    client = Client()
    address = reverse(str(pattern.name), kwargs=_arguments(pattern, world))
    with transaction.atomic():
        if user is not None:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        answer: HttpResponseBase = client.get(address)
        if answer.status_code == 405:
            answer = client.post(address)
        transaction.set_rollback(True)
    return answer


def _is_sign_in(answer: HttpResponseBase) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith(reverse("account_login"))


def test_every_page_of_ours_has_a_name_and_says_who_may_open_it() -> None:
    granted = {
        str(pattern.name): None if (roles := grant_of(pattern.callback)) is None else frozenset(roles)
        for pattern in OURS
    }
    expected = {name: None if roles is None else frozenset(roles) for name, roles in GRANTED.items()}
    assert granted == expected


def test_every_record_that_an_address_asks_for_is_known_here() -> None:
    asked = {name for pattern in OURS for name in pattern.pattern.converters}
    assert asked - {*RECORDS, *OTHERS} == set()


def test_nobody_enters_without_signing_in_unless_the_page_is_open_to_all(world: World) -> None:
    let_in = {str(p.name) for p in OURS if not _is_sign_in(_ask(p, world, None))}
    assert let_in == {name for name, roles in GRANTED.items() if roles is EVERYBODY}


@pytest.mark.parametrize("role", Role)
def test_a_page_opens_to_the_roles_it_is_granted_to_and_to_no_other(role: Role, world: World) -> None:
    refused = set()
    for pattern in OURS:
        answer = _ask(pattern, world, world.here[role])
        nothing_there = {404} if pattern.name in ASKS_FOR_THE_DEMO else set()
        assert answer.status_code in {200, 204, 302, 403, 422} | nothing_there, (
            pattern.name,
            answer.status_code,
        )
        if answer.status_code == 403:
            refused.add(str(pattern.name))
    assert refused == {
        name for name, roles in GRANTED.items() if roles is not EVERYBODY and role not in roles
    }


@pytest.mark.parametrize("role", Role)
def test_the_record_of_a_patient_of_another_site_is_not_found(role: Role, world: World) -> None:
    asking = [p for p in OURS if RECORDS.keys() & p.pattern.converters.keys()]
    answers = {str(p.name): _ask(p, world, world.elsewhere[role]).status_code for p in asking}
    assert answers == {name: 404 if role in (GRANTED.get(name) or ()) else 403 for name in answers}


def test_a_patient_does_not_find_the_record_of_another_patient(world: World) -> None:
    asking = [p for p in OURS if RECORDS.keys() & p.pattern.converters.keys()]
    for_patients = [p for p in asking if Role.PATIENT in (GRANTED.get(str(p.name)) or ())]
    stranger = world.other_patient.user
    assert stranger is not None
    found = {str(p.name): _ask(p, world, stranger).status_code for p in for_patients}
    assert found == dict.fromkeys(found, 404)
