"""The demo as a visitor meets it: the real server, a small clinic, every role, at a desk and on a phone."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from stroma.simulation.people import ALPHARETTA
from tests.browser.demo import enter_as

WIDTHS = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1440, "height": 900}}


@pytest.fixture
def visitor(browser: Browser, served: str) -> Iterator[Page]:
    context = browser.new_context(base_url=served, locale="en-US")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def complaints_of_axe(page: Page) -> list[str]:
    answer = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response
    return [violation["id"] for violation in answer["violations"]]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/demo/", "/demo/story/"])
def test_the_demos_pages_are_accessible_and_nothing_sticks_out(visitor: Page, path: str, width: str) -> None:
    visitor.set_viewport_size(WIDTHS[width])  # type: ignore[arg-type]  # a plain dict is the shape it takes
    visitor.goto(path)
    assert complaints_of_axe(visitor) == []
    assert visitor.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


@pytest.mark.parametrize(
    "part", ["coordinator", "physiatrist", "nurse", "technologist", "quality", "analyst"]
)
def test_one_press_opens_the_home_of_a_role(visitor: Page, part: str) -> None:
    answers: list[int] = []
    visitor.on("response", lambda answer: answers.append(answer.status))
    enter_as(visitor, ALPHARETTA.staff[part])
    expect(visitor.get_by_role("banner")).to_contain_text(ALPHARETTA.staff[part])
    assert [status for status in answers if status >= 400] == []
    assert complaints_of_axe(visitor) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/account/login/", "/account/login/code/"])
def test_the_pages_for_signing_in_are_accessible_and_nothing_sticks_out(
    visitor: Page, path: str, width: str
) -> None:
    complaints: list[str] = []
    visitor.on(
        "console", lambda message: complaints.append(message.text) if message.type == "error" else None
    )
    visitor.set_viewport_size(WIDTHS[width])  # type: ignore[arg-type]  # a plain dict is the shape it takes
    visitor.goto(path, wait_until="networkidle")
    assert complaints_of_axe(visitor) == []
    assert visitor.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    assert visitor.get_by_role("link", name="sign up").count() == 0
    assert complaints == []
