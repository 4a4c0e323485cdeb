"""A course on a protocol from before holds takes its place for hours; planned with newer ones, each sees the other."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from stroma.clinic.domain.roles import Role
from stroma.planning.actions import book_chain
from stroma.planning.clinic_plan import clinic_plan
from stroma.planning.models import Capability, Reservation, Resource
from stroma.planning.planner.checker import violations
from stroma.planning.planner.faults import instance_faults
from stroma.planning.planner.instance import Schedule
from stroma.planning.planner.result import plan
from stroma.protocols.domain.document import protocol_digest, read_protocol
from stroma.protocols.library import shipped_protocol
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

GROWN = "disc-marrow-expanded"
HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}


def from_before_holds():
    """The shipped protocol as it was: no holds, and the place named at seeding and harvest."""
    shipped = shipped_protocol(GROWN)
    text = re.sub(r"\[\[holds\]\]\n(?:.+\n)+", "", shipped.text).replace("1.4.1", "1.3.9", 1)
    for code in ("seeding", "harvest"):
        text = re.sub(
            rf'(\[\[visits\]\]\ncode = "{code}"\n(?:.+\n)*?equipment = \[)', r'\1"incubator_place", ', text
        )
    protocol = read_protocol(text, file="old.toml")
    assert protocol.holds == []
    assert [v.code for v in protocol.visits if "incubator_place" in v.equipment] == ["seeding", "harvest"]
    return replace(shipped, protocol=protocol, text=text, digest=protocol_digest(text))


@pytest.fixture
def site():
    """A site with one incubator place."""
    site = a_site()
    a_staffed_clinic(site, people=3, things=3)
    extra = Resource.objects.filter(capabilities__kind="incubator_place").order_by("name")[1:]
    Capability.objects.filter(resource__in=list(extra), kind="incubator_place").delete()
    return site


@pytest.fixture
def by(site):
    return a_user(site, Role.COORDINATOR)


def an_old_course(site, monkeypatch):
    old = from_before_holds()
    with monkeypatch.context() as as_before:
        as_before.setattr("tests.factories.shipped_protocol", lambda _id: old)
        return an_open_course(site, protocol_id=GROWN)


def booked(course, by):
    return book_chain(course=course, earliest=NOW, held=HELD, by=by, at=NOW)


def days_of(found, schedule: Schedule, course):
    """The days of a course's seeding and harvest in a plan."""
    days = {v.visit: v.starts_at.date() for v in schedule.visits if v.patient == course.number}
    return days["seeding"], days["harvest"]


def wrong_with(found, course):
    """What the checker finds about a course that stands."""
    return [one for one in violations(found.instance, found.instance.current) if course.number in one.ids]


def test_a_new_culture_is_not_planned_over_a_visit_of_an_old_version(site, by, monkeypatch) -> None:
    old, new = an_old_course(site, monkeypatch), an_open_course(site, protocol_id=GROWN)
    booked(old, by)
    found = clinic_plan(site, at=NOW)
    assert instance_faults(found.instance) == []
    assert wrong_with(found, old) == []
    made = plan(found.instance, seconds=3, workers=1).schedule
    assert new.number in made.chains
    seeding, harvest = days_of(found, made, new)
    taken = days_of(found, made, old)
    assert not any(seeding <= day <= harvest for day in taken), (seeding, harvest, taken)


def test_a_visit_of_an_old_version_is_not_planned_into_a_culture_that_stands(site, by, monkeypatch) -> None:
    old, new = an_old_course(site, monkeypatch), an_open_course(site, protocol_id=GROWN)
    booked(new, by)
    found = clinic_plan(site, at=NOW)
    assert instance_faults(found.instance) == []
    assert wrong_with(found, new) == []
    made = plan(found.instance, seconds=3, workers=1).schedule
    assert old.number in made.chains
    seeding, harvest = days_of(found, made, new)
    assert not any(seeding <= day <= harvest for day in days_of(found, made, old))


def test_the_guard_keeps_both_apart_when_they_are_booked(site, by, monkeypatch) -> None:
    old, new = an_old_course(site, monkeypatch), an_open_course(site, protocol_id=GROWN)
    booked(old, by)
    booked(new, by)
    place = Resource.objects.get(capabilities__kind="incubator_place")
    rows = Reservation.objects.filter(resource=place, is_live=True).order_by("starts_at")
    assert rows.count() == 3
    assert all(one.ends_at <= other.starts_at for one, other in pairwise(rows))
