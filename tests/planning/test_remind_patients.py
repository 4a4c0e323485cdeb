"""Patients are reminded once for each lead, by mail without a word about health, or by telephone."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from stroma.clinic.domain.roles import Role
from stroma.ledger.models import Entry
from stroma.planning.actions import (
    NotReminded,
    book_chain,
    cancel_visits,
    draft_reminders,
    mark_reminder_phoned,
    mark_reminder_sent,
    move_visit,
)
from stroma.planning.domain.reminders import Upcoming, due_reminders
from stroma.planning.mailing import send
from stroma.planning.models import Reminder, Visit
from stroma.planning.reminding import appointment_ics, drafted, phone_rows
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

NEW_YORK = ZoneInfo("America/New_York")
HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}
DAY = timedelta(days=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


@pytest.mark.parametrize(
    ("why", "now", "visit", "booked", "reminded", "due"),
    [
        ("eight days before", "2026-03-02T09:00", "2026-03-10T09:00", "2026-01-01T09:00", (), []),
        ("seven days before", "2026-03-03T09:00", "2026-03-10T09:00", "2026-01-01T09:00", (), [7]),
        ("told at seven already", "2026-03-05T09:00", "2026-03-10T09:00", "2026-01-01T09:00", (7,), []),
        ("the command missed a day", "2026-03-05T09:00", "2026-03-10T09:00", "2026-01-01T09:00", (), [7]),
        ("the day before", "2026-03-09T23:00", "2026-03-10T09:00", "2026-01-01T09:00", (7,), [1]),
        (
            "never told, the day before: once",
            "2026-03-09T09:00",
            "2026-03-10T09:00",
            "2026-01-01T09:00",
            (),
            [1],
        ),
        ("the same morning", "2026-03-10T08:00", "2026-03-10T09:00", "2026-01-01T09:00", (7,), [1]),
        ("told at one", "2026-03-10T08:00", "2026-03-10T09:00", "2026-01-01T09:00", (7, 1), []),
        ("begun", "2026-03-10T09:00", "2026-03-10T09:00", "2026-01-01T09:00", (), []),
        ("booked four days before", "2026-03-06T10:00", "2026-03-10T09:00", "2026-03-06T09:00", (), []),
        ("booked today for today", "2026-03-10T08:00", "2026-03-10T09:00", "2026-03-10T07:00", (), []),
        (
            "over the night the clock moves",
            "2026-03-07T09:00",
            "2026-03-08T09:00",
            "2026-01-01T09:00",
            (),
            [1],
        ),
    ],
)
def test_which_reminder_is_due(why, now, visit, booked, reminded, due):
    one = Upcoming(UUID(int=1), local(visit), local(booked), frozenset(reminded))
    assert due_reminders([one], zone=NEW_YORK, at=local(now)) == [(UUID(int=1), lead) for lead in due]


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def by(site):
    return a_user(site, Role.COORDINATOR)


@pytest.fixture
def course(site, by):
    a_staffed_clinic(site)
    course = an_open_course(site)
    book_chain(course=course, earliest=NOW, held=HELD, by=by, at=NOW)
    return course


@pytest.fixture
def visit(course) -> Visit:
    return course.visits.get(code="visit_3_months")


def an_address(course, site) -> None:
    user = a_user(site, Role.PATIENT)
    user.email = "ana@example.org"
    user.save(update_fields=["email"])
    course.patient.user = user
    course.patient.save(update_fields=["user"])


def test_a_patient_with_an_address_gets_one_mail_that_says_nothing_about_health(site, by, course, visit):
    an_address(course, site)
    at = visit.starts_at - 7 * DAY
    [reminder] = draft_reminders(site=site, can_mail=True, by=by, at=at)
    assert (reminder.visit, reminder.days_before, reminder.state) == (visit, 7, "DRAFTED")
    assert send(drafted(site)[0])
    mark_reminder_sent(reminder=reminder, was_sent=True, by=by, at=at)
    [message] = mail.outbox
    assert message.to == ["ana@example.org"]
    told = f"{message.subject} {message.body} {message.attachments[0]}".lower()
    for word in (
        "injection",
        "marrow",
        "disc",
        "pain",
        "treatment",
        "3 months",
        course.patient.family_name.lower(),
    ):
        assert word not in told
    assert f"{visit.starts_at.astimezone(NEW_YORK):%H:%M}" in message.body
    assert draft_reminders(site=site, can_mail=True, by=by, at=at + timedelta(hours=5)) == []
    assert drafted(site) == []


def test_who_has_no_address_or_whose_mail_fails_is_phoned(site, by, course, visit):
    at = visit.starts_at - DAY
    [reminder] = draft_reminders(site=site, can_mail=True, by=by, at=at)
    assert reminder.state == "TO_PHONE"
    assert [row.visit for row in phone_rows(site, at=at).rows] == [visit]
    mark_reminder_phoned(reminder=reminder, by=a_user(site, Role.NURSE, at=at), at=at)
    assert phone_rows(site, at=at).rows == []
    with pytest.raises(NotReminded) as refused:
        mark_reminder_phoned(reminder=reminder, by=by, at=at)
    assert [b.code for b in refused.value.blockers] == ["reminder_done_before"]


def test_a_mail_that_fails_becomes_a_call(site, by, course, visit, monkeypatch):
    an_address(course, site)
    at = visit.starts_at - DAY
    [reminder] = draft_reminders(site=site, can_mail=True, by=by, at=at)

    def failing(*_args, **_values):
        raise OSError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", failing)
    assert not send(reminder)
    mark_reminder_sent(reminder=reminder, was_sent=False, by=by, at=at)
    assert Reminder.objects.get().state == "TO_PHONE"
    assert "ana@" not in "".join(Entry.objects.values_list("text", flat=True))


def test_a_cancelled_visit_is_not_called_about(site, by, course, visit):
    at = visit.starts_at - DAY
    draft_reminders(site=site, can_mail=False, by=by, at=at)
    cancel_visits(course=course, reason="ill", by=by, at=at)
    assert phone_rows(site, at=at).rows == []


def test_a_calendar_moves_an_appointment_and_takes_it_back(site, by, course, visit):
    def read(row):
        calendar = Calendar.from_ical(appointment_ics(row, method="REQUEST"))
        [event] = calendar.walk("VEVENT")
        return (
            str(calendar["METHOD"]),
            str(event["UID"]),
            int(event["SEQUENCE"]),
            event.decoded("DTSTART"),
            str(event["STATUS"]),
        )

    first = read(visit)
    moved = move_visit(
        visit=visit, to=visit.starts_at + DAY, reason="x", has_patient_agreed=True, by=by, at=NOW
    )
    second = read(moved)
    cancel_visits(course=course, reason="ill", by=by, at=NOW)
    third = read(Visit.objects.get(pk=moved.pk))
    assert {first[1]} == {second[1]} == {third[1]}
    assert [first[2], second[2], third[2]] == [0, 2, 3]
    assert (first[0], second[0], third[0]) == ("REQUEST", "REQUEST", "CANCEL")
    assert second[3] == moved.starts_at
    assert third[4] == "CANCELLED"


def test_the_desk_shows_the_calls_and_notes_them(site, by, course, visit, monkeypatch):
    at = visit.starts_at - DAY
    draft_reminders(site=site, can_mail=False, by=by, at=at)
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)
    client = Client()
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    assert reverse("reminders") in client.get(reverse("coordinator_home")).content.decode()
    page = client.get(reverse("reminders")).content.decode()
    assert reverse("reminder_phoned", args=[visit.id]) in page
    client.post(reverse("reminder_phoned", args=[visit.id]))
    assert Reminder.objects.get().done_by == by


def test_the_command_reminds_once_and_says_what_it_did(own_tables):
    def stroma(*words, given=""):
        return subprocess.run(
            [sys.executable, "-P", "-m", "stroma", *words],
            env=own_tables,
            cwd=own_tables["PYTHONPATH"],
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )

    made = stroma("walk", "medication", "--until", "when")
    if made.returncode:
        made = stroma("walk", "medication")
    assert made.returncode == 0, made.stderr
    first = stroma("remind", "--as", "coordinator-1")
    assert first.returncode == 0, first.stderr
    assert "reminders were due" in first.stdout
    second = stroma("remind", "--as", "coordinator-1")
    assert "0 reminders were due" in second.stdout
    refused = stroma("remind", "--as", "nobody")
    assert refused.returncode == 2
