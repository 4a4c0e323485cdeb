"""The waiting list: who waits, what is offered to whom, and offering what is free to the next that it suits.

Nothing is reserved for an offer; within the list no two open offers take the same person, room or device at a time. An
offer that a booking overtook is found out when it is accepted, and the next one is looked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS_ABBR

from stroma.clinic.models import Site, User
from stroma.courses.models import Course
from stroma.courses.queries import chains_of
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.planning.asking import ask_for, names_of
from stroma.planning.booking import patient_resource
from stroma.planning.domain.asking import Ask, Wish
from stroma.planning.domain.chain import ChainPlan, NoChain, PlannedVisit
from stroma.planning.domain.holding import PlannedHold
from stroma.planning.domain.hours import EVERY_DAY
from stroma.planning.domain.kinds import Span
from stroma.planning.domain.offers import signature
from stroma.planning.models import SlotOffer, Waiting
from stroma.planning.offers_shown import OfferedVisit, visits_shown
from stroma.planning.queries import reasons_not_to_book

TIME_TO_ANSWER = timedelta(hours=48)
"""How long an offer waits for its answer; an editable default, general knowledge."""
NOTICE = timedelta(hours=24)
"""No chain is offered that begins sooner."""


def place_of(course: Course) -> Waiting | None:
    """The course's place on the waiting list, if it waits."""
    return course.waiting.filter(state=Waiting.State.WAITING).first()


def wish_of(place: Waiting) -> Wish:
    """What suits a waiting patient, as the planner takes it."""
    zone = ZoneInfo(place.site.time_zone)
    last = datetime.combine(place.first_by + timedelta(days=1), datetime.min.time(), zone)
    days = frozenset(int(day) for day in place.weekdays)
    return Wish(physiatrist=place.physiatrist_id, weekdays=days or EVERY_DAY, first_by=last.astimezone(UTC))


def plan_of(offer: SlotOffer) -> ChainPlan:
    """The chain that an offer names."""
    return ChainPlan(
        tuple(
            PlannedVisit(
                one["code"],
                datetime.fromisoformat(one["starts_at"]),
                datetime.fromisoformat(one["ends_at"]),
                tuple(UUID(resource) for resource in one["resources"]),
            )
            for one in offer.plan
        ),
        tuple(
            PlannedHold(
                kept["hold"],
                kept["begins"],
                one["code"],
                UUID(kept["resource"]),
                datetime.fromisoformat(kept["starts_at"]),
                datetime.fromisoformat(kept["ends_at"]),
            )
            for one in offer.plan
            for kept in one.get("kept", ())  # an offer made before anything was kept for days has none
        ),
    )


def _kept(hold: PlannedHold) -> dict[str, str]:
    """What is kept until a visit, beside that visit in an offer."""
    return {
        "hold": hold.code,
        "begins": hold.begins,
        "resource": str(hold.resource),
        "starts_at": hold.starts_at.isoformat(),
        "ends_at": hold.ends_at.isoformat(),
    }


def offer_what_is_free(site: Site, *, by: User | str, at: datetime) -> list[SlotOffer]:
    """Let what nobody answered in time expire, and offer whoever waits the first chain that suits; oldest first."""
    expire(site, by=by, at=at)
    made = []
    places = rows_to_change(Waiting.objects).filter(site=site, state=Waiting.State.WAITING)
    for place in places.select_related("course__patient", "course__protocol", "site").order_by("since"):
        if place.offers.filter(state=SlotOffer.State.OPEN).exists():
            continue
        if reasons_not_to_book(place.course, at=at):
            continue
        patient_resource(place.course)
        if (plan := _suiting(place, at)) is None:
            continue
        offer = SlotOffer.objects.create(
            waiting=place,
            plan=[
                {
                    "code": planned.code,
                    "starts_at": planned.starts_at.isoformat(),
                    "ends_at": planned.ends_at.isoformat(),
                    "resources": [str(resource) for resource in planned.resources],
                    "kept": [_kept(hold) for hold in plan.holds if hold.ends == planned.code],
                }
                for planned in plan.visits
            ],
            starts_at=plan.visits[0].starts_at,
            offered_at=at,
            expires_at=min(at + TIME_TO_ANSWER, plan.visits[0].starts_at),
        )
        facts = {"offer": offer.id, "course": place.course_id, "starts_at": offer.starts_at}
        record("slot.offered", by=by, at=at, chains=chains_of(place.course), facts=facts)
        made.append(offer)
    return made


