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
from stroma.clinic.domain.roles import CARERS, STAFF, Role
from stroma.clinic.models import Place, Site, User
from stroma.courses.models import Course
from stroma.follow_up.links import link_token
from stroma.follow_up.models import ProblemReport, QuestionnaireDue
from stroma.patients.models import Patient
from stroma.planning.models import Consultation, Resource, Visit
from tests.factories import NOW, a_patient, a_site, a_user, an_open_course, the_administrator
from tests.lots_on_the_way import rows_of_a_lot

SEES_PATIENTS = CARERS | {Role.TECHNOLOGIST, Role.QUALITY}
ATTENDING = SEES_PATIENTS
DOCTORS = {Role.PHYSIATRIST, Role.SURGEON}
ASSESSORS = {Role.PHYSIATRIST, Role.NURSE, Role.COORDINATOR}
ANALYSTS = {Role.ANALYST, Role.QUALITY, *DOCTORS}
LABORATORY = {Role.TECHNOLOGIST, Role.QUALITY}
SIGNERS = {Role.PHYSIATRIST, Role.QUALITY}
BEDSIDE = {Role.PHYSIATRIST, Role.NURSE}
HANDLERS = LABORATORY | BEDSIDE
EVERYBODY = None
"""Open without signing in: it shows nothing about anybody."""

