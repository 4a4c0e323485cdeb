"""Calls to make about visits that changed: whom no mail told, what they know and what is now; and calls just made.

Several changes of one visit are one call, from what the patient knows to what stands now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import Promise

from stroma.clinic.models import Site
from stroma.look.paging import Page, page_of
from stroma.patients.models import Patient
from stroma.planning.changes import SHOWN_FOR, is_undone
from stroma.planning.models import ChangeCall, Visit, VisitChange
from stroma.planning.queries import few_of
from stroma.planning.reminding import telephones

SHOWN_AFTER = timedelta(days=3)
"""How long a call that was made stays on the page, to be taken back where it was noted by mistake."""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A call to make: the visit as the patient knows it, as it stands now if it does, why, and the number."""

    was: Visit
    now: Visit | None
    why: str | Promise
    patient: Patient
    telephone: str


def not_told(rows: QuerySet[VisitChange]) -> QuerySet[VisitChange]:
    """Of these changes those that neither a mail nor a call told, the oldest first; a patient's own are known."""
    same = {"was__course": OuterRef("was__course"), "was__code": OuterRef("was__code")}
    mailed = VisitChange.objects.filter(
        **same, state=VisitChange.State.MAILED, changed_at__gte=OuterRef("changed_at")
    )
    called = ChangeCall.objects.filter(
        change__was__course=OuterRef("was__course"),
        change__was__code=OuterRef("was__code"),
        called_at__gte=OuterRef("changed_at"),
        taken_back__isnull=True,
    )
    left = rows.filter(state=VisitChange.State.SHOWN).exclude(why=VisitChange.Why.OWN)
    return left.exclude(Exists(mailed)).exclude(Exists(called)).order_by("changed_at", "id")


def changes_to_call(site: Site, *, at: datetime) -> list[tuple[VisitChange, Visit | None]]:
    """What is to be told by telephone at ``site``, the nearest visit first, each with what stands now.

    What is over, and what stands as the patient knows it again, needs no call.
    """
    rows = few_of(site, VisitChange.objects.filter(changed_at__gt=at - SHOWN_FOR), visit="was")
    first: dict[tuple[UUID, str], VisitChange] = {}
    for change in not_told(rows).select_related("was__course__patient"):
        first.setdefault((change.was.course_id, change.was.code), change)
    if not first:
        return []
    booked = Visit.objects.filter(course__in={course for course, _code in first}, state=Visit.State.BOOKED)
    now: Mapping[tuple[UUID, str], Visit] = {(visit.course_id, visit.code): visit for visit in booked}
    found = [(change, now.get(key)) for key, change in first.items() if not is_undone(change, now.get(key))]
    near = [(change, stands) for change, stands in found if _nearest(change, stands) > at]
    return sorted(near, key=lambda pair: (_nearest(*pair), str(pair[0].pk)))


def _nearest(change: VisitChange, now: Visit | None) -> datetime:
    """When it is too late to call: the patient would come in vain, or not at all."""
    return max(change.was.starts_at, now.starts_at) if now is not None else change.was.starts_at


def change_rows(site: Site, *, at: datetime, page: int = 1) -> Page[ChangeRow]:
    """A page of the calls to make about visits that changed."""
    shown = page_of(changes_to_call(site, at=at), page)
    numbers = telephones({change.was.course.patient_id for change, _now in shown.rows})
    rows = [
        ChangeRow(
            change.was,
            now,
            VisitChange.Why(change.why).label,
            change.was.course.patient,
            numbers.get(change.was.course.patient_id, ""),
        )
        for change, now in shown.rows
    ]
    return Page(rows, shown.number, shown.has_more)


def calls_made(site: Site, *, at: datetime) -> list[ChangeCall]:
    """The calls of the last days that were not taken back, the newest first."""
    made = ChangeCall.objects.filter(called_at__gt=at - SHOWN_AFTER, taken_back__isnull=True)
    rows = few_of(site, made, visit="change__was")
    found = rows.select_related("change__was__course__patient", "told", "called_by")
    return list(found.order_by("-called_at", "id")[:25])


def call_to_take_back(visit: Visit) -> ChangeCall | None:
    """The call about this visit that stands, if it was made: the newest."""
    made = ChangeCall.objects.filter(change__was=visit, taken_back__isnull=True)
    return made.select_related("change__was").order_by("-called_at").first()


def change_of(visit: Visit) -> VisitChange | None:
    """What was noted when this visit moved or was cancelled, if it was."""
    return VisitChange.objects.filter(was=visit).select_related("was__site", "was__course").first()
