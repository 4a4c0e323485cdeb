"""Accounts by invitation and the end of roles; and where a site may answer."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from stroma.clinic.actions import NewPerson, NotEnded, NotInvited, add_person, end_roles, invite_again
from stroma.clinic.domain.roles import Role
from stroma.clinic.invitations import invitation_path
from stroma.clinic.models import User
from stroma.config.door import SECRET_LENGTH, read_door
from stroma.config.environment import SettingError
from stroma.ledger.models import Entry
from tests.factories import NOW, a_site, a_user, the_administrator

LONG = "x" * SECRET_LENGTH


@pytest.mark.django_db
def test_whose_roles_ended_can_neither_sign_in_nor_be_invited() -> None:
    site = a_site()
    by = the_administrator(site)
    nurse = add_person(
        site=site,
        person=NewPerson("nora", "Nora Nurse", password="a long enough one"),
        roles=[Role.NURSE],
        by=by,
        at=NOW,
    )
    end_roles(site=site, person=nurse, reason="moved", by=by, at=NOW.replace(year=NOW.year + 1))
    nurse.refresh_from_db()
    assert not nurse.is_active
    assert Entry.objects.latest("sequence").action == "person.roles_ended"
    with pytest.raises(NotInvited) as refused:
        invite_again(site=site, person=nurse, by=by, at=NOW.replace(year=NOW.year + 1))
    assert [blocker.code for blocker in refused.value.blockers] == ["person_not_here"]


@pytest.mark.django_db
def test_the_user_name_of_somebody_who_left_is_not_given_again() -> None:
    site = a_site()
    by, nurse = the_administrator(site), a_user(site, Role.NURSE)
    end_roles(site=site, person=nurse, reason="left", by=by, at=NOW + timedelta(days=1))
    page = Client()
    page.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    asked = {"name": "Another Nurse", "username": nurse.username, "roles": ["NURSE"]}
    answer = page.post(reverse("add_person"), asked)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["username"])
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(uuid=uuid4(), username=nurse.username, name="Another Nurse")


@pytest.mark.django_db
def test_a_new_link_is_in_the_ledger_under_the_name_of_who_gave_it() -> None:
    site = a_site()
    by, nurse = the_administrator(site), a_user(site, Role.NURSE)
    invite_again(site=site, person=nurse, by=by, at=NOW)
    entry = Entry.objects.latest("sequence")
    assert (entry.action, entry.actor) == ("person.invited", by.ledger_name)


@pytest.mark.django_db
def test_the_last_administrator_of_a_site_is_not_let_go() -> None:
    site = a_site()
    by = the_administrator(site)
    with pytest.raises(NotEnded) as refused:
        end_roles(site=site, person=by, reason="tired", by=by, at=NOW)
    assert [blocker.code for blocker in refused.value.blockers] == ["last_administrator"]


@pytest.mark.django_db
def test_a_link_is_spent_when_the_password_is_chosen() -> None:
    user = a_user(a_site(), Role.NURSE)
    path = invitation_path(user)
    user.set_password("chosen by the person")
    user.save()
    answer = Client().get(path, follow=True)
    assert b'name="password1"' not in answer.content


@pytest.mark.django_db
def test_no_page_lets_anybody_open_an_account_for_themselves_and_sign_in_asks_for_a_password() -> None:
    shown = Client().get(reverse("account_login")).content.decode()
    assert ('name="password"' in shown, "/account/signup/" in shown) == (True, False)


@pytest.mark.parametrize(
    ("settings", "secret", "database", "missing"),
    [
        ({}, "", "", []),
        ({"STROMA_HOSTS": "c.example.org"}, LONG, "sqlite:////x", []),
        ({"STROMA_HOSTS": "c.example.org"}, "short", "", ["STROMA_SECRET_KEY", "STROMA_DATABASE_URL"]),
        (
            {"STROMA_ADDRESS": "0.0.0.0"},
            "",
            "",
            ["STROMA_SECRET_KEY", "STROMA_HOSTS", "STROMA_DATABASE_URL", "STROMA_TLS_CERTIFICATE"],
        ),
        ({"STROMA_ADDRESS": "0.0.0.0", "STROMA_HOSTS": "c", "STROMA_PROXIES": "10.0.0.1"}, LONG, "x", []),
        ({"STROMA_PORT": "99999"}, "", "", ["STROMA_PORT"]),
        ({"STROMA_TLS_KEY": "/nowhere/key"}, "", "", ["STROMA_TLS_KEY"]),
    ],
    ids=["local", "public", "half public", "wide open", "behind a proxy", "no such port", "no such file"],
)
def test_everything_a_public_site_lacks_is_named_at_once(
    settings: dict[str, str], secret: str, database: str, missing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    said = ""
    try:
        read_door(secret=secret, database_url=database)
    except SettingError as error:
        said = str(error)
    assert [name for name in missing if name not in said] == []
    assert bool(said) == bool(missing)
