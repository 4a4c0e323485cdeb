"""Booking every visit of a course's protocol: all of them or none."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.ledger.transaction import action
from stroma.planning.asking import ask_for
from stroma.planning.booking import keep_chain, patient_resource, record_booking
from stroma.planning.domain.asking import Wish
from stroma.planning.domain.booking import SOURCE, held_before
from stroma.planning.domain.chain import ChainPlan
from stroma.planning.domain.offers import signature
from stroma.planning.models import Visit
from stroma.planning.queries import held_visits, reasons_not_to_book
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
    course = (
        Course.objects.select_for_update(of=("self",)).select_related("site", "protocol").get(pk=course.pk)
    )
    blockers = reasons_not_to_book(course, at=at)
    planned = protocol_of(course.protocol).visits
    if again_from is not None and again_from not in {visit.code for visit in planned}:
        blockers.append(Blocker("visit_to_hold_again_unknown", {"visit": again_from}, SOURCE))
    if blockers:
        raise NotBookable(blockers)
    earliest = max(earliest, at)
    patient_resource(course)
    held = {**held, **held_visits(course)}
    if again_from is not None:
        held = held_before(planned, again_from, held)
    for _attempt in range(1 + REPLANS):
        ask = ask_for(course, earliest=earliest, wish=wish or Wish(), at=at, held=held)
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
