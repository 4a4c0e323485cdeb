"""One lot from receipt to certificate and beyond, by two people who sign, with everything that can go wrong on its way.

A result is out of specification and found to be an error of the laboratory; a control fails while the lot is about to
be released; the lot goes out while its culture runs, and the culture grows after the dose was given.
"""

import re
from contextlib import ExitStack
from pathlib import Path

import pypdfium2
import zxingcpp
from playwright.sync_api import Browser, expect

from tests.browser.clock import let_pass
from tests.browser.conftest import visiting
from tests.browser.looking import DESK, PHONE, TABLET, Visitor
from tests.browser.marrow_lot import (
    STAFF,
    account_for_what_is_left,
    carry_to_the_clean_room,
    clean,
    collect_and_label,
    give_the_dose,
    label_and_bring,
    open_lot,
    story_course,
)

INSPECTION = "No clumps, no particles, container intact"
CULTURE = "Culture of the retained sample for 14 days: growth"
DAYS_UNTIL_READ = 15
CONTROL = "Vials with known particles"
MEASURED = {
    "Time in the centrifuge": "15",
    "Volume made": "8",
    "Live cells seen": "540",
    "Dead cells seen": "30",
    "Squares counted": "9",
    "Dilution factor": "180",
}
"""About 108 million cells in a mL, as a concentrate has (PEPKE16), and a viability of 94.7 %."""


def on_one_screen(visitor: Visitor, din: str) -> None:
    """The technologist does the batch where minutes matter: clock, volumes, scans and count on one page."""
    page = visitor.page
    visitor.enter_as(STAFF["technologist"])
    clean(visitor)
    visitor.go("/processing/")
    row = page.locator("#lots tr").filter(has=page.get_by_text(re.compile(r"\s*".join(din))))
    visitor.press("Begin", within=row)
    visitor.follow("All on one screen")
    while page.get_by_role("button", name="Close the batch record").count() == 0:
        if page.get_by_role("link", name="Print its label and put it on").count():
            here = page.url
            visitor.follow("Print its label and put it on")
            visitor.press("Print the label")
            visitor.press("It is on the container")
            page.goto(here)
        page.locator("details.quiet summary").first.click()
        offered = page.locator("details.quiet li")
        scans = [one.locator(".identifier").first.inner_text() for one in offered.all()]
        for field, scan in zip(page.locator("input[data-scan]").all(), scans, strict=True):
            field.fill(scan)
        reagent = offered.filter(has_text="wash solution")
        for label, value in MEASURED.items():
            if page.get_by_label(label).count():
                page.get_by_label(label).fill(value)
        if reagent.count():
            page.get_by_role("textbox", name="Scan the wash solution").fill(
                reagent.locator(".identifier").last.inner_text()
            )
            visitor.press("Record this step")
            refused(visitor, "Saline with albumin", "expired on")
            page.get_by_role("textbox", name="Scan the wash solution").fill(scans[-1])
        visitor.press("Record this step")
    expect(page.get_by_role("main")).to_contain_text("94.7 %")
    visitor.press("Close the batch record")
    visitor.follow("Put a label on it", within=page.locator("#containers tr").filter(has_text="dose"))
    visitor.press("Print the label")
    visitor.press("It is on the container")


def enter(quality: Visitor, din: str, line: str, word: str) -> None:
    """Quality enters the word of a line; a line that has one is repeated."""
    open_lot(quality, din)
    quality.page.locator("#results tr", has_text=line).locator(
        "td a", has_text=re.compile("^(Enter|Repeat)")
    ).click()
    quality.look()
    quality.page.locator(f"input[name=text][value='{word}']").check()
    quality.press("Record the result")


def follow_lot(visitor: Visitor, table: str, din: str) -> None:
    """Follow the link that is the lot's number in a table of the page."""
    visitor.page.locator(f"{table} a", has_text=re.compile(r"\s*".join(din))).first.click()
    visitor.look()


def refused(visitor: Visitor, *words: str) -> None:
    """The page says no, and why."""
    for one in words:
        expect(visitor.page.get_by_role("alert").first).to_contain_text(one)


