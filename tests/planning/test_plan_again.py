"""After something happened: who moves and why, what is asked of the patient first, and taking it all or in part."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.courses.actions import stop_course
from stroma.ledger.models import Entry
from stroma.planning.actions import (
    NoPlanAsked,
    NotMoved,
    ask_for_plan,
    begin_search,
    book_chain,
    cancel_visit,
    complete_visit,
    miss_visit,
    move_visit,
    stop_search,
    take_plan,
)
from stroma.planning.domain.happenings import Happening, Upset
from stroma.planning.models import Absence, Replan, Reservation, Resource, Visit
from stroma.planning.replan_search import search
from stroma.planning.replan_writing import chain_faults
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

pytestmark = pytest.mark.django_db

HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}
GROWN = "disc-marrow-expanded"


@pytest.fixture
def site():
    return a_site()


@pytest.fixture
def staffed(site):
    return a_staffed_clinic(site)


@pytest.fixture
def coordinator(site):
    return a_user(site, Role.COORDINATOR)


def a_booked_course(site, by, protocol=GROWN, earliest=NOW):
    course = an_open_course(site, protocol_id=protocol)
    return course, book_chain(course=course, earliest=earliest, held=HELD, by=by, at=NOW)


def day_of(visit, site):
    return visit.starts_at.astimezone(ZoneInfo(site.time_zone)).date()


def named(visits, code):
    return next(visit for visit in visits if visit.code == code)


def away(visit, resource, site, days=0):
    first = day_of(visit, site)
    return Upset(Happening.AWAY, resource=resource.pk, first=first, last=first + timedelta(days=days))


def who_takes(visit, kind):
    return visit.reservations.get(is_live=True, resource__capabilities__kind=kind).resource


def codes(refused) -> set[str]:
    return {blocker.code for blocker in refused.value.blockers}


def booked(course):
    return list(course.visits.filter(state=Visit.State.BOOKED).order_by("starts_at", "code"))


def test_while_an_analyst_is_ill_a_colleague_takes_the_visit_at_its_time(site, staffed, coordinator) -> None:
    course, visits = a_booked_course(site, coordinator)
    feed = named(visits, "feed_1")
    ill = who_takes(feed, "technologist")
    replan = ask_for_plan(site=site, upset=away(feed, ill, site), by=coordinator, at=NOW)
    [row] = replan.found["rows"]
    assert [(one["code"], one["why"], one["is_told"]) for one in row["moves"]] == [
        ("feed_1", "was_with_who_is_away", False)
    ]
    take_plan(replan=replan, courses=[course.pk], agreed=[], reason="ill", by=coordinator, at=NOW)
    now = named(booked(course), "feed_1")
    assert now.starts_at == feed.starts_at
    assert who_takes(now, "technologist") != ill
    assert chain_faults(course, at=NOW) == []
    replan.refresh_from_db()
    assert replan.state == Replan.State.CLOSED


def test_an_absence_that_is_in_the_calendar_already_falls_to_no_colleague(site, staffed, coordinator) -> None:
    course, visits = a_booked_course(site, coordinator)
    feed = named(visits, "feed_1")
    ill = who_takes(feed, "technologist")
    Absence.objects.create(
        site=site,
        resource=ill,
        kind="AWAY",
        starts_at=feed.starts_at - timedelta(hours=2),
        ends_at=feed.ends_at + timedelta(hours=2),
        reason="ill",
        decided_by=coordinator,
        decided_at=NOW,
    )
    replan = ask_for_plan(site=site, upset=away(feed, ill, site), by=coordinator, at=NOW)
    [row] = replan.found["rows"]
    assert [one["code"] for one in row["moves"]] == ["feed_1"]
    take_plan(replan=replan, courses=[course.pk], agreed=[], reason="ill", by=coordinator, at=NOW)
    now = named(booked(course), "feed_1")
    assert now.starts_at == feed.starts_at
    assert who_takes(now, "technologist") != ill


def test_a_broken_device_moves_only_the_chains_that_needed_it(site, staffed, coordinator) -> None:
    course, visits = a_booked_course(site, coordinator)
    other, others = a_booked_course(site, coordinator, protocol="physical-therapy")
    seeding = named(visits, "seeding")
    broken = who_takes(seeding, "biosafety_cabinet")
    replan = ask_for_plan(site=site, upset=away(seeding, broken, site, days=60), by=coordinator, at=NOW)
    assert [row["course"] for row in replan.found["rows"]] == [str(course.pk)]
    take_plan(replan=replan, courses=[course.pk], agreed=[course.pk], reason="broken", by=coordinator, at=NOW)
    until = datetime.fromisoformat(f"{day_of(seeding, site) + timedelta(days=61)}T00:00+00:00")
    still = Reservation.objects.filter(
        resource=broken, is_live=True, visit__state="BOOKED", starts_at__lt=until
    )
    assert not still.exists()
    assert {visit.pk for visit in booked(other)} == {visit.pk for visit in others}


def test_a_slow_culture_moves_told_visits_only_after_the_patient_was_asked(
    site, staffed, coordinator
) -> None:
    course, visits = a_booked_course(site, coordinator)
    harvest, injection = named(visits, "harvest"), named(visits, "injection")
    slow = Upset(
        Happening.HELD_BACK,
        course=course.pk,
        visit="harvest",
        not_before=day_of(harvest, site) + timedelta(days=2),
    )
    replan = ask_for_plan(site=site, upset=slow, by=coordinator, at=NOW)
    [row] = replan.found["rows"]
    told = {one["code"] for one in row["moves"] if one["is_told"]}
    assert "injection" in told
    assert "harvest" not in told
    assert 0 <= row["chance"] <= 1
    with pytest.raises(NotMoved) as refused:
        take_plan(replan=replan, courses=[course.pk], agreed=[], reason="slow", by=coordinator, at=NOW)
    assert codes(refused) == {"move_patient_not_asked"}
    assert booked(course) == visits
    take_plan(replan=replan, courses=[course.pk], agreed=[course.pk], reason="slow", by=coordinator, at=NOW)
    now = booked(course)
    assert day_of(named(now, "harvest"), site) >= slow.not_before
    assert named(now, "injection").starts_at > injection.starts_at
    assert chain_faults(course, at=NOW) == []
    assert Entry.objects.filter(action="visits.moved").count() == 1


def test_after_a_failed_lot_the_chain_begins_anew_and_the_old_visits_are_cancelled(
    site, staffed, coordinator
) -> None:
    course, visits = a_booked_course(site, coordinator)
    collection = named(visits, "collection")
    later = collection.ends_at + timedelta(minutes=1)
    for code in ("collection",):
        complete_visit(visit=named(visits, code), by=coordinator, at=later)
    failed = Upset(Happening.LOT_FAILED, course=course.pk, visit="collection")
    replan = ask_for_plan(site=site, upset=failed, by=coordinator, at=later)
    [row] = replan.found["rows"]
    assert row["is_anew"]
    assert row["moves"][0]["code"] == "collection"
    assert len(row["cancels"]) == len(visits) - 1
    take_plan(replan=replan, courses=[course.pk], agreed=[], reason="failed", by=coordinator, at=later)
    now = booked(course)
    assert [visit.code for visit in now] == [visit.code for visit in visits]
    assert named(now, "collection").attempt == 2
    assert all(visit.starts_at > later for visit in now)
    assert chain_faults(course, at=later) == []
    patient = course.patient.resource
    assert patient.reservations.filter(is_live=True, visit__in=now).count() == sum(
        1 for visit in now if visit.reservations.filter(resource=patient).exists()
    )


def test_a_patient_who_did_not_come_gets_another_date(site, staffed, coordinator) -> None:
    course, visits = a_booked_course(site, coordinator)
    collection = named(visits, "collection")
    later = collection.ends_at + timedelta(hours=1)
    miss_visit(visit=collection, reason="did not come", by=coordinator, at=later)
    missed = Upset(
        Happening.HELD_BACK,
        course=course.pk,
        visit="collection",
        not_before=day_of(collection, site) + timedelta(days=1),
    )
    replan = ask_for_plan(site=site, upset=missed, by=coordinator, at=later)
    [row] = replan.found["rows"]
    assert row["moves"][0]["why"] == "books_anew"
    take_plan(
        replan=replan, courses=[course.pk], agreed=[course.pk], reason="no show", by=coordinator, at=later
    )
    assert [visit.code for visit in booked(course)] == [visit.code for visit in visits]
    assert chain_faults(course, at=later) == []


def test_nothing_is_booked_anew_for_a_course_that_ended_since_the_plan_was_made(
    site, staffed, coordinator
) -> None:
    course, visits = a_booked_course(site, coordinator)
    collection = named(visits, "collection")
    later = collection.ends_at + timedelta(hours=1)
    for visit in visits[visits.index(collection) :]:
        cancel_visit(visit=visit, reason="did not come", by=coordinator, at=later)
    next_day = day_of(collection, site) + timedelta(days=1)
    missed = Upset(Happening.HELD_BACK, course=course.pk, visit="collection", not_before=next_day)
    replan = ask_for_plan(site=site, upset=missed, by=coordinator, at=later)
    stop_course(course=course, reason="moved away", by=coordinator, at=later)
    with pytest.raises(NotMoved) as refused:
        take_plan(
            replan=replan, courses=[course.pk], agreed=[course.pk], reason="no show", by=coordinator, at=later
        )
    assert codes(refused) == {"booking_course_not_open"}
    assert booked(course) == []


def test_a_plan_is_refused_when_a_visit_was_moved_meanwhile_and_nothing_is_lost(
    site, staffed, coordinator
) -> None:
    course, visits = a_booked_course(site, coordinator)
    feed = named(visits, "feed_1")
    ill = who_takes(feed, "technologist")
    replan = ask_for_plan(site=site, upset=away(feed, ill, site), by=coordinator, at=NOW)
    [move] = replan.found["rows"][0]["moves"]
    [[old, new]] = move["instead"]
    moved = move_visit(
        visit=feed,
        to=feed.starts_at,
        instead={Resource.objects.get(pk=old): Resource.objects.get(pk=new)},
        reason="swapped by hand",
        by=coordinator,
        at=NOW,
    )
    before = {visit.pk for visit in booked(course)}
    with pytest.raises(NotMoved) as refused:
        take_plan(replan=replan, courses=[course.pk], agreed=[], reason="ill", by=coordinator, at=NOW)
    assert codes(refused) == {"move_overtaken"}
    assert {visit.pk for visit in booked(course)} == before
    assert moved.pk in before
    replan.refresh_from_db()
    assert (replan.state, replan.taken) == (Replan.State.FOUND, [])


def test_some_chains_are_taken_and_the_others_later(site, staffed, coordinator) -> None:
    first, visits = a_booked_course(site, coordinator)
    second, others = a_booked_course(site, coordinator, earliest=NOW + timedelta(days=9))
    shared = next(
        one
        for one in Resource.objects.filter(site=site, patient=None, user=None)
        if one.reservations.filter(visit__in=visits).exists()
        and one.reservations.filter(visit__in=others).exists()
    )
    long = away(named(visits, "seeding"), shared, site, days=60)
    replan = ask_for_plan(site=site, upset=long, by=coordinator, at=NOW)
    assert {row["course"] for row in replan.found["rows"]} == {str(first.pk), str(second.pk)}
    agreed = [first.pk, second.pk]
    take_plan(replan=replan, courses=[first.pk], agreed=agreed, reason="flood", by=coordinator, at=NOW)
    replan.refresh_from_db()
    assert (replan.state, replan.taken) == (Replan.State.FOUND, [str(first.pk)])
    take_plan(replan=replan, courses=[second.pk], agreed=agreed, reason="flood", by=coordinator, at=NOW)
    replan.refresh_from_db()
    assert replan.state == Replan.State.CLOSED
    assert not shared.reservations.filter(is_live=True, visit__in=[*booked(first), *booked(second)]).exists()


def test_a_search_goes_on_from_the_first_plan_and_gives_the_best_when_it_is_stopped(
    site, staffed, coordinator
) -> None:
    course, visits = a_booked_course(site, coordinator)
    slow = Upset(
        Happening.HELD_BACK,
        course=course.pk,
        visit="harvest",
        not_before=day_of(named(visits, "harvest"), site) + timedelta(days=1),
    )
    replan = ask_for_plan(site=site, upset=slow, by=coordinator, at=NOW)
    first = replan.points
    begin_search(replan=replan, seconds=30.0, by=coordinator, at=NOW)
    with pytest.raises(NotMoved) as refused:
        take_plan(replan=replan, courses=[course.pk], agreed=[course.pk], reason="x", by=coordinator, at=NOW)
    assert codes(refused) == {"plan_not_open"}
    stop_search(replan=replan, by=coordinator, at=NOW)
    search(replan.pk)
    replan.refresh_from_db()
    assert replan.state == Replan.State.FOUND
    assert replan.points <= first
    assert replan.bound is not None
    assert replan.seconds < 20
    take_plan(replan=replan, courses=[course.pk], agreed=[course.pk], reason="slow", by=coordinator, at=NOW)


def test_what_cannot_have_happened_is_refused_with_every_reason(site, staffed, coordinator) -> None:
    yesterday = NOW.date() - timedelta(days=1)
    for upset, code in (
        (
            Upset(Happening.AWAY, resource=staffed["nurse"].pk, first=yesterday, last=yesterday),
            "upset_is_over",
        ),
        (Upset(Happening.AWAY, first=NOW.date(), last=yesterday), "upset_days_reversed"),
        (Upset(Happening.HELD_BACK, visit="harvest", not_before=NOW.date()), "upset_names_no_course"),
        (Upset(Happening.HELD_BACK, visit="harvest", not_before=yesterday), "upset_day_is_over"),
        (Upset(Happening.LOT_FAILED, course=an_open_course(site).pk, visit="tea"), "upset_visit_unknown"),
    ):
        with pytest.raises(NoPlanAsked) as refused:
            ask_for_plan(site=site, upset=upset, by=coordinator, at=NOW)
        assert code in codes(refused)
    assert not Replan.objects.exists()


def test_only_a_coordinator_plans_again(site, staffed) -> None:
    upset = Upset(Happening.AWAY, resource=staffed["nurse"].pk, first=NOW.date(), last=NOW.date())
    with pytest.raises(NotAuthorized):
        ask_for_plan(site=site, upset=upset, by=a_user(site, Role.NURSE), at=NOW)


def place_of(course):
    [held] = Reservation.objects.filter(visit__course=course, hold="culture", is_live=True)
    return held


def test_a_culture_whose_incubator_place_is_lost_gets_another_and_no_visit_moves(
    site, staffed, coordinator
) -> None:
    course, visits = a_booked_course(site, coordinator)
    was, harvest = place_of(course), named(visits, "harvest")
    middle = named(visits, "passage_1")
    lost = away(middle, was.resource, site, days=60)
    replan = ask_for_plan(site=site, upset=lost, by=coordinator, at=NOW)
    [row] = replan.found["rows"]
    assert [(one["code"], one["why"], one["is_told"]) for one in row["moves"]] == [
        ("harvest", "was_with_who_is_away", False)
    ]
    take_plan(replan=replan, courses=[course.pk], agreed=[], reason="broken", by=coordinator, at=NOW)
    now = place_of(course)
    assert now.resource != was.resource
    assert (now.starts_at, now.ends_at) == (was.starts_at, was.ends_at)
    assert now.visit.starts_at == harvest.starts_at
    assert chain_faults(course, at=NOW) == []
    assert not Reservation.objects.filter(resource=was.resource, is_live=True).exists()


def test_a_running_culture_keeps_its_new_place_from_today_on(site, staffed, coordinator) -> None:
    course, visits = a_booked_course(site, coordinator)
    was = place_of(course)
    for code in ("collection", "seeding", "feed_1", "feed_2"):
        complete_visit(visit=named(visits, code), by=coordinator, at=named(visits, code).ends_at)
    today = named(visits, "feed_2").ends_at + timedelta(days=2)
    lost = Upset(
        Happening.AWAY, resource=was.resource_id, first=today.date(), last=today.date() + timedelta(days=40)
    )
    replan = ask_for_plan(site=site, upset=lost, by=coordinator, at=today)
    take_plan(replan=replan, courses=[course.pk], agreed=[], reason="broken", by=coordinator, at=today)
    now = place_of(course)
    zone = ZoneInfo(site.time_zone)
    assert now.resource != was.resource
    assert now.starts_at.astimezone(zone) == datetime.combine(
        today.astimezone(zone).date(), datetime.min.time(), zone
    )
    assert now.ends_at == was.ends_at


def test_after_a_failed_lot_the_place_is_free_and_another_is_kept(site, staffed, coordinator) -> None:
    course, visits = a_booked_course(site, coordinator)
    was = place_of(course)
    for code in ("collection", "seeding"):
        complete_visit(visit=named(visits, code), by=coordinator, at=named(visits, code).ends_at)
    today = named(visits, "seeding").ends_at + timedelta(days=2)
    failed = Upset(Happening.LOT_FAILED, course=course.pk, visit="collection")
    replan = ask_for_plan(site=site, upset=failed, by=coordinator, at=today)
    take_plan(
        replan=replan, courses=[course.pk], agreed=[course.pk], reason="failed", by=coordinator, at=today
    )
    now = place_of(course)
    assert now.pk != was.pk
    assert now.starts_at <= named(booked(course), "seeding").starts_at < now.ends_at
    assert chain_faults(course, at=today) == []
