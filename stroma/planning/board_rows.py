"""What stands on the board of a booking: its title, whose it is, and whether its chain is in trouble."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise

from stroma.clinic.models import AdoptedProtocol
from stroma.clinic.queries import protocol_of
from stroma.planning.domain.slots import SLOT
from stroma.planning.models import Reservation


@dataclass(frozen=True, slots=True)
class Booked:
    """One booking of one resource, as the board shows it."""

    reservation: UUID
    visit: UUID | None
    resource: UUID
    starts_at: datetime
    ends_at: datetime
    title: str
    course: str
    patient_name: str
    patient: UUID | None
    is_for_patient: bool
    trouble: str = ""
    """``late`` or ``risk`` where the chain is in trouble."""

    def slots(self, opens: datetime) -> tuple[int, int]:
        """The first quarter of an hour after the opening and how many, as the day's row draws it."""
        first = max(0, (self.starts_at - opens) // SLOT)
        return first, max(1, -(-(self.ends_at - opens) // SLOT) - first)


@dataclass(frozen=True, slots=True)
class Chip:
    """A booking with its place on the day's scale of quarters of an hour, from the opening on."""

    booked: Booked
    first: int
    length: int

    @property
    def past(self) -> int:
        """Where it ends, for a drawing."""
        return self.first + self.length


@dataclass(frozen=True, slots=True)
class Bar:
    """What keeps a resource for days, over as many days of the board as it is seen on; nothing else is booked then."""

    booked: Booked
    days: int
    begins: bool
    ends: bool
    last: date
    """The last day on which it is kept."""
    why: str | Promise = ""
    """Why it was set free on that day, earlier than it was to be."""
    stayed: bool = False
    """Whether it stays kept, without an end, because its visit did not take place."""


def short_title(title: str) -> str:
    """A visit's title to its first stop: what stands on a chip."""
    for stop in (":", ";", ",", "("):
        title = title.split(stop, 1)[0]
    return title.strip()


def as_shown(rows: QuerySet[Reservation], troubles: Mapping[UUID, str]) -> list[Booked]:
    """Reservations with what stands on the board of each."""
    found = list(
        rows.values_list(
            "id",
            "visit_id",
            "resource_id",
            "starts_at",
            "ends_at",
            "hold",
            "visit__code",
            "visit__course__number",
            "visit__course_id",
            "visit__course__protocol_id",
            "visit__course__patient_id",
            "visit__course__patient__family_name",
            "visit__course__patient__given_names",
        )
    )
    titles = _titles({row[9] for row in found if row[9]})
    shown = []
    for pk, visit, resource, starts, ends, hold, code, course, course_id, protocol, patient, *names in found:
        title, is_for_patient = titles.get((protocol, hold or code), (code or "", True))
        shown.append(
            Booked(
                reservation=pk,
                visit=visit,
                resource=resource,
                starts_at=starts,
                ends_at=ends,
                title=title,
                course=course or "",
                patient_name=", ".join(names) if patient else "",
                patient=patient,
                is_for_patient=is_for_patient,
                trouble=troubles.get(course_id, ""),
            )
        )
    return shown


def _titles(protocols: set[Any]) -> dict[tuple[Any, str], tuple[str, bool]]:
    """What these adopted protocols call their visits and holds, and whether the patient comes; each is read once."""
    titles: dict[tuple[Any, str], tuple[str, bool]] = {}
    for pk, one in AdoptedProtocol.objects.defer("document").in_bulk(protocols).items():
        protocol = protocol_of(one)
        titles |= {(pk, hold.code): (short_title(hold.title), False) for hold in protocol.holds}
        titles |= {(pk, visit.code): (short_title(visit.title), visit.patient) for visit in protocol.visits}
    return titles
