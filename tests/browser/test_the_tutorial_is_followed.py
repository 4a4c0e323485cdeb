"""The tutorial, followed in a browser as it is written: what it says is bold is pressed, followed or seen."""

import re

from playwright.sync_api import Browser, expect

from tests.browser.conftest import visiting
from tests.browser.looking import DESK, Visitor
from tests.skips import CHECKOUT

TUTORIAL = CHECKOUT / "docs" / "tutorial" / "first-ten-minutes.md"
_DOINGS = re.compile(
    r"(?P<verb>open) `(?P<path>/[^`]*)`"
    r"|answer \*\*(?P<answer>[^*]+)\*\* to “(?P<question>[^”]+)”"
    r"|write `(?P<new>[^`]+)` for `(?P<old>[^`]+)`"
    r"|(?P<does>press|follow|you see) \*\*(?P<words>[^*]+)\*\*",
    re.IGNORECASE,
)


def doings() -> list[dict[str, str]]:
    """What the tutorial has its reader do and see, in order."""
    text = re.sub(r"\s+", " ", TUTORIAL.read_text(encoding="utf-8"))
    return [{k: v for k, v in found.groupdict().items() if v} for found in _DOINGS.finditer(text)]


def do(visitor: Visitor, doing: dict[str, str]) -> None:
    page = visitor.page
    match doing:
        case {"path": path}:
            visitor.go(path)
        case {"question": question, "answer": answer}:
            page.get_by_role("group", name=question).get_by_label(answer, exact=True).click()
        case {"old": old, "new": new}:
            box = page.get_by_role("main").locator("textarea")
            assert old in box.input_value()
            box.fill(box.input_value().replace(old, new))
        case {"does": "press" | "Press", "words": words}:
            visitor.press(words)
        case {"does": "follow" | "Follow", "words": words}:
            visitor.follow(words)
        case {"words": words}:
            expect(page.get_by_role("main")).to_contain_text(words)


def test_the_tutorial_can_be_followed(browser: Browser, own_demo: tuple[str, object]) -> None:
    told = doings()
    # As many as are bold or in an address of a page; a sentence this test cannot read would be left out unseen.
    text = TUTORIAL.read_text(encoding="utf-8")
    assert len(told) == len(re.findall(r"\*\*[^*]+\*\*", text)) + len(re.findall(r"`/demo[^`]*`", text)) + 1
    with visiting(browser, own_demo[0], viewport=DESK) as visitor:
        for doing in told:
            do(visitor, doing)
