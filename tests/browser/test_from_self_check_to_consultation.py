"""A stranger with a sore back: the self-check, its answers, and a booked consultation, on a phone and at a desk."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import visiting
from tests.browser.looking import DESK, PHONE
from tests.browser.self_check import answer_about_the_back, answer_no_red_flag

SCREENS = pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])


@SCREENS
def test_from_the_front_page_to_a_booked_consultation(browser: Browser, served: str, screen: Any) -> None:
    with visiting(browser, served, viewport=screen) as visitor:
        page = visitor.page
        visitor.go("/")
        visitor.follow("Is it right for me?", within=page.get_by_role("main"))
        answer_no_red_flag(visitor, "Go on to part 2")
        answer_about_the_back(visitor, "low_back", "Show what this means")
        expect(page.get_by_role("heading", level=1)).to_have_text("A physiatrist should look at it")
        expect(page.get_by_role("main")).to_contain_text("That is not a yes")
        visitor.follow("Book a consultation", within=page.get_by_role("main"))
        visitor.follow("See free times in Alpharetta")
        page.locator("input[name=time]").last.check()
        page.get_by_label("Your name").fill("Jo Visitor")
        page.get_by_label("E-mail").fill("jo@example.org")
        visitor.press("Book this time")
        expect(page.get_by_role("heading", level=1)).to_have_text("Your consultation is booked")
        with page.expect_download() as download:
            page.get_by_role("link", name="Add to my calendar").click()
        assert download.value.suggested_filename.endswith(".ics")


@SCREENS
def test_a_red_flag_is_answered_at_once_and_offers_no_booking(
    browser: Browser, served: str, screen: Any
) -> None:
    with visiting(browser, served, viewport=screen) as visitor:
        page = visitor.page
        visitor.go("/candidacy/self-check/")
        page.locator("input[name=saddle_numbness][value=yes]").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Please get care now")
        visitor.look()
        expect(page.get_by_role("alert")).to_contain_text("emergency department")
        assert page.get_by_role("link", name="Book a consultation").count() == 0
        assert page.locator("main form").count() == 0
        # Whoever knows the address of the booking form is led back to the questions.
        page.goto("/planning/consultation/")
        assert page.locator("input[name=time], input[name=name]").count() == 0


def test_a_red_flag_is_answered_without_a_script_too(browser: Browser, served: str) -> None:
    with visiting(browser, served, viewport=PHONE, java_script_enabled=False) as visitor:
        page = visitor.page
        page.goto("/candidacy/self-check/")
        page.locator("input[name=fever_or_infection][value=yes]").check()
        page.get_by_role("button", name="Go on to part 2").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Please get care now")
        assert page.get_by_role("link", name="Book a consultation").count() == 0


@SCREENS
def test_neck_pain_is_answered_with_what_helps_and_no_booking(
    browser: Browser, served: str, screen: Any
) -> None:
    with visiting(browser, served, viewport=screen) as visitor:
        page = visitor.page
        visitor.go("/candidacy/self-check/")
        answer_no_red_flag(visitor, "Go on to part 2")
        answer_about_the_back(visitor, "neck", "Show what this means")
        expect(page.get_by_role("heading", level=1)).to_have_text("Not for the neck")
        expect(page.get_by_role("main")).to_contain_text("ask your own doctor or a physiatrist")
        assert page.get_by_role("link", name="Book a consultation").count() == 0


def test_a_phone_that_speaks_spanish_is_answered_in_spanish(browser: Browser, served: str) -> None:
    with visiting(browser, served, viewport=PHONE, locale="es-US") as visitor:
        page = visitor.page
        visitor.go("/candidacy/self-check/")
        expect(page.locator("html")).to_have_attribute("lang", "es")
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text("¿Es para mí?")
        answer_no_red_flag(visitor, page.locator("main form button").inner_text())
        answer_about_the_back(visitor, "low_back", page.locator("main form button").inner_text())
        expect(page.get_by_role("main")).not_to_contain_text("physiatrist")
        page.locator("main a[href*='/consultation/?asked=']").click()
        visitor.look()
        page.locator("main a[href*='site=']").first.click()
        visitor.look()
        page.locator("input[name=time]").last.check()
        page.locator("input[name=name]").fill("Ana Visitante")
        page.locator("input[name=email]").fill("ana@example.org")
        visitor.press(page.locator("main form button").inner_text())
        expect(page.locator("dl.facts")).to_contain_text("minutos")


def test_a_red_flag_in_spanish_is_answered_in_spanish(browser: Browser, served: str) -> None:
    with visiting(browser, served, viewport=PHONE, locale="es-US") as visitor:
        visitor.go("/candidacy/self-check/")
        visitor.page.locator("input[name=both_legs][value=yes]").click()
        expect(visitor.page.get_by_role("alert")).to_be_visible()
        visitor.look()
        expect(visitor.page.get_by_role("alert")).to_contain_text("urgencias")
        assert visitor.page.locator("main form").count() == 0
