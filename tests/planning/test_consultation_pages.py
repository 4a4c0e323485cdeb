"""Booking a consultation in the browser: only after the red flags, a real time, a link back, a plain calendar file."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from icalendar import Calendar

from stroma.candidacy.asked_flags import sign_flags
from stroma.candidacy.domain.red_flags import RED_FLAG_CODES
from stroma.clinic.domain.roles import Role
from stroma.ledger.record import present
from stroma.planning.actions import book_consultation
from stroma.planning.models import Consultation, Reservation
from stroma.planning.queries import consultation_times, physiatrists_of
from tests.factories import a_site, a_user
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

NO_FLAG = dict.fromkeys(RED_FLAG_CODES, False)
WHO = {"name": "Jo Doe", "email": "jo@example.org"}


@pytest.fixture
def site():
    site = a_site()
    a_staffed_clinic(site, people=2, things=2)
    return site


def page(**query: str) -> str:
    parts = "&".join(f"{name}={value}" for name, value in {"asked": sign_flags(NO_FLAG), **query}.items())
    return f"{reverse('consultation')}?{parts}"


def offered(client, **query: str) -> list[str]:
    html = client.get(page(**query)).content.decode()
    return re.findall(r'name="time" value="([^"]+)"', html)


@pytest.mark.parametrize("asked", ["", "?asked=forged"])
def test_whoever_was_not_asked_the_red_flags_is_sent_to_them(client, site, asked):
    for answer in (
        client.get(reverse("consultation") + asked),
        client.post(reverse("consultation") + asked, WHO),
    ):
        assert answer.headers["Location"] == reverse("self_check")
    assert not Consultation.objects.exists()


def test_a_visitor_books_a_time_that_is_offered_and_it_is_offered_no_more(client, site):
    time = offered(client)[0]
    answer = client.post(page(), WHO | {"time": time})
    booked = Consultation.objects.get()
    assert answer.headers["Location"] == reverse("consultation_booked", args=[booked.key])
    assert f"{booked.physiatrist_id}|{booked.starts_at.isoformat()}" == time
    assert Reservation.objects.filter(consultation=booked, is_live=True).count() == 2
    assert time not in offered(client)


def test_the_day_asked_for_is_shown_in_the_sites_own_time(client, site):
    days = re.findall(r"day=([\d-]+)#times", client.get(page()).content.decode())
    zone = ZoneInfo(site.time_zone)
    expected = {
        t.starts_at.astimezone(zone).date().isoformat()
        for t in consultation_times(
            site, start=present() + timedelta(hours=4), end=present() + timedelta(days=21)
        )
    }
    assert set(days) <= expected
    assert len(days) == 8
    assert {value.partition("|")[2][:10] for value in offered(client, day=days[3])} == {days[3]}


def test_of_two_sites_one_is_chosen_first(client, site):
    other = a_site()
    html = client.get(page()).content.decode()
    by_name = sorted((site, other), key=lambda one: one.name)
    assert re.findall(r"site=([\w-]+)\"", html) == [str(one.id) for one in by_name]
    assert "No time is free" in client.get(page(site=str(other.id))).content.decode()


def test_a_time_that_a_rival_took_is_refused_in_words_and_nothing_is_written(client, site):
    time = offered(client)[0]
    for number in range(2):
        client.post(page(), WHO | {"time": time, "name": f"Rival {number}"})
    assert Consultation.objects.count() == 1
    answer = client.post(page(), WHO | {"time": time})
    assert answer.status_code == 422
    assert re.findall(r'<li data-code="(\w+)">', answer.content.decode()) == ["consultation_taken"]


@pytest.mark.parametrize(
    ("changes", "faulty"),
    [
        ({"name": ""}, ["name"]),
        ({"email": ""}, ["email"]),
        ({"email": "nowhere"}, ["email"]),
        ({"time": ""}, ["time"]),
        ({"time": "x|y", "name": ""}, ["time", "name"]),
    ],
)
def test_what_is_missing_is_told_with_its_field(client, site, changes, faulty):
    answer = client.post(page(), {"time": offered(client)[0], **WHO} | changes)
    assert answer.status_code == 422
    assert re.findall(r'<li><a href="#id_(\w+)">', answer.content.decode()) == faulty


@pytest.fixture
def booked(site):
    at = present()
    free = consultation_times(site, start=at + timedelta(days=2), end=at + timedelta(days=9))[0]
    return book_consultation(
        site=site,
        physiatrist=physiatrists_of(site).get(pk=free.physiatrist),
        starts_at=free.starts_at,
        red_flags=NO_FLAG,
        by="visitor",
        at=at,
        **WHO,
    )


def test_the_booking_shows_when_where_and_with_whom_and_not_who_comes_or_why(client, booked):
    html = client.get(reverse("consultation_booked", args=[booked.key])).content.decode()
    assert booked.physiatrist.name in html
    assert [word for word in ("Jo Doe", "jo@example.org") if word in html] == []
    assert client.get(reverse("consultation_booked", args=["guess"])).status_code == 404


def test_the_calendar_file_holds_the_time_and_nothing_clinical(client, booked):
    answer = client.get(reverse("consultation_calendar", args=[booked.key]))
    event = next(iter(Calendar.from_ical(answer.content).walk("VEVENT")))
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (booked.starts_at, booked.ends_at)
    assert str(event["summary"]) == "Appointment"
    words = ("Jo Doe", "cell", "pain", "back", "physiatrist", booked.physiatrist.name)
    assert [word for word in words if word in answer.content.decode()] == []
    assert client.get(reverse("consultation_calendar", args=["guess"])).status_code == 404


def test_whoever_has_the_link_gives_the_time_back_once(client, booked):
    cancel = reverse("consultation_cancel", args=[booked.key])
    assert client.get(cancel).status_code == 405
    assert client.post(cancel).headers["Location"] == reverse("consultation_booked", args=[booked.key])
    assert client.post(cancel).status_code == 422
    assert client.post(reverse("consultation_cancel", args=["guess"])).status_code == 404
    calendar = client.get(reverse("consultation_calendar", args=[booked.key])).content
    assert b"STATUS:CANCELLED" in calendar


def test_the_page_asks_the_database_as_often_for_many_bookings_as_for_none(
    client, site, django_assert_max_num_queries
):
    with django_assert_max_num_queries(16) as none:
        client.get(page())
    asked_with_none = len(none.captured_queries)
    for time in offered(client)[:3]:
        client.post(page(), WHO | {"time": time})
    with django_assert_max_num_queries(asked_with_none):
        client.get(page())


def test_staff_see_who_comes_at_their_own_site_only(client, booked):
    elsewhere = a_site()
    seen = {}
    for name, site, role in (
        ("coordinator", booked.site, Role.COORDINATOR),
        ("coordinator elsewhere", elsewhere, Role.COORDINATOR),
        ("technologist", booked.site, Role.TECHNOLOGIST),
    ):
        client.force_login(
            a_user(site, role, at=present()), backend="django.contrib.auth.backends.ModelBackend"
        )
        answer = client.get(reverse("consultations"))
        seen[name] = (answer.status_code, "jo@example.org" in answer.content.decode())
    assert seen == {
        "coordinator": (200, True),
        "coordinator elsewhere": (200, False),
        "technologist": (403, False),
    }
    client.logout()
    assert client.get(reverse("consultations")).status_code == 302
