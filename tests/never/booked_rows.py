"""Rows of planning for the tests of what must never happen: a visit, a wish, something that is away."""

from datetime import timedelta

from stroma.planning.models import (
    Absence,
    ChangeCall,
    MoveWish,
    Reminder,
    Reservation,
    Resource,
    SlotOffer,
    Visit,
    VisitChange,
    Waiting,
)
from tests.never.world import World


def a_visit(world: World) -> Visit:
    at = world.at - timedelta(hours=1)
    return Visit.objects.create(
        site=world.consented.site,
        course=world.consented,
        code="lone",
        starts_at=at,
        ends_at=world.at,
        booked_at=at,
    )


def a_visit_whose_cells_stayed(world: World) -> Visit:
    """It was missed, and an incubator place stays kept."""
    visit = a_visit(world)
    Visit.objects.filter(pk=visit.pk).update(state="MISSED")
    place = Resource.objects.create(site=visit.site, name="A place with cells")
    Reservation.objects.create(
        visit=visit, resource=place, hold="culture", starts_at=visit.starts_at, ends_at=visit.ends_at
    )
    return visit


def something(world: World) -> Resource:
    return Resource.objects.filter(site=world.house.clinic.site, capabilities__kind="c_arm").first()


def an_absence(world: World) -> Absence:
    return Absence.objects.create(
        site=world.house.clinic.site,
        resource=something(world),
        kind="DOWN",
        starts_at=world.at,
        ends_at=world.at + timedelta(days=1),
        reason="serviced",
        decided_by=world.house.person("coordinator"),
        decided_at=world.at,
    )


def a_wish(world: World) -> MoveWish:
    return MoveWish.objects.create(
        visit=a_visit(world), words="later", asked_by=world.house.person("coordinator"), asked_at=world.at
    )


def a_place(world: World) -> Waiting:
    return Waiting.objects.create(
        site=world.consented.site, course=world.consented, since=world.at, first_by=world.at.date()
    )


def an_offer(world: World) -> SlotOffer:
    return SlotOffer.objects.create(
        waiting=a_place(world),
        plan=[],
        starts_at=world.at,
        offered_at=world.at,
        expires_at=world.at + timedelta(days=2),
    )


def a_reminder(world: World) -> Reminder:
    return Reminder.objects.create(visit=a_visit(world), days_before=1, state="TO_PHONE", drafted_at=world.at)


def a_change(world: World) -> VisitChange:
    return VisitChange.objects.create(was=a_visit(world), why="CLINIC", changed_at=world.at)


def a_change_to_call(world: World) -> VisitChange:
    at = world.at
    return VisitChange.objects.create(
        was=a_visit(world), why="CLINIC", changed_at=at, state="SHOWN", done_at=at
    )


def a_call(world: World) -> ChangeCall:
    by = world.house.person("coordinator")
    return ChangeCall.objects.create(change=a_change_to_call(world), called_by=by, called_at=world.at)
