"""Booking every visit of a course's protocol, by the clinic or by the patient: all of them or none."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.courses.queries import course_to_change
from stroma.ledger.transaction import action
from stroma.planning.asking import ask_for
from stroma.planning.booking import keep_chain, patient_resource, record_booking
from stroma.planning.domain.asking import Wish
from stroma.planning.domain.booking import SOURCE, held_before
from stroma.planning.domain.chain import ChainPlan
from stroma.planning.domain.hours import EVERY_DAY
from stroma.planning.domain.offers import signature
from stroma.planning.models import Visit, Waiting
from stroma.planning.own_booking import first_own_day, reasons_not_to_book_oneself
from stroma.planning.queries import held_visits, held_without_booking, reasons_not_to_book
from stroma.planning.waiting import end_place, place_of
from stroma.protocols.domain.blocker import Blocker, Refused, Weight

REPLANS = 3
"""How often a booking that a rival overtook is planned anew before the person is asked to try again."""


class NotBookable(Refused):
    """The chain of visits was not booked, and nothing of it is kept."""


@action
def book_chain(
    *,
    course: Course,
    earliest: datetime,
    held: Mapping[str, datetime],
    again_from: str | None = None,
    wish: Wish | None = None,
    chosen: str = "",
    reason: str = "",
    by: User,
    at: datetime,
) -> list[Visit]:
    """Book every visit of a course's protocol not held yet, at the earliest times: all of them or none.

    ``held`` says when visits that took place without a booking (screening, consent) began, by code; visits
    completed here count as held by themselves, but for ``again_from`` and what follows it: after a failed lot
    the collection and all that comes of it are held again. Nothing is booked before ``earliest`` or ``at``.

    ``wish`` narrows or widens what is looked for; a visit in overtime needs a ``reason``, which is kept. ``chosen`` is
    the signature of the chain that was shown (``stroma.planning.domain.offers``): another one is not booked instead.

    Raises NotBookable when the course is not open, has no valid consent or is booked already, when its
    protocol has no visit ``again_from``, or when other bookings were faster every time (``slot_taken``);
    NoChain when no chain keeps every rule.
    """
    authorize(by, Role.COORDINATOR, site=course.site, at=at)
    course = course_to_change(course.pk)
    blockers = reasons_not_to_book(course, at=at)
    planned = protocol_of(course.protocol).visits
    if again_from is not None and again_from not in {visit.code for visit in planned}:
        blockers.append(Blocker("visit_to_hold_again_unknown", {"visit": again_from}, SOURCE))
    if blockers:
        raise NotBookable(blockers)
    held = {**held, **held_visits(course)}
    if again_from is not None:
        held = held_before(planned, again_from, held)
    return _book(course, max(earliest, at), held, wish or Wish(), chosen, reason, by=by, at=at)


@action
def book_own_chain(
    *,
    course: Course,
    earliest: datetime,
    weekdays: frozenset[int] = EVERY_DAY,
    chosen: str,
    by: User,
    at: datetime,
) -> list[Visit]:
    """A patient books all visits of a course of their own, exactly the chain that was ``chosen``, or none.

    It must be the first booking of the chain: once something of it was held, the clinic books what is left. Patients
    book no overtime, and not before the next day. A place on the waiting list is given up.

    Raises NotBookable, also for somebody else's course; NoChain when no chain keeps every rule.
    """
    authorize(by, Role.PATIENT, site=course.site, at=at)
    course = course_to_change(course.pk)
    if course.patient.user_id != by.pk:
        raise NotBookable([Blocker("own_booking_of_anothers_course", {}, SOURCE)])
    if blockers := reasons_not_to_book_oneself(course, at=at):
        raise NotBookable(blockers)
    earliest = max(earliest, first_own_day(course.site, at=at))
    held = held_without_booking(course)
    visits = _book(course, earliest, held, Wish(weekdays=weekdays), chosen, "", by=by, at=at)
    if (place := place_of(course)) is not None:
        end_place(place, Waiting.State.BOOKED, "", by=by, at=at)
    return visits


def _book(
    course: Course,
    earliest: datetime,
    held: Mapping[str, datetime],
    wish: Wish,
    chosen: str,
    reason: str,
    *,
    by: User,
    at: datetime,
) -> list[Visit]:
    patient = patient_resource(course)
    for _attempt in range(1 + REPLANS):
        ask = ask_for(course, earliest=earliest, wish=wish, at=at, held=held, patient=patient)
        plan = ask.plan()
        overtime = ask.in_overtime(plan)
        if blockers := _choice_blockers(plan, chosen, overtime, reason):
            raise NotBookable(blockers)
        # What a rival overtook is planned anew, round the rival.
        if visits := keep_chain(course, plan, ask, at=at):
            record_booking(course, visits, plan, overtime, reason, by=by, at=at)
            return visits
    raise NotBookable([Blocker("slot_taken", {"tries": 1 + REPLANS}, SOURCE)])


def _choice_blockers(plan: ChainPlan, chosen: str, overtime: Sequence[str], reason: str) -> list[Blocker]:
    blockers = []
    if chosen and signature(plan) != chosen:
        blockers.append(Blocker("offer_changed", {}, SOURCE))
    if overtime and not reason.strip():
        values = {"visits": ", ".join(overtime)}
        blockers.append(Blocker("overtime_reason_missing", values, SOURCE, Weight.OVERRIDABLE))
    return blockers
