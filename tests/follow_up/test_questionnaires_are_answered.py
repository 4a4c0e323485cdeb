"""Answers are scored, flagged and kept; a correction is a new answer; the ledger vouches and tells nothing."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from stroma.clinic.actions import NewPerson, add_person
from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.courses.actions import stop_course
from stroma.courses.models import Course
from stroma.follow_up.actions import NotAnswerable, answer_questionnaire, correct_answer, plan_follow_up
from stroma.follow_up.domain.scoring import Answer
from stroma.follow_up.models import QuestionnaireAnswer, QuestionnaireDue
from stroma.follow_up.queries import pain_by_course
from stroma.ledger.models import Entry, SealedText
from stroma.patients.actions import give_account
from stroma.patients.models import Patient
from stroma.protocols.domain.problem import BadInput
from stroma.simulation.clinic import SimulatedClinic
from tests.treated_courses import START, a_clinic, a_course, a_patient, care_for

pytestmark = pytest.mark.django_db

Method = QuestionnaireAnswer.Method
TREATED = START + timedelta(days=10)
TWO_WEEKS = TREATED + timedelta(days=14)


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


@pytest.fixture
def course(clinic: SimulatedClinic) -> Course:
    """Treated, and followed from before the treatment."""
    course = a_course(clinic, "physical-therapy")
    plan_follow_up(course=course, by=clinic.person("nurse"), at=START)
    care_for(clinic, course, at=TREATED)
    plan_follow_up(course=course, by=clinic.person("nurse"), at=TREATED)
    return course


def due_of(course: Course, instrument: str, time_code: str = "week_2") -> QuestionnaireDue:
    return QuestionnaireDue.objects.get(course=course, instrument=instrument, time_code=time_code)


def answer(
    clinic: SimulatedClinic,
    due: QuestionnaireDue,
    answers: dict[str, Answer],
    *,
    at: datetime = TWO_WEEKS,
    method: QuestionnaireAnswer.Method = Method.PHONE,
) -> QuestionnaireAnswer:
    return answer_questionnaire(due=due, answers=answers, method=method, by=clinic.person("nurse"), at=at)


def test_an_answer_is_kept_with_its_score_and_what_is_missing(
    clinic: SimulatedClinic, course: Course
) -> None:
    peg = answer(clinic, due_of(course, "PEG"), {"peg_1": 6, "peg_2": 5, "peg_3": 5})
    blank = answer(clinic, due_of(course, "NRS_BACK"), {})
    peg.refresh_from_db()
    assert (peg.score, peg.answered_count, peg.missing, peg.window) == (
        Decimal("5.3333"),
        3,
        [],
        "IN_WINDOW",
    )
    assert (blank.score, blank.answered_count, blank.missing) == (None, 0, ["nrs_back"])


@pytest.mark.parametrize(
    ("time_code", "at", "window"),
    [
        ("week_2", TWO_WEEKS - timedelta(days=4), "EARLY"),
        ("week_2", TWO_WEEKS - timedelta(days=3), "IN_WINDOW"),
        ("week_2", TWO_WEEKS + timedelta(days=3), "LATE"),
        ("week_2", TWO_WEEKS + timedelta(days=300), "LATE"),
        ("baseline", TREATED, "LATE"),
    ],
)
def test_early_and_late_answers_are_kept_and_flagged(
    clinic: SimulatedClinic, course: Course, time_code: str, at: datetime, window: str
) -> None:
    kept = answer(clinic, due_of(course, "NRS_BACK", time_code), {"nrs_back": 3}, at=at)
    assert (kept.window, kept.score) == (window, 3)


def test_a_baseline_before_the_treatment_is_in_its_window(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, "physical-therapy")
    plan_follow_up(course=course, by=clinic.person("nurse"), at=START)
    assert (
        answer(clinic, due_of(course, "NRS_BACK", "baseline"), {"nrs_back": 7}, at=START).window
        == "IN_WINDOW"
    )


def test_every_fault_is_said_and_nothing_is_written(clinic: SimulatedClinic, course: Course) -> None:
    entries = Entry.objects.count()
    with pytest.raises(BadInput) as raised:
        answer(clinic, due_of(course, "PEG"), {"peg_1": 11, "peg_2": True, "peg_4": 1})
    assert [problem.place for problem in raised.value.problems] == [
        "answers.peg_1",
        "answers.peg_2",
        "answers.peg_4",
    ]
    assert (QuestionnaireAnswer.objects.count(), Entry.objects.count()) == (0, entries)


def test_a_questionnaire_is_answered_once(clinic: SimulatedClinic, course: Course) -> None:
    due = due_of(course, "NRS_BACK")
    first = answer(clinic, due, {"nrs_back": 3})
    with pytest.raises(NotAnswerable) as refused:
        answer(clinic, due, {"nrs_back": 2})
    assert [blocker.code for blocker in refused.value.blockers] == ["answered_already"]
    copy = QuestionnaireAnswer.objects.get(pk=first.pk)
    copy.pk = None
    copy._state.adding = True
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


def test_what_asks_about_the_time_after_treatment_is_not_answered_before_it(
    clinic: SimulatedClinic, course: Course
) -> None:
    with pytest.raises(NotAnswerable) as refused:
        answer(clinic, due_of(course, "NRS_BACK"), {"nrs_back": 3}, at=TREATED - timedelta(days=1))
    assert [blocker.code for blocker in refused.value.blockers] == ["answered_before_treatment"]


def test_who_left_the_course_is_not_asked(clinic: SimulatedClinic, course: Course) -> None:
    stop_course(course=course, reason="moved away", by=clinic.person("coordinator"), at=TREATED)
    with pytest.raises(NotAnswerable) as refused:
        answer(clinic, due_of(course, "NRS_BACK"), {"nrs_back": 3})
    assert [blocker.code for blocker in refused.value.blockers] == ["course_not_open"]


def test_a_real_record_takes_no_simulated_answer(
    clinic: SimulatedClinic, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = due_of(course, "NRS_BACK")
    from stroma.follow_up.actions import questionnaires as actions

    monkeypatch.setattr(actions, "is_simulated", lambda: False)
    with pytest.raises(NotAnswerable) as refused:
        answer(clinic, due, {"nrs_back": 3}, method=Method.SIMULATED)
    assert [blocker.code for blocker in refused.value.blockers] == ["answer_simulated"]


@pytest.mark.parametrize(
    ("role", "method", "may"),
    [
        (Role.PATIENT, Method.PATIENT, True),
        (Role.PATIENT, Method.PHONE, False),
        (Role.PATIENT, Method.PAPER, False),
        (Role.NURSE, Method.PATIENT, True),
        (Role.COORDINATOR, Method.PHONE, True),
        (Role.THERAPIST, Method.PAPER, True),
        (Role.TECHNOLOGIST, Method.PHONE, False),
        (Role.QUALITY, Method.PAPER, False),
        (Role.ANALYST, Method.PATIENT, False),
    ],
)
def test_the_patient_answers_or_a_carer_writes_it_down(
    clinic: SimulatedClinic, course: Course, role: Role, method: QuestionnaireAnswer.Method, may: bool
) -> None:
    somebody = add_person(
        site=clinic.site,
        person=NewPerson("somebody", "Some Body"),
        roles=[role],
        by=clinic.administrator,
        at=TREATED,
    )
    if role is Role.PATIENT:
        Patient.objects.filter(pk=course.patient_id).update(user=somebody)
    due = due_of(course, "NRS_BACK")
    if may:
        kept = answer_questionnaire(
            due=due, answers={"nrs_back": 4}, method=method, by=somebody, at=TWO_WEEKS
        )
        assert kept.entered_by == somebody
        return
    with pytest.raises(NotAuthorized):
        answer_questionnaire(due=due, answers={"nrs_back": 4}, method=method, by=somebody, at=TWO_WEEKS)


def test_a_patient_does_not_answer_for_another(clinic: SimulatedClinic, course: Course) -> None:
    other = a_patient(clinic, at=TREATED)
    neighbor = give_account(
        patient=other,
        username="neighbor",
        email="neighbor@example.org",
        by=clinic.person("coordinator"),
        at=TREATED,
    )
    with pytest.raises(NotAuthorized) as refused:
        answer_questionnaire(
            due=due_of(course, "NRS_BACK"),
            answers={"nrs_back": 4},
            method=Method.PATIENT,
            by=neighbor,
            at=TWO_WEEKS,
        )
    assert [blocker.code for blocker in refused.value.blockers] == ["record_of_another"]
    assert not QuestionnaireAnswer.objects.exists()


def test_a_correction_is_a_new_answer_and_stands_in_place_of_the_old_one(
    clinic: SimulatedClinic, course: Course
) -> None:
    wrong = answer(clinic, due_of(course, "NRS_BACK"), {"nrs_back": 9})
    nurse, later = clinic.person("nurse"), TWO_WEEKS + timedelta(days=100)
    right = correct_answer(
        answer=wrong, answers={"nrs_back": 6}, reason="a 6 was read as a 9", by=nurse, at=later
    )
    assert (right.answered_at, right.entered_at, right.window) == (TWO_WEEKS, later, "IN_WINDOW")
    wrong.refresh_from_db()
    assert wrong.score == 9
    standing = pain_by_course([course.id], at=later)[course.id]
    assert [(each.time_code, each.pain) for each in standing] == [("week_2", Decimal(6))]


@pytest.mark.parametrize(
    ("reason", "again", "expected"),
    [("", False, ["reason_missing"]), ("typo", True, ["answer_corrected_already"])],
)
def test_a_correction_has_a_reason_and_is_made_to_the_newest_answer(
    clinic: SimulatedClinic, course: Course, reason: str, again: bool, expected: list[str]
) -> None:
    first = answer(clinic, due_of(course, "NRS_BACK"), {"nrs_back": 9})
    nurse = clinic.person("nurse")
    if again:
        correct_answer(answer=first, answers={"nrs_back": 6}, reason="typo", by=nurse, at=TWO_WEEKS)
    with pytest.raises(NotAnswerable) as refused:
        correct_answer(answer=first, answers={"nrs_back": 5}, reason=reason, by=nurse, at=TWO_WEEKS)
    assert [blocker.code for blocker in refused.value.blockers] == expected


def test_the_database_refuses_a_correction_of_another_questionnaire(
    clinic: SimulatedClinic, course: Course
) -> None:
    first = answer(clinic, due_of(course, "NRS_BACK"), {"nrs_back": 9})
    stray = QuestionnaireAnswer.objects.get(pk=first.pk)
    stray.pk, stray.corrects, stray.reason = None, first, "stray"
    stray.due = due_of(course, "NRS_LEG")
    stray._state.adding = True
    with pytest.raises(IntegrityError, match="same questionnaire"), transaction.atomic():
        stray.save(force_insert=True)


def test_no_answer_and_no_score_stands_in_an_entry(clinic: SimulatedClinic, course: Course) -> None:
    first = answer(clinic, due_of(course, "PEG"), {"peg_1": 7, "peg_2": 7, "peg_3": 8})
    correct_answer(
        answer=first,
        answers={"peg_1": 7, "peg_2": 7, "peg_3": 7},
        reason="secret reason",
        by=clinic.person("nurse"),
        at=TWO_WEEKS,
    )
    entries = list(Entry.objects.filter(action__startswith="questionnaire.").order_by("sequence"))
    assert [entry.action for entry in entries] == ["questionnaire.answered", "questionnaire.corrected"]
    facts = [json.loads(entry.text)["facts"] for entry in entries]
    common = {"answer", "due", "course", "instrument", "time", "answers", "score"}
    assert [set(fact) for fact in facts] == [
        common | {"method", "window"},
        common | {"corrects", "reason"},
    ]
    assert [[*fact["answers"], *fact["score"]] for fact in facts] == [["sealed", "sealed"]] * 2
    sealed = SealedText.objects.filter(entry=entries[0]).order_by("name").values_list("name", "text")
    assert list(sealed) == [("answers", '{"peg_1":7,"peg_2":7,"peg_3":8}'), ("score", "7.3333")]
    assert not [entry for entry in entries if "7.3333" in entry.text or "secret" in entry.text]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE follow_up_questionnaireanswer SET score = 1",
        "DELETE FROM follow_up_questionnaireanswer",
        "UPDATE follow_up_questionnairedue SET due_at = opens_at",
        "DELETE FROM follow_up_questionnairedue",
    ],
)
def test_what_was_asked_and_answered_stands(clinic: SimulatedClinic, course: Course, statement: str) -> None:
    answer(clinic, due_of(course, "NRS_BACK"), {"nrs_back": 9})
    with (
        pytest.raises(IntegrityError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
