"""From a patient's report that was taken up to the adverse event a clinician judges it to be."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from stroma.clinic.domain.roles import Role
from stroma.courses.models import Course
from stroma.follow_up.models import AdverseEvent, ProblemReport
from tests.factories import a_site, a_user, an_open_course
from tests.lots_on_the_way import signed_in

pytestmark = pytest.mark.django_db

NOW = timezone.now()
JUDGED = {
    "verbatim": "my leg went numb",
    "onset_at": f"{NOW - timedelta(days=2):%Y-%m-%dT%H:%M}",
    "ctcae_grade": "3",
    "seriousness": ["HOSPITAL_STAY"],
    "related_to": "INJECTION",
    "relation": "POSSIBLE",
    "is_expected": "no",
    "outcome": "RECOVERING",
}


@pytest.fixture
def course() -> Course:
    return an_open_course(a_site())


def a_report(course: Course) -> ProblemReport:
    nurse = a_user(course.site, Role.NURSE)
    return ProblemReport.objects.create(
        patient=course.patient,
        course=course,
        words="my leg went numb",
        reported_by=nurse,
        reported_at=NOW,
        taken_up_by=nurse,
        taken_up_at=NOW,
    )


def test_a_report_that_was_taken_up_leads_to_the_form_with_the_patients_words(course: Course) -> None:
    nurse, report = signed_in(a_user(course.site, Role.NURSE)), a_report(course)
    address = f"{reverse('report_adverse_event', args=[course.pk])}?report={report.pk}"
    assert address in nurse.get(reverse("problems")).content.decode()
    assert nurse.get(address).context["form"]["verbatim"].value() == "my leg went numb"
    coordinator = signed_in(a_user(course.site, Role.COORDINATOR))
    assert address not in coordinator.get(reverse("problems")).content.decode()


def test_the_words_of_another_patient_are_not_taken_over(course: Course) -> None:
    other = a_report(an_open_course(course.site))
    nurse = signed_in(a_user(course.site, Role.NURSE))
    page = nurse.get(reverse("report_adverse_event", args=[course.pk]), {"report": str(other.pk)})
    assert page.context["told"] is None
    assert nurse.get(page.request["PATH_INFO"], {"report": "nonsense"}).status_code == 200


def test_a_judged_event_is_kept_with_the_clock_of_the_site(course: Course) -> None:
    nurse = signed_in(a_user(course.site, Role.NURSE))
    done = nurse.post(reverse("report_adverse_event", args=[course.pk]), JUDGED)
    assert done.headers["Location"] == reverse("course_page", args=[course.pk])
    event = AdverseEvent.objects.get()
    assert (event.ctcae_grade, event.seriousness, event.is_expected) == (3, ["HOSPITAL_STAY"], False)
    assert (
        f"{timezone.localtime(event.onset_at, ZoneInfo(course.site.time_zone)):%Y-%m-%dT%H:%M}"
        == JUDGED["onset_at"]
    )


def test_every_fault_of_a_judgement_is_named_at_its_field(course: Course) -> None:
    nurse = signed_in(a_user(course.site, Role.NURSE))
    wrong = JUDGED | {
        "seriousness": ["DEATH"],
        "related_to": "NONE",
        "outcome": "FATAL",
        "onset_at": f"{NOW + timedelta(days=3):%Y-%m-%dT%H:%M}",
    }
    refused = nurse.post(reverse("report_adverse_event", args=[course.pk]), wrong)
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"seriousness", "related_to", "outcome", "onset_at"}
    assert not AdverseEvent.objects.exists()


def test_nothing_is_chosen_beforehand(course: Course) -> None:
    nurse = signed_in(a_user(course.site, Role.NURSE))
    refused = nurse.post(reverse("report_adverse_event", args=[course.pk]), {"verbatim": "sore"})
    assert {"ctcae_grade", "related_to", "relation", "is_expected", "outcome", "onset_at"} == set(
        refused.context["form"].errors
    )
