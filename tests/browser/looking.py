"""A visitor who looks at every page they come to: nothing for axe to complain of, nothing wider than the screen.

A page is looked at once in the state in which it was met: the address without its identifiers, the heading, and
whether it says that something was refused.
"""

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.demo import enter_as

PHONE = {"width": 360, "height": 740}
TABLET = {"width": 820, "height": 1180}
DESK = {"width": 1440, "height": 900}

_IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{30,}(:[\w-]+)*|\?.*|#.*")

_STICKING_OUT = """[...document.querySelectorAll("body *")]
  .filter(part => part.getBoundingClientRect().right > innerWidth + 1)
  .map(part => `${part.tagName.toLowerCase()}.${part.className} "${part.textContent.trim().slice(0, 40)}"`)"""


def complaints_of_axe(page: Page) -> list[str]:
    """The rules that are broken and where. Without preload: axe looks for style sheets in wrong places."""
    answer = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response
    return [f"{v['id']}: {[node['target'] for node in v['nodes']]}" for v in answer["violations"]]


def sticking_out(page: Page) -> list[str]:
    """What is wider than the screen, where the page is."""
    is_wider = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return list(page.evaluate(_STICKING_OUT)) if is_wider else []


class Visitor:
    """Somebody at a screen of one size. Every way of getting to a page looks at the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: set[tuple[str, ...]] = set()

    def go(self, path: str) -> None:
        """Open an address."""
        self.page.goto(path)
        self.look()

    def press(self, name: str, *, within: Any = None) -> None:
        """Press the button of that name, which leads to a page."""
        (within or self.page).get_by_role("button", name=name, exact=True).first.click()
        self.look()

    def follow(self, name: str, *, within: Any = None) -> None:
        """Follow the link of that name."""
        (within or self.page).get_by_role("link", name=name, exact=True).first.click()
        self.look()

    def enter_as(self, name: str) -> None:
        """Enter the demo as the person of that printed name."""
        enter_as(self.page, name)
        self.look()

    def look(self) -> None:
        """Judge the page that is open, unless it was judged in this state before."""
        page = self.page
        page.wait_for_load_state()
        path = _IDENTIFIER.sub("*", page.url.split("/", 3)[-1])
        alerts = page.get_by_role("alert").count()
        language = page.locator("html").get_attribute("lang") or ""
        state = (path, page.locator("h1").first.inner_text(), str(alerts), language)
        if state in self.seen:
            return
        self.seen.add(state)
        too_wide = sticking_out(page)
        complaints = complaints_of_axe(page)
        assert not complaints, f"{path}: {complaints}"
        assert not too_wide, f"{path}: wider than the screen are {too_wide}"