def expire(site: Site, *, by: User | str, at: datetime) -> None:
    """Close the open offers of a site whose time to answer is over."""
    over = SlotOffer.objects.filter(
        state=SlotOffer.State.OPEN, waiting__site=site, expires_at__lte=at
    ).select_related("waiting__course")
    for offer in over:
        close(offer, SlotOffer.State.EXPIRED, by=by, at=at)


def close(offer: SlotOffer, state: SlotOffer.State, *, by: User | str, at: datetime) -> None:
    """Write what became of an offer."""
    offer.state, offer.answered_at = state, at
    offer.save(update_fields=["state", "answered_at"])
    facts = {"offer": offer.id, "course": offer.waiting.course_id, "state": state.value}
    record("slot.answered", by=by, at=at, chains=chains_of(offer.waiting.course), facts=facts)


def end_place(place: Waiting, state: Waiting.State, reason: str, *, by: User | str, at: datetime) -> None:
    """Write that a course waits no longer; an offer that is still open is closed."""
    for offer in place.offers.filter(state=SlotOffer.State.OPEN).select_related("waiting__course"):
        close(offer, SlotOffer.State.DECLINED, by=by, at=at)
    place.state, place.ended_at = state, at
    place.save(update_fields=["state", "ended_at"])
    facts = {"waiting": place.id, "course": place.course_id, "state": state.value}
    sealed = {"reason": reason.strip()} if reason.strip() else {}
    record("waiting.ended", by=by, at=at, chains=chains_of(place.course), facts=facts, sealed=sealed)


def ask_of(place: Waiting, *, at: datetime) -> Ask:
    """What is asked of the planner for a waiting course; open offers to others count as taken."""
    ask = ask_for(place.course, earliest=at + NOTICE, wish=wish_of(place), at=at)
    others = SlotOffer.objects.filter(state=SlotOffer.State.OPEN, waiting__site=place.site).exclude(
        waiting=place
    )
    promised: dict[UUID, list[Span]] = {}
    for offer in others:
        plan = plan_of(offer)
        for planned in plan.visits:
            for resource in planned.resources:
                promised.setdefault(resource, []).append(Span(planned.starts_at, planned.ends_at))
        for hold in plan.holds:
            promised.setdefault(hold.resource, []).append(Span(hold.starts_at, hold.ends_at))
    return replace(
        ask,
        resources=[
            thing.with_busy(promised[thing.id]) if thing.id in promised else thing for thing in ask.resources
        ],
    )


def _suiting(place: Waiting, at: datetime) -> ChainPlan | None:
    """The first chain that suits and was not offered to the same patient before."""
    answered = {signature(plan_of(offer)) for offer in place.offers.all()}
    ask = ask_of(place, at=at)
    for _day in range(7):
        try:
            plan = ask.plan()
        except NoChain:
            return None
        if not plan.visits:
            return None
        if signature(plan) not in answered:
            return plan
        ask = ask.from_day_after(plan.visits[0].starts_at)
        if ask.wish.first_by is not None and ask.earliest >= ask.wish.first_by:
            return None
    return None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A waiting course as the list shows it, with the offer that waits for its answer."""

    place: Waiting
    weekdays: Sequence[int]
    offer: SlotOffer | None

    @property
    def days(self) -> str:
        """The weekdays in words."""
        return ", ".join(str(WEEKDAYS_ABBR[day]) for day in self.weekdays)


def waiting_rows(site: Site) -> list[WaitingRow]:
    """Everybody who waits at ``site``, the longest first."""
    places = Waiting.objects.filter(site=site, state=Waiting.State.WAITING).select_related(
        "course__patient", "course__protocol", "physiatrist"
    )
    return [
        WaitingRow(
            place,
            [int(day) for day in place.weekdays],
            next((o for o in place.offers.all() if o.state == SlotOffer.State.OPEN), None),
        )
        for place in places.prefetch_related("offers").order_by("since")
    ]


def visits_of_offer(offer: SlotOffer, by_code: Mapping[str, Any]) -> list[OfferedVisit]:
    """The chain of an offer as a page shows it."""
    plan = plan_of(offer)
    return visits_shown(plan, dict(by_code), names_of({r for p in plan.visits for r in p.resources}))


def open_offer_of(course: Course, *, at: datetime) -> SlotOffer | None:
    """The offer that waits for the answer of a course's patient, unless its time is over."""
    return SlotOffer.objects.filter(
        waiting__course=course, state=SlotOffer.State.OPEN, expires_at__gt=at
    ).first()
