"""What went wrong is reported with the day by which an authority must know, and followed to its end."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from stroma.clinic.authority import NotAuthorized
from stroma.courses.actions import stop_course
from stroma.courses.models import Course
from stroma.follow_up.actions import NotReportable, record_intervention, report_adverse_event
from stroma.follow_up.domain.adverse_events import AdverseEvent as Judged
from stroma.follow_up.domain.adverse_events import RelatedTo, Relation, Seriousness
from stroma.follow_up.models import AdverseEvent, Intervention
from stroma.ledger.models import Entry
from stroma.protocols.domain.problem import BadInput
from stroma.simulation.clinic import SimulatedClinic
from tests.treated_courses import START, a_clinic, a_course

pytestmark = pytest.mark.django_db

IND, CARE = "disc-marrow-expanded", "physical-therapy"
LEARNED = START + timedelta(days=20)
DISCITIS = Judged(
    ctcae_grade=3,
    seriousness=frozenset({Seriousness.HOSPITAL_STAY}),
    related_to=RelatedTo.INJECTION,
    relation=Relation.PROBABLE,
    is_expected=False,
    onset_at=LEARNED - timedelta(days=3),
)
WORDS = "Mrs. Testfamily had fever and worse back pain"


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


def report(
    clinic: SimulatedClinic, course: Course, event: Judged = DISCITIS, part: str = "nurse", **change: object
) -> AdverseEvent:
    values: dict[str, object] = {
        "verbatim": WORDS,
        "outcome": AdverseEvent.Outcome.NOT_RECOVERED,
        "at": LEARNED,
        **change,
    }
    return report_adverse_event(course=course, event=event, by=clinic.person(part), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("protocol_id", "seriousness", "days"),
    [
        (IND, {Seriousness.HOSPITAL_STAY}, 15),
        (IND, {Seriousness.LIFE_THREATENING}, 7),
        (IND, set(), None),
        (CARE, {Seriousness.HOSPITAL_STAY}, None),
    ],
)
def test_the_duty_to_tell_an_authority_is_kept_with_its_last_day(
    clinic: SimulatedClinic, protocol_id: str, seriousness: set[Seriousness], days: int | None
) -> None:
    course = a_course(clinic, protocol_id)
    kept = report(clinic, course, replace(DISCITIS, seriousness=frozenset(seriousness)))
    last_day = LEARNED + timedelta(days=days) if days else None
    assert (kept.duty_days, kept.duty_due_at, bool(kept.duty_source)) == (days, last_day, days is not None)


def test_a_later_report_does_not_move_the_last_day_back(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, IND)
    first = report(clinic, course)
    later = LEARNED + timedelta(days=10)
    ended = replace(DISCITIS, ended_at=later)
    second = report(clinic, course, ended, follows=first, outcome=AdverseEvent.Outcome.RECOVERED, at=later)
    assert (second.follows, second.duty_due_at) == (first, LEARNED + timedelta(days=15))


def test_a_later_report_follows_the_newest_one_of_its_course(clinic: SimulatedClinic) -> None:
    course, other = a_course(clinic, IND), a_course(clinic, CARE, at=START + timedelta(days=4))
    first = report(clinic, course)
    report(clinic, course, follows=first)
    for where in (course, other):
        with pytest.raises(NotReportable) as refused:
            report(clinic, where, follows=first)
        assert [blocker.code for blocker in refused.value.blockers] == ["not_the_newest_report"]


def test_every_fault_of_a_report_is_said_and_nothing_is_written(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, IND)
    event = replace(DISCITIS, ctcae_grade=5, onset_at=LEARNED + timedelta(days=1))
    with pytest.raises(BadInput) as raised:
        report(clinic, course, event, verbatim=" ", code="10012345")
    assert [problem.code for problem in raised.value.problems] == [
        "grade_and_death_differ",
        "onset_in_the_future",
        "verbatim_missing",
        "grade_and_outcome_differ",
        "code_without_system",
    ]
    assert not AdverseEvent.objects.exists()


def test_an_event_after_the_end_of_the_course_is_still_reported(clinic: SimulatedClinic) -> None:
    course = a_course(clinic, IND)
    at = START + timedelta(days=5)
    stop_course(course=course, reason="moved away", by=clinic.person("coordinator"), at=at)
    assert report(clinic, course).course == course


def test_the_words_of_a_report_are_sealed(clinic: SimulatedClinic) -> None:
    report(clinic, a_course(clinic, IND), action_taken="antibiotics for Mrs. Testfamily")
    entry = Entry.objects.get(action="adverse_event.reported")
    facts = json.loads(entry.text)["facts"]
    assert (list(facts["verbatim"]), list(facts["action_taken"])) == (["sealed"], ["sealed"])
    assert facts["duty"]["days"] == 15
    assert "Testfamily" not in entry.text


@pytest.mark.parametrize(
    ("part", "may"),
    [
        ("physiatrist", True),
        ("surgeon", True),
        ("nurse", True),
        ("coordinator", False),
        ("therapist", False),
        ("technologist", False),
        ("quality", False),
        ("analyst", False),
    ],
)
def test_clinicians_and_nurses_report(clinic: SimulatedClinic, part: str, may: bool) -> None:
    course = a_course(clinic, IND)
    if may:
        assert report(clinic, course, part=part).reported_by == clinic.person(part)
        return
    with pytest.raises(NotAuthorized):
        report(clinic, course, part=part)


def test_an_intervention_is_recorded_once_and_not_ahead_of_time(clinic: SimulatedClinic) -> None:
    course, nurse = a_course(clinic, CARE), clinic.person("nurse")
    surgery, happened_at = Intervention.Kind.SURGERY, LEARNED - timedelta(days=1)
    record_intervention(course=course, kind=surgery, happened_at=happened_at, by=nurse, at=LEARNED)
    with pytest.raises(NotReportable) as refused:
        record_intervention(course=course, kind=surgery, happened_at=happened_at, by=nurse, at=LEARNED)
    assert [blocker.code for blocker in refused.value.blockers] == ["intervention_recorded_already"]
    for wrong in (LEARNED + timedelta(days=1), happened_at.replace(tzinfo=None)):
        with pytest.raises(BadInput) as raised:
            record_intervention(course=course, kind=surgery, happened_at=wrong, by=nurse, at=LEARNED)
        assert [problem.place for problem in raised.value.problems] == ["happened_at"]
    with pytest.raises(NotAuthorized):
        record_intervention(
            course=course, kind=surgery, happened_at=START, by=clinic.person("analyst"), at=LEARNED
        )


@pytest.mark.parametrize("table", ["follow_up_adverseevent", "follow_up_intervention"])
def test_what_was_reported_stands(clinic: SimulatedClinic, table: str) -> None:
    course = a_course(clinic, IND)
    report(clinic, course)
    opioid = Intervention.Kind.STRONG_OPIOID
    record_intervention(
        course=course, kind=opioid, happened_at=LEARNED, by=clinic.person("nurse"), at=LEARNED
    )
    for statement in (f"UPDATE {table} SET course_id = course_id", f"DELETE FROM {table}"):
        with (
            pytest.raises(IntegrityError, match="never changed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
