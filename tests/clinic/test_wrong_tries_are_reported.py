"""Five wrong tries are told at once to who answers for security, and cleared with a reason (21 CFR 11.300(d))."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from stroma.clinic.actions import NewPerson, add_person
from stroma.clinic.actions.attempts import NotCleared, clear_attempts, report_attempts
from stroma.clinic.domain.attempts import CLOSED_FOR, is_reported_again
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import AttemptReport, Site, User
from stroma.ledger.models import Entry
from tests.factories import NOW, a_site, a_user, the_administrator

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def a_nurse(site: Site) -> User:
    person = NewPerson("nora", "Nora Nurse", email="nora@example.org", password="a long enough one")
    by = the_administrator(site)
    return add_person(site=site, person=person, roles=[Role.NURSE], by=by, at=NOW)


def told(site: Site) -> User:
    """A colleague of quality with a mail address."""
    quality = a_user(site, Role.QUALITY)
    quality.email = "quality@example.org"
    quality.save()
    return quality


def guess(login: str, times: int) -> int:
    page = Client()
    answers = [
        page.post(reverse("account_login"), {"login": login, "password": f"guess {n}"}) for n in range(times)
    ]
    return answers[-1].status_code


@pytest.mark.parametrize("login", ["nora", "nora@example.org"])
def test_the_fifth_wrong_try_is_told_at_once_on_two_homes_and_by_mail(login: str) -> None:
    site = a_site()
    a_nurse(site)
    quality = told(site)
    assert (guess(login, 4), AttemptReport.objects.count(), mail.outbox) == (200, 0, [])
    assert guess(login, 1) == 429
    report = AttemptReport.objects.get()
    assert Entry.objects.latest("sequence").action == "attempts.reported"
    [sent] = mail.outbox
    assert (sent.to, reverse("attempts") in str(sent.body), "ora" in str(sent.body)) == (
        ["quality@example.org"],
        True,
        False,
    )
    page = Client()
    for person, home in ((quality, "quality_home"), (the_administrator(site), "administrator_home")):
        page.force_login(person, backend=BACKEND)
        shown = page.get(reverse(home)).content.decode()
        assert "5 wrong tries at the account of Nora Nurse" in shown
    address = reverse("clear_attempts", args=[report.pk])
    assert page.post(address, {"reason": ""}).status_code == 422
    assert page.post(address, {"reason": "She forgot it; I saw her."}).headers["Location"] == reverse(
        "attempts"
    )
    assert "Nora" not in page.get(reverse("quality_home")).content.decode()
    assert "She forgot it; I saw her." in page.get(reverse("attempts")).content.decode()


def test_tries_against_a_closed_door_and_at_nobodys_account_make_no_report() -> None:
    site = a_site()
    a_nurse(site)
    assert guess("nobody-of-that-name", 6) == 429
    assert not AttemptReport.objects.exists()
    guess("nora", 9)
    assert AttemptReport.objects.count() == 1
    assert [is_reported_again(NOW, at=NOW + wait) for wait in (timedelta(0), CLOSED_FOR)] == [False, True]


def test_a_report_is_cleared_once_and_a_patients_name_is_not_told() -> None:
    site = a_site()
    patient = a_user(site, Role.PATIENT)
    [report] = report_attempts(person=patient, by="door", at=NOW)
    by = the_administrator(site)
    page = Client()
    page.force_login(by, backend=BACKEND)
    shown = page.get(reverse("administrator_home")).content.decode()
    assert ("account of a patient" in shown, patient.name in shown) == (True, False)
    clear_attempts(report=report, reason="the patient forgot it", by=by, at=NOW)
    with pytest.raises(NotCleared) as refused:
        clear_attempts(report=report, reason="once more", by=by, at=NOW)
    assert [blocker.code for blocker in refused.value.blockers] == ["attempts_cleared_before"]
