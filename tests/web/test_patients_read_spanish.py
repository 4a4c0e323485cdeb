"""The patient's pages are there in Spanish: every text marked on them, with its place-holders, compiled."""

import gettext
import re
from pathlib import Path

import pytest
from django.urls import reverse

import stroma
from stroma.follow_up.domain.warning_signs import WARNING_SIGNS
from tests.treated_courses import a_clinic
from tests.web.own_pages import TWO_WEEKS, a_treated_course, an_account, set_clock, signed_in

ROOT = Path(stroma.__file__).parent
HOLES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
PAGES = {
    "web": sorted((ROOT / "web/templates/my").glob("*.html")),
    "follow_up": sorted(
        ROOT / "follow_up/templates/follow_up" / f"{name}.html"
        for name in ("questionnaire", "answered", "not_open", "link_ended", "linked")
    ),
    "courses": [ROOT / "courses/templates/courses/my_consent.html"],
}


def spanish(app: str) -> dict[str, str]:
    with (ROOT / app / "locale/es/LC_MESSAGES/django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # the only way to list it
    return {key[0] if isinstance(key, tuple) else key: text for key, text in catalog.items() if key}


@pytest.mark.parametrize("app", PAGES)
def test_every_text_of_a_patients_page_has_its_spanish(app: str) -> None:
    marked: set[str] = set()
    for page in PAGES[app]:
        html = page.read_text(encoding="utf-8")
        marked |= set(re.findall(r'\{% translate "([^"]+)"', html))
        for text in re.findall(
            r"\{% blocktranslate[^%]*%\}(.*?)\{% (?:plural|endblocktranslate)", html, re.DOTALL
        ):
            marked.add(re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", text.strip()))
    assert marked - spanish(app).keys() == set()


@pytest.mark.parametrize("app", PAGES)
def test_a_translation_keeps_its_place_holders(app: str) -> None:
    wrong = {
        english
        for english, text in spanish(app).items()
        if not text or sorted(HOLES.findall(text)) != sorted(HOLES.findall(english))
    }
    assert wrong == set()


def test_every_warning_sign_has_its_spanish() -> None:
    assert {sign.text for sign in WARNING_SIGNS} - spanish("follow_up").keys() == set()


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