def investigate(quality: Visitor, din: str) -> None:
    """A particle was seen. It is measured again by plan only, and counts for nothing once the error is found."""
    page = quality.page
    enter(quality, din, INSPECTION, "fail")
    quality.go("/release/")
    follow_lot(quality, "#investigations", din)
    quality.follow("Conclude")
    page.get_by_label("Error of the laboratory").check()
    page.get_by_label("On what it rests").fill("It was only a fiber.")
    quality.press("Conclude")
    refused(quality, "There is no hypothesis.")
    page.go_back()
    page.go_back()
    for kind, words in (
        ("Hypothesis", "A fiber of the wipe stuck to the outside of the syringe."),
        ("Plan of a retest", "Wipe the syringe, inspect it before black and before white."),
    ):
        page.get_by_label(kind).check()
        page.get_by_label("In words").fill(words)
        quality.press("Add to the investigation")
    here = page.url
    enter(quality, din, INSPECTION, "pass")
    quality.go(here)
    page.get_by_label("Finding").check()
    page.get_by_label("In words").fill("The fiber came off with the wipe; nothing moves in the syringe.")
    quality.press("Add to the investigation")
    quality.follow("Conclude")
    page.get_by_label("Error of the laboratory").check()
    page.get_by_label("On what it rests").fill("The fiber was outside. The repeat passes.")
    quality.press("Conclude")
    expect(page.locator("#messages")).to_contain_text("The investigation is concluded.")


def read_certificate(visitor: Visitor, din: str) -> None:
    open_lot(visitor, din)
    visitor.follow("Read the certificate")


def sign_but_not_twice(physician: Visitor, din: str) -> None:
    """The physician signs, and may not sign for a second time."""
    read_certificate(physician, din)
    physician.press("Sign (simulated)")
    expect(physician.page.locator("#messages")).to_contain_text("You signed this certificate.")
    physician.press("Sign (simulated)")
    refused(physician, "You have signed this certificate already. A second person signs it.")


def run_control(technologist: Visitor, value: str, verdict: str) -> None:
    """The technologist inspects the vials with known particles and says how many of a hundred were found."""
    page = technologist.page
    technologist.enter_as(STAFF["technologist"])
    technologist.go("/release/controls/")
    technologist.follow(CONTROL)
    page.get_by_label("Result of the control").fill(value)
    technologist.press("Record the run")
    expect(page.locator("#messages")).to_contain_text(f"The run was recorded: {verdict}.")


def open_control(quality: Visitor) -> None:
    page = quality.page
    quality.go("/release/controls/")
    quality.follow("Take a control into use")
    page.get_by_label("Control material").fill(CONTROL)
    page.get_by_label("Lot number").fill("VI-12")
    page.get_by_label(INSPECTION).check()
    page.get_by_label("Target").fill("95")
    page.get_by_label("Standard deviation").fill("2")
    quality.press("Take it into use")


def release_what_is_not_held(quality: Visitor, technologist: Visitor, din: str) -> None:
    """Both have signed and the button is live when the control fails: what quality still sees is not let go."""
    page = quality.page
    open_control(quality)
    read_certificate(quality, din)
    quality.press("Sign (simulated)")
    expect(page.get_by_role("button", name="Release the lot")).to_be_enabled()
    run_control(technologist, "80", "failed")
    expect(technologist.page.locator("#holds")).to_contain_text("1-3s")
    quality.press("Release the lot")
    refused(quality, "changed")
    quality.press("Sign (simulated)")
    refused(quality, "a control of this measurement failed, so the result is held")
    expect(page.get_by_role("button", name="Release the lot")).to_be_disabled()
    quality.go("/release/")
    expect(page.get_by_role("main")).to_contain_text(f"Control {CONTROL} failed")
    run_control(technologist, "94", "in control")
    expect(technologist.page.locator("#holds")).to_have_count(0)
    read_certificate(quality, din)
    quality.press("Release the lot")
    expect(page.locator("#messages")).to_contain_text("The lot was released: conditional")
    expect(page.get_by_role("main")).to_contain_text("Released, 1 result open")


