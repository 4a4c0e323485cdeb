"""Another treatment is decided by the protocol's rule, on what was answered; a decision against it is kept too."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from stroma.clinic.authority import NotAuthorized
from stroma.courses.models import Course
from stroma.follow_up.actions import (
    NotAnotherTreatment,
    answer_questionnaire,
    decide_another_treatment,
    plan_follow_up,
)
from stroma.follow_up.models import AnotherTreatmentDecision, QuestionnaireAnswer, QuestionnaireDue
from stroma.ledger.models import Entry
from stroma.simulation.clinic import SimulatedClinic
from tests.treated_courses import START, a_clinic, a_course, care_for, cells_for

pytestmark = pytest.mark.django_db

RULE, SERIES, NONE = "disc-marrow-concentrate", "disc-fat-expanded", "physical-therapy"
CONSENTED = START + timedelta(days=3)
TREATED = START + timedelta(days=10)
SIX_MONTHS = TREATED + timedelta(days=6 * 30.4375)
SEVEN_MONTHS = TREATED + timedelta(days=7 * 30.4375)


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


def followed(clinic: SimulatedClinic, protocol_id: str, pains: dict[str, int]) -> Course:
    """A course treated with cells whose patient answered the back pain scale at these times."""
    nurse = clinic.person("nurse")
    course = a_course(clinic, protocol_id)
    plan_follow_up(course=course, by=nurse, at=CONSENTED)
    if "baseline" in pains:
        answer(clinic, course, "baseline", pains["baseline"], CONSENTED)
    cells_for(clinic, course, at=TREATED)
    plan_follow_up(course=course, by=nurse, at=TREATED)
    for time_code, pain in pains.items():
        if time_code != "baseline":
            due = QuestionnaireDue.objects.get(course=course, instrument="NRS_BACK", time_code=time_code)
            answer(clinic, course, time_code, pain, due.due_at)
    return course


def answer(clinic: SimulatedClinic, course: Course, time_code: str, pain: int, at: datetime) -> None:
    answer_questionnaire(
        due=QuestionnaireDue.objects.get(course=course, instrument="NRS_BACK", time_code=time_code),
        answers={"nrs_back": pain},
        method=QuestionnaireAnswer.Method.PHONE,
        by=clinic.person("nurse"),
        at=at,
    )


def decide(
    clinic: SimulatedClinic, course: Course, number: int = 2, *, at: datetime = SEVEN_MONTHS
) -> AnotherTreatmentDecision:
    return decide_another_treatment(
        course=course, treatment_number=number, by=clinic.person("physiatrist"), at=at
    )


def refusal(
    clinic: SimulatedClinic, course: Course, number: int = 2, *, at: datetime = SEVEN_MONTHS
) -> list[str]:
    with pytest.raises(NotAnotherTreatment) as refused:
        decide(clinic, course, number, at=at)
    return [blocker.code for blocker in refused.value.blockers]


@pytest.mark.parametrize(
    ("pains", "expected"),
    [
        ({"baseline": 8, "month_1": 3, "month_6": 6}, []),
        ({"baseline": 8, "month_1": 3, "month_6": 3}, ["pain_below_limit"]),
        ({"baseline": 8, "month_1": 7, "month_6": 7}, ["improvement_below_limit"]),
        ({"baseline": 8, "month_1": 3}, ["pain_not_answered"]),
        ({"month_1": 3, "month_6": 6}, ["improvement_not_known"]),
    ],
)
def test_the_rule_is_judged_on_what_was_answered(
    clinic: SimulatedClinic, pains: dict[str, int], expected: list[str]
) -> None:
    course = followed(clinic, RULE, pains)
    if expected:
        assert refusal(clinic, course) == expected
    else:
        assert decide(clinic, course).outcome == AnotherTreatmentDecision.Outcome.MAY_BE_GIVEN


def test_a_decision_against_it_is_kept_with_its_reasons_and_may_change(clinic: SimulatedClinic) -> None:
    course = followed(clinic, RULE, {"baseline": 8, "month_1": 3})
    assert refusal(clinic, course, at=SIX_MONTHS) == ["pain_not_answered"]
    answer(clinic, course, "month_6", 6, SIX_MONTHS)
    decide(clinic, course, at=SIX_MONTHS)
    kept = AnotherTreatmentDecision.objects.order_by("outcome")
    assert [(each.outcome, [reason["code"] for reason in each.reasons]) for each in kept] == [
        ("MAY_BE_GIVEN", []),
        ("NOT_NOW", ["pain_not_answered"]),
    ]
    entry = Entry.objects.filter(action="another_treatment.decided").order_by("sequence").first()
    assert entry is not None
    facts = json.loads(entry.text)["facts"]
    assert (facts["outcome"], facts["treatment"], facts["reasons"]) == (
        "NOT_NOW",
        2,
        [{"code": "pain_not_answered", "source": "BATES22; OSTELO08", "weight": "HARD"}],
    )


def test_a_physician_sets_an_overridable_reason_aside_and_says_why(clinic: SimulatedClinic) -> None:
    course = followed(clinic, RULE, {"baseline": 8, "month_1": 3, "month_6": 3})
    decision = decide_another_treatment(
        course=course,
        treatment_number=2,
        overrides={"pain_below_limit": "cannot work in spite of it"},
        by=clinic.person("physiatrist"),
        at=SEVEN_MONTHS,
    )
    assert (decision.outcome, [reason["code"] for reason in decision.reasons]) == (
        "MAY_BE_GIVEN",
        ["pain_below_limit"],
    )
    entry = Entry.objects.get(action="another_treatment.decided")
    assert json.loads(entry.text)["facts"]["overridden"] == ["pain_below_limit"]
    assert "cannot work" not in entry.text


def test_a_series_keeps_its_interval_and_its_number(clinic: SimulatedClinic) -> None:
    course = followed(clinic, SERIES, {})
    assert refusal(clinic, course, at=SIX_MONTHS - timedelta(days=1)) == ["treatment_interval_not_kept"]
    decide(clinic, course, at=SIX_MONTHS)
    cells_for(clinic, course, treatment_number=2, at=SIX_MONTHS)
    assert refusal(clinic, course, 3, at=SIX_MONTHS + timedelta(days=400)) == ["series_complete"]


def test_traditional_care_plans_no_further_treatment(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, NONE)
    care_for(clinic, course, at=TREATED)
    care_for(clinic, course, at=TREATED + timedelta(days=7))
    assert refusal(clinic, course) == ["another_treatment_not_planned"]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_only_the_next_treatment_is_decided(clinic: SimulatedClinic, number: int) -> None:
    course = followed(clinic, SERIES, {})
    assert refusal(clinic, course, number) == ["treatment_out_of_turn"]
    assert not AnotherTreatmentDecision.objects.exists()


def test_the_first_treatment_is_left_to_candidacy(clinic: SimulatedClinic) -> None:
    assert refusal(clinic, a_course(clinic, SERIES), 1) == ["treatment_out_of_turn"]


def test_a_treatment_is_agreed_once(clinic: SimulatedClinic) -> None:
    course = followed(clinic, SERIES, {})
    decide(clinic, course)
    assert refusal(clinic, course) == ["another_treatment_decided"]


@pytest.mark.parametrize("part", ["nurse", "coordinator", "technologist", "quality", "therapist"])
def test_a_physician_decides(clinic: SimulatedClinic, part: str) -> None:
    course = followed(clinic, SERIES, {})
    with pytest.raises(NotAuthorized):
        decide_another_treatment(course=course, treatment_number=2, by=clinic.person(part), at=SEVEN_MONTHS)


def test_a_decision_on_another_treatment_stands(clinic: SimulatedClinic) -> None:
    decide(clinic, followed(clinic, SERIES, {}))
    for statement in (
        "UPDATE follow_up_anothertreatmentdecision SET outcome = 'NOT_NOW'",
        "DELETE FROM follow_up_anothertreatmentdecision",
    ):
        with (
            pytest.raises(IntegrityError, match="never changed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
