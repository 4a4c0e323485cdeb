"""The how-to of each role is true to the pages: what it sets in bold is said by a page, and no role is left out."""

import re
from pathlib import Path

import pytest

from tests.docs.made import CHECKOUT

ROLES = CHECKOUT / "docs" / "how-to" / "roles"
PAGES = sorted(ROLES.glob("*.md"))
_BOLD = re.compile(r"\*\*([^*]+)\*\*")


def said_by_the_pages() -> str:
    """Everything that templates and forms say, as one text."""
    stroma = CHECKOUT / "stroma"
    files = [*stroma.rglob("templates/**/*.html"), *stroma.rglob("*.py")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def bold_words(page: Path) -> list[str]:
    """What a page sets in bold, each with single blanks."""
    return [" ".join(words.split()) for words in _BOLD.findall(page.read_text(encoding="utf-8"))]


def test_every_role_has_its_page() -> None:
    assert [page.stem for page in PAGES] == [
        "administrator",
        "coordinator",
        "nurse",
        "patient",
        "physiatrist",
        "quality",
        "registry-analyst",
        "technologist",
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_is_bold_is_said_by_a_page(page: Path) -> None:
    said = said_by_the_pages()
    # As a page says it: as a text of its own, whole.
    unsaid = [words for words in bold_words(page) if f'"{words}"' not in said and f">{words}<" not in said]
    assert unsaid == []


def test_a_word_that_no_page_says_is_found() -> None:
    assert '"Release every lot"' not in said_by_the_pages()
