"""A coordinator's week: ten chains booked, an incubator lost, a lot failed, a visit carried over the board.

Half of the chains are booked by the patients themselves, half from the board. After each happening the page, the
calendar file and the messages of every patient must say what stands in the tables: date, time and place.
"""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar
from playwright.sync_api import Browser, expect

from stroma.simulation.people import ALPHARETTA
from tests.browser.conftest import visiting
from tests.browser.demo import demo_environment
from tests.browser.looking import DESK, PHONE, Visitor
from tests.browser.week import tell

STAFF = ALPHARETTA.staff
ZONE = ZoneInfo("America/New_York")


def book_themselves(phone: Visitor, person: dict[str, str], *, later: bool) -> None:
    """A patient chooses their visits on their phone: the earliest chain, or the one after it."""
    phone.enter_as(person["account"])
    phone.go("/my/visits/")
    phone.follow("Choose your visits yourself")
    if later:
        second = phone.page.locator("details.offer").nth(1)
        second.locator("summary").click()
        phone.press("Book these visits instead", within=second)
    else:
        phone.press("Book these visits")
    expect(phone.page.locator("#messages")).to_contain_text("Your visits are booked.")


def book_from_the_board(visitor: Visitor, person: dict[str, str]) -> None:
    """Book one chain for somebody whom the board names as waiting for their visits."""
    visitor.go("/planning/board/")
    row = visitor.page.locator(".board-to-book li").filter(has_text=person["number"])
    visitor.page.locator(".board-to-book summary").click()
    row.get_by_role("link", name="Book the visits").click()
    visitor.look()
    visitor.press("Show the earliest chain")
    visitor.press("Book all of them")
    expect(visitor.page.locator("#messages")).to_contain_text("visits were booked.")


def lose_an_incubator(visitor: Visitor, place: str, first: datetime, last: datetime) -> list[str]:
    """An incubator place is broken; every chain of the plan is taken over. Gives the courses that changed."""
    page = visitor.page
    visitor.go("/planning/board/")
    visitor.follow("Plan again")
    page.get_by_label("Who or what").select_option(label=place)
    page.get_by_label("From").fill(f"{first:%Y-%m-%d}")
    page.get_by_label("To and with").fill(f"{last:%Y-%m-%d}")
    visitor.press("Make a plan")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{place} is away")
    return take_over(visitor)


def kept_place(course: dict[str, Any]) -> tuple[str, datetime, datetime]:
    """The incubator place that a culture keeps, from its seeding to its harvest."""
    [place] = [thing for thing in course["things"]["harvest"] if thing.startswith("Incubator place")]
    first, last = (datetime.fromisoformat(course["all"][code]) for code in ("seeding", "harvest"))
    return place, first.astimezone(ZONE), last.astimezone(ZONE)


def take_over(visitor: Visitor) -> list[str]:
    """Take over what a plan proposes, once without asking the patients: it is refused where they must be asked."""
    page = visitor.page
    changed = page.locator(".plan-chain h2 .quiet").all_inner_texts()
    assert changed
    page.get_by_label("Why it moves").fill("it had to be")
    asked = page.get_by_label("The patient was asked")
    if asked.count():
        visitor.press("Move what is chosen")
        expect(page.get_by_role("main")).to_contain_text("Nothing was moved")
        for box in page.get_by_label("The patient was asked").all():
            box.check()
    visitor.press("Move what is chosen")
    expect(page.locator("#messages")).to_contain_text("visits were moved or booked.")
    return changed


def fail_a_lot(visitor: Visitor, told: dict[str, Any]) -> None:
    """Quality rejects the lot; the board says whose chain cannot go on."""
    visitor.enter_as(STAFF["quality"])
    visitor.go(f"/release/lots/{told['lot']}/reject/")
    visitor.page.get_by_label("Reason").fill("too few of the cells live")
    visitor.page.get_by_role("main").get_by_role("button").first.click()
    visitor.look()
    visitor.enter_as(STAFF["coordinator"])
    visitor.go("/planning/board/")
    trouble = visitor.page.locator(".board-troubles li").filter(has_text=told["lot_course"]["number"])
    expect(trouble).to_contain_text("The lot failed")
    visitor.follow("Plan this chain again", within=trouble)
    page = visitor.page
    page.get_by_label("The lot failed", exact=False).check()
    page.get_by_label("Which visit").select_option("collection")
    visitor.press("Make a plan")
    take_over(visitor)
    visitor.go("/planning/board/")
    expect(visitor.page.locator("body")).not_to_contain_text("The lot failed on")


