"""Booking a first talk with a physiatrist, and giving its time back."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, OperationalError, transaction

from stroma.clinic.models import Site
from stroma.ledger.domain.entry import site_chain
from stroma.ledger.locks import rows_to_change
from stroma.ledger.record import record
from stroma.ledger.transaction import action
from stroma.planning.calendars import opening_hours
from stroma.planning.domain.booking import SOURCE
from stroma.planning.domain.consultation import (
    LENGTH,
    ROOM_KIND,
    STAFF_KIND,
    cancelling_blockers,
    consultation_blockers,
    first_free,
)
from stroma.planning.keeping import is_overtaken, reserve
from stroma.planning.models import Consultation, Reservation, Resource
from stroma.planning.queries import bookables, physiatrists_of
from stroma.protocols.domain.blocker import Blocker, Refused


class NotConsultable(Refused):
    """The consultation was not booked, or not cancelled."""


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
    today = at.astimezone(ZoneInfo(site.time_zone)).date()
    kinds = {STAFF_KIND, ROOM_KIND}
    things = bookables(site=site, kinds=kinds, start=starts_at, end=ends_at, on=today)
    room = first_free(things, ROOM_KIND, starts_at, ends_at)
    who = first_free([t for t in things if t.id == physiatrist.id], STAFF_KIND, starts_at, ends_at)
    blockers = consultation_blockers(
        red_flags=red_flags,
        starts_at=starts_at,
        hours=opening_hours(site),
        is_free=room is not None and who is not None,
        name=name,
        contacts=[email, telephone],
        at=at,
    )
    if blockers or room is None or who is None:
        raise NotConsultable(blockers)
    try:
        with transaction.atomic():
            booked = Consultation.objects.create(
                site=site,
                physiatrist=physiatrist,
                room_id=room.id,
                name=name.strip(),
                email=email.strip(),
                telephone=telephone.strip(),
                key=secrets.token_urlsafe(32),
                starts_at=starts_at,
                ends_at=ends_at,
                booked_at=at,
            )
            reserve(
                Reservation(
                    consultation=booked, resource_id=thing.id, starts_at=held.starts_at, ends_at=held.ends_at
                )
                for thing, kind in ((who, STAFF_KIND), (room, ROOM_KIND))
                for held in [thing.held(kind, starts_at, ends_at)]
            )
    except (IntegrityError, OperationalError) as error:
        if not is_overtaken(error):
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
    locked = rows_to_change(Consultation.objects).get(pk=consultation.pk)
    if blockers := cancelling_blockers(state=locked.state, starts_at=locked.starts_at, at=at):
        raise NotConsultable(blockers)
    locked.state = Consultation.State.CANCELLED
    locked.save(update_fields=["state"])
    Reservation.objects.filter(consultation=locked, is_live=True).update(is_live=False)
    facts = {"consultation": locked.id, "starts_at": locked.starts_at}
    record("consultation.cancelled", by=by, at=at, chains=[site_chain(locked.site_id)], facts=facts)
    return locked
