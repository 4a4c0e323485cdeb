"""Whoever reads Spanish reads the public pages whole: every marked text has its Spanish, with its place-holders."""

import gettext
import re
from pathlib import Path

import pytest

import stroma

ROOT = Path(stroma.__file__).parent
FOLDER = ROOT / "web/locale/es/LC_MESSAGES"
PAIR = re.compile(r'^msgid "(.+)"\n(?:msgid_plural ".*"\n)?msgstr(?:\[0\])? "(.*)"$', re.MULTILINE)
HOLES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
OURS = PAIR.findall((FOLDER / "django.po").read_text(encoding="utf-8"))
COMMON = PAIR.findall((ROOT / "look/locale/es/LC_MESSAGES/django.po").read_text(encoding="utf-8"))
TEMPLATES = [
    *(ROOT / "web/templates/web/public").glob("*.html"),
    ROOT / "web/templates/web/front.html",
    ROOT / "clinic/templates/clinic/public.html",
    *(ROOT / "evidence/templates/evidence").glob("*.html"),
    *(
        ROOT / "planning/templates/planning" / f"{name}.html"
        for name in ("consultation", "consultation_site", "consultation_booked")
    ),
    *(
        ROOT / "candidacy/templates/candidacy" / f"{name}.html"
        for name in ("red_flags", "urgent", "self_check", "self_check_result")
    ),
]


def marked_texts(template: Path) -> set[str]:
    """The texts of a template that are marked for translation, as the catalog writes them."""
    html = template.read_text(encoding="utf-8")
    found = {text.replace("%", "%%") for text in re.findall(r'\{% translate "([^"]+)"', html)}
    for text in re.findall(
        r"\{% blocktranslate[^%]*%\}(.*?)\{% (?:plural|endblocktranslate)", html, re.DOTALL
    ):
        found.add(re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", text.strip()).replace('"', '\\"'))
    return found


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_every_marked_text_of_a_public_page_has_its_spanish(template):
    assert marked_texts(template) - {english for english, _ in OURS + COMMON} == set()


def test_every_translation_is_there_and_keeps_its_place_holders():
    faulty = {en for en, es in OURS if not es or sorted(HOLES.findall(en)) != sorted(HOLES.findall(es))}
    assert faulty == set()


def test_the_compiled_file_is_that_of_the_source():
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    plain = [(en.replace('\\"', '"'), es.replace('\\"', '"')) for en, es in OURS if "%(n)s" not in en]
    assert {en: compiled.gettext(en) for en, _ in plain} == dict(plain)
