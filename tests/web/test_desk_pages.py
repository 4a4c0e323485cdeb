"""The pages of the desk, opened and used as coordinator, physiatrist and nurse do."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains

from stroma.candidacy.models import Assessment, Decision
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site
from stroma.courses.models import Course
from stroma.patients.models import Patient, PatientAccess
from stroma.planning.models import Visit
from tests.factories import NOW, a_patient, a_site, a_user, an_adopted_protocol, an_open_course

pytestmark = pytest.mark.django_db


def signed_in(site: Site, *roles: Role) -> Client:
    client = Client()
    client.force_login(a_user(site, *roles), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_board_shows_each_open_course_with_its_patient() -> None:
    site = a_site()
    course = an_open_course(site)
    answer = signed_in(site, Role.COORDINATOR).get(reverse("coordinator_home"))
    assert [row.who for row in answer.context["board"].rows] == [
        f"{course.patient.family_name}, {course.patient.given_names}"
    ]


def test_the_board_asks_as_few_questions_for_three_courses_as_for_one() -> None:
    site = a_site()
    client = signed_in(site, Role.COORDINATOR)
    an_open_course(site)
    client.get(reverse("coordinator_home"))  # the protocol is read once
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(reverse("coordinator_home"))
    an_open_course(site)
    an_open_course(site)
    with CaptureQueriesContext(connection) as three:
        client.get(reverse("coordinator_home"))
    assert len(three) == len(one)


def test_opening_a_patient_is_noted_for_the_patient_to_read() -> None:
    site = a_site()
    patient = a_patient(site)
    signed_in(site, Role.NURSE).get(reverse("patient_page", args=[patient.id]))
    assert list(PatientAccess.objects.values_list("patient", "page")) == [(patient.id, "patient")]


@pytest.mark.parametrize("typed", ["P0000001", " p0000001 ", "p1"])
def test_a_record_number_leads_to_its_patient(typed: str) -> None:
    site = a_site()
    patient = a_patient(site)
    answer = signed_in(site, Role.COORDINATOR).get(reverse("find"), {"q": typed})
    assert answer.headers["Location"] == reverse("patient_page", args=[patient.id])


def test_a_search_finds_nobody_of_another_site() -> None:
    patient = a_patient(a_site())
    answer = signed_in(a_site(), Role.COORDINATOR).get(reverse("find"), {"q": patient.family_name})
    assert answer.context["found"].count == 0


TOLD = {
    "given_names": "Ada",
    "family_name": "Sample",
    "birth_date": "1970-05-01",
    "sex": "female",
    "language": "en",
    "phone": "",
    "email": "",
}


def test_a_patient_is_registered_by_form() -> None:
    site = a_site()
    signed_in(site, Role.COORDINATOR).post(reverse("register_patient"), TOLD)
    assert list(Patient.objects.values_list("family_name", "given_names")) == [("Sample", "Ada")]


def test_a_likely_duplicate_is_asked_about_before_anything_is_written() -> None:
    site = a_site()
    client = signed_in(site, Role.COORDINATOR)
    client.post(reverse("register_patient"), TOLD)
    answer = client.post(reverse("register_patient"), TOLD)
    assert (answer.status_code, answer.context["suspects"], Patient.objects.count()) == (422, ["P0000001"], 1)
    client.post(reverse("register_patient"), {**TOLD, "suspect": "P0000001", "answer": "new"})
    assert Patient.objects.count() == 2


def an_assessment(site: Site) -> Assessment:
    patient = a_patient(site)
    an_adopted_protocol(site)
    page = reverse("assess", args=[patient.id, "disc-marrow-concentrate"])
    signed_in(site, Role.NURSE).post(page, {"flag_saddle_numbness": "yes"})
    return Assessment.objects.get()


def test_a_red_flag_leads_to_care_and_is_never_signed_as_candidate() -> None:
    site = a_site()
    client = signed_in(site, Role.PHYSIATRIST)
    assessment = an_assessment(site)
    signing: dict[str, Any] = {"outcome": "CANDIDATE", "sign": "simulated"}
    refused = client.post(reverse("review", args=[assessment.id]), signing)
    assert (refused.status_code, Decision.objects.count()) == (422, 0)
    client.post(reverse("review", args=[assessment.id]), {**signing, "outcome": "ROUTED_TO_CARE"})
    assert list(Decision.objects.values_list("outcome", flat=True)) == ["ROUTED_TO_CARE"]


def test_a_signed_decision_shows_who_signed_when_and_what_it_means() -> None:
    site = a_site()
    client = signed_in(site, Role.PHYSIATRIST)
    assessment = an_assessment(site)
    page = reverse("review", args=[assessment.id])
    client.post(page, {"outcome": "NOT_A_CANDIDATE", "sign": "simulated"})
    signature = Decision.objects.get().signature
    answer = client.get(page)
    signed_at = signature.signed_at.astimezone(ZoneInfo(site.time_zone)).isoformat(timespec="minutes")
    assertContains(answer, f'{signature.printed_name}, <time datetime="{signed_at}">')
    assertContains(answer, "(approval; simulated)")


def test_a_decision_with_a_wrong_password_is_not_signed() -> None:
    site = a_site()
    client = signed_in(site, Role.PHYSIATRIST)
    assessment = an_assessment(site)
    signing = {"outcome": "NOT_A_CANDIDATE", "password": "wrong", "sign": "password"}
    answer = client.post(reverse("review", args=[assessment.id]), signing)
    assert [blocker.code for blocker in answer.context["refused"]] == ["credential_wrong"]


def test_a_course_without_consent_is_not_booked_and_says_why() -> None:
    site = a_site()
    course = an_open_course(site, is_consented=False)
    client = signed_in(site, Role.COORDINATOR)
    for answer in (
        client.get(reverse("book_chain", args=[course.id])),
        client.post(reverse("book_chain", args=[course.id]), {"earliest": "2030-01-07"}),
    ):
        assert [blocker.code for blocker in answer.context["found"]] == ["booking_consent_missing"]


def test_a_course_is_stopped_with_a_reason_only() -> None:
    site = a_site()
    course = an_open_course(site)
    client = signed_in(site, Role.PHYSIATRIST)
    assert client.post(reverse("stop_course", args=[course.id]), {"reason": " "}).status_code == 422
    client.post(reverse("stop_course", args=[course.id]), {"reason": "moved away"})
    course.refresh_from_db()
    assert course.state == Course.State.STOPPED


def test_a_visit_is_marked_as_held() -> None:
    site = a_site()
    course = an_open_course(site)
    visit = Visit.objects.create(
        site=site,
        course=course,
        code="collection",
        starts_at=NOW + timedelta(hours=2),
        ends_at=NOW + timedelta(hours=3),
        booked_at=NOW,
    )
    signed_in(site, Role.NURSE).post(reverse("visit_held", args=[visit.id]))
    visit.refresh_from_db()
    assert visit.state == Visit.State.COMPLETED


def test_the_registry_says_that_it_cannot_show_superiority() -> None:
    site = a_site()
    an_open_course(site)
    answer = signed_in(site, Role.ANALYST).get(reverse("registry_home"))
    assert [note.code for note in answer.context["notes"]] == [
        "registry_cannot_show_superiority",
        "product_not_approved",
    ]


def test_the_registry_refuses_a_comparison_of_one() -> None:
    site = a_site()
    an_open_course(site)
    page = reverse("registry_home")
    answer = signed_in(site, Role.ANALYST).get(page, {"compare": "disc-marrow-concentrate"})
    assert answer.status_code == 422
    assert "one_treatment_is_no_comparison" in [blocker.code for blocker in answer.context["found"]]


def test_an_administrator_sees_that_the_ledger_is_intact() -> None:
    site = a_site()
    client = signed_in(site, Role.ADMINISTRATOR)
    entries = client.post(reverse("administrator_home")).context["checks"][0]
    assert (entries.check, list(entries.findings)) == ("entries", [])


def test_a_patients_page_asks_the_same_of_three_courses_as_of_one_but_for_the_ledger() -> None:
    site = a_site()
    patient = a_patient(site)
    client = signed_in(site, Role.NURSE)
    asked = []
    for courses in (1, 2):
        for _ in range(courses):
            an_open_course(site, patient=patient)
        client.get(reverse("patient_page", args=[patient.id]))
        with CaptureQueriesContext(connection) as captured:
            assert len(client.get(reverse("patient_page", args=[patient.id])).context["cards"]) in {1, 3}
        asked.append([each["sql"] for each in captured if "ledger_link" not in each["sql"]])
    assert len(asked[0]) == len(asked[1])