GRANTED: dict[str, frozenset[Role] | set[Role] | None] = {
    # The front door.
    "front": EVERYBODY,
    "demo": EVERYBODY,
    "demo_enter": EVERYBODY,
    "demo_story": EVERYBODY,
    "demo_story_again": EVERYBODY,
    "demo_story_dossier": EVERYBODY,
    "demo_story_step": EVERYBODY,
    "home": frozenset(Role),
    "choose_site": frozenset(Role),
    "passkey_to_sign": frozenset(Role),
    # What anybody may read, and do without an account.
    "cells": EVERYBODY,
    "evidence": EVERYBODY,
    "evidence_csv": EVERYBODY,
    "ordinary_evidence": EVERYBODY,
    "procedure": EVERYBODY,
    "sites": EVERYBODY,
    "source_list": EVERYBODY,
    "treatments": EVERYBODY,
    "self_check": EVERYBODY,
    "self_check_questions": EVERYBODY,
    "consultation": EVERYBODY,
    "consultation_booked": EVERYBODY,
    "consultation_calendar": EVERYBODY,
    "consultation_cancel": EVERYBODY,
    # Where each role begins.
    "administrator_home": {Role.ADMINISTRATOR},
    "coordinator_home": {Role.COORDINATOR},
    "nurse_home": {Role.NURSE, Role.THERAPIST},
    "physiatrist_home": DOCTORS,
    "registry_home": ANALYSTS,
    "registry_csv": ANALYSTS,
    # The site.
    "add_person": {Role.ADMINISTRATOR},
    "person_page": {Role.ADMINISTRATOR},
    "invite_person": {Role.ADMINISTRATOR},
    "end_roles": {Role.ADMINISTRATOR},
    "find": STAFF,
    # Who comes.
    "import_patient": ASSESSORS,
    "give_account": {Role.COORDINATOR, Role.NURSE, Role.PHYSIATRIST},
    "merge_patient": {Role.COORDINATOR, Role.PHYSIATRIST},
    "patient_page": SEES_PATIENTS,
    "register_patient": ASSESSORS,
    "weigh_patient": ASSESSORS,
    # Is it right for them.
    "assess": ASSESSORS,
    "choose_treatment": ASSESSORS,
    "review": SEES_PATIENTS,
    # The course.
    "call": CARERS,
    "complete_course": {Role.COORDINATOR, *DOCTORS},
    "consent": {Role.NURSE, Role.COORDINATOR, *DOCTORS},
    "problems": CARERS,
    "report_adverse_event": {Role.NURSE, *DOCTORS},
    "take_up_problem": CARERS,
    "course_page": SEES_PATIENTS,
    "give_care": {Role.THERAPIST, Role.NURSE, *DOCTORS},
    "open_course": {Role.COORDINATOR, *DOCTORS},
    "plan_questionnaires": CARERS,
    "stop_course": {Role.COORDINATOR, *DOCTORS},
    "withdraw": ASSESSORS,
    "prepare_consent": DOCTORS,
    # The patient's own pages.
    "my_cells": {Role.PATIENT},
    "my_consent": {Role.PATIENT},
    "my_home": {Role.PATIENT},
    "my_pain": {Role.PATIENT},
    "my_pain_file": {Role.PATIENT},
    "my_problem": {Role.PATIENT},
    "my_questions": {Role.PATIENT},
    "my_visits": {Role.PATIENT},
    "my_visits_file": {Role.PATIENT},
    "my_who_looked": {Role.PATIENT},
    "my_withdraw": {Role.PATIENT},
    "questionnaire": {Role.PATIENT},
    "questionnaire_by_link": EVERYBODY,
    # When.
    "book_chain": {Role.COORDINATOR},
    "consultations": {Role.COORDINATOR, Role.PHYSIATRIST, Role.NURSE},
    "cancel_chain": ATTENDING,
    "visit_held": ATTENDING,
    "visit_missed": ATTENDING,
    # Whose cells, and where.
    "collect": BEDSIDE,
    "container_label": HANDLERS,
    "label_pdf": HANDLERS,
    "label_reconciliation": LABORATORY,
    "lot_labels_pdf": LABORATORY,
    "product_codes": {Role.QUALITY, Role.ADMINISTRATOR},
    "hand_over": HANDLERS,
    "handed_over": HANDLERS,
    "discard_container": HANDLERS,
    "divide_container": LABORATORY,
    "lot_disposition": SIGNERS,
    "lot_page": HANDLERS,
    "container_page": HANDLERS,
    "container_act": LABORATORY,
    "lift_hold": {Role.QUALITY},
    "undo_hand_over": HANDLERS,
    "storage_map": LABORATORY,
    "add_storage_unit": LABORATORY,
    "storage_unit": LABORATORY,
    "store_container": LABORATORY,
    "transport": HANDLERS,
    "seal_box": HANDLERS,
    "transport_limits": {Role.QUALITY},
    "shipment": HANDLERS,
    "open_box": HANDLERS,
    "temperature_log": HANDLERS,
    "refused_scans": {Role.QUALITY},
    "look_back_list": {Role.QUALITY},
    "look_back": {Role.QUALITY},
    # The laboratory.
    "bench_home": LABORATORY,
    "begin_batch": {Role.TECHNOLOGIST},
    "batch_step": {Role.TECHNOLOGIST},
    "batch_values": {Role.TECHNOLOGIST},
    "batch_record": LABORATORY,
    "close_batch": LABORATORY,
    # Its gate.
    "quality_home": {Role.QUALITY},
    "enter_result": LABORATORY,
    "result_page": {Role.TECHNOLOGIST, *SIGNERS},
    "result_file": {Role.TECHNOLOGIST, *SIGNERS},
    "read_cytometry": LABORATORY,
    "cytometry_reading": {Role.TECHNOLOGIST, *SIGNERS},
    "move_gate": LABORATORY,
    "record_cytometry": LABORATORY,
    "cytometry_report": {Role.TECHNOLOGIST, *SIGNERS},
    "certificate": {Role.TECHNOLOGIST, *SIGNERS},
    "certificate_pdf": {Role.TECHNOLOGIST, *SIGNERS},
    "verify_certificate": {Role.TECHNOLOGIST, *SIGNERS},
    "ask_exception": {Role.PHYSIATRIST},
    "control_list": LABORATORY,
    "open_control": {Role.QUALITY},
    "control_page": LABORATORY,
    "lift_result_hold": {Role.QUALITY},
    "open_investigation": {Role.QUALITY},
    "investigation_page": LABORATORY,
    "conclude_investigation": {Role.QUALITY},
    "late_positive": SIGNERS,
    "do_late_step": SIGNERS,
    "close_late_positive": {Role.QUALITY},
    "sign_certificate": SIGNERS,
    "release_lot": {Role.QUALITY},
    "reject_lot": {Role.QUALITY},
    "tell_patient": {Role.PHYSIATRIST},
    "decide_after_failure": {Role.PHYSIATRIST},
    # The bedside.
    "bedside": BEDSIDE,
    "time_out": {Role.PHYSIATRIST},
    "time_out_done": {Role.PHYSIATRIST},
    "give_dose": {Role.PHYSIATRIST},
    "cells_left": HANDLERS,
}
"""Each of our own pages by name, with the roles that may open it."""


@dataclass(frozen=True)
class World:
    """Two sites with somebody of every role at each; the record in question belongs to the first."""

    site: Site
    here: dict[Role, User]
    elsewhere: dict[Role, User]
    course: Course
    visit: Visit
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
    "scan_id",
    "rejection_id",
    "notice_id",
    "reading_id",
    "result_id",
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
}
"""What an address may ask for that belongs to a patient, by the name of its argument."""

OTHERS: dict[str, Callable[[World], Any]] = {
    "certificate_digest": lambda world: "0" * 64,
    "task": lambda world: "identify_organism",
    "recipient": lambda world: "lot",
    "key": lambda world: world.consultation.key,
    "protocol_id": lambda world: world.course.protocol.protocol_id,
    "act": lambda _world: "quarantine",
    "code": lambda _world: "sterility_final",
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
    course = an_open_course(site)
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
    return World(site, here, elsewhere, course, visit, consultation, due, report, other_patient, lot_rows)


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
