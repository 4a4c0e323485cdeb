"""A new patient: registered, assessed, decided, consented by themselves after the time to think, and booked."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from stroma.candidacy.domain.red_flags import RED_FLAGS
from stroma.candidacy.examples import example_answers
from stroma.protocols.domain.vocabulary import Indication
from stroma.simulation.people import ALPHARETTA
from tests.browser.clock import let_pass
from tests.browser.conftest import visiting
from tests.browser.looking import DESK, PHONE, Visitor

STAFF = ALPHARETTA.staff
NAME = "Nadia Example"
PROTOCOL = "disc-marrow-concentrate"


def open_patient(visitor: Visitor) -> None:
    visitor.page.get_by_role("searchbox").fill("Example")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/patients/**")
    visitor.look()


def register_and_assess(visitor: Visitor) -> None:
    """The coordinator takes the patient in and asks what the protocol asks."""
    page = visitor.page
    visitor.enter_as(STAFF["coordinator"])
    visitor.follow("Register a patient", within=page.get_by_role("main"))
    for label, value in {
        "Given names": "Nadia",
        "Family name": "Example",
        "Date of birth": "1981-05-04",
        "Telephone": "+1 202 555 0177",
        "Mail": "nadia@example.org",
    }.items():
        page.get_by_label(label, exact=False).fill(value)
    visitor.press("Register patient")
    visitor.follow("Assess for a treatment")
    row = page.get_by_role("row").filter(has=page.locator(f"a[href*='{PROTOCOL}']"))
    visitor.follow("Assess", within=row)
    for flag in RED_FLAGS:
        page.locator(f"input[name=flag_{flag.code}][value=no]").check()
    told = example_answers(Indication.DISCOGENIC_LOW_BACK_PAIN).answers
    for name, value in told.items():
        if not page.locator(f"[name={name}]").count():
            continue
        if isinstance(value, bool):
            page.locator(f"input[name={name}][value={'yes' if value else 'no'}]").check()
        elif page.locator(f"select[name={name}]").count():
            page.locator(f"select[name={name}]").select_option(str(value))
        else:
            page.locator(f"input[name={name}]").fill(str(value))
    visitor.press("Assess")


def decide(visitor: Visitor) -> None:
    """The physiatrist reads the reasons and signs."""
    page = visitor.page
    visitor.enter_as(STAFF["physiatrist"])
    visitor.follow("Review and decide", within=page.get_by_role("row").filter(has_text="Example, Nadia"))
    expect(page.locator("#reasons")).not_to_contain_text("Stops it")
    page.get_by_label("candidate", exact=True).check()
    visitor.press("Sign as simulated")
    expect(page.locator("#messages")).to_contain_text("The decision was signed.")
    visitor.press("Open course")


def prepare_the_consent(visitor: Visitor) -> None:
    page = visitor.page
    visitor.follow("Prepare the consent")
    page.get_by_label("L4-L5").check()
    page.get_by_label("midline").check()
    visitor.press("Put it before the patient")


def give_an_account(visitor: Visitor) -> None:
    visitor.enter_as(STAFF["coordinator"])
    open_patient(visitor)
    visitor.follow("Give an account", within=visitor.page.get_by_role("listitem"))
    expect(visitor.page.get_by_label("Mail")).to_have_value("nadia@example.org")
    visitor.press("Give the account")


def confirm_the_account(visitor: Visitor) -> None:
    """A second person, before whom the patient sits; who gave the account does not."""
    page = visitor.page
    open_patient(visitor)
    expect(page.get_by_role("main")).to_contain_text("The account waits for a second person")
    visitor.enter_as(STAFF["nurse"])
    open_patient(visitor)
    visitor.follow("Confirm the account", within=page.get_by_role("listitem"))
    expect(page.get_by_role("main")).to_contain_text("nadia@example.org")
    page.get_by_label("passport").check()
    page.get_by_label("The patient sits before me").check()
    visitor.press("Confirm that it is theirs")
    expect(page.locator("#messages")).to_contain_text("It is confirmed")
    visitor.enter_as(STAFF["coordinator"])


def read_the_consent(phone: Visitor) -> None:
    """At first the patient can only read: nobody signs before the time to think is over."""
    phone.enter_as(NAME)
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Hello Nadia")
    phone.follow("Read the consent")
    expect(phone.page.get_by_role("main")).to_contain_text("You cannot sign yet")
    expect(phone.page.get_by_role("main")).to_contain_text("Nobody has confirmed yet that this account")
    assert phone.page.get_by_role("button", name="Sign the consent").count() == 0


def sign_the_consent(phone: Visitor) -> None:
    page = phone.page
    phone.go("/home/")
    phone.follow("Read the consent")
    expect(page.get_by_role("main")).to_contain_text("L4-L5")
    phone.press("Sign as simulated")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("I have read every point").check()
    page.get_by_label("I want this treatment").check()
    phone.press("Sign as simulated")
    expect(page.locator("#messages")).to_contain_text("You have signed.")


def book(visitor: Visitor) -> int:
    """The coordinator books the whole chain; returns how many visits it has."""
    page = visitor.page
    visitor.go("/home/")
    open_patient(visitor)
    visitor.follow("Book the visits")
    visitor.press("Show the earliest chain")
    offered = page.locator("main table").first.locator("tbody tr").count()  # of the earliest of several
    visitor.press("Book all of them")
    expect(page.locator("#messages")).to_contain_text(f"{offered} visits were booked.")
    # A second chain is refused, with the reason.
    visitor.follow("Book visits")
    expect(page.get_by_role("main")).to_contain_text("The visits of this chain are booked already")
    return offered


def test_from_decision_to_a_booked_chain(browser: Browser, own_demo: tuple[str, Path]) -> None:
    address, home = own_demo
    with (
        visiting(browser, address, viewport=DESK) as clinic,
        visiting(browser, address, viewport=PHONE) as phone,
    ):
        register_and_assess(clinic)
        decide(clinic)
        prepare_the_consent(clinic)
        give_an_account(clinic)
        read_the_consent(phone)
        confirm_the_account(clinic)
        let_pass(home, days=3)
        sign_the_consent(phone)
        booked = book(clinic)
        phone.go("/home/")
        expect(phone.page.get_by_role("main")).to_contain_text("Your next step")
        phone.go("/my/visits/")
        coming = phone.page.locator("main time").count()
        assert 1 < coming <= booked
        phone.go("/my/who-looked/")
        expect(phone.page.get_by_role("main")).to_contain_text(STAFF["physiatrist"])
