"""Answers of a visitor with nothing urgent and nothing against: what several tests fill in."""

from stroma.candidacy.domain.red_flags import RED_FLAGS
from tests.browser.looking import Visitor

NUMBERS = {"age_years": 48, "pain_months": 24, "pain_nrs": 6, "conservative_care_months": 9}
YES = ("supervised_physical_therapy", "understands_unapproved")


def answer_no_red_flag(visitor: Visitor, button: str) -> None:
    for flag in RED_FLAGS:
        visitor.page.locator(f"input[name={flag.code}][value=no]").check()
    visitor.press(button)


def answer_about_the_back(visitor: Visitor, where: str, button: str) -> None:
    page = visitor.page
    page.locator(f"input[name=where][value={where}]").check()
    for name, value in NUMBERS.items():
        page.locator(f"input[name={name}]").fill(str(value))
    asked = page.evaluate(
        "[...new Set([...document.querySelectorAll('input[type=radio]')].map(radio => radio.name))]"
    )
    for name in asked:
        if name != "where":
            page.locator(f"input[name={name}][value={'yes' if name in YES else 'no'}]").check()
    visitor.press(button)
