"""Chains that somebody has to look at: late, without a date, failed, or at risk not to keep what was promised."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from stroma.clinic.models import AdoptedProtocol, Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.ledger.readers import registered
from stroma.planning.board_queries import short_title
from stroma.planning.domain.harvest import AT_RISK_BELOW
from stroma.planning.forecasts import harvest_forecasts
from stroma.planning.models import Visit
from stroma.planning.planner.course_chain import product_of, treatment_of
from stroma.protocols.domain.blocker import Blocker, Weight

READER = "chain_troubles"
"""A reader of this kind is given a site and answers, by course, with what a later step knows to be in the way."""
LATE, RISK = "late", "risk"
SOURCE = "Stroma planning"
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with one course's chain, and since when or by when."""

    course: UUID
    kind: str
    reason: Blocker
    at: datetime
    chance: float | None = None


@dataclass(frozen=True, slots=True)
class TroubledCourse:
    """A course with its troubles, as the board lists it."""

    course: Course
    kind: str
    troubles: Sequence[Trouble]

    @property
    def is_only_left_open(self) -> bool:
        """Whether nothing is wrong but that nobody said what became of visits."""
        return all(trouble.reason.code == "chain_visit_left_open" for trouble in self.troubles)

    @property
    def reasons(self) -> list[Blocker]:
        """What is wrong; several visits that nobody closed are told in one sentence."""
        left = [trouble.reason for trouble in self.troubles if trouble.reason.code == "chain_visit_left_open"]
        others = [trouble.reason for trouble in self.troubles if trouble.reason not in left]
        if len(left) > 1:
            values = {**left[0].values, "n": len(left)}
            left = [Blocker("chain_visits_left_open", values, SOURCE, Weight.CAUTION)]
        return [*left, *others]

    @property
    def chance(self) -> float | None:
        """The least chance among its troubles."""
        return min((trouble.chance for trouble in self.troubles if trouble.chance is not None), default=None)


def troubles_of(site: Site, *, at: datetime, course: Course | None = None) -> dict[UUID, list[Trouble]]:
    """Every chain of ``site`` in trouble, by course; or that of one course alone."""
    found: dict[UUID, list[Trouble]] = defaultdict(list)
    visits = Visit.objects.filter(site=site, course__state=Course.State.OPEN)
    if course is not None:
        visits = visits.filter(course=course)
    for trouble in (
        *_left_open(visits, at),
        *_missed(visits, at),
        *_failed(site, at, course),
        *_at_risk(visits, at),
    ):
        found[trouble.course].append(trouble)
    return dict(found)


def kinds_of_trouble(troubles: dict[UUID, list[Trouble]]) -> dict[UUID, str]:
    """Late or at risk, by course; late where it is both."""
    return {
        course: LATE if any(trouble.kind == LATE for trouble in its) else RISK
        for course, its in troubles.items()
    }


def troubled_courses(troubles: dict[UUID, list[Trouble]]) -> list[TroubledCourse]:
    """The first of these courses, late ones first, then by the least chance; each with its patient."""
    kinds = kinds_of_trouble(troubles)

    def rank(course: UUID) -> tuple[bool, float, datetime]:
        chances = [trouble.chance for trouble in troubles[course] if trouble.chance is not None]
        return kinds[course] != LATE, min(chances, default=0.0), min(t.at for t in troubles[course])

    first = sorted(troubles, key=rank)[:SHOWN]
    courses = Course.objects.select_related("patient", "site").defer("site__address").in_bulk(first)
    return [TroubledCourse(courses[pk], kinds[pk], troubles[pk]) for pk in first if pk in courses]


def _titles(rows: Sequence[tuple[UUID, str, datetime, Any]]) -> dict[tuple[Any, str], str]:
    adopted = AdoptedProtocol.objects.in_bulk({row[3] for row in rows})
    return {
        (pk, visit.code): short_title(visit.title)
        for pk, one in adopted.items()
        for visit in protocol_of(one).visits
    }


