"""What a patient's record must never become, written straight into the database and refused there.

Each row is one guard and a word on what is wrong; the same write passes once that guard alone is taken away. At the end
stands a test that no guard is left out.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from stroma.candidacy.models import Assessment, Decision
from stroma.clinic.queries import adopted_protocol
from stroma.courses.models import CareGiven, ConsentOffer, Course
from stroma.custody.models import Discard, Disposition, Material
from stroma.follow_up.models import (
    AdverseEvent,
    AnotherTreatmentDecision,
    Intervention,
    QuestionnaireAnswer,
    QuestionnaireDue,
)
from stroma.patients.models import Consent, ConsentedTarget, ConsentWithdrawal, Patient, PatientAccess
from stroma.planning.models import Consultation, Reservation, Resource, Visit
from stroma.release.models import FailureDecision, FailureNotice, Rejection
from tests.never import (
    test_round_the_accounts,
    test_round_the_badges,
    test_round_the_batch_record,
    test_round_the_bedside,
    test_round_the_calendar,
    test_round_the_clinic,
    test_round_the_labels,
    test_round_the_laboratory,
    test_round_the_quality_records,
    test_round_the_storage,
)
from tests.never.batch_rows import one_row_of_a_step
from tests.never.house import FROM_A_DONOR
from tests.never.rows import (
    a_cancellation,
    a_container,
    a_dose,
    a_lot,
    a_signature,
    a_witness_signature,
    one_row_of_a_calendar,
    one_row_of_all_keeping,
)
from tests.never.trial import Case, Write, ids, refusal_of, refused_by_its_guard_alone
from tests.never.unguarded import guards, guards_against_overlap, take_away
from tests.never.what_actions_take import one_row_of_the_clinic
from tests.never.world import World
from tests.release.kept_readings import a_reading_row
from tests.release.quality_rows import rows_of_all_quality


def changed(rows: object, **values: object) -> Write:
    return lambda: rows.update(**values)  # type: ignore[attr-defined]  # a queryset of any model


# --- Patients and consents ---------------------------------------------------------------------------------


def a_wristband_renumbered(world: World) -> Write:
    return changed(Patient.objects.filter(pk=world.twin.pk), record_number="P9999999")


def a_merge_undone(world: World) -> Write:
    rows = Patient.objects.filter(pk=world.twin.pk)
    rows.update(merged_into=world.ready.patient)
    return changed(rows, merged_into=None)


def a_patient_removed(world: World) -> Write:
    return lambda: connection.cursor().execute("DELETE FROM patients_patient WHERE family_name = 'Twin'")


def a_consent_to_another_text(world: World) -> Write:
    return changed(consent_of(world), text_digest="f" * 64)


def a_consent_given_earlier(world: World) -> Write:
    return changed(consent_of(world), given_at=world.at - timedelta(days=30))


def a_consent_to_another_protocol(world: World) -> Write:
    other = adopted_protocol(world.house.clinic.site, FROM_A_DONOR)
    return changed(consent_of(world), protocol=other)


def a_consent_taken_over_by_another_patient(world: World) -> Write:
    return changed(consent_of(world), patient=world.twin)


def a_consent_in_another_language(world: World) -> Write:
    return changed(consent_of(world), language="es")


def a_consent_removed(world: World) -> Write:
    return lambda: Consent.objects.filter(pk=world.ready.consent_id)._raw_delete(using="default")


def a_consent_widened(world: World) -> Write:
    spot = world.house.spot(world.ready)
    return lambda: ConsentedTarget.objects.create(
        consent_id=world.ready.consent_id, target=spot.target, level="L1-L2", side=spot.side
    )


def consent_of(world: World) -> object:
    return Consent.objects.filter(pk=world.ready.consent_id)


# --- Candidacy and courses ---------------------------------------------------------------------------------


def a_decision_signed_by_somebody_else(world: World) -> Write:
    return deciding(world, signer="physiatrist2")


def a_decision_on_another_assessments_signature(world: World) -> Write:
    return deciding(world, document_id=world.ready.decision.assessment_id)


def deciding(world: World, signer: str = "physiatrist", **facts: object) -> Write:
    assessment = world.house.assessment(world.twin)
    signed = {"document_kind": "assessment", "document_id": assessment.id} | facts
    signature = a_signature(world, world.tested_lot, signer, "PHYSIATRIST", "e" * 64, **signed)
    return lambda: Decision.objects.create(
        assessment=assessment,
        outcome="CANDIDATE",
        decided_by=world.house.person("physiatrist"),
        decided_at=world.at,
        signature=signature,
    )


def a_course_for_somebody_who_is_no_candidate(world: World) -> Write:
    decision = world.house.decision(world.house.assessment(world.twin))
    take_away("candidacy_decision_no_update")
    Decision.objects.filter(pk=decision.pk).update(outcome="NOT_A_CANDIDATE")
    return opening(world, decision)


def a_course_on_another_patients_decision(world: World) -> Write:
    decision = world.house.decision(world.house.assessment(world.twin))
    return opening(world, decision, patient=world.ready.patient)


def a_course_under_another_protocol_than_was_assessed(world: World) -> Write:
    decision = world.house.decision(world.house.assessment(world.twin))
    return opening(world, decision, protocol=adopted_protocol(world.house.clinic.site, FROM_A_DONOR))


def a_course_of_a_record_that_was_merged(world: World) -> Write:
    decision = world.house.decision(world.house.assessment(world.twin))
    Patient.objects.filter(pk=world.twin.pk).update(merged_into=world.ready.patient)
    return opening(world, decision)


def a_course_that_begins_with_another_patients_consent(world: World) -> Write:
    decision = world.house.decision(world.house.assessment(world.twin))
    return opening(world, decision, consent=world.ready.consent)


def opening(world: World, decision: Decision, **facts: object) -> Write:
    values = {"patient": world.twin, "protocol": decision.assessment.protocol} | facts
    return lambda: Course.objects.create(
        site=world.house.clinic.site, number="C-26-9999", decision=decision, opened_at=world.at, **values
    )


def a_course_rebound_to_another_version(world: World) -> Write:
    # Without a consent, whose protocol would be another then.
    rows = Course.objects.filter(pk=world.consented.pk)
    rows.update(consent=None)
    return changed(rows, protocol=adopted_protocol(world.house.clinic.site, FROM_A_DONOR))


def a_course_rebound_to_another_decision(world: World) -> Write:
    decision = world.house.decision(world.house.assessment(world.consented.patient))
    return changed(Course.objects.filter(pk=world.consented.pk), decision=decision)


def a_course_opened_again(world: World) -> Write:
    rows = Course.objects.filter(pk=world.consented.pk)
    rows.update(state="STOPPED", ended_at=world.at)
    return changed(rows, state="OPEN", ended_at=None)


def a_course_removed(world: World) -> Write:
    return lambda: Course.objects.filter(pk=world.consented.pk)._raw_delete(using="default")


def a_course_taken_over_by_another_patient(world: World) -> Write:
    rows = Course.objects.filter(pk=world.consented.pk)
    rows.update(consent=None)
    return changed(rows, patient=world.twin)


def a_course_on_another_patients_consent(world: World) -> Write:
    return changed(Course.objects.filter(pk=world.ready.pk), consent=world.consented.consent)


# --- Bookings ----------------------------------------------------------------------------------------------


def booked(world: World, name: str = "Device") -> Reservation:
    course = world.consented
    span = {"starts_at": world.at, "ends_at": world.at + timedelta(hours=1)}
    visit = Visit.objects.create(site=course.site, course=course, code=name, booked_at=world.at, **span)
    device = Resource.objects.create(site=course.site, name=name)
    return Reservation.objects.create(visit=visit, resource=device, **span)


def a_reservation_moved(world: World) -> Write:
    rows = Reservation.objects.filter(pk=booked(world).pk)
    return changed(rows, starts_at=world.at - timedelta(hours=1))


def a_reservation_of_something_else(world: World) -> Write:
    other = Resource.objects.create(site=world.house.clinic.site, name="Other")
    return changed(Reservation.objects.filter(pk=booked(world).pk), resource=other)


def a_reservation_removed(world: World) -> Write:
    rows = Reservation.objects.filter(pk=booked(world).pk)
    return rows.delete


def set_free_under_a_booked_visit(world: World) -> Write:
    return changed(Reservation.objects.filter(pk=booked(world).pk), is_live=False)


def a_device_that_becomes_a_person(world: World) -> Write:
    row = booked(world).resource
    newcomer = world.house.clinic.administrator
    return changed(Resource.objects.filter(pk=row.pk), user=newcomer)


def a_visit_moved(world: World) -> Write:
    return changed(Visit.objects.filter(pk=booked(world).visit_id), ends_at=world.at + timedelta(hours=2))


def a_visit_of_another_course(world: World) -> Write:
    return changed(Visit.objects.filter(pk=booked(world).visit_id), course=world.ready)


def a_missed_visit_that_was_held_after_all(world: World) -> Write:
    rows = Visit.objects.filter(pk=booked(world).visit_id)
    rows.update(state="MISSED")
    return changed(rows, state="COMPLETED")


def a_visit_removed(world: World) -> Write:
    visit = booked(world).visit_id
    return lambda: Visit.objects.filter(pk=visit)._raw_delete(using="default")


# --- Recovery ----------------------------------------------------------------------------------------------


def a_correction_of_another_questionnaire(world: World) -> Write:
    first, second = (due(world, time_code) for time_code in ("baseline", "month_1"))
    wrong = answered(world, first)
    return lambda: answered(world, second, corrects=wrong, reason="typed wrongly")


def a_report_that_follows_another_courses(world: World) -> Write:
    first = reported(world, world.ready)
    return lambda: reported(world, world.consented, follows=first)


def due(world: World, time_code: str) -> QuestionnaireDue:
    return QuestionnaireDue.objects.create(
        course=world.consented, instrument="NRS", time_code=time_code, due_at=world.at, opens_at=world.at
    )


def answered(world: World, row: QuestionnaireDue, **facts: object) -> QuestionnaireAnswer:
    return QuestionnaireAnswer.objects.create(
        due=row,
        answered_at=world.at,
        entered_at=world.at,
        entered_by=world.house.person("nurse"),
        method="PAPER",
        answers={},
        answered_count=0,
        missing=[],
        prorated=False,
        window="IN_TIME",
        **facts,
    )


def reported(world: World, course: Course, **facts: object) -> AdverseEvent:
    return AdverseEvent.objects.create(
        course=course,
        verbatim="soreness",
        ctcae_grade=1,
        is_serious=False,
        related_to="NONE",
        relation="UNRELATED",
        is_expected=True,
        onset_at=world.at,
        outcome="RECOVERING",
        reported_by=world.house.person("nurse"),
        reported_at=world.at,
        **facts,
    )


CASES = [
    Case("patients_patient_keeps_its_number", a_wristband_renumbered),
    Case("patients_patient_stays_merged", a_merge_undone),
    Case("patients_patient_no_delete", a_patient_removed),
    Case("patients_consent_stands", a_consent_to_another_text),
    Case("patients_consent_stands", a_consent_given_earlier),
    Case("patients_consent_stands", a_consent_to_another_protocol),
    Case("patients_consent_stays_with_its_patient", a_consent_taken_over_by_another_patient),
    Case("patients_consent_stays_with_its_patient", a_consent_in_another_language),
    Case("patients_consent_no_delete", a_consent_removed),
    Case("courses_consent_is_not_widened", a_consent_widened),
    Case("candidacy_decision_is_signed", a_decision_signed_by_somebody_else),
    Case("candidacy_decision_is_signed", a_decision_on_another_assessments_signature),
    Case("courses_course_begins_on_a_decision", a_course_for_somebody_who_is_no_candidate),
    Case("courses_course_begins_on_a_decision", a_course_on_another_patients_decision),
    Case("courses_course_begins_on_a_decision", a_course_under_another_protocol_than_was_assessed),
    Case("courses_course_of_a_standing_record", a_course_of_a_record_that_was_merged),
    Case("courses_course_begins_with_its_consent", a_course_that_begins_with_another_patients_consent),
    Case("courses_course_keeps_its_version", a_course_rebound_to_another_version),
    Case("courses_course_keeps_its_version", a_course_rebound_to_another_decision),
    Case("courses_course_stays_ended", a_course_opened_again),
    Case("courses_course_no_delete", a_course_removed),
    Case("courses_course_keeps_its_patient", a_course_taken_over_by_another_patient),
    Case("courses_course_takes_its_consent", a_course_on_another_patients_consent),
    Case("planning_reservation_is_not_moved", a_reservation_moved),
    Case("planning_reservation_is_not_moved", a_reservation_of_something_else),
    Case("planning_reservation_no_delete", a_reservation_removed),
    Case("planning_reservation_held_while_booked", set_free_under_a_booked_visit),
    Case("planning_resource_stays_who_it_is", a_device_that_becomes_a_person),
    Case("planning_visit_is_not_moved", a_visit_moved),
    Case("planning_visit_is_not_moved", a_visit_of_another_course),
    Case("planning_visit_stays_ended", a_missed_visit_that_was_held_after_all),
    Case("planning_visit_no_delete", a_visit_removed),
    Case("follow_up_correction_of_the_same", a_correction_of_another_questionnaire),
    Case("follow_up_event_of_the_same", a_report_that_follows_another_courses),
]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_what_a_record_must_never_become_is_refused_by_the_database(world: World, case: Case) -> None:
    refused_by_its_guard_alone(case, world)


# --- What is never changed or removed ----------------------------------------------------------------------

ALWAYS = sorted(
    name
    for name, guard in guards().items()
    if not guard.when and name in {f"{guard.table}_no_update", f"{guard.table}_no_delete"}
)
NEVER_CHANGED = [
    name
    for name in ALWAYS
    if f"{guards()[name].table}_no_update" in ALWAYS and not name.startswith("ledger_")
]


def one_row_of_everything(world: World) -> None:
    """Write a row of each kind that the world has none of."""
    house, at = world.house, world.at
    physiatrist, quality, nurse = (house.person(part) for part in ("physiatrist", "quality", "nurse"))
    a_dose(world, world.ready_time_out)
    a_cancellation(world, world.recipient_time_out)
    PatientAccess.objects.create(patient=world.twin, user=nurse, page="record", seen_at=at)
    ConsentOffer.objects.create(course=world.consented, places=[], offered_by=physiatrist, offered_at=at)
    CareGiven.objects.create(course=world.consented, visit_code="session", given_at=at, given_by=nurse)
    ConsentWithdrawal.objects.create(consent=world.consented.consent, withdrawn_at=at, received_by=nurse)
    container = a_container(world, a_lot(world))
    Material.objects.filter(pk=container.pk).update(remaining=0, state="DISCARDED")
    Discard.objects.create(
        material=container,
        amount=Decimal(10),
        discarded_by=nurse,
        witness=quality,
        signature=a_witness_signature(world, container),
        discarded_at=at,
    )
    one_row_of_all_keeping(world)
    one_row_of_a_step(world)
    one_row_of_a_calendar(world)
    one_row_of_the_clinic(world)
    lot = world.tested_lot
    Disposition.objects.create(lot=lot, kind="DISCARD", decided_by=quality, decided_at=at)
    rejection = Rejection.objects.create(lot=lot, rejected_by=quality, rejected_at=at)
    notice = FailureNotice.objects.create(
        rejection=rejection, course=world.tested, means="PHONE", told_by=physiatrist, told_at=at
    )
    FailureDecision.objects.create(notice=notice, kind="STOP", decided_by=physiatrist, decided_at=at)
    reading = a_reading_row(lot, by=quality, at=at)
    rows_of_all_quality(lot, reading.sample, (physiatrist, quality), at=at)
    answered(world, due(world, "baseline"))
    reported(world, world.ready)
    Intervention.objects.create(
        course=world.ready, kind="OTHER", happened_at=at, recorded_by=nurse, recorded_at=at
    )
    AnotherTreatmentDecision.objects.create(
        course=world.ready, treatment_number=2, outcome="NOT_NOW", decided_by=physiatrist, decided_at=at
    )


@pytest.mark.parametrize("name", NEVER_CHANGED)
def test_what_is_never_changed_or_removed_is_refused_by_the_database(world: World, name: str) -> None:
    one_row_of_everything(world)
    guard = guards()[name]
    statement = {"UPDATE": f"UPDATE {guard.table} SET id = id", "DELETE": f"DELETE FROM {guard.table}"}

    def write() -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement[guard.event])
            return cursor.rowcount

    assert refusal_of(write) == guard.message
    take_away(name)
    assert write() > 0


def test_an_answer_struck_off_after_the_signature_is_refused(world: World) -> None:
    rows = Assessment.objects.filter(pk=world.ready.decision.assessment_id)
    assert refusal_of(changed(rows, answers=[])) == guards()["candidacy_assessment_no_update"].message


def test_an_assessment_is_not_removed(world: World) -> None:
    assert world.ready.decision.assessment_id

    def write() -> int:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM candidacy_assessment")
            return cursor.rowcount

    assert refusal_of(write) == guards()["candidacy_assessment_no_delete"].message


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("planning_consultation_is_not_moved", "UPDATE planning_consultation SET starts_at = ends_at"),
        ("planning_consultation_no_delete", "DELETE FROM planning_consultation"),
    ],
)
def test_a_consultation_is_cancelled_and_neither_moved_nor_removed(
    world: World, name: str, statement: str
) -> None:
    physiatrist = Resource.objects.filter(user=world.house.person("physiatrist")).get()
    Consultation.objects.create(
        site=physiatrist.site,
        physiatrist=physiatrist,
        room=Resource.objects.filter(place__code="CONSULT-1", site=physiatrist.site).get(),
        key="a key",
        starts_at=world.at,
        ends_at=world.at + timedelta(minutes=30),
        booked_at=world.at,
        name="A visitor",
        email="visitor@example.org",
    )

    def write() -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.rowcount

    assert refusal_of(write) == guards()[name].message


def test_no_guard_is_left_untried() -> None:
    others = (
        test_round_the_accounts,
        test_round_the_badges,
        test_round_the_batch_record,
        test_round_the_bedside,
        test_round_the_calendar,
        test_round_the_clinic,
        test_round_the_laboratory,
        test_round_the_labels,
        test_round_the_quality_records,
        test_round_the_storage,
    )
    tried = {case.guard for case in (*CASES, *(case for module in others for case in module.CASES))}
    elsewhere = {name for name in guards() if name.startswith("ledger_")}  # tests/ledger
    states = {"custody_lot_state_table"}  # the table of states, in test_round_the_laboratory
    tried |= {"candidacy_assessment_no_update", "candidacy_assessment_no_delete"}  # above
    tried |= {"planning_consultation_is_not_moved", "planning_consultation_no_delete"}  # above
    assert sorted(guards().keys() - tried - elsewhere - states - set(NEVER_CHANGED)) == []
    # The one guard that is no trigger on PostgreSQL: tests/planning/test_no_double_booking.py.
    assert sorted(guards_against_overlap()) == ["planning_no_double_booking"]
