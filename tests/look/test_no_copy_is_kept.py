"""What somebody signed in is shown is kept by no browser; what anybody may read may be."""

import pytest
from django.test import Client

from stroma.clinic.domain.roles import Role
from tests.factories import a_site, a_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/coordinator/", "/find/?q=P1", "/quality/nothing/", "/cells/"])
def test_pages_of_somebody_signed_in_are_not_stored(address: str) -> None:
    client = Client()
    client.force_login(
        a_user(a_site(), Role.COORDINATOR), backend="django.contrib.auth.backends.ModelBackend"
    )
    answer = client.get(address)
    assert answer.headers.get("Cache-Control") == (None if answer.status_code == 404 else "no-store")


def test_a_refusal_is_not_stored_either() -> None:
    client = Client()
    client.force_login(a_user(a_site(), Role.NURSE), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/coordinator/")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (403, "no-store")


def test_a_public_page_may_be_kept_by_who_is_not_signed_in() -> None:
    assert "no-store" not in Client().get("/cells/").headers.get("Cache-Control", "")
