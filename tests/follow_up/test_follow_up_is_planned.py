"""The protocol's questionnaires fall due: the baseline with the course, everything else with the treatment."""

from datetime import timedelta

import pytest

from stroma.clinic.authority import NotAuthorized
from stroma.courses.actions import CourseEnded, complete_course, stop_course
from stroma.courses.models import Course
from stroma.follow_up.actions import NotPlannable, answer_questionnaire, plan_follow_up
from stroma.follow_up.models import AnotherTreatmentDecision, QuestionnaireAnswer, QuestionnaireDue
from stroma.follow_up.queries import dues_open, first_treatment_at, late_dues
from stroma.ledger.models import Entry
from stroma.simulation.clinic import SimulatedClinic
from tests.treated_courses import START, a_clinic, a_course, care_for, cells_for

pytestmark = pytest.mark.django_db

THERAPY = "physical-therapy"
CONCENTRATE = "disc-marrow-concentrate"
TREATED = START + timedelta(days=10)
BEFORE = ["NRS_BACK", "NRS_LEG", "PEG", "RMDQ"]
TIMES = ["week_2", "month_1", "month_3", "month_6", "month_12", "month_24", "month_36", "month_60"]


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


def plan(clinic: SimulatedClinic, course: Course, at: object) -> list[tuple[str, str]]:
    new = plan_follow_up(course=course, by=clinic.person("coordinator"), at=at)  # type: ignore[arg-type]
    return [(due.time_code, due.instrument) for due in new]


def test_before_treatment_only_the_baseline_is_due_and_it_asks_for_no_change(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, THERAPY)
    assert plan(clinic, course, START) == [("baseline", code) for code in BEFORE]
    due = QuestionnaireDue.objects.filter(course=course).first()
    assert due is not None
    assert (due.due_at, due.opens_at, due.closes_at) == (START, START - timedelta(weeks=8), None)


def test_after_treatment_everything_else_is_due_counted_from_it(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, THERAPY)
    plan(clinic, course, START)
    care_for(clinic, course, at=TREATED)
    care_for(clinic, course, at=TREATED + timedelta(days=7))
    instruments = [*BEFORE, "PGIC"]
    later = TREATED + timedelta(days=8)
    assert plan(clinic, course, later) == [(time, code) for time in TIMES for code in instruments]
    month_1 = QuestionnaireDue.objects.get(course=course, time_code="month_1", instrument="PEG")
    assert (month_1.treated_at, month_1.due_at) == (TREATED, TREATED + timedelta(days=30.4375))


def test_cells_are_followed_from_the_first_dose(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, CONCENTRATE)
    cells_for(clinic, course, at=TREATED)
    AnotherTreatmentDecision.objects.create(
        course=course,
        treatment_number=2,
        outcome=AnotherTreatmentDecision.Outcome.MAY_BE_GIVEN,
        decided_by=clinic.person("physiatrist"),
        decided_at=TREATED + timedelta(days=190),
    )
    cells_for(clinic, course, treatment_number=2, at=TREATED + timedelta(days=200))
    assert first_treatment_at(course, at=TREATED + timedelta(days=300)) == TREATED
    assert first_treatment_at(course, at=TREATED - timedelta(days=1)) is None


def test_a_baseline_planned_after_the_treatment_has_closed_with_it(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, THERAPY)
    care_for(clinic, course, at=TREATED)
    assert len(plan(clinic, course, TREATED)) == len(BEFORE) + len(TIMES) * 5
    baseline = QuestionnaireDue.objects.filter(course=course, time_code="baseline").first()
    assert baseline is not None
    assert (baseline.treated_at, baseline.closes_at) == (TREATED, TREATED)


def test_what_is_planned_is_not_planned_twice(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, THERAPY)
    plan(clinic, course, START)
    entries = Entry.objects.count()
    assert plan(clinic, course, START + timedelta(days=1)) == []
    assert Entry.objects.count() == entries


def test_a_stopped_course_is_not_followed(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, THERAPY)
    stop_course(course=course, reason="moved away", by=clinic.person("coordinator"), at=TREATED)
    with pytest.raises(NotPlannable) as refused:
        plan(clinic, course, TREATED)
    assert [blocker.code for blocker in refused.value.blockers] == ["course_not_open"]


@pytest.mark.parametrize(
    ("part", "may"),
    [
        ("coordinator", True),
        ("nurse", True),
        ("physiatrist", True),
        ("therapist", True),
        ("surgeon", True),
        ("technologist", False),
        ("quality", False),
        ("analyst", False),
    ],
)
def test_those_who_care_for_the_patient_plan(clinic: SimulatedClinic, part: str, may: bool) -> None:
    course = a_course(clinic, THERAPY)
    if may:
        assert plan_follow_up(course=course, by=clinic.person(part), at=START)
        return
    with pytest.raises(NotAuthorized):
        plan_follow_up(course=course, by=clinic.person(part), at=START)
    assert not QuestionnaireDue.objects.exists()


def test_open_and_late_questionnaires_are_told_apart(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, THERAPY)
    plan(clinic, course, START)
    answer_questionnaire(
        due=QuestionnaireDue.objects.get(course=course, instrument="NRS_BACK"),
        answers={"nrs_back": 6},
        method=QuestionnaireAnswer.Method.PHONE,
        by=clinic.person("nurse"),
        at=START,
    )

    def told(at: object) -> tuple[list[str], list[str]]:
        return tuple(  # type: ignore[return-value]
            sorted({f"{due.time_code} {due.instrument}" for due in query(clinic.site, at=at)})  # type: ignore[arg-type]
            for query in (dues_open, late_dues)
        )

    baseline = ["baseline NRS_LEG", "baseline PEG", "baseline RMDQ"]
    assert told(START) == (baseline, [])
    care_for(clinic, course, at=TREATED)
    plan(clinic, course, TREATED)
    assert told(TREATED) == ([], baseline)
    two_weeks = [f"week_2 {code}" for code in ("NRS_BACK", "NRS_LEG", "PEG", "PGIC", "RMDQ")]
    assert told(TREATED + timedelta(days=14)) == (two_weeks, baseline)
    assert told(TREATED + timedelta(days=17)) == ([], baseline + two_weeks)


def test_a_course_is_closed_once_no_questionnaire_can_be_answered_any_more(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, THERAPY)
    care_for(clinic, course, at=TREATED)
    by = clinic.person("coordinator")

    def refusal(at: object) -> list[str]:
        with pytest.raises(CourseEnded) as refused:
            complete_course(course=course, by=by, at=at)  # type: ignore[arg-type]
        return [blocker.code for blocker in refused.value.blockers]

    assert refusal(TREATED) == ["follow_up_not_planned"]
    plan(clinic, course, TREATED)
    last = max(due.closes_at for due in QuestionnaireDue.objects.filter(course=course) if due.closes_at)
    assert refusal(last - timedelta(seconds=1)) == ["questionnaires_open"]
    ended = complete_course(course=course, by=by, at=last)
    assert ended.state == Course.State.COMPLETED


def test_nobody_waits_for_the_answers_of_a_patient_who_died(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, THERAPY)
    care_for(clinic, course, at=TREATED)
    plan(clinic, course, TREATED)
    course.patient.is_deceased, course.patient.deceased_at = True, TREATED + timedelta(days=3)
    course.patient.save()
    ended = complete_course(course=course, by=clinic.person("coordinator"), at=TREATED + timedelta(days=30))
    assert ended.state == Course.State.COMPLETED
    assert not late_dues(clinic.site, at=TREATED + timedelta(days=400)).exists()
