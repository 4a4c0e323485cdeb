"""Patients ask for another time of their own visits, cancel in limits, and read the clinic's answer."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.ledger.models import Entry
from stroma.planning.actions import (
    WishRefused,
    answer_wish,
    ask_to_move,
    book_chain,
    cancel_own_visit,
    move_visit,
)
from stroma.planning.models import MoveWish, Reservation, Visit
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}
DAY = timedelta(days=1)


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def coordinator(site):
    return a_user(site, Role.COORDINATOR)


@pytest.fixture
def course(site, coordinator):
    a_staffed_clinic(site)
    course = an_open_course(site)
    patient = course.patient
    patient.user = a_user(site, Role.PATIENT)
    patient.save(update_fields=["user"])
    book_chain(course=course, earliest=NOW, held=HELD, by=coordinator, at=NOW)
    return course


@pytest.fixture
def patient(course):
    return course.patient.user


def booked(course, code="visit_3_months") -> Visit:
    return course.visits.get(code=code, state=Visit.State.BOOKED)


def codes(refused) -> list[str]:
    return [blocker.code for blocker in refused.value.blockers]


def page_of(user, name, *arguments, **data):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(name, args=arguments)
    return client.post(address, data, follow=True) if data else client.get(address)


def test_a_wish_is_sealed_and_leaves_the_visit_booked(course, patient):
    wish = ask_to_move(visit=booked(course), words="Mondays I work", by=patient, at=NOW)
    assert (wish.state, wish.visit.state) == ("OPEN", "BOOKED")
    entry = Entry.objects.last()
    assert (entry.action, "Mondays" in entry.text) == ("visit.move_asked", False)


def test_a_wish_is_answered_by_moving_the_visit(course, patient, coordinator):
    visit = booked(course)
    wish = ask_to_move(visit=visit, words="later", by=patient, at=NOW)
    move_visit(
        visit=visit,
        to=visit.starts_at + DAY,
        reason="asked",
        has_patient_agreed=True,
        by=coordinator,
        at=NOW,
    )
    wish.refresh_from_db()
    assert (wish.state, wish.answered_by) == ("MOVED", coordinator)


def test_a_wish_is_answered_once_with_a_word_why(course, patient, coordinator):
    wish = ask_to_move(visit=booked(course), words="later", by=patient, at=NOW)
    with pytest.raises(WishRefused) as refused:
        answer_wish(wish=wish, answer=" ", by=coordinator, at=NOW)
    assert codes(refused) == ["wish_answer_missing"]
    answer_wish(wish=wish, answer="the window is closed", by=coordinator, at=NOW)
    with pytest.raises(WishRefused) as refused:
        answer_wish(wish=wish, answer="again", by=coordinator, at=NOW)
    assert codes(refused) == ["wish_answered_before"]


@pytest.mark.parametrize(
    ("why", "code", "at", "words", "reasons"),
    [
        ("in time", "visit_3_months", -72, "ill", []),
        ("too late", "visit_3_months", -47, "ill", ["own_cancel_too_late"]),
        ("begun", "visit_3_months", 0, "ill", ["wish_for_begun_visit"]),
        ("no words", "visit_3_months", -72, " ", ["wish_without_words"]),
        ("a team is prepared", "injection", -72, "ill", ["own_cancel_needs_a_call"]),
    ],
)
def test_patients_cancel_in_limits(course, patient, why, code, at, words, reasons):
    visit = booked(course, code)
    when = visit.starts_at + timedelta(hours=at)
    if not reasons:
        cancel_own_visit(visit=visit, reason=words, by=patient, at=when)
        assert Visit.objects.get(pk=visit.pk).state == Visit.State.CANCELLED
        assert not Reservation.objects.filter(visit=visit, is_live=True).exists()
        return
    with pytest.raises(WishRefused) as refused:
        cancel_own_visit(visit=visit, reason=words, by=patient, at=when)
    assert codes(refused) == reasons
    assert booked(course, code) == visit


def test_cancelling_answers_the_wish_that_was_open(course, patient):
    visit = booked(course)
    ask_to_move(visit=visit, words="later", by=patient, at=NOW)
    cancel_own_visit(visit=visit, reason="ill", by=patient, at=NOW)
    assert MoveWish.objects.get().state == "STAYS"


def test_nobody_asks_twice_at_once_nor_about_anothers_visit(course, patient, site):
    visit = booked(course)
    ask_to_move(visit=visit, words="later", by=patient, at=NOW)
    with pytest.raises(WishRefused) as refused:
        ask_to_move(visit=visit, words="", by=patient, at=NOW)
    assert codes(refused) == ["wish_open_already", "wish_without_words"]
    stranger = a_user(site, Role.PATIENT)
    for act in (
        lambda: ask_to_move(visit=visit, words="x", by=stranger, at=NOW),
        lambda: cancel_own_visit(visit=visit, reason="x", by=stranger, at=NOW),
    ):
        with pytest.raises(WishRefused) as refused:
            act()
        assert codes(refused) == ["wish_for_anothers_visit"]
    with pytest.raises(NotAuthorized):
        ask_to_move(visit=visit, words="x", by=a_user(site, Role.NURSE), at=NOW)


def test_the_laboratorys_work_is_not_the_patients_to_move(site, coordinator):
    a_staffed_clinic(site)
    course = an_open_course(site, protocol_id="disc-marrow-expanded")
    course.patient.user = a_user(site, Role.PATIENT)
    course.patient.save(update_fields=["user"])
    book_chain(course=course, earliest=NOW, held=HELD, by=coordinator, at=NOW)
    with pytest.raises(WishRefused) as refused:
        ask_to_move(visit=booked(course, "seeding"), words="x", by=course.patient.user, at=NOW)
    assert codes(refused) == ["wish_for_the_laboratory"]


def at_noon(monkeypatch, at=NOW) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)


def test_patient_and_coordinator_agree_on_their_pages(course, patient, coordinator, monkeypatch):
    at_noon(monkeypatch)
    visit = booked(course)
    assert reverse("my_ask_to_move", args=[visit.id]) in page_of(patient, "my_visits").content.decode()
    told = page_of(patient, "my_ask_to_move", visit.id, words="<b>Fridays</b>").content.decode()
    assert "You asked for another time" in told
    seen = page_of(coordinator, "move_visit", visit.id).content.decode()
    assert "&lt;b&gt;Fridays&lt;/b&gt;" in seen
    page_of(coordinator, "answer_wish", visit.id, answer="All Fridays are taken")
    assert "All Fridays are taken" in page_of(patient, "my_visits").content.decode()


def test_a_coordinator_moves_a_visit_on_its_page_and_both_see_it(course, patient, coordinator, monkeypatch):
    at_noon(monkeypatch)
    visit = booked(course)
    to = visit.starts_at + DAY
    local = to.astimezone(ZoneInfo(course.site.time_zone))
    answer = page_of(
        coordinator,
        "move_visit",
        visit.id,
        day=local.date().isoformat(),
        time=f"{local:%H:%M}",
        reason="a wedding",
    )
    assert answer.status_code == 422
    assert 'data-code="move_patient_not_asked"' in answer.content.decode()
    page_of(
        coordinator,
        "move_visit",
        visit.id,
        day=local.date().isoformat(),
        time=f"{local:%H:%M}",
        reason="a wedding",
        has_patient_agreed="on",
    )
    moved = booked(course)
    assert moved.starts_at == to
    file = page_of(patient, "my_visits_file").content.decode()
    assert f"DTSTART:{to:%Y%m%dT%H%M%SZ}" in file
    assert f"DTSTART:{visit.starts_at:%Y%m%dT%H%M%SZ}" not in file
    assert "SEQUENCE:2" in file
    own = page_of(patient, "my_visits").content.decode()
    assert own.count(reverse("my_ask_to_move", args=[moved.id])) == 1
    assert reverse("my_ask_to_move", args=[visit.id]) not in own


def test_a_soft_reason_is_lifted_on_the_page_with_the_reason(course, coordinator, monkeypatch):
    at_noon(monkeypatch)
    visit = booked(course)
    values = {
        "day": (visit.starts_at + DAY).date().isoformat(),
        "time": "19:00",
        "reason": "works all day",
        "has_patient_agreed": "on",
    }
    refused = page_of(coordinator, "move_visit", visit.id, **values)
    assert 'name="overriding"' in refused.content.decode()
    page_of(coordinator, "move_visit", visit.id, **values, overriding="on")
    assert booked(course) != visit
    plain = page_of(coordinator, "move_visit", booked(course).id).content.decode()
    assert 'name="overriding"' not in plain


def test_one_visit_is_cancelled_and_the_others_stay(course, coordinator, monkeypatch):
    at_noon(monkeypatch)
    visit, before = booked(course), course.visits.filter(state=Visit.State.BOOKED).count()
    page_of(coordinator, "cancel_visit", visit.id, reason="moved away for the summer")
    assert course.visits.filter(state=Visit.State.BOOKED).count() == before - 1
    visit.refresh_from_db()
    assert visit.state == Visit.State.CANCELLED
