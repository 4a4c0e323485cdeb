"""A person's means of signing in: each change leaves an entry, and what was lost is made void by an administrator."""

import json
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from stroma.clinic.actions import NotWithdrawn, withdraw_credentials
from stroma.clinic.credentials import passkeys_of
from stroma.clinic.domain.roles import Role
from stroma.clinic.invitations import invitation_path
from stroma.ledger.models import Entry
from tests.clinic.software_passkey import a_passkey
from tests.factories import NOW, a_site, a_user, the_administrator

pytestmark = pytest.mark.django_db
SECRET = "a long enough secret of nora"


def changes() -> list[tuple[str, str]]:
    found = Entry.objects.filter(action="credential.changed").order_by("sequence")
    facts = [json.loads(entry.text)["facts"] for entry in found]
    return [(one["kind"], one["change"]) for one in facts]


def test_a_password_chosen_by_a_link_leaves_an_entry_without_the_password() -> None:
    nurse, page = a_user(a_site(), Role.NURSE), Client()
    form = page.get(invitation_path(nurse)).headers["Location"]
    page.post(form, {"password1": SECRET, "password2": SECRET})
    nurse.refresh_from_db()
    assert nurse.check_password(SECRET)
    assert changes() == [("password", "chosen_by_link")]
    entry = Entry.objects.get(action="credential.changed")
    assert (entry.actor, SECRET in entry.text) == (nurse.ledger_name, False)


def test_a_lost_passkey_is_made_void_by_an_administrator_with_a_reason() -> None:
    site = a_site()
    by, nurse = the_administrator(site), a_user(site, Role.NURSE)
    a_passkey().register(nurse)
    assert passkeys_of(nurse)
    page = Client()
    page.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("withdraw_credentials", args=[nurse.uuid])
    assert page.post(address, {"reason": ""}).status_code == 422
    assert passkeys_of(nurse)
    assert page.post(address, {"reason": "phone stolen"}).status_code == 302
    assert passkeys_of(nurse) == []
    assert Authenticator.objects.filter(user=nurse).count() == 0
    entry = Entry.objects.get(action="credential.withdrawn")
    assert (entry.actor, "stolen" in entry.text) == (by.ledger_name, False)


def test_what_is_not_there_is_not_withdrawn() -> None:
    site = a_site()
    by, nurse = the_administrator(site), a_user(site, Role.NURSE)
    with pytest.raises(NotWithdrawn) as refused:
        withdraw_credentials(site=site, person=nurse, reason="lost", by=by, at=NOW + timedelta(days=1))
    assert [b.code for b in refused.value.blockers] == ["nothing_to_withdraw"]
