"""When a questionnaire is due, and how an answer stands to its window.

Times count from the treatment, as the protocol's follow-up plan says. An answer outside its window is kept
and flagged, never dropped (``clinical.md`` §5.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stroma.protocols.domain.schema import FollowUp


class Window(StrEnum):
    """How the time of an answer stands to the window it counts for."""

    EARLY = "EARLY"
    IN_WINDOW = "IN_WINDOW"
    LATE = "LATE"


@dataclass(frozen=True, slots=True)
class DueTime:
    """One time of the follow-up plan, on the calendar of one treatment."""

    code: str
    due_at: datetime
    opens_at: datetime
    closes_at: datetime
    """End exclusive."""


def due_times(
    follow_up: FollowUp, treated_at: datetime, *, followed_until: datetime | None = None
) -> list[DueTime]:
    """The due times after a treatment, in order of time.

    ``followed_until`` is when the patient died or left the follow-up: what falls due after it is not asked
    for. Raises ValueError when ``treated_at`` has no zone, since a due time without one is off by hours.
    """
    if treated_at.tzinfo is None:
        raise ValueError("treated_at has no time zone; give an aware time")
    times = [
        DueTime(
            code=time.code,
            due_at=treated_at + time.after,
            opens_at=treated_at + time.after - time.early,
            closes_at=treated_at + time.after + time.late,
        )
        for time in follow_up.times
    ]
    asked = [time for time in times if followed_until is None or time.due_at <= followed_until]
    return sorted(asked, key=lambda time: (time.due_at, time.code))


def window_of(answered_at: datetime, due: DueTime) -> Window:
    """Whether an answer came early, in the window or late; each is kept."""
    if answered_at < due.opens_at:
        return Window.EARLY
    return Window.LATE if answered_at >= due.closes_at else Window.IN_WINDOW


def due_for(answered_at: datetime, times: Sequence[DueTime]) -> DueTime | None:
    """The time an answer counts for: the nearest of those whose window holds it, else the nearest of all.

    None only when there is no due time. Of two equally near ones the earlier is taken.
    """
    holding = [time for time in times if window_of(answered_at, time) is Window.IN_WINDOW]
    return min(holding or times, key=lambda time: (abs(answered_at - time.due_at), time.due_at), default=None)


def overdue(times: Sequence[DueTime], answered: frozenset[str], *, at: datetime) -> list[DueTime]:
    """The due times whose window has closed without an answer."""
    return [time for time in times if time.code not in answered and at >= time.closes_at]
