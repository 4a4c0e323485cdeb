"""A patient whose visit moved or was cancelled is told once what was, what is and why, without a word about health."""

from argparse import Namespace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from stroma.clinic.domain.roles import Role
from stroma.ledger.models import Entry
from stroma.planning.actions import (
    ask_to_move,
    book_chain,
    cancel_own_visit,
    cancel_visit,
    mark_change_told,
    move_visit,
)
from stroma.planning.changes import changes_shown, changes_to_tell, is_undone, mail_of_change, standing_now
from stroma.planning.mailing import send_change
from stroma.planning.models import Visit, VisitChange
from stroma.planning.remind_command import run
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

NEW_YORK = ZoneInfo("America/New_York")
HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def by(site):
    return a_user(site, Role.COORDINATOR)


@pytest.fixture
def patient(site):
    user = a_user(site, Role.PATIENT)
    user.email = "ana@example.org"
    user.save(update_fields=["email"])
    return user


@pytest.fixture
def course(site, by, patient):
    a_staffed_clinic(site)
    course = an_open_course(site)
    course.patient.user = patient
    course.patient.save(update_fields=["user"])
    book_chain(course=course, earliest=NOW, held=HELD, by=by, at=NOW)
    return course


def booked(course, code="visit_3_months") -> Visit:
    return course.visits.get(code=code, state=Visit.State.BOOKED)


def moved(course, by, days=1, at=NOW) -> Visit:
    visit = booked(course)
    to = visit.starts_at + days * DAY
    return move_visit(visit=visit, to=to, has_patient_agreed=True, reason="ill", by=by, at=at)


def told(site, by, at=NOW + HOUR) -> list[str]:
    """Tell everything that is to be told, as the command does; the states it ends in."""
    states = []
    for change in changes_to_tell(site):
        now = standing_now(change)
        was_sent = not is_undone(change, now) and send_change(change, now)
        done = mark_change_told(change=change, told=now, was_sent=was_sent, by=by, at=at)
        states.append(done.state)
    return states


def event_of(file: bytes):
    [event] = Calendar.from_ical(file).walk("VEVENT")
    return event


def test_a_move_is_told_once_with_before_now_and_why(course, site, by) -> None:
    was = booked(course)
    now = moved(course, by)
    assert told(site, by) == ["MAILED"]
    [message] = mail.outbox
    assert message.to == ["ana@example.org"]
    before, after = (f"{moment.astimezone(NEW_YORK):%H:%M}" for moment in (was.starts_at, now.starts_at))
    lines = message.body.splitlines()
    [first] = [line for line in lines if line.startswith("Before: ")]
    [second] = [line for line in lines if line.startswith("Now: ")]
    assert (before in first, after in second, first[8:] != second[5:]) == (True, True, True)
    assert "The clinic had to change it" in message.body
    assert told(site, by) == []
    assert len(mail.outbox) == 1
    assert Entry.objects.last().action == "visit.change_told"


def test_the_mail_says_nothing_about_health_nor_who_or_why_in_the_clinics_words(course, site, by) -> None:
    moved(course, by)
    told(site, by)
    [message] = mail.outbox
    said = f"{message.subject} {message.body} {message.attachments[0]}".lower()
    for word in ("disc", "marrow", "pain", "3 months", "ill.", course.patient.family_name.lower()):
        assert word not in said


def test_mail_own_page_and_calendar_file_agree(course, site, by, patient, monkeypatch) -> None:
    monkeypatch.setattr("stroma.web.my.views.present", lambda: NOW)
    was = booked(course)
    client = Client()
    client.force_login(patient, backend="django.contrib.auth.backends.ModelBackend")

    def in_file():
        events = Calendar.from_ical(client.get(reverse("my_visits_file")).content).walk("VEVENT")
        return {event["UID"]: event for event in events}

    before = in_file()
    now = moved(course, by)
    told(site, by)
    sent = event_of(mail.outbox[0].attachments[0][1].encode())
    shown = in_file()[sent["UID"]]
    assert sent.decoded("DTSTART") == shown.decoded("DTSTART") == now.starts_at
    assert sent["SEQUENCE"] == shown["SEQUENCE"] > before[sent["UID"]]["SEQUENCE"]
    assert before[sent["UID"]].decoded("DTSTART") == was.starts_at
    [change] = changes_shown(course, at=NOW)
    assert (change.code, change.from_at, change.to_at) == (was.code, was.starts_at, now.starts_at)
    [(on_page, _title)] = client.get(reverse("my_visits")).context["changed"]
    assert on_page == change


def test_a_move_that_is_undone_before_it_was_told_says_nothing(course, site, by) -> None:
    moved(course, by)
    moved(course, by, days=-1)
    assert changes_shown(course, at=NOW) == []
    assert told(site, by) == ["UNDONE"]
    assert mail.outbox == []


