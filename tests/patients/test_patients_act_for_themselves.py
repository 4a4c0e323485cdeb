"""A patient gets an account, and may do with it what concerns their own record only."""

from datetime import timedelta

import pytest

from stroma.clinic.access import Person
from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.clinic.queries import roles_of
from stroma.courses.actions import withdraw_from_course
from stroma.courses.models import Course
from stroma.ledger.models import Entry
from stroma.patients.access import patients_of
from stroma.patients.actions import NoAccount, give_account, merge_patients, withdraw_consent
from stroma.patients.models import ConsentWithdrawal, Patient
from stroma.protocols.domain.problem import BadInput
from tests.factories import NOW, a_patient, a_site, a_user, an_open_course

pytestmark = pytest.mark.django_db


def with_account(patient: Patient, username: str) -> User:
    by = a_user(patient.site, Role.COORDINATOR)
    return give_account(patient=patient, username=username, email=f"{username}@example.org", by=by, at=NOW)


def test_an_account_opens_the_patients_own_record_and_no_other() -> None:
    site = a_site()
    patient, _ = a_patient(site), a_patient(site)
    user = with_account(patient, "ana")
    person = Person(user, site, roles_of(user, site, at=NOW))
    assert person.roles == {Role.PATIENT}
    assert list(patients_of(person)) == [patient]


def test_an_account_is_noted_without_a_name() -> None:
    patient = a_patient(a_site())
    user = with_account(patient, "ana")
    entry = Entry.objects.get(action="patient.account_given")
    assert user.ledger_name in entry.text
    assert patient.family_name not in entry.text
    assert "ana" not in entry.text


def test_a_patient_without_a_password_cannot_sign_in_with_an_empty_one() -> None:
    assert not with_account(a_patient(a_site()), "ana").has_usable_password()


def test_a_second_account_is_refused() -> None:
    patient = a_patient(a_site())
    with_account(patient, "ana")
    with pytest.raises(NoAccount) as refused:
        with_account(patient, "ana-again")
    assert [blocker.code for blocker in refused.value.blockers] == ["account_given_already"]


def test_every_fault_of_an_account_is_named_at_once() -> None:
    site = a_site()
    with_account(a_patient(site), "ana")
    with pytest.raises(BadInput) as refused:
        give_account(
            patient=a_patient(site), username="ANA", email="", by=a_user(site, Role.COORDINATOR), at=NOW
        )
    assert [problem.code for problem in refused.value.problems] == ["username_taken", "email_missing"]


def test_only_staff_of_the_site_give_accounts() -> None:
    site = a_site()
    neighbor = with_account(a_patient(site), "neighbor")
    for stranger in (neighbor, a_user(site, Role.TECHNOLOGIST)):
        with pytest.raises(NotAuthorized):
            give_account(patient=a_patient(site), username="x", email="x@example.org", by=stranger, at=NOW)


def test_a_merged_record_hands_its_account_to_the_one_that_is_left() -> None:
    site = a_site()
    duplicate, survivor = a_patient(site), a_patient(site)
    user = with_account(duplicate, "ana")
    merge_patients(
        duplicate=duplicate, survivor=survivor, reason="one person", by=a_user(site, Role.COORDINATOR), at=NOW
    )
    survivor.refresh_from_db()
    duplicate.refresh_from_db()
    assert (survivor.user, duplicate.user) == (user, None)


@pytest.fixture
def course() -> Course:
    return an_open_course()


def test_the_patient_takes_their_own_consent_back(course: Course) -> None:
    user = with_account(course.patient, "ana")
    stopped = withdraw_from_course(course=course, reason="", by=user, at=NOW + timedelta(hours=1))
    assert (stopped.state, ConsentWithdrawal.objects.get().received_by) == (Course.State.STOPPED, user)


def test_no_patient_takes_back_the_consent_of_another(course: Course) -> None:
    neighbor = with_account(a_patient(course.site), "neighbor")
    with pytest.raises(NotAuthorized) as refused:
        withdraw_from_course(course=course, reason="", by=neighbor, at=NOW)
    assert [blocker.code for blocker in refused.value.blockers] == ["record_of_another"]
    assert course.consent is not None
    with pytest.raises(NotAuthorized):
        withdraw_consent(consent=course.consent, reason="", by=neighbor, at=NOW)
    assert not ConsentWithdrawal.objects.exists()
