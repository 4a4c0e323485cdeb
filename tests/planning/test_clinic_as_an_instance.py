"""A clinic's tables as an instance of the planner: what stands is accepted by the checker, and gaps are filled."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from stroma.clinic.domain.roles import Role
from stroma.patients.actions import withdraw_consent
from stroma.planning.actions import book_chain, book_consultation, complete_visit, set_turn_time
from stroma.planning.clinic_plan import clinic_plan
from stroma.planning.domain.harvest import HarvestForecast
from stroma.planning.planner.checker import violations
from stroma.planning.planner.faults import instance_faults
from stroma.planning.planner.repair import repair
from stroma.planning.planner.result import Status, plan
from stroma.planning.queries import physiatrists_of
from tests.factories import NOW, a_site, a_user, an_open_course
from tests.planning.clinic_cases import a_staffed_clinic

HELD = {"screening": NOW - timedelta(days=7), "consent": NOW}


@pytest.fixture
def site():
    site = a_site()
    a_staffed_clinic(site)
    return site


def booked(site, *, protocol="disc-marrow-concentrate"):
    course = an_open_course(site, protocol_id=protocol)
    by = a_user(site, Role.COORDINATOR)
    visits = book_chain(course=course, earliest=NOW, held=HELD, by=by, at=NOW)
    return course, visits


@pytest.mark.django_db
def test_what_is_booked_is_the_current_plan_and_the_checker_accepts_it(site) -> None:
    for protocol in ("disc-marrow-concentrate", "disc-marrow-expanded", "disc-marrow-expanded"):
        booked(site, protocol=protocol)
    found = clinic_plan(site, at=NOW)
    assert instance_faults(found.instance) == []
    assert violations(found.instance, found.instance.current) == []
    assert found.left_out == []
    zone = ZoneInfo(site.time_zone)
    standing = {(v.patient, v.visit): v.starts_at for v in found.instance.current.visits}
    for (course, code), visit in found.visits.items():
        assert standing[course, code] == visit.starts_at.astimezone(zone).replace(tzinfo=None)
    assert repair(found.instance).moves == ()


@pytest.mark.django_db
def test_who_waits_is_planned_round_what_is_booked_and_the_bench_is_told_of_all(site) -> None:
    booked(site)
    waiting = an_open_course(site, protocol_id="disc-marrow-expanded")
    found = clinic_plan(site, at=NOW)
    [patient] = [one for one in found.instance.patients if one.id == waiting.number]
    assert patient.may_wait
    result = plan(found.instance, seconds=3, workers=1)
    assert result.status in {Status.OPTIMAL, Status.FEASIBLE}
    assert violations(found.instance, result.schedule) == []
    codes = [visit.visit for visit in result.schedule.visits if visit.patient == waiting.number]
    assert {"collection", "harvest", "injection"} <= set(codes)
    assert "consent" not in codes


@pytest.mark.django_db
def test_set_up_and_cleaning_are_planned_and_what_was_booked_before_them_stays(site) -> None:
    by = a_user(site, Role.COORDINATOR)
    before, _ = booked(site)
    for kind in ("procedure_room", "c_arm"):
        set_turn_time(
            site=site,
            kind=kind,
            before_minutes=15,
            after_minutes=45,
            valid_from=NOW.date(),
            reason="x",
            by=by,
            at=NOW,
        )
    booked(site)
    waiting = an_open_course(site)
    found = clinic_plan(site, at=NOW)
    assert instance_faults(found.instance) == []
    rooms = [one for one in found.instance.resources if "procedure_room" in one.skills]
    assert {(turn.before_minutes, turn.after_minutes) for one in rooms for turn in one.turns} == {(15, 45)}
    current = {(v.patient, v.visit): v for v in found.instance.current.visits}
    assert set(current[before.number, "collection"].turns) == {(0, 0)}
    judged = violations(found.instance, found.instance.current)
    assert {violation.ids[0] for violation in judged} == {waiting.number}
    assert {move.patient for move in repair(found.instance).moves} == {waiting.number}
    result = plan(found.instance, seconds=1, workers=1)
    assert violations(found.instance, result.schedule) == []
    assert waiting.number in result.schedule.chains


@pytest.mark.django_db
def test_no_name_is_in_the_instance(site) -> None:
    course, _ = booked(site)
    found = clinic_plan(site, at=NOW)
    text = found.instance.model_dump_json()
    assert course.patient.family_name not in text
    assert not any(name in text for name in found.names.values())


@pytest.mark.django_db
def test_a_consultation_holds_physiatrist_and_room(site) -> None:
    from stroma.candidacy.domain.red_flags import RED_FLAGS
    from stroma.planning.queries import consultation_times

    [free, *_] = consultation_times(site, start=NOW + timedelta(days=2), end=NOW + timedelta(days=9))
    book_consultation(
        site=site,
        physiatrist=physiatrists_of(site).get(pk=free.physiatrist),
        starts_at=free.starts_at,
        red_flags={flag.code: False for flag in RED_FLAGS},
        name="Somebody",
        email="somebody@example.org",
        by="visitor",
        at=NOW,
    )
    an_open_course(site)
    instance = clinic_plan(site, at=NOW).instance
    kept = [visit for visit in instance.current.visits if visit.visit == "booked"]
    assert {visit.resources[0].rsplit("-", 1)[0] for visit in kept} >= {"physiatrist", "consulting_room"}
    assert violations(instance, repair(instance).schedule) == []


@pytest.mark.django_db
def test_a_course_without_valid_consent_is_not_planned(site) -> None:
    course = an_open_course(site)
    withdraw_consent(consent=course.consent, reason="changed their mind", by=a_user(site, Role.NURSE), at=NOW)
    assert clinic_plan(site, at=NOW).instance.patients == []


@pytest.mark.django_db
def test_a_visit_held_anchors_what_follows_it(site) -> None:
    course, visits = booked(site)
    first = visits[0]
    later = first.ends_at + timedelta(minutes=5)
    complete_visit(visit=first, by=a_user(site, Role.NURSE), at=later)
    instance = clinic_plan(site, at=later).instance
    [chain] = [chain for chain in instance.chains if chain.id == course.number]
    assert first.code not in {visit.id for visit in chain.visits}
    assert violations(instance, instance.current) == []


@pytest.mark.django_db
def test_a_window_that_is_over_is_told_and_planned_no_more(site) -> None:
    course = an_open_course(site)
    found = clinic_plan(site, at=NOW + timedelta(days=400))
    assert [blocker.code for blocker in found.left_out] == ["plan_window_closed"]
    assert course.number not in {patient.id for patient in found.instance.patients}


@pytest.mark.django_db
def test_a_forecast_of_the_culture_holds_the_harvest_back(site, monkeypatch) -> None:
    course, visits = booked(site, protocol="disc-marrow-expanded")
    harvest = next(visit for visit in visits if visit.code == "harvest")
    forecast = HarvestForecast(
        harvest.starts_at, harvest.starts_at + timedelta(days=2), harvest.starts_at + timedelta(days=6)
    )
    monkeypatch.setattr(
        "stroma.planning.forecasts.registered", lambda kind: {"test": lambda *_: {course.pk: forecast}}
    )
    found = clinic_plan(site, at=NOW, agreed=[visit.pk for visit in visits])
    [patient] = [one for one in found.instance.patients if one.id == course.number]
    assert patient.not_before.keys() == {"harvest"}
    moved = {move.visit: move.to_at for move in repair(found.instance).moves}
    assert moved["harvest"].date() >= patient.not_before["harvest"]
    assert "injection" in moved


def test_the_middle_of_a_forecast_is_one_in_two_and_its_ends_are_what_they_say() -> None:
    forecast = HarvestForecast(NOW, NOW + timedelta(days=2), NOW + timedelta(days=6))
    assert forecast.chance_by(NOW + timedelta(days=2)) == 0.5
    assert forecast.chance_by(NOW) == pytest.approx(0.05)
    assert forecast.chance_by(NOW + timedelta(days=6)) == pytest.approx(0.95)
    assert (forecast.often_early_days, forecast.often_late_days) == (2, 4)


def test_a_culture_that_never_holds_the_dose_has_no_chance() -> None:
    assert HarvestForecast(None, None, None).chance_by(NOW) == 0.0
    assert HarvestForecast(NOW, NOW + timedelta(days=1), None).chance_by(NOW + timedelta(days=30)) == 0.5
