"""When two records turn out to be one patient, that patient is still in one place at a time."""

from datetime import timedelta

import pytest

from stroma.clinic.domain.roles import Role
from stroma.patients.actions import merge_patients
from stroma.planning.actions import book_chain
from stroma.planning.merging import BookedInTwoPlaces
from stroma.planning.models import Reservation, Resource
from tests.factories import NOW, a_patient, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

HELD = {"screening": NOW - timedelta(days=1), "consent": NOW}


def a_clinic_of(people: int):
    site = a_site()
    a_staffed_clinic(site, people=people, things=people)
    return site, a_user(site, Role.COORDINATOR)


def booked(patient, by):
    course = an_open_course(patient=patient, protocol_id="medication")
    return book_chain(course=course, earliest=NOW, held=HELD, by=by, at=NOW)


def live_of(patient) -> list:
    live = Reservation.objects.filter(resource__patient=patient, is_live=True).order_by("starts_at")
    return list(live.values_list("visit", flat=True))


def merge(duplicate, survivor, by):
    merge_patients(duplicate=duplicate, survivor=survivor, reason="the same person", by=by, at=NOW)


def test_the_survivor_takes_over_the_appointments():
    site, by = a_clinic_of(1)
    duplicate, survivor = a_patient(site), a_patient(site)
    visits = booked(duplicate, by)
    merge(duplicate, survivor, by)
    assert live_of(survivor) == [visit.id for visit in visits]
    assert Resource.objects.filter(patient=duplicate).count() == 0


def test_two_sets_of_appointments_become_one():
    site, by = a_clinic_of(1)  # one physiatrist: the two are never there at the same time
    duplicate, survivor = a_patient(site), a_patient(site)
    visits = booked(duplicate, by) + booked(survivor, by)
    merge(duplicate, survivor, by)
    assert live_of(survivor) == [visit.id for visit in sorted(visits, key=lambda visit: visit.starts_at)]
    assert live_of(duplicate) == []


def test_records_with_appointments_at_one_time_are_not_merged():
    site, by = a_clinic_of(2)
    duplicate, survivor = a_patient(site), a_patient(site)
    first, second = booked(duplicate, by), booked(survivor, by)
    assert [v.starts_at for v in first] == [v.starts_at for v in second]
    with pytest.raises(BookedInTwoPlaces) as refused:
        merge(duplicate, survivor, by)
    assert [(b.code, b.values["visit"]) for b in refused.value.blockers] == [
        ("merge_double_books", visit.code) for visit in first
    ]
    assert live_of(duplicate) == [visit.id for visit in first]
