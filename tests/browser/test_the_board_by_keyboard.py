"""The board by keyboard alone: a visit is picked up, carried, put down or left, over what is kept for days as well."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Locator, Page, expect

from stroma.simulation.people import ALPHARETTA
from tests.browser.conftest import visiting
from tests.browser.looking import DESK
from tests.browser.test_a_coordinators_week import book_from_the_board
from tests.browser.week import tell

ZONE = ZoneInfo("America/New_York")


def said(page: Page) -> Locator:
    """What a screen reader is told."""
    return page.locator("#board-says[role=status]")


def chip_of(page: Page, name: str, title: str) -> Locator:
    chips = page.locator("table.board a.chip").filter(has_text=name).filter(has_text=title)
    return chips.first


def test_a_visit_is_carried_put_down_or_left_by_keyboard(
    browser: Browser, own_demo: tuple[str, Path]
) -> None:
    address, home = own_demo
    person = tell(home, "begin")["waiting"][0]
    with visiting(browser, address, viewport=DESK) as clinic:
        page = clinic.page
        clinic.enter_as(ALPHARETTA.staff["coordinator"])
        book_from_the_board(clinic, person)
        mine = tell(home, "booked")[person["number"]]["all"]
        seeding = datetime.fromisoformat(mine["seeding"]).astimezone(ZONE)
        week = f"/planning/board/?from={seeding:%Y-%m-%d}&sort=devices"

        clinic.go(week)
        expect(page.get_by_role("region", name="Who is booked when")).to_be_visible()
        expect(page.get_by_role("table", name="Who and what is booked, by day")).to_be_visible()
        chip = chip_of(page, person["family_name"], "Receipt and seeding")
        expect(chip).to_have_role("link")
        expect(chip).to_have_accessible_name(re.compile(rf"{seeding:%H:%M} Receipt and seeding"))
        expect(chip).to_have_accessible_description(re.compile("M picks it up"))

        # From one to the next by Tab; what was carried is left where it was.
        chip.focus()
        page.keyboard.press("m")
        expect(said(page)).to_contain_text("Picked up")
        expect(chip).to_have_attribute("data-carried", "")
        page.keyboard.press("Tab")
        expect(said(page)).to_have_text("Left where it was")
        expect(page.locator("[data-carried], [data-over]")).to_have_count(0)

        # The day stays the same on the way down over what is kept for days, whose cell is as wide as its days.
        bar = page.locator("table.board .board-kept").first
        bar_row = page.locator("table.board tr:has(.board-kept)").first
        days = int(bar_row.locator("td:has(.board-kept)").first.get_attribute("colspan") or "1")
        assert days > 2
        chip.focus()
        page.keyboard.press("m")
        for _ in range(2):
            page.keyboard.press("ArrowRight")
        day = seeding + timedelta(days=2)
        expect(said(page)).to_contain_text(f"{day:%a} {day.day} {day:%b}, {seeding:%H:%M}")
        name = bar_row.locator("th").evaluate("th => th.firstChild.textContent.trim()")
        for _ in range(40):
            page.keyboard.press("ArrowDown")
            if name in said(page).inner_text():
                break
        expect(said(page)).to_contain_text(f"{name}, {day:%a} {day.day} {day:%b}")
        page.keyboard.press("ArrowRight")
        day += timedelta(days=1)
        expect(said(page)).to_contain_text(f"{name}, {day:%a} {day.day} {day:%b}")
        page.keyboard.press("Escape")
        expect(said(page)).to_have_text("Left where it was")
        expect(page.locator("[data-carried], [data-over]")).to_have_count(0)
        expect(chip).to_be_focused()
        assert page.url.endswith(week)

        # Enter at what is kept for days opens the page of the visit that ends it.
        bar.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/planning/board/visits/**")

        # Put down elsewhere it is judged in a dialog, which Escape closes; the visit has the focus again.
        visit = datetime.fromisoformat(mine["visit_1_month"]).astimezone(ZONE)
        clinic.go(f"/planning/board/?from={visit:%Y-%m-%d}&sort=people")
        chip = chip_of(page, person["family_name"], "Visit at 1 month")
        chip.focus()
        page.keyboard.press("m")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Move a visit")
        expect(dialog).to_contain_text("stand")
        assert dialog.evaluate("one => one.contains(document.activeElement)")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(chip).to_be_focused()
        clinic.look()
        assert tell(home, "booked")[person["number"]]["all"] == mine
