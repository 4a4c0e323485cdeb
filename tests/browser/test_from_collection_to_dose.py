"""The people of the clinic at a tablet: from the needle that takes the marrow to the one that gives the cells."""

from playwright.sync_api import Browser, expect

from tests.browser.conftest import visiting
from tests.browser.looking import TABLET
from tests.browser.marrow_lot import (
    account_for_what_is_left,
    carry_to_the_clean_room,
    collect_and_label,
    enter_results,
    give_the_dose,
    label_and_bring,
    open_patient,
    process,
    release,
    story_course,
)


def test_from_collection_to_dose(browser: Browser, own_demo: tuple[str, object]) -> None:
    address = own_demo[0]
    course = story_course(browser, address)
    with visiting(browser, address, viewport=TABLET) as visitor:
        din = collect_and_label(visitor, course)
        carry_to_the_clean_room(visitor)
        process(visitor, din)
        enter_results(visitor, din)
        release(visitor, din)
        label_and_bring(visitor, din)
        give_the_dose(visitor, course)
        account_for_what_is_left(visitor)
        open_patient(visitor, course)
        expect(visitor.page.get_by_role("main")).to_contain_text("Doses given")
