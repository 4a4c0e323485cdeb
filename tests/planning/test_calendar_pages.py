"""A coordinator sets hours, closes the site and takes it back on the pages; the administrator sees no patient there."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from stroma.clinic.domain.roles import Role
from stroma.planning.actions import book_chain
from stroma.planning.models import Absence, WeekPlan
from tests.factories import NOW, a_site, a_user, an_open_course, the_administrator
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return a_site()


@pytest.fixture
def staff(site):
    return a_staffed_clinic(site, people=1, things=1)


@pytest.fixture
def by(site):
    return a_user(site, Role.COORDINATOR)


def ask(user, name, *arguments, **data):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(name, args=arguments)
    return client.post(address, data, follow=True) if data else client.get(address)


def test_hours_are_written_line_by_line(site, by):
    lines = {"day_0": "08:00-12:00, 13:00 - 17:30", "day_5": "9:00–24:00"}
    ask(by, "calendar_hours", "patients", valid_from="2026-03-09", reason="a trial", **lines)
    plan = WeekPlan.objects.get()
    assert (plan.valid_from, plan.area) == (date(2026, 3, 9), "PATIENTS")
    kept = [(h.weekday, f"{h.opens:%H:%M}", f"{h.closes:%H:%M}") for h in plan.hours.all()]
    assert kept == [(0, "08:00", "12:00"), (0, "13:00", "17:30"), (5, "09:00", "00:00")]
    assert "a trial" in ask(by, "calendar").content.decode()


@pytest.mark.parametrize("line", ["8 to 12", "08:00-25:00", "08:00", "12:00-13:00-14:00"])
def test_a_line_that_is_no_hours_is_refused_at_its_day(site, by, line):
    answer = ask(by, "calendar_hours", "laboratory", valid_from="2026-03-09", reason="x", day_2=line)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["day_2"]
    assert WeekPlan.objects.count() == 0


def test_a_closure_lists_what_it_hits_to_the_coordinator_and_only_counts_it_for_the_administrator(
    site, staff, by
):
    course = an_open_course(site)
    first = book_chain(course=course, earliest=NOW, held=HELD, by=by, at=NOW)[0]
    day = first.starts_at.date().isoformat()
    ask(by, "close_site", kind="CLOSURE", from_day=day, to_day=day, reason="a burst pipe")
    seen = ask(by, "calendar").content.decode()
    assert reverse("move_visit", args=[first.id]) in seen
    assert course.patient.record_number in seen
    told = ask(the_administrator(site), "calendar").content.decode()
    assert "no room" in told
    assert course.patient.record_number not in told
    home = ask(by, "coordinator_home").content.decode()
    assert "no room" in home
    absence = Absence.objects.get()
    ask(by, "absence_back", absence.id, reason="mended")
    assert "no room" not in ask(by, "calendar").content.decode()


def test_a_refused_change_says_why_and_keeps_what_was_written(site, staff, by):
    answer = ask(
        by, "resource_away", staff["nurse"].id, from_day="2026-03-01", to_day="2026-03-01", reason="ill"
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'data-code="absence_in_the_past"' in page
    assert 'value="ill"' in page


def test_shifts_and_cleaning_are_set_on_their_pages(site, staff, by):
    ask(by, "resource_shifts", staff["nurse"].id, valid_from="2026-03-02", reason="x", day_3="10:00-16:00")
    ask(
        by,
        "turn_time",
        "procedure_room",
        before_minutes="5",
        after_minutes="25",
        valid_from="2026-03-02",
        reason="x",
    )
    page = ask(by, "calendar").content.decode()
    assert "Thursday 10:00-16:00" in page
    assert ">25<" in page