def carry(visitor: Visitor, title: str, name: str, from_day: datetime) -> None:
    """Drag a visit by the pointer, day after day on, to the first on which it can stand, and say that it shall move."""
    page = visitor.page
    for days in range(1, 7):
        if (from_day + timedelta(days=days)).weekday() > 4:
            continue
        drag(visitor, title, name, from_day, days)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("stand")
        if "It can stand on" in dialog.inner_text():
            dialog.get_by_label("The patient was asked").check()
            dialog.get_by_label("Reason").fill("asked for another day")
            dialog.get_by_role("button", name="Move the visit").click()
            expect(page.locator("#messages")).to_contain_text("The visit was moved.")
            return
    raise AssertionError("it can stand on no day of that week")


def drag(visitor: Visitor, title: str, name: str, from_day: datetime, days: int) -> None:
    """Drag a visit to so many days later in the week that begins on its day."""
    page = visitor.page
    visitor.go(f"/planning/board/?from={from_day:%Y-%m-%d}&sort=people")
    chip = page.locator("table.board a.chip").filter(has_text=name).filter(has_text=title).first
    chip.scroll_into_view_if_needed()
    target = page.locator(
        f"tr:has(a.chip:has-text('{name}')) td[data-day='{from_day + timedelta(days=days):%Y-%m-%d}']"
    ).first
    at, to = chip.bounding_box(), target.bounding_box()
    assert at is not None
    assert to is not None
    page.mouse.move(at["x"] + 20, at["y"] + 8)
    page.mouse.down()
    page.mouse.move(at["x"] + 60, at["y"] + 10, steps=3)
    page.mouse.move(to["x"] + 30, to["y"] + 10, steps=5)
    page.mouse.up()


def all_agree(
    phone: Visitor,
    people: list[dict[str, str]],
    booked: dict[str, Any],
    messages: dict[str, list[dict[str, str]]],
) -> None:
    """Page, calendar file and messages of each patient say exactly what is booked for them: date, time and place."""
    for person in people:
        mine = booked[person["number"]]
        stands = {moment(at): code for code, at in mine["patient"].items()}
        phone.enter_as(person["account"])
        phone.go("/my/visits/")
        shown = phone.page.locator("main ol.visits > li").evaluate_all(
            "all => all.map(one => [one.querySelector('time').dateTime, one.querySelector('p.quiet').innerText])"
        )
        page = {moment(at): place for at, place in shown}
        assert page.keys() == stands.keys(), person["number"]
        assert len(shown) == len(stands), person["number"]
        body = phone.page.request.get("/my/visits/appointments.ics").body()
        file = coming_events(body)
        # A calendar is read by others: it has the address without the clinic's name.
        assert all(place and page[at].endswith(place) for at, place, *_ in file if at in page), person[
            "number"
        ]
        assert len([event for event in file if event[0] in page]) == len(page), person["number"]
        told = [event for message in messages[person["mail"]] for event in coming_events(message["calendar"])]
        assert set(told) <= set(file), person["number"]
        # Who books for tomorrow has just been told; everything later is reminded of.
        late = {
            at for at, code in stands.items() if (at.date() - moment(mine["booked_at"][code]).date()).days > 1
        }
        assert {at for at, *_ in told} == late, person["number"]
        for message in messages[person["mail"]]:
            ((at, *_rest),) = coming_events(message["calendar"])
            assert f"{at:%a} {at.day} {at:%b %Y}, {at:%H:%M} {at:%Z}." in message["text"], message["text"]
            assert f"\n\n{page[at]}\n\n" in message["text"], message["text"]


def each_change_is_told(
    people: list[dict[str, str]], before: dict[str, Any], after: dict[str, Any], told: dict[str, list[str]]
) -> None:
    """Whoever's visits moved gets a mail for each, with the time before and the time now; nobody else gets one."""
    moved = {
        person["mail"]: [
            (at, after[person["number"]]["patient"][code])
            for code, at in before[person["number"]]["patient"].items()
            if after[person["number"]]["patient"][code] != at
        ]
        for person in people
    }
    assert any(moved.values())
    for address, times in moved.items():
        mails = told.get(address, [])
        assert len(mails) == len(times), address
        for was, now in times:
            lines = f"Before: {said_of(was)}\nNow: {said_of(now)}\n"
            assert sum(lines in text for text in mails) == 1, (address, lines, mails)


