"""Chains that somebody has to look at: late, without a date, failed, or at risk not to keep what was promised."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, QuerySet

from stroma.clinic.models import AdoptedProtocol, Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.ledger.readers import registered
from stroma.planning.board_rows import short_title
from stroma.planning.domain.harvest import AT_RISK_BELOW
from stroma.planning.forecasts import harvest_forecasts
from stroma.planning.models import Reservation, Visit
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


@dataclass(frozen=True, slots=True)
class Overview:
    """Which courses of a site are in trouble, the first to look at first."""

    kinds: Mapping[UUID, str]
    first: Sequence[UUID]


def overview(site: Site, *, at: datetime) -> Overview:
    """Every course of ``site`` in trouble: late ones first, by how long, then those at risk, the least chance first.

    Only what ranks them is read; ``troubles_of`` tells the whole of a few.
    """
    visits = _of_open_courses(site)
    late: dict[UUID, datetime] = {}
    over, missed = _over(visits, at), _without_another(visits, at)
    for rows in (over, missed, _cells_without_a_date(visits, at)):
        found = rows.order_by().values_list("course_id").annotate(since=Min("starts_at"))
        late.update((course, min(since, late.get(course, since))) for course, since in found)
    for trouble in _failed(site, at, None):
        late.setdefault(trouble.course, at)
    risk = {trouble.course: trouble.chance or 0.0 for trouble in _at_risk(site, at, None)}
    kinds = {**dict.fromkeys(risk, RISK), **dict.fromkeys(late, LATE)}
    ranked = [*sorted(late, key=lambda one: (late[one], str(one)))]
    ranked += sorted(set(risk) - set(late), key=lambda one: (risk[one], str(one)))
    return Overview(kinds, ranked)


def troubles_of(
    site: Site, *, at: datetime, courses: Collection[UUID] | None = None
) -> dict[UUID, list[Trouble]]:
    """What is wrong with each chain of ``site``, or with those of ``courses``; one with no trouble is not there."""
    found: dict[UUID, list[Trouble]] = defaultdict(list)
    visits = _of_open_courses(site)
    if courses is not None:
        visits = visits.filter(course__in=courses)
    for trouble in (
        *_told(_over(visits, at).order_by("starts_at"), "chain_visit_left_open", LATE),
        *_told(_without_another(visits, at).order_by("starts_at"), "chain_visit_missed", LATE),
        *_told(_cells_without_a_date(visits, at).order_by("starts_at"), "chain_cells_without_date", LATE),
        *_failed(site, at, courses),
        *_at_risk(site, at, courses),
    ):
        found[trouble.course].append(trouble)
    return dict(found)


def kinds_of_trouble(troubles: Mapping[UUID, Sequence[Trouble]]) -> dict[UUID, str]:
    """Late or at risk, by course; late where it is both."""
    return {
        course: LATE if any(trouble.kind == LATE for trouble in its) else RISK
        for course, its in troubles.items()
    }


def troubled_courses(site: Site, first: Sequence[UUID], *, at: datetime) -> list[TroubledCourse]:
    """These courses with what is wrong and their patients, in this order, at most ``SHOWN``."""
    shown = list(first[:SHOWN])
    troubles = troubles_of(site, at=at, courses=shown)
    kinds = kinds_of_trouble(troubles)
    courses = Course.objects.select_related("patient").in_bulk(shown)
    return [TroubledCourse(courses[pk], kinds[pk], troubles[pk]) for pk in shown if pk in troubles]


def _of_open_courses(site: Site) -> QuerySet[Visit]:
    return Visit.objects.filter(site=site, course__state=Course.State.OPEN)


def _titles(rows: Sequence[tuple[UUID, str, datetime, Any]]) -> dict[tuple[Any, str], str]:
    adopted = AdoptedProtocol.objects.defer("document").in_bulk({row[3] for row in rows})
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


def _over(visits: QuerySet[Visit], at: datetime) -> QuerySet[Visit]:
    """Over, and nobody has said what became of it."""
    return visits.filter(
        state=Visit.State.BOOKED, starts_at__lt=at, ends_at__lt=at
    )  # the first, for its index


def _without_another(visits: QuerySet[Visit], at: datetime) -> QuerySet[Visit]:
    """Missed, with no later date for the same visit."""
    again = Visit.objects.filter(
        course=OuterRef("course"), code=OuterRef("code"), starts_at__gt=OuterRef("starts_at")
    )
    return visits.filter(state=Visit.State.MISSED, starts_at__lt=at).exclude(Exists(again))


def _cells_without_a_date(visits: QuerySet[Visit], at: datetime) -> QuerySet[Visit]:
    """Cancelled while cells stay in their place; booked anew, it would keep the place itself."""
    # What is kept is asked first: every visit that was ever moved is a cancelled one.
    kept = Reservation.objects.filter(
        is_live=True, hold__isnull=False, ends_at__gt=at, visit__state=Visit.State.CANCELLED
    )
    return visits.filter(pk__in=kept.order_by().values("visit"))


def _failed(site: Site, at: datetime, courses: Collection[UUID] | None) -> list[Trouble]:
    """What later steps know: a lot that failed, and no new collection is booked yet."""
    reasons: dict[UUID, Blocker] = {}
    for reader in registered(READER).values():
        reasons.update(reader(site))
    if courses is not None:
        reasons = {pk: reason for pk, reason in reasons.items() if pk in courses}
    if not reasons:
        return []
    booked = Visit.objects.filter(course__in=list(reasons), state=Visit.State.BOOKED, starts_at__gt=at)
    adopted = AdoptedProtocol.objects.defer("document").in_bulk(
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


def _at_risk(site: Site, at: datetime, courses: Collection[UUID] | None) -> list[Trouble]:
    """The chance that the dose is reached before the booked harvest, where it is low."""
    forecasts = harvest_forecasts(site, courses)
    if not forecasts:
        return []
    adopted = AdoptedProtocol.objects.filter(site=site)
    harvests: dict[Any, tuple[str | None, str]] = {one.pk: _harvest(one) for one in adopted}
    # The visits of few courses are looked for course by course: nothing here leads along the time.
    rows = (
        Visit.objects.filter(
            course__in=list(forecasts),
            course__state=Course.State.OPEN,
            code__in={code for code, _ in harvests.values() if code},
            state=Visit.State.BOOKED,
        )
        .order_by()
        .values_list("course_id", "code", "starts_at", "course__protocol_id")
    )
    found = []
    for course, code, starts_at, protocol in sorted(rows, key=lambda row: row[2]):
        if starts_at <= at:
            continue
        harvest, title = harvests[protocol]
        chance = forecasts[course].chance_by(starts_at)
        if code == harvest and chance < AT_RISK_BELOW:
            values = {"title": title, "at": starts_at, "chance": f"{chance:.0%}"}
            reason = Blocker("chain_harvest_at_risk", values, SOURCE, Weight.CAUTION)
            found.append(Trouble(course, RISK, reason, starts_at, chance))
    return found


def _harvest(adopted: AdoptedProtocol) -> tuple[str | None, str]:
    visits = protocol_of(adopted).visits
    code = product_of(visits, treatment_of(visits))
    return code, next((short_title(visit.title) for visit in visits if visit.code == code), "")
