"""What the tests of planning share: small protocols, a small clinic, and a list of every plan there is."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import permutations, product
from uuid import UUID
from zoneinfo import ZoneInfo

from stroma.planning.domain.board import needs_of
from stroma.planning.domain.chain import ChainPlan, PlannedVisit
from stroma.planning.domain.checker import chain_blockers
from stroma.planning.domain.hours import OpeningHours
from stroma.planning.domain.kinds import Bookable, Span
from stroma.protocols.domain.schema import Visit

NEW_YORK = ZoneInfo("America/New_York")
HOURS = OpeningHours(NEW_YORK)
MONDAY = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
"""Monday, 2 March 2026, 08:00 in New York."""

QUARTER = timedelta(minutes=15)


def a_visit(code: str, **values: object) -> Visit:
    """A visit of the protocol document; without more, 30 minutes with the patient and nobody else."""
    defaults: dict[str, object] = {
        "title": code.replace("_", " ").capitalize(),
        "stage": "when",
        "duration": "30 min",
        "source": "general knowledge",
    }
    return Visit.model_validate({"code": code, **defaults, **values})


def bookable(number: int, *kinds: str, busy: Sequence[tuple[datetime, datetime]] = ()) -> Bookable:
    """A person, room or device with the id ``number``."""
    return Bookable(UUID(int=number), frozenset(kinds), tuple(Span(*span) for span in busy))


def patient(busy: Sequence[tuple[datetime, datetime]] = ()) -> Bookable:
    """The patient, whose id is 999."""
    return bookable(999, "patient", busy=busy)


def times(plan: ChainPlan) -> list[tuple[str, str]]:
    """Each visit's code and its start by the site's clock."""
    return [(v.code, v.starts_at.astimezone(NEW_YORK).strftime("%a %d %b %H:%M")) for v in plan.visits]


def every_plan(
    visits: Sequence[Visit],
    resources: Sequence[Bookable],
    earliest: datetime,
    hours: OpeningHours,
    *,
    slots: int,
) -> Iterator[ChainPlan]:
    """Every plan on the first ``slots`` quarters that the checker lets pass, the earliest first."""
    starts = [earliest + n * QUARTER for n in range(slots)]
    for chosen in product(starts, repeat=len(visits)):
        for taken in product(*(_fillings(visit, resources) for visit in visits)):
            plan = ChainPlan(
                tuple(
                    PlannedVisit(visit.code, start, start + visit.duration, ids)
                    for visit, start, ids in zip(visits, chosen, taken, strict=True)
                )
            )
            if not chain_blockers(plan, visits=visits, resources=resources, earliest=earliest, hours=hours):
                yield plan


def _fillings(visit: Visit, resources: Sequence[Bookable]) -> list[tuple[UUID, ...]]:
    needs = needs_of(visit)
    return [
        tuple(resource.id for resource in some)
        for some in permutations(resources, len(needs))
        if all(kind in resource.kinds for kind, resource in zip(needs, some, strict=True))
    ]


def hours_of(opens: time, closes: time) -> OpeningHours:
    """The hours of a site in New York."""
    return OpeningHours(NEW_YORK, opens, closes)
