"""A plan is mended with few moves, and the list says who moves and why."""

from datetime import date, timedelta

import pytest

from stroma.planning.planner.checker import violations
from stroma.planning.planner.instance import Instance
from stroma.planning.planner.repair import failed_lot, no_show, not_before, repair, someone_is_away
from stroma.planning.planner.roster import Roster
from tests.planning.small_clinics import a_clinic, a_plan, a_tiny_clinic, an_instance

TWO_PATIENTS = [{"id": name, "ready_on": "2026-03-02", "chains": ["short"]} for name in ("ada", "ben")]


@pytest.fixture(scope="module")
def running() -> Instance:
    """A clinic with a plan, on its tenth day."""
    instance = an_instance(a_clinic(12, 4))
    update = {"current": a_plan(instance), "frozen_until": Roster(instance).time_of(10, 0)}
    return instance.model_copy(update=update)


def test_a_plan_that_holds_is_left_alone(running: Instance) -> None:
    mended = repair(running)
    assert (mended.moves, mended.needs_consent, mended.unplaced) == ((), (), ())
    assert mended.schedule.visits == sorted(mended.schedule.visits, key=lambda v: v.patient)
    assert violations(running, mended.schedule) == []


def test_only_those_whom_it_concerns_move_when_the_only_doctor_is_ill() -> None:
    instance = an_instance(a_tiny_clinic(patients=TWO_PATIENTS))
    planned = instance.model_copy(update={"current": a_plan(instance)})
    ill = someone_is_away(planned, "dr_gray", date(2026, 3, 4), date(2026, 3, 4), "ill")
    mended = repair(ill)
    assert violations(ill, mended.schedule) == []
    assert {move.visit for move in mended.moves} == {"injection"}
    assert all("dr_gray is not there" in move.why[0] for move in mended.moves)


def test_another_with_the_skill_takes_over_and_nobody_moves() -> None:
    document = a_tiny_clinic()
    document["resources"].append(document["resources"][0] | {"id": "dr_young"})
    instance = an_instance(document)
    planned = instance.model_copy(update={"current": a_plan(instance)})
    who = planned.current.visits[1].resources[0]
    mended = repair(someone_is_away(planned, who, date(2026, 3, 4), date(2026, 3, 4), "ill"))
    assert mended.moves == ()
    assert [visit.resources[0] == who for visit in mended.schedule.visits] == [True, False]


def test_a_broken_incubator_gives_its_cultures_to_another() -> None:
    document = a_tiny_clinic()
    document["resources"].append(document["resources"][1] | {"id": "spare"})
    instance = an_instance(document)
    planned = instance.model_copy(update={"current": a_plan(instance)})
    kept_by = planned.current.holds[0].resource
    broken = someone_is_away(planned, kept_by, date(2026, 3, 1), date(2026, 3, 28), "broken")
    mended = repair(broken)
    assert violations(broken, mended.schedule) == []
    assert mended.schedule.holds[0].resource != kept_by


def test_a_slow_culture_moves_what_follows_and_says_so(running: Instance) -> None:
    late = next(
        v for v in running.current.visits if v.visit == "sample" and v.starts_at > running.frozen_until
    )
    day = late.starts_at.date() + timedelta(days=1)
    slow = not_before(running, late.patient, {"sample": day})
    mended = repair(slow)
    assert {move.patient for move in mended.moves} <= {late.patient}
    assert mended.unplaced or any(f"cannot be before {day}" in move.why[0] for move in mended.moves)


def test_a_no_show_gets_a_later_day(running: Instance) -> None:
    missed = max(running.current.visits, key=lambda visit: visit.starts_at)
    after = no_show(running, missed.patient, missed.visit)
    mended = repair(after)
    moved = [move for move in mended.moves if move.visit == missed.visit]
    assert [move.patient for move in moved] == [missed.patient]
    assert mended.unplaced or moved[0].to_at > missed.starts_at


def test_a_failed_lot_begins_anew_and_the_others_stay(running: Instance) -> None:
    lost = next(
        v for v in running.current.visits if v.visit == "harvest" and v.starts_at > running.frozen_until
    )
    again = failed_lot(running, lost.patient, again="two_feeds", ready_on=running.frozen_until.date())
    mended = repair(again)
    assert violations(again, mended.schedule) == []
    assert {move.patient for move in mended.moves} <= {lost.patient}


def test_a_promise_that_cannot_be_kept_asks_for_consent() -> None:
    instance = an_instance(a_tiny_clinic())
    planned = a_plan(instance)
    told = instance.patients[0].model_copy(update={"promised": ["injection"]})
    ill = someone_is_away(
        instance.model_copy(update={"current": planned, "patients": [told]}),
        "dr_gray",
        date(2026, 3, 4),
        date(2026, 3, 4),
        "ill",
    )
    assert repair(ill).needs_consent == (("ada", "injection"),)
    agreed = told.model_copy(update={"agrees_to_move": ["injection"]})
    mended = repair(ill.model_copy(update={"patients": [agreed]}))
    assert mended.needs_consent == ()
    assert [(move.visit, move.to_at.date()) for move in mended.moves] == [("injection", date(2026, 3, 5))]
