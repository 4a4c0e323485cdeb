"""Every part of every page in a real browser: accessible in every appearance and width, by keyboard too."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

PATHS = [
    "/components/",
    "/components/reading/",
    "/components/doing/scan/",
    "/components/doing/go/",
    "/components/doing/stop/",
]
WIDTHS = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1440, "height": 900}}
APPEARANCES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "contrast": "no-preference", "forced_colors": "none"},
    "dark": {"color_scheme": "dark"},
    "more contrast": {"color_scheme": "light", "contrast": "more"},
    "forced colors": {"forced_colors": "active", "color_scheme": "dark"},
}


def complaints_of_axe(page: Page) -> list[tuple[str, list[list[str]]]]:
    """The rules that are broken and where. Without preload: axe looks for style sheets in wrong places."""
    # Colors fade for 150 ms when the appearance changes; what is measured is where they end, painted.
    page.wait_for_timeout(400)
    page.evaluate(
        "Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => null)))"
        ".then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))"
    )
    answer = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response
    return [(v["id"], [node["target"] for node in v["nodes"]]) for v in answer["violations"]]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_and_nothing_sticks_out(page: Page, path: str, width: str) -> None:
    page.set_viewport_size(WIDTHS[width])
    page.goto(path)
    found = {}
    for appearance, media in APPEARANCES.items():
        page.emulate_media(**media)
        found[appearance] = complaints_of_axe(page)
    assert found == {appearance: [] for appearance in APPEARANCES}
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_axe_finds_nothing_in_an_appearance_the_reader_chose(page: Page, theme: str) -> None:
    page.goto(f"/components/?theme={theme}")
    assert complaints_of_axe(page) == []


def test_no_page_loads_anything_that_is_missing_or_forbidden(page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
    for path in PATHS:
        page.goto(path, wait_until="networkidle")
    assert complaints == []


def focused(page: Page) -> str:
    """What has the focus, by its words."""
    return str(page.evaluate("(document.activeElement.innerText || document.activeElement.id).trim()"))


def test_the_head_of_a_page_is_walked_in_the_order_it_is_read(page: Page) -> None:
    page.goto("/components/reading/")
    walked = []
    for _ in range(5):
        page.keyboard.press("Tab")
        walked.append(focused(page))
    assert walked == ["Skip to the content", "Stroma", "Components", "Reading", "Doing"]


def test_the_skip_link_leads_past_the_head(page: Page) -> None:
    page.goto("/components/reading/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "The same as a list"


def test_the_focus_can_be_seen_on_every_stop_of_the_way(page: Page) -> None:
    page.goto("/components/")
    page.locator("#buttons").scroll_into_view_if_needed()
    page.locator("#buttons .button").first.focus()
    seen = []
    for _ in range(5):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)"))
    assert seen == [3] * 5


def test_the_line_opens_as_a_list_by_keyboard(page: Page) -> None:
    page.goto("/components/reading/")
    page.get_by_text("The same as a list").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("listitem").filter(has_text="Process: now")).to_have_count(1)


def test_the_line_is_tall_on_a_phone_and_wide_at_a_desk_and_is_never_there_twice(page: Page) -> None:
    page.goto("/components/")
    page.set_viewport_size({"width": 360, "height": 740})
    assert [page.locator(f"#line-{kind}-hero-title").count() for kind in ("wide", "tall")] == [1, 1]
    wide, tall = page.locator("svg.line-wide").first, page.locator("svg.line-tall").first
    assert (wide.is_visible(), tall.is_visible()) == (False, True)
    page.set_viewport_size({"width": 1440, "height": 900})
    assert (wide.is_visible(), tall.is_visible()) == (True, False)


def test_a_dialog_opens_takes_the_focus_and_gives_it_back(page: Page) -> None:
    page.goto("/components/")
    link = page.get_by_role("link", name="Cancel the booking")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(link).to_be_focused()


def test_the_menu_opens_and_escape_gives_the_focus_back(page: Page) -> None:
    page.goto("/components/")
    summary = page.locator(".menu > summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Sign out")).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_scan_goes_to_the_waiting_field_without_a_tap(page: Page) -> None:
    page.goto("/components/doing/scan/")
    page.keyboard.type("A999926000012K")
    expect(page.locator("#scan")).to_have_value("A999926000012K")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("STOP")


@pytest.mark.parametrize("path", ["/components/doing/scan/", "/components/doing/go/"])
@pytest.mark.parametrize("size", [{"width": 1024, "height": 768}, {"width": 360, "height": 740}])
def test_the_action_of_a_doing_page_is_on_the_screen_and_large_enough_for_gloves(
    page: Page, path: str, size: Any
) -> None:
    page.set_viewport_size(size)
    page.goto(path)
    box = page.locator(".button[data-kind='primary']").bounding_box()
    assert box is not None
    assert box["height"] >= 56
    assert box["y"] + box["height"] <= size["height"]


def test_without_javascript_the_page_is_whole_and_the_dialog_is_a_page(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=address, locale="en-US")
    page = context.new_page()
    page.goto("/components/")
    page.get_by_role("link", name="Cancel the booking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where are my cells?")
    context.close()


def test_the_reader_changes_the_appearance_and_the_language_from_the_foot_of_any_page(page: Page) -> None:
    page.goto("/components/reading/")
    page.get_by_role("button", name="Dark").click()
    assert page.url.endswith("/components/reading/")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator(".not-approved")).to_contain_text("No aprobado para el dolor de espalda.")


def test_htmx_is_there_swaps_a_refused_form_and_runs_no_code_of_its_own(page: Page) -> None:
    page.goto("/components/")
    assert page.evaluate(
        "htmx.config.responseHandling.filter(rule => rule.code === '422').map(rule => rule.swap)"
    ) == [True]
    assert page.evaluate("[htmx.config.allowEval, htmx.config.includeIndicatorStyles]") == [False, False]
    headers = page.evaluate("Object.keys(JSON.parse(document.body.getAttribute('hx-headers')))")
    assert headers == ["x-csrftoken"]


def test_on_paper_the_line_is_there_in_black_and_the_controls_are_not(page: Page) -> None:
    page.goto("/components/?theme=dark")
    page.emulate_media(media="print")
    assert page.locator("svg.line-wide").first.is_visible()
    assert page.locator(".print-header").is_visible()
    assert [page.locator(what).first.is_visible() for what in (".site-header-row", ".button", ".tabs")] == [
        False
    ] * 3
    assert page.locator(".simulated").is_visible()  # a paper says it, too
    assert page.evaluate("getComputedStyle(document.querySelector('.line-station')).color") == "rgb(0, 0, 0)"
