"""That an account is the patient's takes two people; until then it reads and does not sign (21 CFR 11.200(a)(3))."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import RoleAssignment, Site, User
from stroma.ledger.models import Entry
from stroma.ledger.record import present
from stroma.patients.account_queries import account_is_attested
from stroma.patients.actions import NotAttested, attest_account, give_account, void_attestation
from stroma.patients.domain.attesting import DocumentSeen, account_blockers, attesting_blockers
from stroma.patients.models import AccountAttestation, AccountGiven, Patient
from tests.factories import NOW, a_patient, a_site, a_user, the_administrator
from tests.never.unguarded import take_away

PASSPORT = DocumentSeen.PASSPORT


def signed_in(user: User) -> Client:
    page = Client()
    page.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return page


def with_account(site: Site, by: User) -> Patient:
    patient = a_patient(site)
    give_account(patient=patient, username="ana", email="ana@example.org", by=by, at=NOW)
    patient.refresh_from_db()
    return patient


def alone(site: Site) -> User:
    """The only person of the site who could say so."""
    by = a_user(site, Role.NURSE)
    RoleAssignment.objects.filter(site=site, role=Role.COORDINATOR).exclude(user=by).update(
        active_to=NOW + timedelta(seconds=1)
    )
    return by


def codes(refused: pytest.ExceptionInfo[NotAttested]) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        ({}, []),
        ({"is_giver": True}, []),
        ({"is_giver": True, "others_could": True}, ["account_given_by_oneself"]),
        ({"others_could": True}, []),
        ({"is_attested": True}, ["account_attested_before"]),
        ({"is_owner": True}, ["account_of_oneself"]),
        ({"has_other_addresses": True}, ["account_has_other_addresses"]),
    ],
)
def test_who_says_that_an_account_is_the_patients(facts: dict[str, bool], reasons: list[str]) -> None:
    nothing = dict.fromkeys(
        ("is_attested", "is_giver", "is_owner", "others_could", "has_other_addresses"), False
    )
    assert [blocker.code for blocker in attesting_blockers(**{**nothing, **facts})] == reasons


def test_an_account_that_nobody_confirmed_does_not_sign() -> None:
    assert [blocker.code for blocker in account_blockers(is_attested=False)] == ["account_not_attested"]
    assert account_blockers(is_attested=True) == []


@pytest.mark.django_db
def test_one_gives_the_account_and_another_confirms_it_once() -> None:
    site = a_site()
    giver, second = a_user(site, Role.COORDINATOR), a_user(site, Role.NURSE)
    patient = with_account(site, giver)
    assert patient.user is not None
    with pytest.raises(NotAttested) as own:
        attest_account(patient=patient, document=PASSPORT, by=giver, at=NOW)
    assert codes(own) == ["account_given_by_oneself"]
    assert not account_is_attested(patient.user)
    said = attest_account(patient=patient, document=PASSPORT, by=second, at=NOW)
    assert (said.email, said.is_alone, account_is_attested(patient.user)) == ("ana@example.org", False, True)
    with pytest.raises(NotAttested) as twice:
        attest_account(patient=patient, document=PASSPORT, by=second, at=NOW)
    assert codes(twice) == ["account_attested_before"]
    entry = Entry.objects.latest("sequence")
    assert (entry.action, entry.actor) == ("patient.account_attested", second.ledger_name)
    assert "PASSPORT" in entry.text
    assert '"alone":false' in entry.text
    assert "ana@" not in entry.text


@pytest.mark.django_db
def test_whose_account_it_is_does_not_confirm_it_not_even_as_staff() -> None:
    site = a_site()
    patient = with_account(site, a_user(site, Role.COORDINATOR))
    assert patient.user is not None
    with pytest.raises(NotAuthorized):
        attest_account(patient=patient, document=PASSPORT, by=patient.user, at=NOW)
    RoleAssignment.objects.create(user=patient.user, site=site, role=Role.NURSE, active_from=NOW)
    with pytest.raises(NotAttested) as refused:
        attest_account(patient=patient, document=PASSPORT, by=patient.user, at=NOW)
    assert codes(refused) == ["account_of_oneself"]


@pytest.mark.django_db
def test_a_sole_member_of_staff_is_not_locked_out_and_the_ledger_says_that_one_did_it_alone() -> None:
    site = a_site()
    patient = a_patient(site)
    by = alone(site)
    give_account(
        patient=patient, username="ana", email="ana@example.org", by=by, at=NOW + timedelta(minutes=1)
    )
    patient.refresh_from_db()
    said = attest_account(patient=patient, document=PASSPORT, by=by, at=NOW + timedelta(minutes=2))
    assert said.is_alone
    assert '"alone":true' in Entry.objects.latest("sequence").text


@pytest.mark.django_db
def test_another_address_voids_it_before_it_changes_and_coming_back_does_not_mend_it() -> None:
    site = a_site()
    second = a_user(site, Role.NURSE)
    patient = with_account(site, a_user(site, Role.COORDINATOR))
    account = patient.user
    assert account is not None
    attest_account(patient=patient, document=PASSPORT, by=second, at=NOW)
    for email in ("mallory@example.org", "ana@example.org"):
        account.email = email
        account.save(update_fields=["email"])
        assert not account_is_attested(account)
    assert [entry.action for entry in Entry.objects.order_by("-sequence")[:1]] == ["patient.attestation_void"]
    again = attest_account(patient=patient, document=PASSPORT, by=second, at=present())
    assert (again.number, account_is_attested(account)) == (2, True)


@pytest.mark.django_db
def test_a_second_address_voids_it_and_stands_in_its_way() -> None:
    site = a_site()
    second = a_user(site, Role.NURSE)
    patient = with_account(site, a_user(site, Role.COORDINATOR))
    attest_account(patient=patient, document=PASSPORT, by=second, at=NOW)
    assert patient.user is not None
    other = EmailAddress.objects.create(user=patient.user, email="other@example.org", verified=True)
    assert not account_is_attested(patient.user)
    with pytest.raises(NotAttested) as refused:
        attest_account(patient=patient, document=PASSPORT, by=second, at=present())
    assert codes(refused) == ["account_has_other_addresses"]
    other.delete()
    attest_account(patient=patient, document=PASSPORT, by=second, at=present())
    assert account_is_attested(patient.user)


@pytest.mark.django_db
def test_signing_in_does_not_void_it() -> None:
    site = a_site()
    patient = with_account(site, a_user(site, Role.COORDINATOR))
    attest_account(patient=patient, document=PASSPORT, by=a_user(site, Role.NURSE), at=NOW)
    assert patient.user is not None
    assert signed_in(patient.user).get(reverse("home"), follow=True).status_code == 200
    patient.user.save()
    assert account_is_attested(patient.user)


@pytest.mark.django_db
def test_nothing_said_is_nothing_void() -> None:
    site = a_site()
    patient = with_account(site, a_user(site, Role.COORDINATOR))
    assert patient.user is not None
    before = Entry.objects.count()
    assert void_attestation(account=patient.user, by=patient.user, at=NOW) is None
    assert Entry.objects.count() == before


@pytest.mark.django_db
def test_the_second_person_confirms_on_the_patients_page() -> None:
    site = a_site()
    giver, second = a_user(site, Role.COORDINATOR), a_user(site, Role.COORDINATOR)
    patient = with_account(site, giver)
    own, confirm = (reverse(name, args=[patient.pk]) for name in ("patient_page", "attest_account"))
    assert "waits for a second person" in signed_in(giver).get(own).content.decode()
    assert "You gave this account" in signed_in(giver).get(confirm).content.decode()
    page = signed_in(second)
    assert confirm in page.get(own).content.decode()
    assert "ana@example.org" in page.get(confirm).content.decode()
    bare = page.post(confirm, {"document": "PASSPORT"})
    assert (bare.status_code, "is_theirs" in bare.context["form"].errors) == (422, True)
    sent = {"document": "PASSPORT", "is_theirs": "on"}
    refused = signed_in(giver).post(confirm, sent)
    assert [b.code for b in refused.context["found"]] == ["account_given_by_oneself"]
    assert page.post(confirm, sent).headers["Location"] == own
    after = page.get(own).content.decode()
    assert (second.name in after, "waits for a second person" in after) == (True, False)


@pytest.mark.django_db
def test_who_gave_the_accounts_from_before_is_read_from_the_ledger() -> None:
    site = a_site()
    giver = a_user(site, Role.COORDINATOR)
    patient = with_account(site, giver)
    take_away("patients_accountgiven_no_delete")
    AccountGiven.objects.all().delete()
    migration = import_module("stroma.patients.migrations.0004_accounts_take_two")
    migration.read_who_gave_them(apps, SimpleNamespace(connection=connection))
    given = AccountGiven.objects.get()
    assert (given.account, given.given_by, given.site) == (patient.user, giver, site)


@pytest.mark.django_db
def test_an_administrator_sees_no_patient_and_confirms_no_account() -> None:
    site = a_site()
    patient = with_account(site, a_user(site, Role.COORDINATOR))
    with pytest.raises(NotAuthorized):
        attest_account(patient=patient, document=PASSPORT, by=the_administrator(site), at=NOW)
    assert not AccountAttestation.objects.exists()
