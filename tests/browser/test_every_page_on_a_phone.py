"""Every page that somebody's own pages lead to fits a phone and a desk, light and dark, and axe finds nothing on it."""

import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from stroma.simulation.people import ALPHARETTA
from tests.browser.demo import enter_as
from tests.browser.looking import DESK, PHONE, complaints_of_axe, sticking_out

_VARYING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/results/)[\w-]+|(?<=/patients/\*/)[\w-]+(?=/$)|[\w-]{30,}"
)
MOST = 70
"""Pages of one person: more would mean that addresses vary which should be one kind here."""
NO_PAGE = re.compile(r"/(account/logout|demo/enter)|\.(pdf|csv|ics|json|png|txt)$")


@pytest.fixture
def visitor(browser: Browser, served: str) -> Iterator[Page]:
    context = browser.new_context(
        base_url=served,
        locale="en-US",
        viewport=PHONE,
        reduced_motion="reduce",  # type: ignore[arg-type]  # a plain dict is the shape it takes
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    "part",
    [
        "administrator",
        "analyst",
        "coordinator",
        "nurse",
        "physiatrist",
        "quality",
        "technologist",
        "therapist",
    ],
)
def test_every_page_that_is_led_to_fits_its_screen(visitor: Page, part: str) -> None:
    enter_as(visitor, ALPHARETTA.staff[part])
    complaints = _complaints_of_all_pages(visitor, urlsplit(visitor.url).path)
    assert not complaints, "\n".join(complaints)


def test_every_public_page_fits_its_screen(visitor: Page) -> None:
    complaints = _complaints_of_all_pages(visitor, "/")
    assert not complaints, "\n".join(complaints)


def _complaints_of_all_pages(page: Page, start: str) -> list[str]:
    """Follow every link on this site from ``start``, one page of each kind."""
    waiting, known, complaints = deque([start]), {_kind(start)}, list[str]()
    while waiting:
        path = waiting.popleft()
        answer = page.goto(path)
        if answer is None or "html" not in answer.headers.get("content-type", ""):
            continue
        if answer.status >= 400:
            complaints.append(f"{path}: answers {answer.status}")
        complaints += _complaints(page, path)
        for link in page.eval_on_selector_all(
            "a[href^='/']", "all => all.map(one => one.getAttribute('href'))"
        ):
            target = urlsplit(link).path
            if _kind(target) not in known and not NO_PAGE.search(target):
                known.add(_kind(target))
                waiting.append(target)
        assert len(known) <= MOST, f"more kinds of pages than {MOST}: {sorted(known)}"
    assert len(known) > 3
    return complaints


def _complaints(page: Page, path: str) -> list[str]:
    """Of axe on a phone in the light and at a desk in the dark, and of what is wider than either."""
    found: list[str] = []
    for screen, scheme in ((PHONE, "light"), (DESK, "dark")):
        page.set_viewport_size(screen)  # type: ignore[arg-type]  # a plain dict is the shape it takes
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
        found += [f"{path} ({screen['width']} px, {scheme}): {one}" for one in complaints_of_axe(page)]
        found += [f"{path} ({screen['width']} px) sticks out: {one}" for one in sticking_out(page)]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dict is the shape it takes
    return found


def _kind(path: str) -> str:
    return _VARYING.sub("*", _VARYING.sub("*", path))