def answer_the_late_positive(quality: Visitor, physician: Visitor, din: str, course: str) -> None:
    """The culture grew: the case says who has the cells and whom to call, and is closed when nothing is left."""
    page = quality.page
    quality.enter_as(STAFF["quality"])
    expect(page.locator("#due")).to_contain_text(re.compile(r"\s*".join(din)))
    enter(quality, din, CULTURE, "growth")
    quality.go("/release/")
    follow_lot(quality, "[id^=late-]", din)
    given = page.locator("#containers tr").filter(has_text="administered")
    expect(given).to_contain_text(course)
    patient = given.locator("td").last.inner_text().split(",")[0].strip()
    case = page.url
    quality.follow("Close the case")
    page.get_by_label("How it ended").fill("Forgotten?")
    quality.press("Close the case")
    refused(quality, "Still to do: Secure every container that was not given", f"Call the patient {course}")
    physician.enter_as(STAFF["physiatrist"])
    follow_lot(physician, "[id^=late-]", din)
    expect(physician.page.locator("#tasks a[href^='tel:']")).to_be_visible()
    told = do_all(physician, "Tell the physician") + do_all(physician, "Call the patient")
    do_all(physician, "Physician: examine")
    assert f"lot {din}" in told[0]
    assert patient in told[1]
    assert "Please come in today" in told[1]
    quality.go(case)
    [notice] = do_all(quality, "Tell quality and the sponsor")
    assert din in notice
    do_all(quality, "")
    expect(page.get_by_role("main")).to_contain_text("Nothing is left to do.")
    quality.follow("Close the case")
    page.get_by_label("How it ended").fill("The patient stayed well; blood cultures showed no growth.")
    quality.press("Close the case")
    expect(page.locator("#messages")).to_contain_text("The case is closed.")
    quality.go("/release/")
    expect(page.locator("[id^=late-]").filter(has_text=course)).to_have_count(0)


def do_all(visitor: Visitor, task: str) -> list[str]:
    """Do what is still to be done of a kind; gives the notices as they were drafted."""
    drafts = []
    rows = visitor.page.locator("#tasks tbody tr").filter(has_text=task)
    while rows.count():
        visitor.follow("Open", within=rows.first)
        words = visitor.page.get_by_label("What was done, or said")
        if words.input_value():
            drafts.append(words.input_value())
        else:
            words.fill("Done, and written down in the deviation.")
        visitor.page.get_by_role("button", name=re.compile("It was said or sent|It is done")).click()
        visitor.look()
    return drafts


def printed(visitor: Visitor, din: str) -> tuple[str, str]:
    """The certificate's PDF as somebody holds it: what it says, and where its Data Matrix leads."""
    read_certificate(visitor, din)
    address = visitor.page.get_by_role("link", name="Print (PDF)").get_attribute("href")
    answer = visitor.page.request.get(str(address))
    assert answer.headers["content-type"] == "application/pdf"
    pages = list(pypdfium2.PdfDocument(answer.body()))
    text = "\n".join(page.get_textpage().get_text_bounded() for page in pages)
    codes = [
        code.text for page in pages for code in zxingcpp.read_barcodes(page.render(scale=300 / 72).to_pil())
    ]
    assert len(codes) == 1
    return text, codes[0]


def test_from_receipt_to_certificate(browser: Browser, own_demo: tuple[str, Path]) -> None:
    address, home = own_demo
    course = story_course(browser, address)
    with ExitStack() as stack:
        at_the_bench, physician, bedside = (
            stack.enter_context(visiting(browser, address, viewport=TABLET)) for _ in range(3)
        )
        quality = stack.enter_context(visiting(browser, address, viewport=DESK))
        on_call = stack.enter_context(visiting(browser, address, viewport=PHONE))
        din = collect_and_label(physician, course)
        carry_to_the_clean_room(physician)
        on_one_screen(at_the_bench, din)
        quality.enter_as(STAFF["quality"])
        enter(quality, din, "Label, patient, consent and order agree", "pass")
        investigate(quality, din)
        quality.go("/custody/refused-scans/")
        expect(
            quality.page.locator("#newest tr").filter(has_text=re.compile(r"\s*".join(din))).first
        ).to_contain_text("expired")
        sign_but_not_twice(physician, din)
        release_what_is_not_held(quality, at_the_bench, din)
        text, code = printed(quality, din)
        for one in (STAFF["physiatrist"], STAFF["quality"], din, course, "comes after use"):
            assert one in text
        quality.go(code)
        expect(quality.page.get_by_role("main")).to_contain_text("Yes: this is the certificate")
        label_and_bring(bedside, din)
        give_the_dose(bedside, course)
        account_for_what_is_left(bedside)
        let_pass(home, days=DAYS_UNTIL_READ)
        answer_the_late_positive(quality, on_call, din, course)
        read, code_read = printed(quality, din)
        assert "Draft: the lot is not released under this certificate." in read
        assert code_read != code
        quality.go(code)
        expect(quality.page.get_by_role("main")).to_contain_text("No longer: the lot was released under it")
