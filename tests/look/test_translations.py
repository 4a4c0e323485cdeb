"""The Spanish of the pages' common parts is complete, keeps every place-holder, and is compiled."""

import gettext
import re
from pathlib import Path

import pytest

import stroma.look

FOLDER = Path(stroma.look.__file__).parent / "locale/es/LC_MESSAGES"
SOURCE = (FOLDER / "django.po").read_text(encoding="utf-8")
PAIRS = [pair for pair in re.findall(r'^msgid "(.*)"\nmsgstr "(.*)"$', SOURCE, re.MULTILINE) if pair[0]]
PLURALS = re.findall(
    r'^msgid "(.*)"\nmsgid_plural "(.*)"\nmsgstr\[0\] "(.*)"\nmsgstr\[1\] "(.*)"$', SOURCE, re.MULTILINE
)
HOLES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def marked_texts() -> set[str]:
    """Every text of the folder's templates and modules that is marked for translation."""
    look = Path(stroma.look.__file__).parent
    found: set[str] = set()
    for template in (look / "templates").rglob("*.html"):
        html = template.read_text(encoding="utf-8")
        found |= set(re.findall(r'\{% translate "([^"]+)"', html))
        for text in re.findall(
            r"\{% blocktranslate[^%]*%\}(.*?)\{% (?:plural|endblocktranslate)", html, re.DOTALL
        ):
            found.add(re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", text.strip()))
    for module in look.rglob("*.py"):
        found |= set(re.findall(r'\b(?:_|n?gettext)\(\s*"([^"]+)"', module.read_text(encoding="utf-8")))
    return found


def test_every_marked_text_has_its_spanish_and_nothing_is_left_over() -> None:
    assert marked_texts() == {english for english, _ in PAIRS} | {one for one, *_ in PLURALS}


@pytest.mark.parametrize(("english", "spanish"), PAIRS)
def test_a_translation_is_there_and_keeps_its_place_holders(english: str, spanish: str) -> None:
    assert spanish
    assert sorted(HOLES.findall(spanish)) == sorted(HOLES.findall(english))


@pytest.mark.parametrize(("one", "many", "uno", "muchos"), PLURALS)
def test_a_plural_keeps_its_place_holders(one: str, many: str, uno: str, muchos: str) -> None:
    assert {tuple(HOLES.findall(text)) for text in (one, many, uno, muchos)} == {tuple(HOLES.findall(one))}


def test_the_compiled_file_is_that_of_the_source() -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert {english: compiled.gettext(english) for english, _ in PAIRS} == dict(PAIRS)
    assert [compiled.ngettext(one, many, 2) for one, many, *_ in PLURALS] == [
        muchos for *_, muchos in PLURALS
    ]