def _told(rows: QuerySet[Visit], code: str, kind: str) -> list[Trouble]:
    found = list(rows.values_list("course_id", "code", "starts_at", "course__protocol_id"))
    titles = _titles(found)
    return [
        Trouble(
            course,
            kind,
            Blocker(
                code, {"title": titles.get((protocol, visit), visit), "at": starts_at}, SOURCE, Weight.CAUTION
            ),
            starts_at,
        )
        for course, visit, starts_at, protocol in found
    ]


def _left_open(visits: QuerySet[Visit], at: datetime) -> list[Trouble]:
    over = visits.filter(state=Visit.State.BOOKED, ends_at__lt=at)
    return _told(over.order_by("starts_at"), "chain_visit_left_open", LATE)


def _missed(visits: QuerySet[Visit], at: datetime) -> list[Trouble]:
    """Missed, with no later date for the same visit."""
    again = Visit.objects.filter(
        course=OuterRef("course"), code=OuterRef("code"), starts_at__gt=OuterRef("starts_at")
    )
    missed = visits.filter(state=Visit.State.MISSED, starts_at__lt=at)
    return _told(missed.exclude(Exists(again)).order_by("starts_at"), "chain_visit_missed", LATE)


def _failed(site: Site, at: datetime, course: Course | None) -> list[Trouble]:
    """What later steps know: a lot that failed, and no new collection is booked yet."""
    reasons: dict[UUID, Blocker] = {}
    for reader in registered(READER).values():
        reasons.update(reader(site))
    if course is not None:
        reasons = {pk: reason for pk, reason in reasons.items() if pk == course.pk}
    if not reasons:
        return []
    booked = Visit.objects.filter(course__in=list(reasons), state=Visit.State.BOOKED, starts_at__gt=at)
    adopted = AdoptedProtocol.objects.in_bulk(
        set(booked.order_by().values_list("course__protocol_id", flat=True).distinct())
    )
    collecting = {
        pk: {v.code for v in protocol_of(one).visits if v.stage == "collect"} for pk, one in adopted.items()
    }
    anew = {
        course
        for course, code, protocol in booked.values_list("course_id", "code", "course__protocol_id")
        if code in collecting[protocol]
    }
    return [Trouble(course, LATE, reason, at) for course, reason in reasons.items() if course not in anew]


def _at_risk(visits: QuerySet[Visit], at: datetime) -> list[Trouble]:
    """The chance that the dose is reached before the booked harvest, where it is low."""
    coming = visits.filter(state=Visit.State.BOOKED, starts_at__gt=at)
    forecasts = harvest_forecasts(set(coming.order_by().values_list("course_id", flat=True)))
    if not forecasts:
        return []
    rows = list(
        coming.filter(course__in=list(forecasts))
        .order_by("starts_at")
        .values_list("course_id", "code", "starts_at", "course__protocol_id")
    )
    adopted = AdoptedProtocol.objects.in_bulk({row[3] for row in rows})
    harvests = {pk: _harvest(one) for pk, one in adopted.items()}
    found = []
    for course, code, starts_at, protocol in rows:
        if code != harvests[protocol][0]:
            continue
        chance = forecasts[course].chance_by(starts_at)
        if chance < AT_RISK_BELOW:
            values = {"title": harvests[protocol][1], "at": starts_at, "chance": f"{chance:.0%}"}
            reason = Blocker("chain_harvest_at_risk", values, SOURCE, Weight.CAUTION)
            found.append(Trouble(course, RISK, reason, starts_at, chance))
    return found


def _harvest(adopted: AdoptedProtocol) -> tuple[str | None, str]:
    visits = protocol_of(adopted).visits
    code = product_of(visits, treatment_of(visits))
    return code, next((short_title(visit.title) for visit in visits if visit.code == code), "")
