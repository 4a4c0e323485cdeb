"""What the pages of a plan that was asked for show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stroma.clinic.models import Site
from stroma.clinic.queries import protocol_of
from stroma.courses.models import Course
from stroma.look import formats
from stroma.planning.board_rows import short_title
from stroma.planning.domain.happenings import Happening, Upset
from stroma.planning.domain.harvest import AT_RISK_BELOW
from stroma.planning.models import Replan, Resource
from stroma.planning.planner.result import gap

WHY: dict[str, str | Promise] = {
    "books_anew": gettext_lazy("is booked anew"),
    "was_with_who_is_away": gettext_lazy("was with who or what is away"),
    "was_too_early": gettext_lazy("was before the first possible day"),
    "follows_another": gettext_lazy("keeps its distance from a visit that moves"),
    "leaves_room": gettext_lazy("somebody else takes it"),
}


@dataclass(frozen=True, slots=True)
class ShownMove:
    """One visit of a plan: from when to when, with whom, and why."""

    title: str
    from_at: datetime | None
    to_at: datetime
    names: str
    is_told: bool
    why: str | Promise


@dataclass(frozen=True, slots=True)
class ShownChain:
    """One course of a plan."""

    course: Course
    moves: Sequence[ShownMove]
    chance: str
    is_at_risk: bool
    is_taken: bool
    asks_patient: bool


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """A plan as its page shows it."""

    what: str
    chains: Sequence[ShownChain]
    unplaced: Sequence[str]
    left_out: Sequence[str]
    gap: str
    is_open: bool


def replan_at(site: Site, replan_id: UUID) -> Replan:
    """A plan of this site. Raises Http404 for another's."""
    found = Replan.objects.filter(pk=replan_id, site=site).select_related("site", "asked_by").first()
    if found is None:
        raise Http404("no such plan")
    return found


def newest_replans(site: Site, *, at: datetime) -> list[tuple[Replan, str]]:
    """The plans of the last days that are not closed, with what happened."""
    rows = Replan.objects.filter(site=site, asked_at__gt=at - timedelta(days=3)).exclude(
        state=Replan.State.CLOSED
    )
    return [(row, what_happened(row)) for row in rows.select_related("asked_by")[:5]]


def what_happened(replan: Replan) -> str:
    """The happening in words."""
    upset = Upset.read(replan.upset)
    if upset.kind is Happening.AWAY and upset.first and upset.last:
        names = Resource.objects.filter(pk__in=[upset.resource]).values_list("name", flat=True)
        who = names.first() or ""
        first, last = (formats.day_text(day, with_year=False) for day in (upset.first, upset.last))
        return _("%(who)s is away from %(first)s to %(last)s") % {"who": who, "first": first, "last": last}
    course = Course.objects.filter(pk__in=[upset.course]).select_related("protocol").first()
    titles = {v.code: short_title(v.title) for v in protocol_of(course.protocol).visits} if course else {}
    values = {"course": course.number if course else "", "visit": titles.get(upset.visit, upset.visit)}
    if upset.kind is Happening.LOT_FAILED:
        return _("%(course)s: the lot failed, again from “%(visit)s”") % values
    day = formats.day_text(upset.not_before, with_year=False) if upset.not_before else ""
    return _("%(course)s: “%(visit)s” not before %(day)s") % {**values, "day": day}


def shown_plan(replan: Replan, zone: ZoneInfo) -> ShownPlan:
    """The rows of a plan with the patients they concern."""
    rows = replan.found["rows"]
    courses = Course.objects.select_related("patient").in_bulk([UUID(row["course"]) for row in rows])
    chains = [_chain(row, courses[UUID(row["course"])], replan, zone) for row in rows]
    chains.sort(key=lambda chain: (chain.is_taken, not chain.is_at_risk, chain.course.number))
    span = None if replan.points is None or replan.bound is None else gap(replan.points, replan.bound)
    return ShownPlan(
        what_happened(replan),
        chains,
        replan.found["unplaced"],
        replan.found["left_out"],
        "" if span is None else f"{span:.1%}",
        replan.state == Replan.State.FOUND and any(not chain.is_taken for chain in chains),
    )


def _chain(row: dict[str, Any], course: Course, replan: Replan, zone: ZoneInfo) -> ShownChain:
    moves = [
        ShownMove(
            short_title(one["title"]),
            datetime.fromisoformat(one["from"]).astimezone(zone) if one["from"] else None,
            datetime.fromisoformat(one["to"]).astimezone(zone),
            ", ".join(one["names"]),
            one["is_told"],
            WHY[one["why"]],
        )
        for one in row["moves"]
    ]
    chance = row["chance"]
    return ShownChain(
        course=course,
        moves=moves,
        chance="" if chance is None else f"{chance:.0%}",
        is_at_risk=chance is not None and chance < AT_RISK_BELOW,
        is_taken=row["course"] in replan.taken,
        asks_patient=any(move.is_told for move in moves),
    )