def test_two_moves_before_anybody_was_told_are_one_change_from_the_first_to_the_last(
    course, site, by
) -> None:
    was = booked(course)
    moved(course, by)
    last = moved(course, by, days=4)
    [change] = changes_to_tell(site)
    assert (change.was, standing_now(change)) == (was, last)
    assert told(site, by) == ["MAILED"]


def test_a_move_after_the_patient_was_told_is_told_from_what_they_know(course, site, by) -> None:
    first = moved(course, by)
    told(site, by)
    moved(course, by, days=4, at=NOW + HOUR)
    [change] = changes_to_tell(site)
    assert change.was == first
    assert told(site, by) == ["MAILED"]
    assert len(mail.outbox) == 2


def test_a_move_between_mail_and_record_is_told_next(course, site, by) -> None:
    first = moved(course, by)
    [change] = changes_to_tell(site)
    moved(course, by, days=4)
    mark_change_told(change=change, told=first, was_sent=True, by=by, at=NOW)
    assert [one.was for one in changes_to_tell(site)] == [first]


def test_a_cancelled_visit_is_told_and_taken_out_of_the_calendar(course, site, by) -> None:
    visit = booked(course)
    cancel_visit(visit=visit, reason="no room", by=by, at=NOW)
    assert told(site, by) == ["MAILED"]
    [message] = mail.outbox
    assert "was cancelled" in message.subject
    assert message.attachments[0][2] == "text/calendar; method=CANCEL; charset=utf-8"
    event = event_of(message.attachments[0][1].encode())
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)
    assert [change.to_at for change in changes_shown(course, at=NOW)] == [None]


def test_what_the_patient_asked_for_or_cancelled_is_said_so(course, site, by, patient) -> None:
    ask_to_move(visit=booked(course), words="a wedding", by=patient, at=NOW)
    moved(course, by)
    cancel_own_visit(visit=booked(course, "visit_6_months"), reason="away", by=patient, at=NOW)
    assert {change.was.code: change.why for change in changes_to_tell(site)} == {
        "visit_3_months": "ASKED",
        "visit_6_months": "OWN",
    }


def test_a_new_doctor_or_the_laboratorys_work_is_no_news(course, site, by) -> None:
    visit = booked(course)
    doctor = visit.reservations.get(resource__capabilities__kind="physiatrist").resource
    other = type(doctor).objects.filter(capabilities__kind="physiatrist").exclude(pk=doctor.pk).get()
    move_visit(visit=visit, to=visit.starts_at, instead={doctor: other}, reason="ill", by=by, at=NOW)
    cancel_visit(visit=booked(course, "processing"), reason="x", by=by, at=NOW)
    assert changes_to_tell(site) == []


def test_who_has_no_address_sees_it_on_the_own_page_only(course, site, by, patient) -> None:
    type(patient).objects.filter(pk=patient.pk).update(email="")
    moved(course, by)
    assert told(site, by) == ["SHOWN"]
    assert mail.outbox == []
    assert len(changes_shown(course, at=NOW)) == 1


def test_it_is_said_in_the_patients_language(course, site, by) -> None:
    course.patient.language = "es"
    course.patient.save(update_fields=["language"])
    moved(course, by)
    [change] = changes_to_tell(site)
    assert "Before:" not in mail_of_change(change, standing_now(change)).body


def test_the_command_tells_each_change_once_and_none_where_nothing_is_to_be_sent(
    course, site, by, monkeypatch, capsys
) -> None:
    monkeypatch.setattr("stroma.planning.reminding.CAN_MAIL", {settings.EMAIL_BACKEND})
    moved(course, by)
    words = {"site": site.name, "acting": by.username}
    assert run(Namespace(**words, draft_only=True)) == 0
    assert (len(mail.outbox), len(changes_to_tell(site))) == (0, 1)
    assert run(Namespace(**words, draft_only=False)) == 0
    assert "1 changes told by mail" in capsys.readouterr().out
    assert [sent.subject for sent in mail.outbox if "is now on" in sent.subject]
    assert run(Namespace(**words, draft_only=False)) == 0
    assert "0 changes told by mail" in capsys.readouterr().out


def test_a_change_that_was_told_is_no_longer_to_be_told(course, site, by) -> None:
    moved(course, by)
    [change] = changes_to_tell(site)
    mark_change_told(change=change, told=standing_now(change), was_sent=True, by=by, at=NOW)
    again = mark_change_told(change=change, told=None, was_sent=False, by=by, at=NOW)
    assert (again.state, VisitChange.objects.count()) == ("MAILED", 1)
