"""Patients book the chain of visits of their own course, by themselves."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.planning.actions import (
    NotBookable,
    book_chain,
    book_own_chain,
    mark_away,
    miss_visit,
    wait_for_visits,
)
from stroma.planning.models import Visit
from stroma.planning.offers_shown import Wish, shown_offers
from stroma.planning.own_booking import first_own_day
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def staff(site):
    return a_staffed_clinic(site)


@pytest.fixture
def course(site, staff):
    course = an_open_course(site)
    course.patient.user = a_user(site, Role.PATIENT)
    course.patient.save(update_fields=["user"])
    return course


@pytest.fixture
def patient(course):
    return course.patient.user


def first_offer(course):
    earliest = first_own_day(course.site, at=NOW)
    return shown_offers(course, earliest=earliest, wish=Wish(), at=NOW).offers[0]


def books(course, patient, *, at=NOW, chosen=None):
    chosen = first_offer(course).signature if chosen is None else chosen
    return book_own_chain(course=course, earliest=at, chosen=chosen, by=patient, at=at)


def codes(refused):
    return [blocker.code for blocker in refused.value.blockers]


def test_a_patient_books_the_chain_that_was_shown(course, patient):
    shown = first_offer(course)
    visits = books(course, patient)
    assert [(v.code, v.starts_at) for v in visits] == [(v.code, v.starts_at) for v in shown.visits]
    assert visits[0].starts_at >= first_own_day(course.site, at=NOW)


def test_another_patient_books_nothing_for_them(site, course, patient):
    other = a_user(site, Role.PATIENT)
    with pytest.raises(NotBookable) as refused:
        books(course, other)
    assert codes(refused) == ["own_booking_of_anothers_course"]
    assert not course.visits.exists()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PATIENT])
def test_whoever_is_no_patient_books_by_the_desk(site, course, role):
    with pytest.raises(NotAuthorized):
        books(course, a_user(site, role))


def test_a_chain_that_is_not_the_one_shown_is_not_booked(course, patient):
    with pytest.raises(NotBookable) as refused:
        books(course, patient, chosen="collection@20260302T0800")
    assert codes(refused) == ["offer_changed"]


def test_what_has_begun_is_booked_by_the_clinic(site, course, patient):
    visits = books(course, patient)
    nurse = a_user(site, Role.NURSE)
    for visit in visits:
        miss_visit(visit=visit, reason="did not come", by=nurse, at=visit.ends_at)
    with pytest.raises(NotBookable) as refused:
        books(course, patient, at=visits[-1].ends_at, chosen="any")
    assert codes(refused) == ["own_booking_has_begun"]


def test_who_books_waits_no_longer(site, staff, course, patient):
    by = a_user(site, Role.COORDINATOR)
    place = wait_for_visits(course=course, first_by=date(2026, 3, 20), by=by, at=NOW)
    books(course, patient)
    place.refresh_from_db()
    assert place.state == "BOOKED"
    assert not place.offers.filter(state="OPEN").exists()


def the_pages(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_portal_leads_to_the_chains_and_books_one(course, patient, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    portal = the_pages(patient)
    address = reverse("my_book")
    assert address in portal.get(reverse("my_visits")).content.decode()
    page = portal.get(address)
    offers = page.context["offers"]
    assert [offer["chain"].days_later for offer in offers][:2] == [0, 1]
    assert all(row.is_for_patient for offer in offers for row in offer["visits"])
    second = offers[1]["chain"]
    portal.post(address, {"chosen": second.signature, "from_at": second.from_at})
    booked = course.visits.filter(state=Visit.State.BOOKED).order_by("starts_at").first()
    assert booked.starts_at == second.starts_at
    assert address not in portal.get(reverse("my_visits")).content.decode()
    assert portal.post(address, {"chosen": second.signature, "from_at": second.from_at}).status_code == 422


def test_a_patient_is_told_in_one_sentence_why_nothing_is_free(site, staff, course, patient, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    by = a_user(site, Role.COORDINATOR)
    for arm in site.resources.filter(capabilities__kind="c_arm"):
        year = NOW + timedelta(days=600)
        mark_away(site=site, resource=arm, starts_at=NOW, ends_at=year, reason="x", by=by, at=NOW)
    page = the_pages(patient).get(reverse("my_book"))
    assert page.context["offers"] == []
    said = page.context["why_none"]
    assert said.startswith("Nothing can begin between ")
    assert "no C-arm is free for “" in said
    assert said.count(". ") == 0


def test_the_desk_reads_the_binding_rule_and_the_cheapest_way_round_in_one_sentence(site, staff, course):
    by = a_user(site, Role.COORDINATOR)
    for arm in site.resources.filter(capabilities__kind="c_arm"):
        week = NOW + timedelta(days=6)
        mark_away(site=site, resource=arm, starts_at=NOW, ends_at=week, reason="x", by=by, at=NOW)
    wish = Wish(first_by=NOW + timedelta(days=4))
    said = shown_offers(course, earliest=NOW, wish=wish, at=NOW).why_none
    assert "no C-arm is free for “" in said
    assert "the cheapest way round: with a later start the first visit can be on " in said


def test_who_asks_for_a_weekday_on_which_nobody_is_seen_is_told_that_it_is_the_weekday(site, staff, course):
    wish = Wish(weekdays=frozenset({6}), first_by=NOW + timedelta(days=4))
    said = shown_offers(course, earliest=NOW, wish=wish, at=NOW).why_none
    assert "on the weekdays asked for, the site is not open long enough for “" in said
    assert "the cheapest way round: on other weekdays as well, the first visit can be on " in said


def test_a_chain_is_not_booked_twice_by_patient_and_desk(site, course, patient):
    books(course, patient)
    by = a_user(site, Role.COORDINATOR)
    with pytest.raises(NotBookable) as refused:
        book_chain(course=course, earliest=NOW, held={}, by=by, at=NOW)
    assert codes(refused) == ["visits_already_booked"]
