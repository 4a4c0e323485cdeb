"""One person's own bookings: what is next, where, and with whom."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from stroma.clinic.models import AdoptedProtocol, User
from stroma.clinic.queries import protocol_of
from stroma.planning.board_rows import short_title
from stroma.planning.models import Reservation, Resource, Visit

DAYS_SHOWN = 7
LONGEST = 40
LOOK_BACK = timedelta(days=60)
"""What nobody closed for longer is the coordinator's, on the board."""


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """One of somebody's own visits or consultations."""

    visit: UUID | None
    title: str
    note: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    site: str
    place: str
    others: str
    patient: UUID | None
    patient_name: str
    course: UUID | None
    is_remote: bool
    is_over: bool


def own_visits(user: User, *, at: datetime, start: datetime, days: int = DAYS_SHOWN) -> list[OwnVisit]:
    """What ``user`` is booked for from ``start`` on, at every site, the next one first."""
    return _rows(user, at, Q(starts_at__gte=start, starts_at__lt=start + timedelta(days=days)))


def own_left_open(user: User, *, at: datetime, start: datetime) -> list[OwnVisit]:
    """What ``user`` was booked for before ``start`` and nobody has closed, the oldest first."""
    return _rows(
        user, at, Q(starts_at__gte=start - LOOK_BACK, starts_at__lt=start, visit__state=Visit.State.BOOKED)
    )


def _rows(user: User, at: datetime, when: Q) -> list[OwnVisit]:
    own = (
        Reservation.objects.filter(when, resource__user=user, is_live=True)
        .filter(Q(visit__isnull=True) | Q(visit__state=Visit.State.BOOKED))
        .select_related("visit__site", "visit__course__patient", "consultation__site", "consultation__room")
        .order_by("starts_at")
    )
    rows = list(own[:LONGEST])
    takes = _others([row.visit_id for row in rows if row.visit_id], user)
    adopted = AdoptedProtocol.objects.defer("document").in_bulk(
        {row.visit.course.protocol_id for row in rows if row.visit is not None}
    )
    planned = {(pk, visit.code): visit for pk, one in adopted.items() for visit in protocol_of(one).visits}
    found = []
    for row in rows:
        if row.visit is None:
            found.append(_consultation(row, at))
            continue
        visit, course = row.visit, row.visit.course
        known = planned.get((course.protocol_id, visit.code))
        places, people = takes.get(visit.pk, ([], []))
        found.append(
            OwnVisit(
                visit=visit.pk,
                title=short_title(known.title) if known else visit.code,
                note=known.title if known else "",
                starts_at=visit.starts_at,
                ends_at=visit.ends_at,
                zone=visit.site.time_zone,
                site=visit.site.name,
                place=", ".join(places),
                others=", ".join(people),
                patient=course.patient_id,
                patient_name=f"{course.patient.family_name}, {course.patient.given_names}",
                course=course.pk,
                is_remote=bool(known and known.remote),
                is_over=visit.ends_at <= at,
            )
        )
    return found


def _consultation(row: Reservation, at: datetime) -> OwnVisit:
    talk = row.consultation
    assert talk is not None  # a reservation is for a visit or for a consultation
    return OwnVisit(
        visit=None,
        title="",
        note="",
        starts_at=talk.starts_at,
        ends_at=talk.ends_at,
        zone=talk.site.time_zone,
        site=talk.site.name,
        place=talk.room.name,
        others="",
        patient=None,
        patient_name=talk.name,
        course=None,
        is_remote=False,
        is_over=talk.ends_at <= at,
    )


def _others(visits: Sequence[UUID], user: User) -> dict[UUID, tuple[list[str], list[str]]]:
    """By visit, the rooms and devices and the other people it takes, by name."""
    found: dict[UUID, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    held = list(
        Reservation.objects.filter(visit__in=visits, is_live=True).values_list("visit_id", "resource_id")
    )
    things = Resource.objects.filter(pk__in={resource for _, resource in held}, patient=None)
    names = {
        pk: (who, name) for pk, who, name in things.exclude(user=user).values_list("pk", "user_id", "name")
    }
    for visit, resource in held:
        if visit is not None and resource in names:
            who, name = names[resource]
            found[visit][0 if who is None else 1].append(name)
    return {visit: (sorted(places), sorted(people)) for visit, (places, people) in found.items()}
