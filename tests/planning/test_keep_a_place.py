"""What is kept for days: a place in the incubator from the day of seeding through the day of harvest."""

import json
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stroma.clinic.domain.roles import Role
from stroma.ledger.models import Entry
from stroma.planning.actions import (
    NotMoved,
    accept_offer,
    book_chain,
    cancel_visit,
    cancel_visits,
    mark_away,
    move_visit,
    wait_for_visits,
)
from stroma.planning.asking import ask_for
from stroma.planning.domain.asking import Wish
from stroma.planning.domain.chain import ChainPlan, NoChain, plan_chain
from stroma.planning.domain.checker import chain_blockers
from stroma.planning.domain.holding import PlannedHold
from stroma.planning.domain.ways import ways_round
from stroma.planning.models import Capability, Reservation, Resource, Visit
from stroma.planning.moves import choices_of
from stroma.planning.offers_shown import shown_offers
from stroma.planning.standing import visits_in_the_way
from stroma.protocols.domain.schema import Hold
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic
from tests.planning.plan_cases import HOURS, MONDAY, NEW_YORK, a_visit, bookable

GROWN = "disc-marrow-expanded"
HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}
DAY = timedelta(days=1)

CULTURE = Hold.model_validate(
    {
        "code": "culture",
        "title": "Culture",
        "kind": "incubator_place",
        "begins": "seeding",
        "ends": "harvest",
        "source": "general knowledge",
    }
)
VISITS = [
    a_visit("seeding", patient=False, staff=["technologist"]),
    a_visit("feed", after="seeding", earliest="1 d", latest="2 d", patient=False, staff=["technologist"]),
    a_visit("harvest", after="feed", earliest="1 d", latest="3 d", patient=False, staff=["technologist"]),
]
ANALYST = bookable(1, "technologist")


def midnight(number: int) -> datetime:
    """The beginning of a day of the site, counted from Monday, 2 March."""
    return datetime.combine(MONDAY.astimezone(NEW_YORK).date() + number * DAY, time(), NEW_YORK)


def place(number: int, *busy: tuple[int, int]):
    """An incubator place that is taken from one day through another."""
    return bookable(
        number, "incubator_place", busy=[(midnight(first), midnight(last + 1)) for first, last in busy]
    )


def plan(*things, **values) -> ChainPlan:
    asked = {"earliest": MONDAY, "hours": HOURS, "holds": [CULTURE], "horizon": 12 * DAY, **values}
    return plan_chain(visits=VISITS, resources=[ANALYST, *things], **asked)


def days_of(found: ChainPlan) -> list[int]:
    return [(visit.starts_at.astimezone(NEW_YORK).date() - midnight(0).date()).days for visit in found.visits]


def faults(found: ChainPlan, *things, **values) -> list[str]:
    asked = {"earliest": MONDAY, "hours": HOURS, "holds": [CULTURE], **values}
    return [b.code for b in chain_blockers(found, visits=VISITS, resources=[ANALYST, *things], **asked)]


def test_a_place_is_kept_from_the_day_of_seeding_through_the_day_of_harvest() -> None:
    found = plan(place(7))
    assert found.holds == (
        PlannedHold("culture", "seeding", "harvest", UUID(int=7), midnight(0), midnight(3)),
    )


def test_a_chain_waits_until_a_place_is_free_throughout() -> None:
    """Two days are free at first, and a culture takes three: it begins after both places are full."""
    assert days_of(plan(place(7, (2, 5)), place(8, (0, 6)))) == [6, 7, 8]


def test_one_culture_does_not_change_places_where_each_is_free_half_of_the_time() -> None:
    assert days_of(plan(place(7, (2, 9)), place(8, (0, 1), (4, 9)))) == [10, 11, 12]


def test_of_two_places_the_one_with_less_room_is_taken() -> None:
    assert plan(place(7), place(8, (4, 9))).holds[0].resource == UUID(int=8)


