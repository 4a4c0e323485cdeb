"""What a patient's page puts before whoever opens it: the next step, of what their roles may do."""

import pytest
from django.test import Client
from django.urls import reverse

from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site
from stroma.courses.models import Course
from stroma.follow_up.links import due_id_of
from stroma.follow_up.models import QuestionnaireDue
from stroma.ledger.models import Entry
from tests.factories import NOW, a_patient, a_site, a_user, an_open_course

pytestmark = pytest.mark.django_db


def signed_in(site: Site, role: Role) -> Client:
    client = Client()
    client.force_login(a_user(site, role))
    return client


def actions(course: Course, role: Role) -> list[str]:
    """The buttons under "To do now" that somebody of that role is shown."""
    page = signed_in(course.site, role).get(reverse("patient_page", args=[course.patient_id]))
    return [str(item.action) for item in page.context["to_do"]]


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        (Role.PHYSIATRIST, ["Prepare the consent", "Record consent", "Plan questionnaires"]),
        (Role.SURGEON, ["Prepare the consent", "Record consent", "Plan questionnaires"]),
        (Role.COORDINATOR, ["Record consent", "Plan questionnaires"]),
        (Role.NURSE, ["Record consent", "Plan questionnaires"]),
        (Role.THERAPIST, ["Plan questionnaires"]),
        (Role.TECHNOLOGIST, []),
        (Role.QUALITY, []),
    ],
)
def test_before_the_consent_each_role_is_shown_what_it_may_do(role: Role, shown: list[str]) -> None:
    assert actions(an_open_course(a_site(), is_consented=False), role) == shown


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        (Role.COORDINATOR, ["Book the visits", "Plan questionnaires"]),
        (Role.PHYSIATRIST, ["Plan questionnaires"]),
        (Role.QUALITY, []),
    ],
)
def test_after_the_consent_the_coordinator_books(role: Role, shown: list[str]) -> None:
    assert actions(an_open_course(a_site()), role) == shown


def a_due(course: Course) -> QuestionnaireDue:
    return QuestionnaireDue.objects.create(
        course=course, instrument="NRS_BACK", time_code="baseline", due_at=NOW, opens_at=NOW
    )


def give_account(client: Client, course: Course) -> int:
    page = reverse("give_account", args=[course.patient_id])
    return client.post(page, {"username": "ada", "email": "ada@example.org"}).status_code


def test_a_patient_is_given_one_account_and_no_second() -> None:
    course = an_open_course(a_site())
    client = signed_in(course.site, Role.COORDINATOR)
    assert [give_account(client, course) for _ in range(2)] == [200, 422]
    assert Entry.objects.filter(action="patient.account_given").count() == 1


def test_a_user_name_that_is_taken_is_said_beside_its_field() -> None:
    course, other = an_open_course(a_site()), a_patient(a_site())
    client = signed_in(course.site, Role.COORDINATOR)
    assert give_account(client, course) == 200
    page = reverse("give_account", args=[other.id])
    answer = signed_in(other.site, Role.COORDINATOR).post(page, {"username": "ada", "email": "b@example.org"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["username"])


def test_a_link_is_offered_for_a_patient_with_an_account_and_opens_that_questionnaire() -> None:
    course = an_open_course(a_site())
    due, client = a_due(course), signed_in(course.site, Role.COORDINATOR)
    page = reverse("call", args=[course.id])
    assert [form.link for form in client.get(page).context["forms"]] == [""]
    give_account(client, course)
    (form,) = client.get(page).context["forms"]
    assert due_id_of(form.link.rstrip("/").rpartition("/")[2]) == due.pk
    assert Client().get(form.link).status_code == 200
