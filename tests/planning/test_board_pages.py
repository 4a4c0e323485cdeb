"""The board, the page that moves a visit, the pages of a plan, and My day: what they show, refuse and cost."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stroma.clinic.domain.roles import Role
from stroma.ledger import record
from stroma.planning.actions import book_chain, move_visit
from stroma.planning.models import Replan, Visit
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    """The pages' present is the tests'."""
    for module in ("board_views", "replan_views"):
        monkeypatch.setattr(f"stroma.planning.{module}.present", lambda: NOW)
    monkeypatch.setattr("stroma.web.my_day_views.present", lambda: NOW)
    assert record.present is not None


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def staffed(site):
    return a_staffed_clinic(site)


@pytest.fixture
def coordinator(site):
    return a_user(site, Role.COORDINATOR)


def entered(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def booked(site, by, earliest=NOW):
    course = an_open_course(site, protocol_id="disc-marrow-expanded")
    return course, book_chain(course=course, earliest=earliest, held=HELD, by=by, at=NOW)


def named(visits, code):
    return next(visit for visit in visits if visit.code == code)


def asked(visit, site, *, days=0, hours=0, **more):
    to = visit.starts_at.astimezone(ZoneInfo(site.time_zone)) + timedelta(days=days, hours=hours)
    return {"day": f"{to:%Y-%m-%d}", "time": f"{to:%H:%M}", **more}


def test_the_board_shows_each_booking_in_the_rows_of_all_it_takes(site, staffed, coordinator) -> None:
    _, visits = booked(site, coordinator)
    collection = named(visits, "collection")
    day = collection.starts_at.astimezone(ZoneInfo(site.time_zone)).date()
    page = entered(coordinator).get(reverse("board"), {"from": day.isoformat(), "span": "day"})
    text = page.content.decode()
    link = reverse("board_move", args=[collection.pk])
    things = collection.reservations.filter(is_live=True, resource__patient=None).count()
    assert text.count(f'data-visit="{link}"') == things + 1  # and once in the list for a phone


def test_a_filter_leaves_the_rows_of_one_kind(site, staffed, coordinator) -> None:
    client = entered(coordinator)
    rows = client.get(reverse("board"), {"sort": "devices"}).context["board"].rows
    assert {row.sort for row in rows} == {"devices"}
    one = client.get(reverse("board"), {"who": str(staffed["nurse"].pk)}).context["board"].rows
    assert [row.resource for row in one] == [staffed["nurse"].pk]


def test_nonsense_in_the_address_shows_this_week(site, staffed, coordinator) -> None:
    page = entered(coordinator).get(reverse("board"), {"from": "soon", "who": "me", "sort": "x", "span": "y"})
    assert page.context["first"] == NOW.astimezone(ZoneInfo(site.time_zone)).date()
    assert len(page.context["board"].days) == 7


def test_a_full_cell_says_how_many_more_there_are(site, coordinator, monkeypatch) -> None:
    a_staffed_clinic(site, people=1, things=1)
    monkeypatch.setattr("stroma.planning.board_queries.SHOWN_IN_CELL", 1)
    _, visits = booked(site, coordinator)
    collection = named(visits, "collection")
    day = collection.starts_at.astimezone(ZoneInfo(site.time_zone)).date()
    same_day = [
        visit for visit in visits if visit.starts_at.astimezone(ZoneInfo(site.time_zone)).date() == day
    ]
    technologist = next(row for row in _rows(coordinator, day) if "technologist" in row.kinds)
    taken = [v for v in same_day if v.reservations.filter(resource=technologist.resource).exists()]
    cell = technologist.cells[0]
    assert len(cell.chips) + cell.more == len(taken)


def _rows(user, day):
    return entered(user).get(reverse("board"), {"from": day.isoformat()}).context["board"].rows


def test_the_board_asks_as_much_for_three_chains_as_for_one(site, staffed, coordinator) -> None:
    client = entered(coordinator)
    booked(site, coordinator)
    client.get(reverse("board"))

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(reverse("board")).status_code == 200
        return len(seen)

    one = queries()
    for _ in range(2):
        booked(site, coordinator)
    assert queries() == one


def test_somebody_who_may_not_move_visits_is_given_no_way_to(site, staffed, coordinator) -> None:
    _, visits = booked(site, coordinator)
    day = visits[0].starts_at.date().isoformat()
    text = entered(a_user(site, Role.NURSE)).get(reverse("board"), {"from": day}).content.decode()
    assert "data-visit" not in text
    assert "board.js" not in text
    assert reverse("replan") not in text


def test_a_question_moves_nothing_and_says_whether_it_could_be(site, staffed, coordinator) -> None:
    _, visits = booked(site, coordinator)
    seen = named(visits, "visit_1_month")
    address = reverse("board_move", args=[seen.pk])
    page = entered(coordinator).get(address, asked(seen, site, hours=1), headers={"HX-Request": "true"})
    assert "It can stand on" in page.content.decode()
    assert "<html" not in page.content.decode()
    against = entered(coordinator).get(address, asked(seen, site, days=60))
    assert {blocker.code for blocker in against.context["found"]} >= {"move_breaks_lag"}
    assert reverse("replan") in against.content.decode()
    seen.refresh_from_db()
    assert seen.state == Visit.State.BOOKED


def test_a_visit_is_moved_with_a_reason_and_leads_back_to_the_board(site, staffed, coordinator) -> None:
    _, visits = booked(site, coordinator)
    seen = named(visits, "visit_1_month")
    address, client = reverse("board_move", args=[seen.pk]), entered(coordinator)
    back = f"{reverse('board')}?span=day"
    without = client.post(address, asked(seen, site, hours=1, back=back, has_patient_agreed="on"))
    assert without.status_code == 422
    moved = client.post(
        address, asked(seen, site, hours=1, back=back, reason="busy", has_patient_agreed="on")
    )
    assert (moved.status_code, moved.headers["Location"]) == (302, back)
    elsewhere = client.post(
        reverse("board_move", args=[seen.replaced_by.pk]),
        asked(seen, site, back="https://elsewhere.example", reason="busy", has_patient_agreed="on"),
    )
    assert elsewhere.headers["Location"] == reverse("board")


def test_a_visit_that_was_moved_meanwhile_is_refused_with_where_it_stands(site, staffed, coordinator) -> None:
    _, visits = booked(site, coordinator)
    seen = named(visits, "visit_1_month")
    rival = move_visit(
        visit=seen,
        to=seen.starts_at + timedelta(hours=1),
        has_patient_agreed=True,
        reason="first",
        by=a_user(site, Role.COORDINATOR),
        at=NOW,
    )
    late = entered(coordinator).post(
        reverse("board_move", args=[seen.pk]),
        asked(seen, site, hours=2, reason="second", has_patient_agreed="on"),
    )
    assert late.status_code == 422
    [blocker] = late.context["found"]
    assert (blocker.code, blocker.values["starts_at"]) == ("move_overtaken", rival.starts_at)
    assert Visit.objects.filter(course=seen.course, code="visit_1_month", state="BOOKED").get() == rival


def test_a_told_visit_asks_for_the_patients_word(site, staffed, coordinator) -> None:
    _, visits = booked(site, coordinator)
    visit = named(visits, "visit_1_month")
    address, client = reverse("board_move", args=[visit.pk]), entered(coordinator)
    refused = client.post(address, asked(visit, site, hours=1, reason="x"))
    assert [blocker.code for blocker in refused.context["found"]] == ["move_patient_not_asked"]
    agreed = client.post(address, asked(visit, site, hours=1, reason="x", has_patient_agreed="on"))
    assert agreed.status_code == 302


def test_a_plan_is_asked_for_and_taken_on_its_page(site, staffed, coordinator) -> None:
    course, visits = booked(site, coordinator)
    harvest, client = named(visits, "harvest"), entered(coordinator)
    day = harvest.starts_at.astimezone(ZoneInfo(site.time_zone)).date() + timedelta(days=2)
    told = {"course": str(course.pk), "kind": "HELD_BACK", "visit": "harvest", "not_before": day.isoformat()}
    made = client.post(reverse("replan"), told)
    page = client.get(made.headers["Location"])
    [chain] = page.context["plan"].chains
    assert chain.asks_patient
    assert "ask first" in page.content.decode()
    choice = {"course": str(course.pk), "reason": "slow"}
    assert client.post(made.headers["Location"], choice).status_code == 422
    taken = client.post(made.headers["Location"], {**choice, "agreed": str(course.pk)})
    assert taken.status_code == 302
    assert Replan.objects.get().state == Replan.State.CLOSED
    again = client.post(made.headers["Location"], {**choice, "agreed": str(course.pk)})
    assert [blocker.code for blocker in again.context["found"]] == ["plan_not_open"]


def test_a_plan_of_another_site_is_not_there(site, staffed, coordinator) -> None:
    other = a_site()
    stranger = a_user(other, Role.COORDINATOR)
    made = Replan.objects.create(
        site=site,
        asked_by=coordinator,
        asked_at=NOW,
        upset={
            "kind": "AWAY",
            "resource": str(staffed["nurse"].pk),
            "first": "2026-03-02",
            "last": "2026-03-02",
        },
        found={"rows": [], "unplaced": [], "left_out": []},
    )
    assert entered(stranger).get(reverse("replan_page", args=[made.pk])).status_code == 404


def test_my_day_shows_the_next_visit_first_with_where_and_with_whom(site, staffed, coordinator) -> None:
    _, visits = booked(site, coordinator, earliest=NOW)
    collection = named(visits, "collection")
    nurse = collection.reservations.get(is_live=True, resource__capabilities__kind="nurse").resource
    page = entered(nurse.user).get(reverse("my_day"))
    first = page.context["next"]
    assert first.visit == collection.pk
    room = collection.reservations.get(is_live=True, resource__capabilities__kind="procedure_room").resource
    doctor = collection.reservations.get(is_live=True, resource__capabilities__kind="physiatrist").resource
    assert room.name in first.place
    assert doctor.name in first.others
    assert collection.course.patient.family_name in page.content.decode()


def test_my_day_of_somebody_with_nothing_booked_says_so(site, staffed) -> None:
    page = entered(a_user(site, Role.THERAPIST)).get(reverse("my_day"))
    assert page.context["next"] is None
    assert "Nothing is booked for you this week" in page.content.decode()


def test_what_is_kept_for_days_is_one_bar_over_the_days_of_the_board(site, staffed, coordinator) -> None:
    _, visits = booked(site, coordinator)
    zone = ZoneInfo(site.time_zone)
    seeding, harvest = (
        named(visits, code).starts_at.astimezone(zone).date() for code in ("seeding", "harvest")
    )

    def page(first):
        return entered(coordinator).get(reverse("board"), {"from": first.isoformat(), "sort": "devices"})

    def cells(first):
        rows = page(first).context["board"].rows
        [row] = [row for row in rows if any(cell.bar for cell in row.cells)]
        assert list(row.kinds) == ["incubator_place"]
        return [(c.bar.days, c.bar.begins, c.bar.ends) if c.bar else None for c in row.cells]

    assert cells(seeding - timedelta(days=2)) == [None, None, (5, True, False)]
    assert cells(seeding + timedelta(days=1)) == [(7, False, False)]
    assert cells(harvest - timedelta(days=1)) == [(2, False, True), *[None] * 5]
    text = page(seeding).content.decode()
    link = f'class="board-kept" href="{reverse("board_move", args=[named(visits, "harvest").pk])}'
    assert text.count(link) == 2  # on the board, and in the list for a phone
    assert "Culture in the incubator" in text
