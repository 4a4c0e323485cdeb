"""Saying where cells are that stayed in their place when the visit that was to end it did not take place."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, OperationalError, transaction

from stroma.clinic.authority import authorize
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.courses.queries import course_to_change
from stroma.ledger.locks import rows_to_change
from stroma.ledger.transaction import action
from stroma.planning.domain.booking import SOURCE
from stroma.planning.domain.holding import Days, day_of
from stroma.planning.freeing import record_ends
from stroma.planning.keeping import is_overtaken
from stroma.planning.left_in_place import end_kept, kept_since, leave_in_place, places_for
from stroma.planning.models import HoldEnd, Reservation, Resource, Visit
from stroma.planning.waiting import offer_what_is_free
from stroma.protocols.domain.blocker import Blocker, Refused


class PlaceNotFreed(Refused):
    """What stayed kept for cells is kept as it was."""


@action
def free_place(*, visit: Visit, to: Resource | None = None, reason: str, by: User, at: datetime) -> None:
    """Say that the cells of a visit that was missed or cancelled are in their place no more, and why.

    ``to`` is where they were moved: that is kept for them from today on. Without it there are no cells any more. What
    became free is offered to whoever waits. Raises PlaceNotFreed.
    """
    authorize(by, Role.COORDINATOR, Role.TECHNOLOGIST, Role.QUALITY, site=visit.site, at=at)
    course = course_to_change(visit.course_id)
    visit = rows_to_change(Visit.objects).select_related("site").get(pk=visit.pk)
    kept = kept_since(visit)
    blockers = []
    if not kept:
        blockers.append(Blocker("no_place_stayed_kept", {"visit": visit.code}, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("visit_reason_missing", {}, SOURCE))
    if kept and to is not None and to not in places_for(visit):
        blockers.append(Blocker("place_keeps_no_such_cells", {"resource": to.name}, SOURCE))
    if blockers:
        raise PlaceNotFreed(blockers)
    why = HoldEnd.Why.EMPTY if to is None else HoldEnd.Why.MOVED
    end_kept(kept, why, at=at)
    if to is not None:
        _keep_instead(kept, to, at)
    facts = {} if to is None else {"moved_to": to.pk}
    record_ends(course, kept, why, facts=facts, sealed={"reason": reason.strip()}, by=by, at=at)
    offer_what_is_free(visit.site, by=by, at=at)


def _keep_instead(kept: list[Reservation], to: Resource, at: datetime) -> None:
    first = kept[0]
    assert first.visit is not None
    zone = ZoneInfo(first.visit.site.time_zone)
    today = day_of(at, zone)
    span = Days(today, today).span(zone)
    try:
        with transaction.atomic():
            held = Reservation.objects.create(
                visit=first.visit,
                resource=to,
                starts_at=span.starts_at,
                ends_at=span.ends_at,
                hold=first.hold,
            )
    except (IntegrityError, OperationalError) as error:
        if not is_overtaken(error):
            raise
        raise PlaceNotFreed([Blocker("place_taken_today", {"resource": to.name}, SOURCE)]) from error
    leave_in_place([held], at=at)