def said_of(text: str) -> str:
    """A time as a mail says it."""
    at = moment(text)
    return f"{at:%a} {at.day} {at:%b %Y}, {at:%H:%M} {at:%Z}"


def moment(text: str) -> datetime:
    """A time on the site's clock."""
    return datetime.fromisoformat(text).astimezone(ZONE)


def coming_events(file: bytes | str) -> list[tuple[datetime, str, str, int]]:
    """When and where the appointments of a calendar file are, with what calendars know them by; cancelled ones not."""
    return [
        (one.decoded("dtstart").astimezone(ZONE), str(one["location"]), str(one["uid"]), int(one["sequence"]))
        for one in Calendar.from_ical(file).walk("VEVENT")
        if one.get("status") != "CANCELLED"
    ]


def test_a_coordinators_week(browser: Browser, own_demo: tuple[str, Path]) -> None:
    address, home = own_demo
    told = tell(home, "begin")
    with (
        visiting(browser, address, viewport=DESK) as clinic,
        visiting(browser, address, viewport=PHONE) as phone,
    ):
        clinic.enter_as(STAFF["coordinator"])
        for number, person in enumerate(told["waiting"]):
            if number % 2:
                book_themselves(phone, person, later=number % 4 == 1)
            else:
                book_from_the_board(clinic, person)
        booked = tell(home, "booked")
        everybody = [*told["waiting"], told["lot_course"]]
        all_agree(phone, told["waiting"], booked, tell(home, "messages"))

        clinic.enter_as(STAFF["coordinator"])
        grown = [booked[p["number"]] for p in told["waiting"] if "seeding" in booked[p["number"]]["all"]]
        place, seeding, _harvest = kept_place(grown[0])
        changed = lose_an_incubator(clinic, place, seeding, seeding + timedelta(days=45))
        after = tell(home, "booked")
        assert {number for number in after if after[number] != booked[number]} == set(changed)
        for number in changed:
            kept, first, last = kept_place(after[number])
            lost = (seeding.date(), seeding.date() + timedelta(days=45))
            assert kept != place or last.date() < lost[0] or lost[1] < first.date(), number
        all_agree(phone, told["waiting"], after, tell(home, "messages"))

        fail_a_lot(clinic, told)
        anew = tell(home, "booked")
        assert {"collection", "injection"} <= set(anew[told["lot_course"]["number"]]["all"])
        all_agree(phone, everybody, anew, tell(home, "messages"))

        someone = told["waiting"][-1]
        mine = anew[someone["number"]]["all"]
        visit = datetime.fromisoformat(mine["visit_1_month"]).astimezone(ZONE)
        clinic.enter_as(STAFF["coordinator"])
        carry(clinic, "Visit at 1 month", someone["family_name"], visit)
        last = tell(home, "booked")
        moved = datetime.fromisoformat(last[someone["number"]]["all"]["visit_1_month"]).astimezone(ZONE)
        assert moved.date() != visit.date()
        assert (moved.hour, moved.minute) == (visit.hour, visit.minute)
        all_agree(phone, everybody, last, tell(home, "messages"))
        each_change_is_told(told["waiting"], booked, last, tell(home, "changes"))


def test_the_demo_is_exported_planned_and_checked(made_demo: Path, tmp_path: Path) -> None:
    def stroma(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "stroma", *words]
        return subprocess.run(
            command, env=demo_environment(made_demo), capture_output=True, text=True, check=False
        )

    exported = stroma("plan", "export", "--site", "Alpharetta")
    assert exported.returncode == 0, exported.stderr
    document = json.loads(exported.stdout)
    assert document["format"] == "stroma.plan/1"
    assert document["current"]["visits"]
    instance, made = tmp_path / "instance.json", tmp_path / "plan.json"
    instance.write_text(exported.stdout)
    planned = stroma("plan", str(instance), "--seconds", "3", "--workers", "1", "--json")
    assert planned.returncode == 0, planned.stderr
    made.write_text(planned.stdout)
    checked = stroma("plan", "check", str(instance), str(made))
    assert (checked.returncode, checked.stdout[:9]) == (0, "accepted:")
