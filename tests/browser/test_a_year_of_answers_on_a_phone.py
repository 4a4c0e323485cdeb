"""A year of short questions, answered on a phone by links that open one questionnaire and nothing else."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from stroma.simulation.people import DEMO_SITES
from tests.browser.clock import let_pass
from tests.browser.conftest import visiting
from tests.browser.looking import DESK, PHONE, Visitor

STORY = ["collect", "right-label", "sign-both", "give-dose"]
DAYS = {"week 2": 14, "month 1": 16, "month 3": 61, "month 6": 91, "month 12": 183}
"""After how many days the clinic looks again; the questions of each time are open then."""


def treat(visitor: Visitor) -> tuple[str, str]:
    """Play the story through to the dose; returns the number of its course and the name of its site."""
    page = visitor.page
    page.goto("/demo/story/")
    found = re.search(r"Course (\S+) in (\w+)", page.get_by_role("main").inner_text())
    assert found is not None
    for step in STORY:
        page.locator(f"form[action$='/{step}/'] button").click()
        page.wait_for_load_state()
    expect(page.get_by_label("The dose, in the dossier")).to_be_visible()
    return found[1], found[2]


def prepare(clinic: Visitor, course: str, site: str) -> str:
    """The coordinator plans the questionnaires after treatment and gives the patient an account."""
    page = clinic.page
    clinic.enter_as(next(one for one in DEMO_SITES if one.name == site).staff["coordinator"])
    page.get_by_role("searchbox").fill(course)
    page.keyboard.press("Enter")
    page.wait_for_url("**/courses/**")
    page.locator(".working-head .lead a").click()
    page.wait_for_url("**/patients/**")
    patient = page.url
    clinic.press("Plan questionnaires")
    clinic.follow("Give an account")
    clinic.press("Give the account")
    return patient


def links_to_send(clinic: Visitor, patient: str) -> list[str]:
    """What the coordinator finds to send, of the questions that are open now."""
    page = clinic.page
    clinic.go(patient)
    clinic.follow("Ask by telephone, or send a link")
    for summary in page.get_by_text("Send the patient a link instead").all():
        summary.click()
    return [link.inner_text() for link in page.locator("a.link-to-send").all()]


def answer(phone: Visitor, link: str, *, pain: int) -> None:
    """Answer one questionnaire, screen by screen, and come back to find it closed."""
    page = phone.page
    phone.go(link)
    assert page.get_by_role("navigation", name="Pages").count() == 0
    while page.locator("form.questionnaire").count():
        scales = page.locator("form.questionnaire fieldset")
        for number in range(scales.count()):
            options = scales.nth(number).locator("input[type=radio]")
            options.nth(min(pain, options.count() - 1)).check()
        if not scales.count():
            page.locator("form.questionnaire input[type=checkbox]").first.check()
        page.locator("form.questionnaire button").last.click()
        phone.look()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def test_a_year_of_answers(browser: Browser, own_demo: tuple[str, Path]) -> None:
    address, home = own_demo
    with (
        visiting(browser, address, viewport=DESK) as clinic,
        visiting(browser, address, viewport=PHONE) as phone,
    ):
        course, site = treat(clinic)
        patient = prepare(clinic, course, site)
        for pain, days in zip((6, 5, 4, 3, 3), DAYS.values(), strict=True):
            let_pass(home, days=days)
            links = links_to_send(clinic, patient)
            assert len(links) == 5
            for link in links:
                answer(phone, link, pain=pain)
            clinic.go(patient)
            assert clinic.page.get_by_role("link", name="Ask by telephone, or send a link").count() == 0
        family, given = clinic.page.get_by_role("heading", level=1).inner_text().split(", ")
        phone.enter_as(f"{given} {family}")
        phone.go("/my/pain/")
        expect(phone.page.locator("main svg.chart").first).to_be_visible()
        expect(phone.page.get_by_role("main")).to_contain_text("3")
        phone.go("/my/questions/")
        assert phone.page.get_by_role("link", name="Answer now").count() == 0


def test_a_link_that_was_altered_opens_nothing(browser: Browser, served: str) -> None:
    with visiting(browser, served, viewport=PHONE) as phone:
        phone.go("/follow-up/q/not-a-link:1abcde:xyz/")
        expect(phone.page.get_by_role("heading", level=1)).to_have_text("This link has ended")
