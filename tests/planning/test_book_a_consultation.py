"""A first consultation takes a real physiatrist and a real room, and never stands where urgent care belongs."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from stroma.candidacy.domain.red_flags import RED_FLAG_CODES
from stroma.ledger.models import Entry
from stroma.planning.actions import NotConsultable, book_consultation, cancel_consultation
from stroma.planning.domain.consultation import LENGTH
from stroma.planning.models import Consultation, Reservation, Resource
from stroma.planning.queries import consultation_times, physiatrists_of
from tests.factories import NOW, a_site
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

NEW_YORK = ZoneInfo("America/New_York")
TOMORROW_AT_TEN = datetime(2026, 3, 3, 10, tzinfo=NEW_YORK)
NO_FLAG = dict.fromkeys(RED_FLAG_CODES, False)


@pytest.fixture
def site():
    site = a_site()
    a_staffed_clinic(site, people=1, things=1)
    return site


def book(site, **changes):
    values = {
        "site": site,
        "physiatrist": physiatrists_of(site).get(),
        "starts_at": TOMORROW_AT_TEN,
        "red_flags": NO_FLAG,
        "name": "Jo Doe",
        "email": "jo@example.org",
        "by": "visitor",
        "at": NOW,
    }
    return book_consultation(**(values | changes))


def refused_codes(site, **changes) -> list[str]:
    with pytest.raises(NotConsultable) as refusal:
        book(site, **changes)
    assert not Consultation.objects.exists()
    return [blocker.code for blocker in refusal.value.blockers]


def test_a_free_time_is_booked_with_a_physiatrist_and_a_room(site):
    booked = book(site)
    held = Reservation.objects.filter(consultation=booked, is_live=True)
    assert set(held.values_list("resource__name", flat=True)) == {"physiatrist 0", "consulting_room 0"}
    assert (booked.starts_at, booked.ends_at) == (TOMORROW_AT_TEN, TOMORROW_AT_TEN + LENGTH)


def test_the_ledger_knows_the_time_and_nothing_of_the_visitor(site):
    booked = book(site)
    text = Entry.objects.get(action="consultation.booked").text
    assert str(booked.id) in text
    assert [secret for secret in ("Jo Doe", "jo@example.org", booked.key) if secret in text] == []


def test_a_time_that_is_taken_is_no_longer_offered_and_refused(site):
    def starts():
        day = TOMORROW_AT_TEN.replace(hour=9)
        return [t.starts_at for t in consultation_times(site, start=day, end=day + timedelta(hours=2))]

    nine = TOMORROW_AT_TEN.replace(hour=9)
    half_hours = [nine + n * LENGTH for n in range(5)]
    assert starts() == half_hours[:4]
    book(site)
    assert starts() == [half_hours[0], half_hours[1], half_hours[3]]
    with pytest.raises(NotConsultable) as refusal:
        book(site, name="Another")
    assert [blocker.code for blocker in refusal.value.blockers] == ["consultation_taken"]


@pytest.mark.parametrize("flag", sorted(RED_FLAG_CODES))
def test_a_red_flag_gets_urgent_care_and_no_appointment(site, flag):
    assert refused_codes(site, red_flags=NO_FLAG | {flag: True}, name="") == [f"red_flag_{flag}"]


def test_a_red_flag_that_was_not_asked_is_not_a_no(site):
    assert refused_codes(site, red_flags={}) == ["red_flag_not_asked"] * len(RED_FLAG_CODES)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"starts_at": NOW + timedelta(hours=1)}, ["consultation_too_soon"]),
        ({"starts_at": TOMORROW_AT_TEN.replace(hour=20)}, ["consultation_outside_hours"]),
        ({"starts_at": TOMORROW_AT_TEN + timedelta(days=4)}, ["consultation_outside_hours"]),
        ({"name": " ", "email": ""}, ["consultation_name_missing", "consultation_contact_missing"]),
    ],
    ids=["too soon", "at night", "on a Saturday", "no name, no contact"],
)
def test_a_time_or_a_visitor_that_does_not_do_is_refused_with_every_reason(site, changes, codes):
    assert refused_codes(site, **changes) == codes


def test_a_physiatrist_of_another_site_cannot_be_booked(site):
    elsewhere = a_site()
    a_staffed_clinic(elsewhere, people=1, things=1)
    with pytest.raises(Resource.DoesNotExist):
        book(site, physiatrist=physiatrists_of(elsewhere).get())


def test_a_cancelled_consultation_frees_its_time_once(site):
    booked = book(site)
    cancel_consultation(consultation=booked, by="visitor", at=NOW)
    assert not Reservation.objects.filter(consultation=booked, is_live=True).exists()
    with pytest.raises(NotConsultable) as refusal:
        cancel_consultation(consultation=booked, by="visitor", at=NOW)
    assert [blocker.code for blocker in refusal.value.blockers] == ["consultation_not_booked"]
    assert book(site).starts_at == TOMORROW_AT_TEN


def is_refused(write) -> bool:
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


def test_the_database_keeps_a_consultation_where_it_is(site):
    booked = book(site)
    ours = Consultation.objects.filter(pk=booked.pk)
    assert is_refused(lambda: ours.update(starts_at=NOW))
    assert is_refused(ours.delete)
    assert is_refused(lambda: ours.update(email="", telephone=""))
    held = booked.reservations.all()
    assert is_refused(lambda: held.update(consultation=None))


def test_a_reservation_is_for_a_visit_or_a_consultation(site):
    nobodys = {"resource": physiatrists_of(site).get(), "starts_at": NOW, "ends_at": NOW + LENGTH}
    assert is_refused(lambda: Reservation.objects.create(**nobodys))
