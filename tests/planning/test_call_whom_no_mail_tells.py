"""Whom no mail tells of a visit that changed is called: one call for each visit, from what they know to what is now."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stroma.clinic.domain.roles import Role
from stroma.ledger.models import Entry
from stroma.planning.actions import (
    NotCalled,
    book_chain,
    cancel_own_visit,
    cancel_visit,
    mark_change_called,
    mark_change_told,
    move_visit,
    take_back_change_call,
)
from stroma.planning.calling import call_to_take_back, calls_made, change_rows
from stroma.planning.changes import changes_to_tell, standing_now
from stroma.planning.models import ChangeCall, Visit, VisitChange
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def by(site):
    return a_user(site, Role.COORDINATOR)


@pytest.fixture
def course(site, by):
    a_staffed_clinic(site)
    return a_booked_course(site, by)


def a_booked_course(site, by):
    course = an_open_course(site)
    course.patient.contacts.create(kind="phone", value="+1 555 0100")
    book_chain(course=course, earliest=NOW, held=HELD, by=by, at=NOW)
    return course


def booked(course, code="visit_3_months") -> Visit:
    return course.visits.get(code=code, state=Visit.State.BOOKED)


def moved(course, by, days=1, at=NOW) -> Visit:
    visit = booked(course)
    to = visit.starts_at + days * DAY
    return move_visit(visit=visit, to=to, has_patient_agreed=True, reason="ill", by=by, at=at)


def told(site, by, *, was_sent=False, at=NOW + HOUR) -> None:
    for change in changes_to_tell(site):
        mark_change_told(change=change, told=standing_now(change), was_sent=was_sent, by=by, at=at)


def to_call(site, at=NOW + HOUR):
    return [(row.was, row.now) for row in change_rows(site, at=at).rows]


def test_a_move_that_no_mail_told_is_a_call_with_number_before_and_now(course, site, by) -> None:
    was = booked(course)
    now = moved(course, by)
    assert to_call(site) == []  # it may still be undone, or told by mail
    told(site, by)
    [row] = change_rows(site, at=NOW + HOUR).rows
    assert (row.was, row.now, row.telephone) == (was, now, "+1 555 0100")
    assert "clinic had to change it" in str(row.why)


def test_what_a_mail_told_or_the_patient_did_is_no_call(site, by, course) -> None:
    user = a_user(site, Role.PATIENT)
    moved(course, by)
    told(site, by, was_sent=True)
    assert to_call(site) == []
    course.patient.user = user
    course.patient.save(update_fields=["user"])
    cancel_own_visit(visit=booked(course, "visit_6_months"), reason="away", by=user, at=NOW + HOUR)
    told(site, by)
    assert to_call(site) == []


def test_several_moves_that_nobody_told_are_one_call_from_the_first_to_the_last(course, site, by) -> None:
    was = booked(course)
    moved(course, by)
    told(site, by)
    last = moved(course, by, days=4, at=NOW + HOUR)
    told(site, by)
    assert to_call(site) == [(was, last)]
    mark_change_called(change=was.change, by=by, at=NOW + 2 * HOUR)
    assert to_call(site) == []
    assert VisitChange.objects.filter(state="SHOWN").count() == 2


def test_a_move_back_to_what_the_patient_knows_is_no_call(course, site, by) -> None:
    moved(course, by)
    told(site, by)
    moved(course, by, days=-1, at=NOW + HOUR)
    told(site, by)
    assert to_call(site) == []


def test_a_cancelled_visit_is_a_call_until_it_would_have_been(course, site, by) -> None:
    visit = booked(course)
    cancel_visit(visit=visit, reason="no room", by=by, at=NOW)
    told(site, by)
    assert to_call(site) == [(visit, None)]
    assert to_call(site, at=visit.starts_at) == []


def test_a_later_mail_tells_what_no_call_told(course, site, by) -> None:
    moved(course, by)
    told(site, by)
    moved(course, by, days=4, at=NOW + HOUR)
    told(site, by, was_sent=True)
    assert to_call(site) == []


def test_a_call_is_noted_once_with_who_and_when_and_a_later_move_is_another_call(course, site, by) -> None:
    nurse, at = a_user(site, Role.NURSE), NOW + 2 * HOUR
    was = booked(course)
    first = moved(course, by)
    told(site, by)
    call = mark_change_called(change=was.change, by=nurse, at=at)
    assert (call.called_by, call.called_at, call.told) == (nurse, at, first)
    assert Entry.objects.last().action == "visit.change_called"
    with pytest.raises(NotCalled) as refused:
        mark_change_called(change=was.change, by=by, at=at)
    assert [b.code for b in refused.value.blockers] == ["change_told_before"]
    later = NOW + 3 * HOUR
    second = moved(course, by, days=4, at=later)
    told(site, by, at=later)
    assert to_call(site, at=later) == [(first, second)]


def test_what_is_not_to_be_called_is_refused(course, site, by) -> None:
    was = booked(course)
    moved(course, by)
    with pytest.raises(NotCalled) as refused:
        mark_change_called(change=was.change, by=by, at=NOW)
    assert [b.code for b in refused.value.blockers] == ["change_not_to_call"]
    assert not ChangeCall.objects.exists()


def test_a_call_noted_by_mistake_is_taken_back_and_is_to_be_made(course, site, by) -> None:
    was = booked(course)
    now = moved(course, by)
    told(site, by)
    at = NOW + 2 * HOUR
    call = mark_change_called(change=was.change, by=by, at=at)
    with pytest.raises(NotCalled):
        take_back_change_call(call=call, reason=" ", by=by, at=at)
    take_back_change_call(call=call, reason="wrong row", by=by, at=at)
    assert to_call(site) == [(was, now)]
    assert calls_made(site, at=at) == []
    assert call_to_take_back(was) is None
    assert "wrong row" not in Entry.objects.last().text
    with pytest.raises(NotCalled) as refused:
        take_back_change_call(call=call, reason="again", by=by, at=at)
    assert [b.code for b in refused.value.blockers] == ["call_taken_back_before"]
    mark_change_called(change=was.change, by=by, at=at)
    assert [one.change.was for one in calls_made(site, at=at)] == [was]


def test_the_desk_and_the_page_say_whom_to_call_and_note_it(course, site, by, monkeypatch) -> None:
    was = booked(course)
    moved(course, by)
    told(site, by)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + 2 * HOUR)
    client = Client()
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
    assert "no mail told them" in client.get(reverse("coordinator_home")).content.decode()
    page = client.get(reverse("reminders")).content.decode()
    assert 'href="tel:+1 555 0100"' in page
    called, back = (reverse(name, args=[was.pk]) for name in ("change_called", "change_call_back"))
    form = f'action="{called}"'
    assert form in page
    assert client.post(called, follow=True).status_code == 200
    assert ChangeCall.objects.get().called_by == by
    assert client.post(called).status_code == 422
    page = client.get(reverse("reminders")).content.decode()
    assert (form in page, back in page) == (False, True)
    assert client.post(back, {"reason": ""}).status_code == 422
    client.post(back, {"reason": "the machine answered"})
    assert form in client.get(reverse("reminders")).content.decode()
    assert client.get(back).status_code == 302
    other = booked(course, "visit_6_months")
    assert client.post(reverse("change_called", args=[other.pk])).status_code == 302


def test_three_calls_ask_as_much_as_one(course, site, by, monkeypatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + 2 * HOUR)
    client = Client()
    client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("reminders"))
        return len(seen)

    others = [a_booked_course(site, by) for _ in range(2)]
    moved(course, by)
    told(site, by)
    queries()
    one = queries()
    for other in others:
        moved(other, by, at=NOW + HOUR)
    told(site, by)
    assert len(to_call(site)) == 3
    assert queries() == one