def test_a_culture_that_runs_is_kept_from_today_on_whatever_was_before() -> None:
    held = {"seeding": MONDAY - 2 * DAY, "feed": MONDAY - DAY}
    found = plan(place(7, (-9, -1)), held=held, now=MONDAY)
    assert [hold.starts_at for hold in found.holds] == [midnight(0)]
    with pytest.raises(NoChain) as refused:
        plan(place(7, (0, 0)), held=held, now=MONDAY)
    assert [b.code for b in refused.value.blockers] == ["hold_busy"]


def test_a_refusal_names_what_is_missing_or_never_free() -> None:
    with pytest.raises(NoChain) as refused:
        plan()
    assert [(b.code, b.values["kind"]) for b in refused.value.blockers] == [
        ("resource_missing", "incubator_place")
    ]
    with pytest.raises(NoChain) as refused:
        plan(place(7, (1, 40)))
    assert [(b.code, b.values["kind"], b.values["title"]) for b in refused.value.blockers] == [
        ("hold_busy", "incubator_place", "Culture")
    ]


def test_the_checker_finds_a_place_that_is_missing_too_short_taken_or_no_place() -> None:
    sound = plan(place(7))
    [hold] = sound.holds

    def judged(*holds: PlannedHold, thing=None) -> list[str]:
        return faults(ChainPlan(sound.visits, holds), thing or place(7))

    assert judged(hold) == []
    assert judged() == ["plan_lacks_hold"]
    assert judged(hold, hold) == ["plan_lacks_hold"]
    short = PlannedHold("culture", "seeding", "harvest", hold.resource, hold.starts_at, hold.ends_at - DAY)
    assert judged(short) == ["plan_lacks_hold"]
    assert judged(hold, thing=bookable(7, "centrifuge")) == ["plan_lacks_hold"]
    assert judged(hold, thing=place(7, (1, 1))) == ["plan_double_books"]
    other = PlannedHold("other", "seeding", "harvest", hold.resource, hold.starts_at, hold.ends_at)
    assert judged(hold, other) == ["plan_adds_hold"]


STRETCHES = st.lists(
    st.tuples(st.integers(0, 14), st.integers(0, 4)).map(lambda s: (s[0], s[0] + s[1])), max_size=4
)


@given(st.lists(STRETCHES, min_size=1, max_size=3))
@settings(deadline=None)
def test_the_earliest_chain_is_found_wherever_places_are_free(taken) -> None:
    places = [place(7 + number, *busy) for number, busy in enumerate(taken)]

    def is_free(busy, first: int, last: int) -> bool:
        return not any(first <= until and since <= last for since, until in busy)

    possible = [
        (seeded, fed, harvested)
        for seeded in range(13)
        for fed in range(seeded + 1, seeded + 3)
        for harvested in range(fed + 1, fed + 4)
        if any(is_free(busy, seeded, harvested) for busy in taken)
    ]
    if not possible:
        with pytest.raises(NoChain) as refused:
            plan(*places)
        assert [b.code for b in refused.value.blockers] == ["hold_busy"]
        return
    found = plan(*places)
    assert tuple(days_of(found)) == min(possible)
    assert faults(found, *places) == []


# On the tables.


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def staff(site):
    return a_staffed_clinic(site, people=2, things=2)


@pytest.fixture
def by(site):
    return a_user(site, Role.COORDINATOR)


def grown(site, by, **values):
    course = an_open_course(site, protocol_id=GROWN)
    return course, book_chain(
        **{"course": course, "earliest": NOW, "held": HELD, "by": by, "at": NOW, **values}
    )


def named(visits, code) -> Visit:
    return next(visit for visit in visits if visit.code == code)


def kept(course) -> Reservation:
    return Reservation.objects.get(visit__course=course, hold="culture", is_live=True)


def days(moment, site):
    return moment.astimezone(ZoneInfo(site.time_zone)).date()


