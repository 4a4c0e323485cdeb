"""Which chains stand first on the board: late ones, failed ones, and those at risk of missing a promised date."""

from datetime import timedelta

import pytest

from stroma.clinic.domain.roles import Role
from stroma.ledger.wording import sentence
from stroma.planning.actions import book_chain, complete_visit, miss_visit
from stroma.planning.domain.harvest import HarvestForecast
from stroma.planning.trouble_queries import overview, troubled_courses, troubles_of
from stroma.protocols.domain.blocker import Blocker
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}


@pytest.fixture
def site():
    site = a_site()
    a_staffed_clinic(site)
    return site


@pytest.fixture
def coordinator(site):
    return a_user(site, Role.COORDINATOR)


def booked(site, by, protocol="disc-marrow-expanded"):
    course = an_open_course(site, protocol_id=protocol)
    return course, book_chain(course=course, earliest=NOW, held=HELD, by=by, at=NOW)


def reader(kind, answer):
    """Only this reader, and only for its kind."""
    return lambda asked: {"test": lambda *_: answer} if asked == kind else {}


def troubled(site, at):
    return troubled_courses(site, overview(site, at=at).first, at=at)


def told(site, at) -> dict[str, list[str]]:
    return {one.course.number: [reason.code for reason in one.reasons] for one in troubled(site, at)}


def test_what_goes_as_booked_is_in_no_trouble(site, coordinator) -> None:
    booked(site, coordinator)
    assert troubles_of(site, at=NOW) == {}


def test_visits_that_nobody_closed_are_told_in_one_sentence(site, coordinator) -> None:
    course, visits = booked(site, coordinator)
    later = visits[2].ends_at + timedelta(minutes=1)
    assert told(site, later) == {course.number: ["chain_visits_left_open"]}
    [one] = troubled(site, later)
    assert one.is_only_left_open
    assert "3 visits are over" in sentence(one.reasons[0])


def test_a_missed_visit_is_late_until_it_has_another_date(site, coordinator) -> None:
    course, visits = booked(site, coordinator)
    later = visits[0].ends_at + timedelta(minutes=1)
    miss_visit(visit=visits[0], reason="did not come", by=coordinator, at=later)
    assert told(site, later) == {course.number: ["chain_visit_missed"]}


def test_a_culture_that_may_be_late_is_at_risk_with_its_chance_and_the_lowest_stands_first(
    site, coordinator, monkeypatch
) -> None:
    chains = [booked(site, coordinator) for _ in range(3)]
    harvests = [next(visit for visit in visits if visit.code == "harvest") for _, visits in chains]

    def about(harvest, days):
        middle = harvest.starts_at + timedelta(days=days)
        return HarvestForecast(middle - timedelta(days=2), middle, middle + timedelta(days=2))

    forecasts = {
        chains[0][0].pk: about(harvests[0], -4),
        chains[1][0].pk: about(harvests[1], 0),
        chains[2][0].pk: about(harvests[2], 1),
    }
    monkeypatch.setattr("stroma.planning.forecasts.registered", reader("harvest_forecasts", forecasts))
    troubles = troubles_of(site, at=NOW)
    assert set(overview(site, at=NOW).kinds.values()) == {"risk"}
    assert [one.course.number for one in troubled(site, NOW)] == [
        chains[2][0].number,
        chains[1][0].number,
    ]
    assert [round(one.chance, 2) for one in troubled(site, NOW)] == [0.21, 0.5]
    assert "with a chance of 50%" in sentence(troubles[chains[1][0].pk][0].reason)


def test_a_failed_lot_is_in_trouble_until_a_new_collection_is_booked(site, coordinator, monkeypatch) -> None:
    booked_again, _ = booked(site, coordinator)
    course, visits = booked(site, coordinator)
    later = visits[0].ends_at + timedelta(minutes=1)
    complete_visit(visit=visits[0], by=coordinator, at=later)
    failed = {one.pk: Blocker("chain_lot_failed", {"at": NOW}, "test") for one in (course, booked_again)}
    monkeypatch.setattr("stroma.planning.trouble_queries.registered", reader("chain_troubles", failed))
    assert told(site, later)[course.number] == ["chain_lot_failed"]
    assert list(told(site, NOW)) == [course.number]
