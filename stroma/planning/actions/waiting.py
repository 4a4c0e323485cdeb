"""The waiting list: putting a course on it, taking it off, offering what is free, and the answer."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Site, User
from stroma.courses.models import Course
from stroma.courses.queries import chains_of, course_to_change
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import Recorded, action
from stroma.planning.booking import keep_chain, patient_resource, record_booking
from stroma.planning.domain.booking import SOURCE
from stroma.planning.domain.checker import chain_blockers
from stroma.planning.domain.waiting import answer_blockers, waiting_blockers
from stroma.planning.models import Resource, SlotOffer, Visit, Waiting
from stroma.planning.queries import reasons_not_to_book
from stroma.planning.waiting import ask_of, close, end_place, offer_what_is_free, place_of, plan_of
from stroma.protocols.domain.blocker import Blocker, Refused


class NotWaiting(Refused):
    """The course is not put on the waiting list, or not taken off."""


class OfferNotAnswered(Refused):
    """The offer stays as it is."""


class OfferGone(Recorded, Refused):
    """What was offered was taken meanwhile; that stays on record, and the course waits on."""


@action
def wait_for_visits(
    *,
    course: Course,
    first_by: date,
    weekdays: str = "01234",
    physiatrist: Resource | None = None,
    by: User,
    at: datetime,
) -> Waiting:
    """Let a course wait for a chain whose first visit is by ``first_by``, on ``weekdays`` (0 is Monday).

    What is free already is offered at once. Raises NotWaiting.
    """
    authorize(by, Role.COORDINATOR, site=course.site, at=at)
    course = course_to_change(course.pk)
    blockers = waiting_blockers(
        reasons_not_to_book=reasons_not_to_book(course, at=at),
        waits=place_of(course) is not None,
        first_by=first_by,
        today=at.astimezone(ZoneInfo(course.site.time_zone)).date(),
        weekdays=weekdays,
    )
    if blockers:
        raise NotWaiting(blockers)
    place = Waiting.objects.create(
        site=course.site,
        course=course,
        since=at,
        first_by=first_by,
        weekdays=weekdays,
        physiatrist=physiatrist,
    )
    facts = {"waiting": place.id, "course": course.id, "first_by": first_by.isoformat(), "weekdays": weekdays}
    record("waiting.began", by=by, at=at, chains=chains_of(course), facts=facts)
    offer_what_is_free(course.site, by=by, at=at)
    return place


@action
def leave_waiting_list(*, place: Waiting, reason: str, by: User, at: datetime) -> Waiting:
    """Take a course off the waiting list; an open offer is closed. Raises NotWaiting."""
    authorize(by, Role.COORDINATOR, site=place.site, at=at)
    place = rows_to_change(Waiting.objects).select_related("course").get(pk=place.pk)
    blockers = []
    if place.state != Waiting.State.WAITING:
        blockers.append(Blocker("waits_no_longer", {}, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("visit_reason_missing", {}, SOURCE))
    if blockers:
        raise NotWaiting(blockers)
    end_place(place, Waiting.State.LEFT, reason, by=by, at=at)
    offer_what_is_free(place.site, by=by, at=at)
    return place


@action
def offer_free_slots(*, site: Site, by: User, at: datetime) -> list[SlotOffer]:
    """Look through the waiting list: expired offers are closed, and what is free is offered to the next it suits."""
    authorize(by, Role.COORDINATOR, site=site, at=at)
    return offer_what_is_free(site, by=by, at=at)


@action
def accept_offer(*, offer: SlotOffer, by: User, at: datetime) -> list[Visit]:
    """Book the chain that was offered, exactly as it was: all of it or none.

    The patient accepts, or the coordinator for them. Raises OfferNotAnswered where it is over; OfferGone where
    somebody else has it now, and then the course waits on and is offered the next.
    """
    authorize(by, _answers(offer, by), site=offer.waiting.site, at=at)
    offer, course = _locked(offer, at)
    blockers = reasons_not_to_book(course, at=at)
    if blockers:
        raise OfferNotAnswered(blockers)
    patient_resource(course)
    plan, ask = plan_of(offer), ask_of(offer.waiting, at=at)
    stands = chain_blockers(
        plan,
        visits=ask.visits,
        resources=ask.resources,
        earliest=at,
        hours=ask.hours,
        held=ask.held,
        holds=ask.holds,
        now=at,
    )
    visits = [] if stands else keep_chain(course, plan, ask, at=at)
    if not visits:
        close(offer, SlotOffer.State.GONE, by=by, at=at)
        offer_what_is_free(offer.waiting.site, by=by, at=at)
        raise OfferGone([Blocker("offer_gone", {}, SOURCE)])
    close(offer, SlotOffer.State.ACCEPTED, by=by, at=at)
    record_booking(course, visits, plan, ask.in_overtime(plan), "", by=by, at=at)
    end_place(offer.waiting, Waiting.State.BOOKED, "", by=by, at=at)
    return visits


@action
def decline_offer(*, offer: SlotOffer, by: User, at: datetime) -> SlotOffer:
    """Decline an offer: the course waits on, and the slot goes to the next it suits. Raises OfferNotAnswered."""
    authorize(by, _answers(offer, by), site=offer.waiting.site, at=at)
    offer, course = _locked(offer, at)
    close(offer, SlotOffer.State.DECLINED, by=by, at=at)
    offer_what_is_free(course.site, by=by, at=at)
    return offer


def _answers(offer: SlotOffer, by: User) -> Role:
    """As what ``by`` answers: as the patient whose offer it is, else as a coordinator."""
    is_own = offer.waiting.course.patient.user_id == by.pk
    return Role.PATIENT if is_own else Role.COORDINATOR


def _locked(offer: SlotOffer, at: datetime) -> tuple[SlotOffer, Course]:
    """The offer and its course, locked. Raises OfferNotAnswered where its time is over."""
    course = course_to_change(offer.waiting.course_id)
    offer = (
        rows_to_change(SlotOffer.objects)
        .select_related("waiting__course__patient", "waiting__course__protocol", "waiting__site")
        .get(pk=offer.pk)
    )
    if blockers := answer_blockers(state=offer.state, expires_at=offer.expires_at, at=at):
        raise OfferNotAnswered(blockers)
    return offer, course
