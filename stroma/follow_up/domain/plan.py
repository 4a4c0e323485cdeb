"""Which questionnaires a course asks for, and when one of them may be answered.

What is asked before treatment is due as soon as the course is open and closes with the treatment, whenever
that will be; everything else counts from the first treatment (``schedule.py``). Nothing here is asked of the
database.
"""

from dataclasses import dataclass
from datetime import datetime

from stroma.follow_up.domain.schedule import DueTime, Window, due_times, window_of
from stroma.protocols.domain.schema import FollowUp, FollowUpTime

SOURCE = "Stroma follow-up"
"""What the rules of this folder name as their source where it is the house itself."""

BASELINE = "baseline"
"""The time code of the answers before treatment."""

PAIN = "NRS_BACK"
"""The pain score that rules and tables stand on where no other is named (``clinical.md`` §5.1)."""

ASK_ABOUT_THE_TREATMENT = frozenset({"PGIC"})
"""Instruments that ask what changed "since the treatment": there is nothing to answer before it."""


@dataclass(frozen=True, slots=True)
class PlannedQuestionnaire:
    """One questionnaire at one time of the plan."""

    instrument: str
    time_code: str
    treated_at: datetime | None
    """The first treatment, from which the time was counted; None while it has not been given."""
    due_at: datetime
    opens_at: datetime
    closes_at: datetime | None
    """End exclusive; None for a baseline whose treatment lies ahead: it closes with the treatment."""


def planned_questionnaires(
    follow_up: FollowUp, *, opened_at: datetime, treated_at: datetime | None
) -> list[PlannedQuestionnaire]:
    """Every questionnaire that can be planned, in order of time: the baseline until treatment, then all.

    ``opened_at`` is when the course was opened. Before treatment a baseline's early part counts from there.
    """
    baseline = baseline_of(follow_up)
    if treated_at is None:
        opens_at = opened_at - baseline.early if baseline else opened_at
        times: list[tuple[str, datetime, datetime, datetime | None]] = []
        if baseline is not None:
            times.append((BASELINE, opened_at, opens_at, None))
    else:
        times = [(t.code, t.due_at, t.opens_at, t.closes_at) for t in due_times(follow_up, treated_at)]
    return [
        PlannedQuestionnaire(instrument, code, treated_at, due_at, opens_at, closes_at)
        for code, due_at, opens_at, closes_at in times
        for instrument in follow_up.instruments
        if code != BASELINE or instrument not in ASK_ABOUT_THE_TREATMENT
    ]


def baseline_of(follow_up: FollowUp) -> FollowUpTime | None:
    """The time before treatment, if the plan has one."""
    return next((time for time in follow_up.times if time.code == BASELINE), None)


def window_at(planned: PlannedQuestionnaire, *, treated_at: datetime | None, at: datetime) -> Window:
    """How an answer at ``at`` stands to its window. ``treated_at`` closes a baseline that waited for it."""
    closes_at = planned.closes_at or treated_at
    if closes_at is None:
        return Window.EARLY if at < planned.opens_at else Window.IN_WINDOW
    due = DueTime(planned.time_code, planned.due_at, planned.opens_at, closes_at)
    return window_of(at, due)
