"""The demo as a visitor meets it: the real server, a small clinic, every role, at a desk and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from stroma.simulation.people import ALPHARETTA
from tests.browser.demo import enter_as, served_demo

WIDTHS = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1440, "height": 900}}


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a demo made for this run."""
    home: Path = tmp_path_factory.mktemp("demo")
    with served_demo(home, courses=request.config.getoption("--courses")) as address:
        yield address


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


def test_the_story_is_told_to_its_end_on_a_phone(visitor: Page) -> None:
    visitor.set_viewport_size({"width": 360, "height": 740})
    visitor.goto("/demo/story/")
    press = [
        ("Collect the marrow and label it", "waits to be taken to the clean room"),
        ("Scan another patient's label", "The container did not move"),
        ("Scan the right label and concentrate the cells", "The lot is in quarantine"),
        ("Sign twice as the physiatrist", "A second person signs it."),
        ("Let quality sign, and release the lot", "At the bedside"),
        ("Scan the patient next door", "not for this patient"),
        ("Scan the right patient and give the dose", "Change anything"),
    ]
    for button, seen in press:
        visitor.get_by_role("button", name=button).click()
        expect(visitor.get_by_role("main")).to_contain_text(seen)
    box = visitor.get_by_label("The dose, in the dossier")
    box.fill(box.input_value().replace('"L4-L5"', '"L3-L4"'))
    visitor.get_by_role("button", name="Put it back and check the dossier").click()
    expect(visitor.get_by_role("main")).to_contain_text("Caught: the dossier was changed")
