"""Whom to remind of what: which visits are near, by which lead, and how the patient is reached."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from stroma.planning.domain.booking import SOURCE
from stroma.protocols.domain.blocker import Blocker

LEADS = (7, 1)
"""So many days before a visit the patient is reminded; an editable default, general knowledge."""


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A booked visit that a patient attends, when it was booked, and the leads reminded of already."""

    id: UUID
    starts_at: datetime
    booked_at: datetime
    reminded: frozenset[int]


def due_reminders(visits: Iterable[Upcoming], *, zone: ZoneInfo, at: datetime) -> list[tuple[UUID, int]]:
    """Each visit with the lead that is due on the site's day: the shortest, once, so that nobody is told twice a day.

    A visit that was booked inside a lead needs no reminder of that lead: the patient has just been told.
    """
    today = at.astimezone(zone).date()
    found = []
    for visit in visits:
        days = (visit.starts_at.astimezone(zone).date() - today).days
        booked_days = (visit.starts_at.astimezone(zone).date() - visit.booked_at.astimezone(zone).date()).days
        due = [lead for lead in LEADS if days <= lead < booked_days]
        if visit.starts_at > at and due and (lead := min(due)) not in visit.reminded:
            found.append((visit.id, lead))
    return found


def phoning_blockers(*, state: str, starts_at: datetime, at: datetime) -> list[Blocker]:
    """Why a reminder may not be marked as phoned."""
    if state != "TO_PHONE":
        return [Blocker("reminder_done_before", {}, SOURCE)]
    if starts_at <= at:
        return [Blocker("reminder_too_late", {"starts_at": starts_at}, SOURCE)]
    return []


def calling_blockers(*, state: str, is_told: bool) -> list[Blocker]:
    """Why no call about a visit that changed may be noted: nobody is to call, or somebody did."""
    if state != "SHOWN":
        return [Blocker("change_not_to_call", {}, SOURCE)]
    return [Blocker("change_told_before", {}, SOURCE)] if is_told else []


def taking_back_blockers(*, is_back: bool, reason: str) -> list[Blocker]:
    """Why a call that was noted may not be taken back."""
    if is_back:
        return [Blocker("call_taken_back_before", {}, SOURCE)]
    return [] if reason.strip() else [Blocker("visit_reason_missing", {}, SOURCE)]
