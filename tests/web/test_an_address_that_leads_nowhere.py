"""An address that leads nowhere is answered by a page of the house, to whoever asks, and tells nothing."""

from uuid import uuid4

import pytest
from django.test import Client

from tests.lots_on_the_way import signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_known", [False, True])
def test_there_is_a_way_back_and_the_address_is_not_repeated(is_known: bool) -> None:
    clinic = a_clinic()
    client = signed_in(clinic.person("technologist")) if is_known else Client()
    answer = client.get("/maria-garcia/1961-02-03/")
    text = answer.content.decode()
    assert answer.status_code == 404
    assert ("There is no such page here" in text, 'id="main"' in text, 'href="/"' in text) == (True,) * 3
    assert "Sign in" not in text
    assert "maria" not in text.split("<main", 1)[1].split("</main", 1)[0]


def test_what_belongs_to_another_site_is_answered_in_the_same_way() -> None:
    clinic = a_clinic()
    answer = signed_in(clinic.person("technologist")).get(f"/custody/containers/{uuid4()}/")
    assert (answer.status_code, "There is no such page here" in answer.content.decode()) == (404, True)


def test_it_speaks_spanish() -> None:
    answer = Client(headers={"accept-language": "es"}).get("/nowhere/")
    assert 'lang="es"' in answer.content.decode()
    assert "No hay tal página aquí" in answer.content.decode()