@pytest.mark.django_db
def test_a_booking_reserves_one_place_for_the_whole_culture(site, staff, by) -> None:
    course, visits = grown(site, by)
    held, zone = kept(course), ZoneInfo(site.time_zone)
    assert held.visit == named(visits, "harvest")
    assert held.resource.capabilities.get().kind == "incubator_place"
    assert held.starts_at.astimezone(zone) == datetime.combine(
        days(named(visits, "seeding").starts_at, site), time(), zone
    )
    assert held.ends_at.astimezone(zone) == datetime.combine(
        days(held.visit.starts_at, site) + DAY, time(), zone
    )
    facts = json.loads(Entry.objects.last().text)["facts"]["visits"]
    assert [one["code"] for one in facts if "kept" in one] == ["harvest"]


@pytest.mark.django_db
def test_as_many_cultures_run_at_once_as_there_are_places(site, staff, by) -> None:
    spans = [kept(grown(site, by)[0]) for _ in range(4)]
    for moment in [span.starts_at for span in spans]:
        running = [span for span in spans if span.starts_at <= moment < span.ends_at]
        assert len(running) <= 2
        assert len({span.resource_id for span in running}) == len(running)


@pytest.mark.django_db
def test_a_course_without_a_free_place_is_told_so_and_one_more_would_do(site, staff, by) -> None:
    for one in Resource.objects.filter(capabilities__kind="incubator_place"):
        mark_away(
            site=site, resource=one, starts_at=NOW, ends_at=NOW + 900 * DAY, reason="broken", by=by, at=NOW
        )
    course = an_open_course(site, protocol_id=GROWN)
    with pytest.raises(NoChain) as refused:
        book_chain(course=course, earliest=NOW, held=HELD, by=by, at=NOW)
    assert [b.code for b in refused.value.blockers] == ["hold_busy"]
    assert (course.visits.count(), Reservation.objects.count()) == (0, 0)
    ask = ask_for(course, earliest=NOW, wish=Wish(), at=NOW, held=HELD)
    [way] = ways_round(ask, refused.value)
    assert (way.code, way.values["kind"], way.values["title"]) == (
        "way_one_more",
        "incubator_place",
        "Receipt and seeding",
    )
    shown = shown_offers(course, earliest=NOW, wish=Wish(), at=NOW)
    assert "no incubator place is free on every day of “Culture in the incubator”" in shown.why_none


@pytest.mark.django_db
def test_a_site_without_places_books_no_culture(site, staff, by) -> None:
    Capability.objects.filter(kind="incubator_place").delete()
    with pytest.raises(NoChain) as refused:
        grown(site, by)
    assert [b.code for b in refused.value.blockers] == ["resource_missing"]


def only(visits, *codes, by) -> None:
    """Cancel the other visits of a chain, so that their lags are in nobody's way."""
    for visit in visits:
        if visit.code not in codes:
            cancel_visit(visit=visit, reason="x", by=by, at=NOW)


@pytest.mark.django_db
def test_what_is_kept_goes_with_a_later_harvest(site, staff, by) -> None:
    course, visits = grown(site, by)
    only(visits, "seeding", "harvest", by=by)
    was, harvest = kept(course), named(visits, "harvest")
    move_visit(visit=harvest, to=harvest.starts_at + DAY, reason="slow", by=by, at=NOW)
    now = kept(course)
    assert (now.resource, now.starts_at, now.ends_at) == (was.resource, was.starts_at, was.ends_at + DAY)
    was.refresh_from_db()
    assert (was.is_live, now.visit.replaces) == (False, harvest)


@pytest.mark.django_db
def test_a_harvest_that_moves_within_its_day_keeps_its_place_and_days(site, staff, by) -> None:
    course, visits = grown(site, by)
    only(visits, "seeding", "harvest", by=by)
    was, harvest = kept(course), named(visits, "harvest")
    move_visit(visit=harvest, to=harvest.starts_at + timedelta(minutes=15), reason="x", by=by, at=NOW)
    now = kept(course)
    assert (now.resource, now.starts_at, now.ends_at) == (was.resource, was.starts_at, was.ends_at)


