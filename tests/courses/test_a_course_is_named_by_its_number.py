"""A command takes a course by the number that people say, which is unique at a site and not in an installation."""

from datetime import timedelta

import pytest

from stroma.ledger.dossier import course_named
from stroma.protocols.domain.problem import BadInput
from stroma.simulation.clinic import open_simulated_clinic
from tests.treated_courses import START, a_clinic, a_course

pytestmark = pytest.mark.django_db


def test_a_number_leads_to_its_course_and_two_sites_of_one_number_are_named() -> None:
    course = a_course(a_clinic(), "physical-therapy")
    assert course_named(course.number) == course.pk
    another = open_simulated_clinic(name="Another clinic", protocols=[], at=START - timedelta(days=1))
    elsewhere = a_course(another, "physical-therapy")
    assert elsewhere.number == course.number
    with pytest.raises(BadInput) as refused:
        course_named(course.number)
    said = refused.value.problems[0]
    assert said.code == "course_number_ambiguous"
    assert f"{elsewhere.pk} at Another clinic; {course.pk} at Test clinic" in said.message


def test_what_is_no_course_is_said_so() -> None:
    with pytest.raises(BadInput) as refused:
        course_named("C-99-9999")
    assert [one.code for one in refused.value.problems] == ["unknown_course"]
