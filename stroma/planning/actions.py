"""Adding what can be booked, booking a chain of visits or a first consultation, and saying what became of them."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Place, Site, User
from stroma.clinic.queries import protocol_of, roles_of
from stroma.courses.models import Course
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.planning.domain.board import needs_of, planned_span
from stroma.planning.domain.booking import SOURCE, ending_blockers, held_before
from stroma.planning.domain.chain import ChainPlan, plan_chain
from stroma.planning.domain.consultation import LENGTH, ROOM_KIND, cancelling_blockers, consultation_blockers
from stroma.planning.domain.resources import resource_blockers
from stroma.planning.freeing import chains_of, facts_of, free_visits
from stroma.planning.models import (
    DOUBLE_BOOKED,
    NO_DOUBLE_BOOKING,
    Capability,
    Consultation,
    Reservation,
    Resource,
    Visit,
)
from stroma.planning.queries import (
    bookable_patient,
    bookables,
    free_resources,
    held_visits,
    opening_hours,
    physiatrists_of,
    reasons_not_to_book,
)
from stroma.protocols.domain.blocker import Blocker, Refused

REPLANS = 3
"""How often a booking that a rival overtook is planned anew before the person is asked to try again."""

_DEADLOCK = "40P01"  # PostgreSQL, errcodes-appendix: deadlock_detected
_ATTENDING = (
    Role.COORDINATOR,
    Role.PHYSIATRIST,
    Role.NURSE,
    Role.TECHNOLOGIST,
    Role.QUALITY,
    Role.THERAPIST,
    Role.SURGEON,
)


class NotAddable(Refused):
    """The person, room or device cannot be booked as that."""


class NotBookable(Refused):
    """The chain of visits was not booked, and nothing of it is kept."""


class NotConsultable(Refused):
    """The consultation was not booked, or not cancelled."""


class VisitNotEnded(Refused):
    """The visit was not marked as held or missed, or the visits were not cancelled."""


@action
def add_resource(
    *,
    site: Site,
    kind: str,
    name: str,
    user: User | None = None,
    place: Place | None = None,
    by: User,
    at: datetime,
) -> Resource:
    """Make a person, a room or a device bookable at a site as ``kind`` (``stroma.planning.domain.kinds``).

    What exists once is one resource, so that it is never booked twice at a time: a person is known by their
    account, a room or device by its ``place`` (the spot scanned for it alone) or its name at the site.
    Adding it again as another kind gives the same resource. Raises NotAddable.
    """
    authorize(by, Role.COORDINATOR, Role.ADMINISTRATOR, site=site, at=at)
    known = _known_resource(site, name, user, place)
    blockers = resource_blockers(
        kind=kind,
        is_person=user is not None,
        has_place=place is not None,
        place_is_of_site=place is None or place.site_id == site.id,
        name_is_free=place is None or known is None or known.place_id == place.id,
        roles=roles_of(user, site, at=at) if user else (),
        kinds_there=[] if known is None else list(_kinds_of(known, site)),
    )
    if blockers:
        raise NotAddable(blockers)
    resource = known or Resource.objects.create(site=site, name=name, user=user, place=place)
    Capability.objects.create(site=site, resource=resource, kind=kind)
    record(
        "resource.added",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={
            "resource": resource.id,
            "kind": kind,
            "person": user.ledger_name if user else None,
            "place": place.id if place else None,
        },
        sealed={"name": name},
    )
    return resource


@action
def book_chain(
    *,
    course: Course,
    earliest: datetime,
    held: Mapping[str, datetime],
    again_from: str | None = None,
    by: User,
    at: datetime,
) -> list[Visit]:
    """Book every visit of a course's protocol not held yet, at the earliest times: all of them or none.

    ``held`` says when visits that took place without a booking (screening, consent) began, by code; visits
    completed here count as held by themselves, but for ``again_from`` and what follows it: after a failed lot
    the collection and all that comes of it are held again. Nothing is booked before ``earliest`` or ``at``.

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
    held = {**held, **held_visits(course)}
    if again_from is not None:
        held = held_before(planned, again_from, held)
    for _attempt in range(1 + REPLANS):
        plan = _plan(course, earliest, held)
        try:
            # A savepoint: only what the rival overtook is undone, and the chain is planned round the rival.
            with transaction.atomic():
                visits = _keep(course, plan, at)
        except (IntegrityError, OperationalError) as error:
            if not _is_overtaken(error):
                raise
        else:
            _record_booking(course, visits, plan, by=by, at=at)
            return visits
    raise NotBookable([Blocker("slot_taken", {"tries": 1 + REPLANS}, SOURCE)])