@pytest.mark.django_db
def test_a_later_seeding_lets_the_place_begin_later_though_the_harvest_stays(site, staff, by) -> None:
    course, visits = grown(site, by)
    only(visits, "seeding", "harvest", by=by)
    was, harvest, seeding = kept(course), named(visits, "harvest"), named(visits, "seeding")
    taken = set(harvest.reservations.filter(hold=None).values_list("resource", "starts_at", "ends_at"))
    moved = move_visit(visit=seeding, to=seeding.starts_at + DAY, reason="x", by=by, at=NOW)
    now = kept(course)
    assert moved.code == "seeding"
    assert (now.resource, now.starts_at, now.ends_at) == (was.resource, was.starts_at + DAY, was.ends_at)
    assert (now.visit.replaces, now.visit.starts_at) == (harvest, harvest.starts_at)
    assert (
        set(now.visit.reservations.filter(hold=None).values_list("resource", "starts_at", "ends_at")) == taken
    )


@pytest.mark.django_db
def test_a_harvest_is_not_moved_to_days_on_which_no_place_is_free(site, staff, by) -> None:
    course, visits = grown(site, by)
    only(visits, "seeding", "harvest", by=by)
    harvest = named(visits, "harvest")
    for one in Resource.objects.filter(capabilities__kind="incubator_place"):
        ends_at = kept(course).ends_at
        mark_away(
            site=site, resource=one, starts_at=ends_at, ends_at=ends_at + DAY, reason="x", by=by, at=NOW
        )
    with pytest.raises(NotMoved) as refused:
        move_visit(visit=harvest, to=harvest.starts_at + DAY, reason="slow", by=by, at=NOW)
    assert [b.code for b in refused.value.blockers] == ["move_finds_no_place"]
    assert kept(course).visit == harvest


@pytest.mark.django_db
def test_another_place_is_named_on_the_page_of_the_harvest_and_taken(site, staff, by) -> None:
    course, visits = grown(site, by)
    harvest, was = named(visits, "harvest"), kept(course)
    [(now, _kind, others)] = [one for one in choices_of(harvest, at=NOW) if one[1] == "incubator_place"]
    assert (now, len(others)) == (was.resource, 1)
    taken = set(harvest.reservations.filter(hold=None).values_list("resource", flat=True))
    moved = move_visit(
        visit=harvest, to=harvest.starts_at, instead={now: others[0]}, reason="shelf", by=by, at=NOW
    )
    assert (kept(course).resource, kept(course).visit) == (others[0], moved)
    assert set(moved.reservations.filter(hold=None).values_list("resource", flat=True)) == taken


@pytest.mark.django_db
def test_a_cancelled_chain_frees_its_place_for_whoever_waits(site, by) -> None:
    a_staffed_clinic(site, people=3, things=3)
    extra = Resource.objects.filter(capabilities__kind="incubator_place").order_by("name")[1:]
    Capability.objects.filter(resource__in=list(extra), kind="incubator_place").delete()
    course, visits = grown(site, by)
    first_by = days(named(visits, "collection").starts_at, site)
    waiting = wait_for_visits(
        course=an_open_course(site, protocol_id=GROWN), first_by=first_by, by=by, at=NOW
    )
    assert not waiting.offers.exists()
    freed = kept(course).resource
    cancel_visits(course=course, reason="ill", by=by, at=NOW)
    offer = waiting.offers.get()
    accept_offer(offer=offer, by=by, at=NOW)
    assert kept(waiting.course).resource == freed


@pytest.mark.django_db
def test_an_incubator_that_is_away_in_the_middle_of_a_culture_is_in_its_way(site, staff, by) -> None:
    course, visits = grown(site, by)
    middle = named(visits, "passage_1").starts_at
    mark_away(
        site=site,
        resource=kept(course).resource,
        starts_at=middle,
        ends_at=middle + timedelta(hours=2),
        reason="serviced",
        by=by,
        at=NOW,
    )
    assert [(one.visit.code, one.reasons) for one in visits_in_the_way(site, at=NOW, most=9)] == [
        ("harvest", ("away",))
    ]
