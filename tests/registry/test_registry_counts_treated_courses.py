"""The registry counts every treated course, cells and traditional care alike, and hides nothing that is missing."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stroma.courses.actions import stop_course
from stroma.courses.models import Course
from stroma.follow_up.actions import (
    answer_questionnaire,
    correct_answer,
    plan_follow_up,
    record_intervention,
)
from stroma.follow_up.models import Intervention, QuestionnaireAnswer, QuestionnaireDue
from stroma.protocols.domain.problem import BadInput
from stroma.registry.domain.pain_over_time import PainPoint
from stroma.registry.queries import NotComparable, pain_over_time, pain_rows
from stroma.simulation.clinic import SimulatedClinic
from tests.treated_courses import START, a_clinic, a_course, an_open_course, care_for, cells_for, consented

pytestmark = pytest.mark.django_db

CELLS, THERAPY, SURGERY = "disc-marrow-concentrate", "physical-therapy", "surgery"
CONSENTED = START + timedelta(days=4)
TREATED = START + timedelta(days=10)
TWO_WEEKS = TREATED + timedelta(days=14)
A_YEAR_LATER = TREATED + timedelta(days=365)


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


def courses_with_baselines(clinic: SimulatedClinic, *under: tuple[str, int | None]) -> list[Course]:
    """One course for each protocol and baseline; all consented, answered and treated at the same times."""
    opened = [an_open_course(clinic, protocol_id) for protocol_id, _ in under]
    courses = [consented(clinic, course, at=CONSENTED) for course in opened]
    for course, (_, pain) in zip(courses, under, strict=True):
        plan_follow_up(course=course, by=clinic.person("nurse"), at=CONSENTED)
        if pain is not None:
            answer(clinic, course, "baseline", pain, at=CONSENTED)
    for course, (protocol_id, _) in zip(courses, under, strict=True):
        (cells_for if protocol_id == CELLS else care_for)(clinic, course, at=TREATED)
        plan_follow_up(course=course, by=clinic.person("nurse"), at=TREATED)
    return courses


def answer(
    clinic: SimulatedClinic, course: Course, time_code: str, pain: int, *, at: datetime = TWO_WEEKS
) -> QuestionnaireAnswer:
    return answer_questionnaire(
        due=QuestionnaireDue.objects.get(course=course, instrument="NRS_BACK", time_code=time_code),
        answers={"nrs_back": pain},
        method=QuestionnaireAnswer.Method.PHONE,
        by=clinic.person("nurse"),
        at=at,
    )


def counts(point: PainPoint) -> tuple[int, int, int, int, float | None]:
    return point.n_due, point.n_answered, point.n_missing, point.n_censored, point.mean


def week_2(
    clinic: SimulatedClinic, *, at: datetime = A_YEAR_LATER
) -> dict[str, tuple[int, int, int, int, float | None]]:
    points = pain_over_time(clinic.site, at=at).points
    return {
        point.treatment.partition(":")[0]: counts(point) for point in points if point.time_code == "week_2"
    }


def test_cells_and_traditional_care_stand_beside_each_other_with_what_is_missing(
    clinic: SimulatedClinic,
) -> None:
    one, two, _, other = courses_with_baselines(clinic, (CELLS, 8), (CELLS, 6), (CELLS, 7), (THERAPY, 5))
    answer(clinic, one, "week_2", 4)
    answer(clinic, two, "week_2", 5)
    answer(clinic, other, "week_2", 3)
    assert week_2(clinic) == {CELLS: (3, 2, 1, 0, 4.5), THERAPY: (1, 1, 0, 0, 3.0)}
    table = pain_over_time(clinic.site, at=A_YEAR_LATER)
    change = next(c for c in table.changes if c.treatment.startswith(CELLS) and c.time_code == "week_2")
    assert (change.n_paired, change.mean_change) == (2, -2.5)
    assert [(arm.protocol_id, arm.is_approved, arm.n_treated, arm.n_not_treated) for arm in table.arms] == [
        (CELLS, False, 3, 0),
        (THERAPY, True, 1, 0),
    ]
    assert table.points[0].treatment == f"{CELLS}: Lumbar disc, marrow concentrate, same day"
    assert [note.code for note in table.notes] == ["registry_cannot_show_superiority", "product_not_approved"]


def test_a_time_is_missing_only_when_its_window_has_closed(clinic: SimulatedClinic) -> None:
    courses_with_baselines(clinic, (THERAPY, 5))
    closes_at = TWO_WEEKS + timedelta(days=3)
    assert week_2(clinic, at=closes_at - timedelta(seconds=1)) == {THERAPY: (0, 0, 0, 1, None)}
    assert week_2(clinic, at=closes_at) == {THERAPY: (1, 0, 1, 0, None)}


def test_a_follow_up_that_was_never_planned_is_missing_not_absent(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, THERAPY)
    care_for(clinic, course, at=TREATED)
    assert not QuestionnaireDue.objects.exists()
    assert week_2(clinic) == {THERAPY: (1, 0, 1, 0, None)}


def test_a_course_that_was_not_treated_is_counted_apart(clinic: SimulatedClinic) -> None:
    a_course(clinic, THERAPY)
    table = pain_over_time(clinic.site, at=A_YEAR_LATER)
    assert ([(arm.n_treated, arm.n_not_treated) for arm in table.arms], list(table.points)) == ([(0, 1)], [])


def test_a_baseline_given_after_the_treatment_is_no_baseline(clinic: SimulatedClinic) -> None:
    (course,) = courses_with_baselines(clinic, (THERAPY, None))
    answer(clinic, course, "baseline", 2, at=TREATED + timedelta(days=1))
    table = pain_over_time(clinic.site, at=A_YEAR_LATER)
    assert (table.points[0].time_code, *counts(table.points[0])) == ("baseline", 1, 0, 1, 0, None)


def test_a_late_answer_counts_and_is_flagged(clinic: SimulatedClinic) -> None:
    (course,) = courses_with_baselines(clinic, (THERAPY, 5))
    answer(clinic, course, "week_2", 3, at=TWO_WEEKS + timedelta(days=60))
    table = pain_over_time(clinic.site, at=A_YEAR_LATER)
    assert week_2(clinic) == {THERAPY: (1, 1, 0, 0, 3.0)}
    assert [(key[1], number) for key, number in table.outside_window.items()] == [("week_2", 1)]


def test_only_the_corrected_answer_counts(clinic: SimulatedClinic) -> None:
    (course,) = courses_with_baselines(clinic, (THERAPY, 5))
    wrong = answer(clinic, course, "week_2", 9)
    correct_answer(
        answer=wrong, answers={"nrs_back": 6}, reason="misread", by=clinic.person("nurse"), at=TWO_WEEKS
    )
    assert week_2(clinic) == {THERAPY: (1, 1, 0, 0, 6.0)}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Intervention.Kind.SURGERY, (0, 0, 0, 1, None)),
        (Intervention.Kind.INJECTION, (0, 0, 0, 1, None)),
        (Intervention.Kind.STRONG_OPIOID, (0, 0, 0, 1, None)),
        (Intervention.Kind.OTHER, (1, 1, 0, 0, 0.0)),
    ],
)
def test_a_rescue_does_not_pass_for_a_success(
    clinic: SimulatedClinic, kind: Intervention.Kind, expected: tuple[int, int, int, int, float | None]
) -> None:
    (course,) = courses_with_baselines(clinic, (THERAPY, 8))
    rescue = TREATED + timedelta(days=5)
    record_intervention(course=course, kind=kind, happened_at=rescue, by=clinic.person("nurse"), at=rescue)
    answer(clinic, course, "week_2", 0)
    assert week_2(clinic) == {THERAPY: expected}


def test_surgery_under_another_course_ends_what_can_be_said_of_the_first(clinic: SimulatedClinic) -> None:
    (first,) = courses_with_baselines(clinic, (THERAPY, 8))
    second = a_course(clinic, SURGERY, patient=first.patient, at=TREATED + timedelta(days=1))
    operated = TREATED + timedelta(days=5)
    care_for(clinic, second, at=operated)
    answer(clinic, first, "week_2", 0)
    assert week_2(clinic) == {THERAPY: (0, 0, 0, 1, None), SURGERY: (1, 0, 1, 0, None)}
    table = pain_over_time(clinic.site, at=A_YEAR_LATER)
    reasons = {key[1]: dict(found) for key, found in table.censored.items() if key[0].startswith(THERAPY)}
    assert reasons["week_2"] == {"surgery": 1}


def test_who_died_or_left_is_no_longer_due(clinic: SimulatedClinic) -> None:
    died, left, stayed = courses_with_baselines(clinic, (THERAPY, 8), (THERAPY, 8), (THERAPY, 8))
    died.patient.is_deceased, died.patient.deceased_at = True, TREATED + timedelta(days=2)
    died.patient.save()
    answer(clinic, left, "week_2", 4)
    answer(clinic, stayed, "week_2", 5)
    left_at = TWO_WEEKS + timedelta(days=1)
    stop_course(course=left, reason="moved", by=clinic.person("coordinator"), at=left_at)
    assert week_2(clinic) == {THERAPY: (2, 2, 0, 1, 4.5)}
    table = pain_over_time(clinic.site, at=A_YEAR_LATER)
    reasons = {key[1]: dict(found) for key, found in table.censored.items()}
    assert reasons["month_3"] == {"died": 1, "course_stopped": 1}


def test_a_comparison_is_refused_where_the_patients_were_not_alike(clinic: SimulatedClinic) -> None:
    courses_with_baselines(clinic, (CELLS, 8), (CELLS, 9), (THERAPY, 3), (THERAPY, 2))
    with pytest.raises(NotComparable) as refused:
        pain_over_time(clinic.site, compare=[CELLS, THERAPY], at=A_YEAR_LATER)
    assert [blocker.code for blocker in refused.value.blockers] == [
        "baseline_means_too_far_apart",
        "baseline_does_not_overlap",
    ]


def test_a_comparison_of_patients_who_were_alike_says_what_it_cannot_show(clinic: SimulatedClinic) -> None:
    courses_with_baselines(clinic, (CELLS, 8), (CELLS, 6), (THERAPY, 8), (THERAPY, 6), (SURGERY, 1))
    table = pain_over_time(clinic.site, compare=[CELLS, THERAPY], at=A_YEAR_LATER)
    assert {point.treatment.partition(":")[0] for point in table.points} == {CELLS, THERAPY}
    assert [note.code for note in table.notes] == ["registry_cannot_show_superiority", "product_not_approved"]


def test_what_cannot_be_asked_is_said(clinic: SimulatedClinic) -> None:
    with pytest.raises(BadInput) as raised:
        pain_over_time(clinic.site, instrument="PEG", at=A_YEAR_LATER)
    assert [problem.code for problem in raised.value.problems] == ["not_a_pain_scale"]
    with pytest.raises(BadInput) as raised:
        pain_over_time(clinic.site, compare=["homeopathy", "leeches"], at=A_YEAR_LATER)
    assert [problem.place for problem in raised.value.problems] == ["homeopathy", "leeches"]


def test_more_courses_take_no_more_queries(clinic: SimulatedClinic) -> None:
    def queries() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            rows = pain_rows(clinic.site, at=A_YEAR_LATER)
        return len(rows), len(captured)

    courses_with_baselines(clinic, (THERAPY, 5))
    assert queries() == (9, 6)
    for number in (1, 3):
        course = a_course(clinic, SURGERY, at=TREATED + timedelta(days=number))
        care_for(clinic, course, at=TREATED + timedelta(days=number + 1))
    assert queries() == (27, 6)