@action
def complete_visit(*, visit: Visit, by: User, at: datetime) -> Visit:
    """Say that a booked visit took place. Raises VisitNotEnded."""
    authorize(by, *_ATTENDING, site=visit.site, at=at)
    visit = _locked(visit)
    _refuse_ending(visit, reason=None, must_have_begun=False, at=at)
    visit.state = Visit.State.COMPLETED
    visit.save(update_fields=["state"])
    record("visit.completed", by=by, at=at, chains=chains_of(visit.course), facts=facts_of(visit))
    return visit


@action
def miss_visit(*, visit: Visit, reason: str, by: User, at: datetime) -> Visit:
    """Say that a booked visit did not take place; what it held is free again. Raises VisitNotEnded."""
    authorize(by, *_ATTENDING, site=visit.site, at=at)
    visit = _locked(visit)
    _refuse_ending(visit, reason=reason, must_have_begun=True, at=at)
    visit.state = Visit.State.MISSED
    visit.save(update_fields=["state"])
    Reservation.objects.filter(visit=visit, is_live=True).update(is_live=False)
    facts = facts_of(visit)
    record(
        "visit.missed", by=by, at=at, chains=chains_of(visit.course), facts=facts, sealed={"reason": reason}
    )
    return visit


@action
def cancel_visits(*, course: Course, reason: str, by: User, at: datetime) -> list[Visit]:
    """Cancel every visit of a course still booked; what they held is free again. Raises VisitNotEnded."""
    authorize(by, *_ATTENDING, site=course.site, at=at)
    visits = list(Visit.objects.select_for_update().filter(course=course, state=Visit.State.BOOKED))
    blockers = []
    if not visits:
        blockers.append(Blocker("no_visit_booked", {}, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("visit_reason_missing", {}, SOURCE))
    if blockers:
        raise VisitNotEnded(blockers)
    free_visits(course, visits, reason, by, at)
    return visits


@action
def book_consultation(
    *,
    site: Site,
    physiatrist: Resource,
    starts_at: datetime,
    red_flags: Mapping[str, bool | None],
    name: str,
    email: str = "",
    telephone: str = "",
    by: object,
    at: datetime,
) -> Consultation:
    """Book a first talk with a physiatrist for a visitor, with the first consulting room that is free.

    ``red_flags`` are the visitor's answers: any that is there, or was not asked, refuses the booking, so that
    nobody who needs urgent care is given an appointment instead. ``by`` is a visitor, who has no account.
    Raises NotConsultable with every reason; Resource.DoesNotExist when ``physiatrist`` is none of ``site``.
    """
    physiatrist = physiatrists_of(site).get(pk=physiatrist.pk)
    ends_at = starts_at + LENGTH
    rooms = free_resources(site=site, kind=ROOM_KIND, starts_at=starts_at, ends_at=ends_at)
    room = rooms.first()
    free = free_resources(site=site, kind="physiatrist", starts_at=starts_at, ends_at=ends_at)
    blockers = consultation_blockers(
        red_flags=red_flags,
        starts_at=starts_at,
        hours=opening_hours(site),
        is_free=room is not None and free.filter(pk=physiatrist.pk).exists(),
        name=name,
        contacts=[email, telephone],
        at=at,
    )
    if blockers or room is None:
        raise NotConsultable(blockers)
    try:
        with transaction.atomic():
            booked = Consultation.objects.create(
                site=site,
                physiatrist=physiatrist,
                room=room,
                name=name.strip(),
                email=email.strip(),
                telephone=telephone.strip(),
                key=secrets.token_urlsafe(32),
                starts_at=starts_at,
                ends_at=ends_at,
                booked_at=at,
            )
            Reservation.objects.bulk_create(
                Reservation(consultation=booked, resource_id=resource, starts_at=starts_at, ends_at=ends_at)
                for resource in sorted([physiatrist.id, room.id], key=str)
            )
    except (IntegrityError, OperationalError) as error:
        if not _is_overtaken(error):
            raise
        raise NotConsultable([Blocker("consultation_taken", {}, SOURCE)]) from error
    record(
        "consultation.booked",
        by=by,
        at=at,
        chains=[site_chain(site.id)],
        facts={
            "consultation": booked.id,
            "physiatrist": physiatrist.id,
            "room": room.id,
            "starts_at": starts_at,
            "ends_at": ends_at,
        },
    )
    return booked


@action
def cancel_consultation(*, consultation: Consultation, by: object, at: datetime) -> Consultation:
    """Give a consultation's time back. ``by`` is whoever holds its link, or staff. Raises NotConsultable."""
    locked = Consultation.objects.select_for_update(of=("self",)).get(pk=consultation.pk)
    if blockers := cancelling_blockers(state=locked.state, starts_at=locked.starts_at, at=at):
        raise NotConsultable(blockers)
    locked.state = Consultation.State.CANCELLED
    locked.save(update_fields=["state"])
    Reservation.objects.filter(consultation=locked, is_live=True).update(is_live=False)
    facts = {"consultation": locked.id, "starts_at": locked.starts_at}
    record("consultation.cancelled", by=by, at=at, chains=[site_chain(locked.site_id)], facts=facts)
    return locked


def _known_resource(site: Site, name: str, user: User | None, place: Place | None) -> Resource | None:
    if user is not None:
        return Resource.objects.filter(user=user).first()
    if place is not None and (there := Resource.objects.filter(place=place).first()):
        return there
    return Resource.objects.filter(site=site, name=name, user=None, patient=None).first()


def _kinds_of(resource: Resource, site: Site) -> set[str]:
    return set(Capability.objects.filter(resource=resource, site=site).values_list("kind", flat=True))


def _plan(course: Course, earliest: datetime, held: Mapping[str, datetime]) -> ChainPlan:
    visits = protocol_of(course.protocol).visits
    span = planned_span(visits, held=held, earliest=earliest)
    kinds = {kind for visit in visits for kind in needs_of(visit)}
    patient, _ = Resource.objects.get_or_create(
        patient=course.patient, defaults={"site": course.site, "name": course.patient.record_number}
    )
    return plan_chain(
        visits=visits,
        resources=[
            *bookables(site=course.site, kinds=kinds, start=span.starts_at, end=span.ends_at),
            bookable_patient(patient, start=span.starts_at, end=span.ends_at),
        ],
        earliest=earliest,
        hours=opening_hours(course.site),
        held=held,
    )


def _keep(course: Course, plan: ChainPlan, at: datetime) -> list[Visit]:
    earlier = list(course.visits.values_list("code", flat=True))
    visits = Visit.objects.bulk_create(
        Visit(
            site=course.site,
            course=course,
            code=planned.code,
            attempt=1 + earlier.count(planned.code),
            starts_at=planned.starts_at,
            ends_at=planned.ends_at,
            booked_at=at,
        )
        for planned in plan.visits
    )
    wanted = [
        Reservation(visit=visit, resource_id=resource, starts_at=visit.starts_at, ends_at=visit.ends_at)
        for visit, planned in zip(visits, plan.visits, strict=True)
        for resource in planned.resources
    ]
    # In one order for everybody, so that two bookings of the same things wait in line and not in a ring.
    Reservation.objects.bulk_create(sorted(wanted, key=lambda r: (str(r.resource_id), r.starts_at)))
    return visits


def _is_overtaken(error: Exception) -> bool:
    """Whether a rival's booking is the reason: the guard refused, or two bookings waited for each other."""
    text = str(error)
    deadlock = getattr(error.__cause__, "sqlstate", None) == _DEADLOCK
    return deadlock or NO_DOUBLE_BOOKING in text or DOUBLE_BOOKED in text


def _record_booking(
    course: Course, visits: Sequence[Visit], plan: ChainPlan, *, by: User, at: datetime
) -> None:
    booked = [
        {**facts_of(visit), "resources": list(planned.resources)}
        for visit, planned in zip(visits, plan.visits, strict=True)
    ]
    facts = {"course": course.id, "visits": booked}
    record("visits.booked", by=by, at=at, chains=chains_of(course), facts=facts)


def _locked(visit: Visit) -> Visit:
    return Visit.objects.select_for_update(of=("self",)).select_related("course").get(pk=visit.pk)


def _refuse_ending(visit: Visit, *, reason: str | None, must_have_begun: bool, at: datetime) -> None:
    blockers = ending_blockers(
        visit=visit.code,
        state=visit.state,
        starts_at=visit.starts_at,
        reason=reason,
        must_have_begun=must_have_begun,
        at=at,
    )
    if blockers:
        raise VisitNotEnded(blockers)
