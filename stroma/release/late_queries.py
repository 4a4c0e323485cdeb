"""Reads about late positives: who has the cells, what is still to be done, and the cases that are open."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, prefetch_related_objects

from stroma.clinic.models import Site
from stroma.courses.models import Course
from stroma.custody.models import Lot, Material
from stroma.look.paging import HOME_LINES, Page, page_of
from stroma.release.domain.late_positive import Task, open_tasks, tasks_for
from stroma.release.models import LatePositive, LatePositiveStep


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A late positive that is not closed: what is left to do, and how much of it is late."""

    case: LatePositive
    left: Sequence[Task]
    late: int

    @property
    def due_at(self) -> datetime | None:
        """When the next thing is due."""
        return self.left[0].due_at if self.left else None


def containers_of_case(case: LatePositive) -> list[Material]:
    """Every container that left the lot or a part of it, with where it is now."""
    found = Material.objects.filter(_left({case.lot_id}))
    return list(found.select_related("lot__course__patient", "place").order_by("lot__made_at", "division"))


def recipients_of(case: LatePositive) -> list[Course]:
    """The courses whose patients were given something of the lot or of a part of it.

    Found by what was given, never by their numbers: each site counts its own courses, and has a C-26-0014.
    """
    courses = _given({case.lot_id}).values("lot__course")
    return list(Course.objects.filter(pk__in=courses).select_related("patient").order_by("number"))


def tasks_of(case: LatePositive) -> list[Task]:
    """Everything this case asks for."""
    return _tasks(case, _recipients({case.lot_id}))


def done_of(case: LatePositive) -> set[tuple[str, str]]:
    """What was done, as code and course number."""
    return _done({case.pk})[case.pk]


def _left(lots: Collection[UUID]) -> Q:
    """The containers that left these lots or parts of them."""
    kinds = [Material.Kind.DOSE, Material.Kind.STORED]
    parts = Lot.objects.filter(Q(pk__in=lots) | Q(parent__in=lots)).order_by()
    return Q(lot__in=parts.values("pk"), kind__in=kinds)


def _given(lots: Collection[UUID]) -> QuerySet[Material]:
    """What was given to somebody of these lots or of parts of them."""
    return Material.objects.filter(_left(lots), state="ADMINISTERED", lot__course__isnull=False)


def _recipients(lots: Collection[UUID]) -> Mapping[UUID, set[str]]:
    """The numbers of the courses that were given something of each of these lots or of a part of it."""
    found: dict[UUID, set[str]] = {lot: set() for lot in lots}
    for lot, parent, number in _given(lots).values_list("lot_id", "lot__parent_id", "lot__course__number"):
        found[lot if parent is None or lot in found else parent].add(number)
    return found


def _done(cases: Collection[UUID]) -> Mapping[UUID, set[tuple[str, str]]]:
    found: dict[UUID, set[tuple[str, str]]] = {case: set() for case in cases}
    steps = LatePositiveStep.objects.filter(case__in=found)
    for case, code, number in steps.values_list("case_id", "code", "course__number"):
        found[case].add((code, number or ""))
    return found


def _tasks(case: LatePositive, recipients: Mapping[UUID, set[str]]) -> list[Task]:
    return tasks_for(sorted(recipients[case.lot_id]), opened_at=case.opened_at)


def steps_of_case(case: LatePositive) -> list[LatePositiveStep]:
    """What was done, the first thing first."""
    return list(case.steps.select_related("course", "done_by").order_by("done_at"))


def open_cases(site: Site, *, at: datetime, page: int = 1) -> Page[OpenCase]:
    """The cases of a site that nobody has closed, the one with the longest overdue thing first, a page at a time."""
    cases = list(LatePositive.objects.filter(lot__site=site, closure=None))
    recipients = _recipients({case.lot_id for case in cases})
    done = _done({case.pk for case in cases})
    rows = []
    for case in cases:
        left = open_tasks(_tasks(case, recipients), done[case.pk])
        rows.append(OpenCase(case, left, sum(task.due_at < at for task in left)))
    rows.sort(key=lambda row: (row.due_at is None, row.due_at or at))
    shown = page_of(rows, page, lines=HOME_LINES)
    prefetch_related_objects([row.case for row in shown.rows], "lot__course")
    return shown


def case_at(site: Site | None, case_id: UUID) -> LatePositive | None:
    """The case with that id, where it is one of this site's."""
    found = LatePositive.objects.filter(pk=case_id, lot__site=site)
    return found.select_related("lot", "result", "closure").first() if site else None
