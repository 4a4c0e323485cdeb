"""Visits that replace others, wishes, waiting list, reminders: written straight into the database, refused there."""

from datetime import timedelta
from typing import Any

import pytest

from stroma.planning.models import MoveWish, Reminder, SlotOffer, Visit, VisitChange, Waiting
from tests.never.rows import a_kept_place, end_of_a_hold
from tests.never.trial import Case, Write, ids, refused_by_its_guard_alone
from tests.never.world import World


def a_visit(world: World) -> Visit:
    return Visit.objects.create(
        site=world.consented.site,
        course=world.consented,
        code="lone",
        starts_at=world.at,
        ends_at=world.at + timedelta(hours=1),
        booked_at=world.at,
    )


def an_answered_wish(world: World) -> MoveWish:
    by = world.house.person("coordinator")
    return MoveWish.objects.create(
        visit=a_visit(world),
        words="later",
        asked_by=by,
        asked_at=world.at,
        state="STAYS",
        answer="full",
        answered_by=by,
        answered_at=world.at,
    )


def a_place(world: World, **values: Any) -> Waiting:
    return Waiting.objects.create(
        site=world.consented.site,
        course=world.consented,
        since=world.at,
        first_by=world.at.date(),
        **values,
    )


def a_place_that_ended(world: World) -> Waiting:
    return a_place(world, state="LEFT", ended_at=world.at)


def an_offer(world: World) -> SlotOffer:
    return SlotOffer.objects.create(
        waiting=a_place(world),
        plan=[],
        starts_at=world.at,
        offered_at=world.at,
        expires_at=world.at + timedelta(days=2),
        state="DECLINED",
        answered_at=world.at,
    )


def a_given_reminder(world: World) -> Reminder:
    return Reminder.objects.create(
        visit=a_visit(world), days_before=1, state="SENT", drafted_at=world.at, done_at=world.at
    )


def a_told_change(world: World) -> VisitChange:
    return VisitChange.objects.create(
        was=a_visit(world), why="CLINIC", changed_at=world.at, state="MAILED", done_at=world.at
    )


def changed(row: Any, **values: Any) -> Write:
    return lambda: type(row).objects.filter(pk=row.pk).update(**values)


def removed(row: Any) -> Write:
    return lambda: type(row).objects.filter(pk=row.pk)._raw_delete(using="default")


def a_wish_asked_again_as_if_unanswered(world: World) -> Write:
    return changed(an_answered_wish(world), state="OPEN", answered_by=None, answered_at=None)


def a_wish_removed(world: World) -> Write:
    return removed(an_answered_wish(world))


def a_place_taken_up_again(world: World) -> Write:
    return changed(a_place_that_ended(world), state="WAITING", ended_at=None)


def a_place_removed(world: World) -> Write:
    return removed(a_place_that_ended(world))


def a_declined_offer_that_was_accepted_after_all(world: World) -> Write:
    return changed(an_offer(world), state="ACCEPTED")


def an_offer_of_other_visits(world: World) -> Write:
    return changed(an_offer(world), plan=[{"code": "injection"}])


def an_offer_that_lasts_longer(world: World) -> Write:
    return changed(an_offer(world), expires_at=world.at + timedelta(days=9))


def an_offer_removed(world: World) -> Write:
    return removed(an_offer(world))


def a_reminder_not_given_after_all(world: World) -> Write:
    return changed(a_given_reminder(world), state="TO_PHONE", done_at=None)


def a_reminder_removed(world: World) -> Write:
    return removed(a_given_reminder(world))


def a_change_not_told_after_all(world: World) -> Write:
    return changed(a_told_change(world), state="TO_TELL", done_at=None)


def a_change_removed(world: World) -> Write:
    return removed(a_told_change(world))


def a_visit_that_replaces_one_still_booked(world: World) -> Write:
    visit = a_visit(world)
    return lambda: another_visit(visit, state="CANCELLED", replaces=visit)


def a_visit_that_replaces_another_one(world: World) -> Write:
    visit = a_visit(world)
    Visit.objects.filter(pk=visit.pk).update(state="CANCELLED")
    return changed(another_visit(visit, replaces=visit), replaces=None)


def what_visits_take_ended_as_if_kept_for_days(world: World) -> Write:
    kept = a_kept_place(world, hold=None)
    return lambda: end_of_a_hold(kept, at=world.at)


def another_visit(visit: Visit, **facts: Any) -> Visit:
    times = {"starts_at": visit.starts_at, "ends_at": visit.ends_at, "booked_at": visit.booked_at}
    return Visit.objects.create(site=visit.site, course=visit.course, code=visit.code, **times, **facts)


CASES = [
    Case("planning_holdend_is_of_a_hold", what_visits_take_ended_as_if_kept_for_days),
    Case("planning_visit_replaces_one_that_ended", a_visit_that_replaces_one_still_booked),
    Case("planning_visit_keeps_what_it_replaces", a_visit_that_replaces_another_one),
    Case("planning_movewish_stays_answered", a_wish_asked_again_as_if_unanswered),
    Case("planning_movewish_no_delete", a_wish_removed),
    Case("planning_waiting_stays_ended", a_place_taken_up_again),
    Case("planning_waiting_no_delete", a_place_removed),
    Case("planning_slotoffer_stays_answered", a_declined_offer_that_was_accepted_after_all),
    Case("planning_slotoffer_is_not_rewritten", an_offer_of_other_visits),
    Case("planning_slotoffer_is_not_rewritten", an_offer_that_lasts_longer),
    Case("planning_slotoffer_no_delete", an_offer_removed),
    Case("planning_reminder_stays_done", a_reminder_not_given_after_all),
    Case("planning_reminder_no_delete", a_reminder_removed),
    Case("planning_visitchange_stays_told", a_change_not_told_after_all),
    Case("planning_visitchange_no_delete", a_change_removed),
]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_what_was_answered_stands_in_the_database(world: World, case: Case) -> None:
    refused_by_its_guard_alone(case, world)
