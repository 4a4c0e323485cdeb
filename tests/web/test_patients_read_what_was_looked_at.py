"""The list of who looked says the page in plain words, for every page that notes a look."""

import re
from pathlib import Path

import stroma
from stroma.web.my.page_words import PAGES

_NOTED = re.compile(
    r"""_seen_by\([^()]*(?:\([^()]*\)[^()]*)*page="(?P<page>[a-z_ ]+)"|note_found\(.*page="(?P<found>[a-z_ ]+)"""
)


def test_every_page_that_notes_a_look_has_plain_words() -> None:
    noted = {
        match["page"] or match["found"]
        for source in Path(stroma.__file__).parent.rglob("*.py")
        for match in _NOTED.finditer(source.read_text(encoding="utf-8"))
    }
    assert {"patient", "search", "certificate"} <= noted
    assert noted - set(PAGES) == set()
