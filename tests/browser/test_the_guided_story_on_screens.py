"""The whole guided story, from the front page of the demo to the dossier that was tampered with: phone and desk."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import visiting
from tests.browser.looking import DESK, PHONE, Visitor
from tests.browser.self_check import answer_about_the_back, answer_no_red_flag

PRESSED = [
    ("Collect the marrow and label it", "waits to be taken to the clean room"),
    ("Scan another patient's label", "The container did not move"),
    ("Scan the right label and concentrate the cells", "The lot is in quarantine"),
    ("Sign twice as the physiatrist", "A second person signs it."),
    ("Let quality sign, and release the lot", "At the bedside"),
    ("Scan the patient next door", "not for this patient"),
    ("Scan the right patient and give the dose", "Change anything"),
]


def try_a_red_flag(visitor: Visitor) -> None:
    visitor.follow("Do the self-check")
    visitor.page.locator("input[name=saddle_numbness][value=yes]").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Please get care now")
    visitor.look()
    visitor.follow("I chose a wrong answer: back to the questions")


def book_an_hour_twice(visitor: Visitor) -> None:
    """The same time is chosen on two screens; whoever comes second is told that it is gone."""
    page = visitor.page
    answer_no_red_flag(visitor, "Go on to part 2")
    answer_about_the_back(visitor, "low_back", "Show what this means")
    visitor.follow("Book a consultation", within=page.get_by_role("main"))
    visitor.follow("See free times in Atlanta")
    other = Visitor(page.context.new_page())
    other.go(page.url)
    for one in (visitor, other):
        one.page.locator("input[name=time]").last.check()
        one.page.get_by_label("Your name").fill("Sam Visitor")
        one.page.get_by_label("E-mail").fill("sam@example.org")
        one.press("Book this time")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your consultation is booked")
    expect(other.page.get_by_role("heading", level=1)).not_to_have_text("Your consultation is booked")
    expect(other.page.get_by_role("alert").first).to_be_visible()
    other.page.close()


def edit_the_dossier(visitor: Visitor, old: str, new: str) -> None:
    box = visitor.page.get_by_label("The dose, in the dossier")
    assert old in box.input_value()
    box.fill(box.input_value().replace(old, new))
    visitor.press("Put it back and check the dossier")


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
def test_the_whole_story(browser: Browser, own_demo: tuple[str, object], screen: Any) -> None:
    with visiting(browser, own_demo[0], viewport=screen) as visitor:
        page = visitor.page
        visitor.go("/demo/")
        visitor.follow("Begin the story")
        try_a_red_flag(visitor)
        book_an_hour_twice(visitor)
        visitor.go("/demo/story/")
        for button, seen in PRESSED:
            visitor.press(button)
            expect(page.get_by_role("main")).to_contain_text(seen)
        verdict = page.locator("#verdict")
        edit_the_dossier(visitor, "L4-L5", "L4-L5")
        expect(verdict).to_contain_text("Intact: nothing was changed")
        edit_the_dossier(visitor, "L4-L5", "L3-L4")
        expect(verdict).to_contain_text("Caught: the dossier was changed")
        visitor.press("Begin again with another patient")
