"""Reads about late positives: who has the cells, what is still to be done, and the cases that are open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stroma.clinic.models import Site
from stroma.courses.models import Course
from stroma.custody.models import Lot, Material
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
    lots = Lot.objects.filter(pk=case.lot_id) | Lot.objects.filter(parent=case.lot_id)
    kinds = [Material.Kind.DOSE, Material.Kind.STORED]
    found = Material.objects.filter(lot__in=lots, kind__in=kinds)
    return list(found.select_related("lot__course__patient", "place").order_by("lot__made_at", "division"))


def recipients_of(case: LatePositive) -> list[Course]:
    """The courses whose patients were given something of the lot or of a part of it."""
    containers = [one for one in containers_of_case(case) if one.state == "ADMINISTERED"]
    given = {one.lot.course_id for one in containers if one.lot.course_id is not None}
    return list(Course.objects.filter(pk__in=given).select_related("patient").order_by("number"))


def tasks_of(case: LatePositive) -> list[Task]:
    """Everything this case asks for."""
    return tasks_for([course.number for course in recipients_of(case)], opened_at=case.opened_at)


def done_of(case: LatePositive) -> set[tuple[str, str]]:
    """What was done, as code and course number."""
    done = case.steps.values_list("code", "course__number")
    return {(code, number or "") for code, number in done}


def steps_of_case(case: LatePositive) -> list[LatePositiveStep]:
    """What was done, the first thing first."""
    return list(case.steps.select_related("course", "done_by").order_by("done_at"))


def open_cases(site: Site, *, at: datetime) -> list[OpenCase]:
    """The cases of a site that nobody has closed, the one with the longest overdue thing first."""
    cases = LatePositive.objects.filter(lot__site=site, closure=None)
    rows = []
    for case in cases.select_related("lot__course", "result"):
        left = open_tasks(tasks_of(case), done_of(case))
        rows.append(OpenCase(case, left, sum(task.due_at < at for task in left)))
    return sorted(rows, key=lambda row: (row.due_at is None, row.due_at or at))


def case_at(site: Site | None, case_id: UUID) -> LatePositive | None:
    """The case with that id, where it is one of this site's."""
    found = LatePositive.objects.filter(pk=case_id, lot__site=site)
    return found.select_related("lot", "result", "closure").first() if site else None
