"""What the people of the clinic do with one lot of marrow concentrate, page by page; tests put it in an order."""

import re

from playwright.sync_api import Browser, expect

from stroma.simulation.people import ALPHARETTA
from tests.browser.conftest import visiting
from tests.browser.looking import Visitor

STAFF = ALPHARETTA.staff
COUNT = {"live": "540", "dead": "30", "squares": "9", "dilution": "180"}
"""About 108 million cells in a mL, as a concentrate has (PEPKE16), and a viability of 94.7 %."""


def open_patient(visitor: Visitor, course: str) -> None:
    """Find the course by its number, as anybody on the staff does, and go to the patient."""
    visitor.page.get_by_role("searchbox").fill(course)
    with visitor.page.expect_navigation(url="**/courses/**"):  # the page before may have such an address too
        visitor.page.keyboard.press("Enter")
    visitor.look()
    visitor.page.locator(".working-head .lead a").click()
    visitor.look()


def open_lot(visitor: Visitor, din: str) -> None:
    visitor.page.get_by_role("searchbox").fill(din)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/find/**")
    visitor.look()
    visitor.page.get_by_role("main").locator("a[href*='/release/lots/']").first.click()
    visitor.look()


def collect_and_label(visitor: Visitor, course: str) -> str:
    """The physiatrist collects and labels; returns the donation number."""
    page = visitor.page
    visitor.enter_as(STAFF["physiatrist"])
    open_patient(visitor, course)
    visitor.follow("Record the collection")
    page.get_by_label("Amount collected").fill("5")
    visitor.press("Record the collection")
    expect(page.get_by_role("alert")).to_contain_text(
        "5 mL were collected; the protocol asks for 60 to 120 mL"
    )
    page.get_by_label("Amount collected").fill("80")
    visitor.press("Record the collection")
    visitor.press("Print the label")
    visitor.press("It is on the container")
    expect(page.locator("#messages")).to_contain_text("The label is on the container.")
    found = re.search(r"A9999\d{8}", re.sub(r"\s", "", page.get_by_role("main").inner_text()))
    assert found is not None
    return found[0]


def carry_to_the_clean_room(visitor: Visitor) -> None:
    """The label of somebody else is refused, and the container has not moved; its own is accepted."""
    page = visitor.page
    page.locator("main a[href*='/release/lots/']").first.click()
    visitor.look()
    visitor.follow("Hand over")
    visitor.follow("Clean room 1")
    visitor.press("A container of somebody else")
    expect(page.get_by_role("heading", level=1)).to_have_text("STOP")
    expect(page.get_by_role("alert")).to_contain_text("This container stays where it is.")
    wanted, came = page.locator(".verdict-compared dd").all_inner_texts()
    assert wanted != came
    visitor.follow("Scan again")
    expect(page.get_by_role("heading", level=1)).to_have_text("Scan the label of the container")
    visitor.press("This container")
    visitor.press("Clean room 1")
    visitor.press("Your badge")
    expect(page.get_by_role("heading", level=1)).to_have_text("GO")
    visitor.press("Go on")
    expect(page.locator("#containers")).to_contain_text("Clean room 1")


def clean(visitor: Visitor) -> None:
    """What is to be used is cleaned first: the bench takes no equipment whose cleaning is over."""
    page = visitor.page
    visitor.go("/processing/equipment/")
    for link in [one.get_attribute("href") for one in page.locator("main table th a").all()]:
        visitor.go(str(link))
        visitor.press("It was cleaned now")


def process(visitor: Visitor, din: str) -> None:
    """The technologist does the batch, one scan and one step after the other."""
    page = visitor.page
    visitor.enter_as(STAFF["technologist"])
    clean(visitor)
    visitor.go("/processing/")
    row = page.locator("#lots tr").filter(has=page.get_by_text(re.compile(r"\s*".join(din))))
    visitor.press("Begin", within=row)
    wrong_was_tried = False
    while page.get_by_role("button", name="Close the batch record").count() == 0:
        title = page.get_by_role("heading", level=1).inner_text()
        if not wrong_was_tried:
            visitor.press("A container of somebody else")
            expect(page.get_by_role("heading", level=1)).to_have_text("STOP")
            visitor.follow("Go back")
            wrong_was_tried = True
        if page.get_by_role("link", name="Print its label and put it on").count():
            here = page.url
            visitor.follow("Print its label and put it on")
            visitor.press("Print the label")
            visitor.press("It is on the container")
            page.goto(here)
        visitor.press("This container")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        while page.locator(".simulated-scanner button").count():
            page.locator(".simulated-scanner button").first.click()
            visitor.look()
            expect(page.get_by_role("heading", level=1)).to_have_text(title)
        if page.get_by_label("Time in the centrifuge").count():
            page.get_by_label("Time in the centrifuge").fill("15")
        if page.get_by_label("Volume made").count():
            page.get_by_label("Volume made").fill("8")
        if page.get_by_label("Live cells seen").count():
            for name, value in COUNT.items():
                page.locator(f"input[name={name}]").fill(value)
            expect(page.locator("#count-preview")).to_contain_text("94.7 %")
        visitor.press("Record this step")
    visitor.follow("Read the batch record")
    expect(page.get_by_role("main")).to_contain_text("94.7 %")
    page.go_back()
    visitor.press("Close the batch record")
    visitor.follow("Put a label on it", within=page.locator("#containers tr").filter(has_text="dose"))
    visitor.press("Print the label")
    visitor.press("It is on the container")


def enter_results(visitor: Visitor, din: str) -> None:
    """Quality enters every result the specification asks for; a culture read weeks later stays open."""
    page = visitor.page
    visitor.enter_as(STAFF["quality"])
    open_lot(visitor, din)
    while (
        missing := page.locator("#results a").filter(has_text=re.compile(r"^Enter: (?!.*14 days)"))
    ).count():
        missing.first.click()
        visitor.look()
        page.locator("input[name=text]").first.check()
        visitor.press("Record the result")


def sign(visitor: Visitor, part: str, din: str) -> None:
    visitor.enter_as(STAFF[part])
    open_lot(visitor, din)
    visitor.follow("Read the certificate")
    visitor.press("Sign (simulated)")


def release(visitor: Visitor, din: str) -> None:
    """Two people sign: the physiatrist, who cannot sign again, and quality, who then releases."""
    page = visitor.page
    sign(visitor, "physiatrist", din)
    visitor.press("Sign (simulated)")
    expect(page.get_by_role("alert")).to_be_visible()
    sign(visitor, "quality", din)
    visitor.press("Release the lot")
    expect(page.get_by_role("main")).to_contain_text("Released")


def label_and_bring(visitor: Visitor, din: str) -> None:
    """The nurse brings the dose to the procedure room: at the bedside the wristband is scanned as well."""
    page = visitor.page
    visitor.enter_as(STAFF["nurse"])
    visitor.follow("Bedside")
    visitor.follow("Hand over", within=page.locator("#doses tr").filter(has=page.get_by_text(din)))
    visitor.follow("Procedure room 1")
    visitor.press("This container")
    visitor.press("Procedure room 1")
    page.locator("fieldset.simulated-scanner button").first.click()
    visitor.look()
    visitor.press("Your badge")
    expect(page.get_by_role("heading", level=1)).to_have_text("GO")


def give_the_dose(visitor: Visitor, course: str) -> None:
    """The time-out stops at once for a stranger's wristband; with the right one two agree and the dose is given."""
    page = visitor.page
    visitor.enter_as(STAFF["physiatrist"])
    open_patient(visitor, course)
    visitor.follow("Time-out")
    page.get_by_label("Second person").select_option(label=STAFF["nurse"])
    visitor.press("Scan the wristband")
    for wristband, heading in ((1, "STOP"), (0, "Read aloud. Do both of you agree?")):
        page.locator("fieldset.simulated-scanner button").nth(wristband).click()
        visitor.look()
        if heading == "STOP":
            expect(page.get_by_role("heading", level=1)).to_have_text(heading)
            expect(page.get_by_role("alert")).to_contain_text("Nothing is given.")
            visitor.press("Scan again")
            continue
        visitor.press("This container")
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    visitor.press("We agree: complete the time-out")
    visitor.press("Record the dose")
    visitor.press("Record the dose")
    expect(page.locator("#messages")).to_contain_text("The dose was recorded.")


def account_for_what_is_left(visitor: Visitor) -> None:
    page = visitor.page
    while page.get_by_role("link", name="Discard what is left").count():
        visitor.follow("Discard what is left")
        page.get_by_label("Witness", exact=True).select_option(index=1)
        page.get_by_label("Simulated witness").check()
        page.get_by_label("Reason").fill("left after the dose")
        visitor.press("Discard it")
        page.go_back()
        page.go_back()
        page.reload()
    expect(page.get_by_role("main")).to_contain_text("Everything is accounted for")


def story_course(browser: Browser, address: str) -> str:
    """The number of the course that is decided, consented and booked, with nothing collected."""
    with visiting(browser, address) as visitor:
        visitor.page.goto("/demo/story/")
        found = re.search(r"Course (\S+) in Alpharetta", visitor.page.get_by_role("main").inner_text())
    assert found is not None
    return found[1]
