"""A patient reads their pages in Spanish; that every text has its Spanish is tested in ``tests/translations``."""

import pytest
from django.urls import reverse

from tests.treated_courses import a_clinic
from tests.web.own_pages import TWO_WEEKS, a_treated_course, an_account, set_clock, signed_in


@pytest.mark.django_db
def test_a_warning_sign_is_answered_in_the_patients_language(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = a_clinic()
    set_clock(monkeypatch, TWO_WEEKS)
    client = signed_in(an_account(clinic, a_treated_course(clinic).patient, at=TWO_WEEKS))
    page = client.post(
        reverse("my_problem"), {"signs": ["fever_or_chills"]}, headers={"accept-language": "es"}
    )
    text = page.content.decode()
    assert "<h1>Llámenos ahora</h1>" in text
    assert "Fiebre, escalofríos o sudores por la noche: llámenos ahora. Le vemos hoy." in text
