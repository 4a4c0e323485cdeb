"""Was an answer still to be had, and does it still speak of this treatment?

A patient who died, left the course or was treated otherwise is no longer due: what is answered after that
says nothing about this treatment and is set aside with the reason, so that a rescue cannot pass for a success
(``clinical.md`` §5.1). What was due and not answered is missing, whatever the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stroma.follow_up.domain.schedule import DueTime


class Censored(StrEnum):
    """Why nothing was due."""

    NOT_YET_DUE = "not_yet_due"
    DIED = "died"
    COURSE_STOPPED = "course_stopped"
    SURGERY = "surgery"
    INJECTION = "injection"
    STRONG_OPIOID = "strong_opioid"


NON_RESPONSE = frozenset({Censored.SURGERY, Censored.INJECTION, Censored.STRONG_OPIOID})
"""Further treatments that count as non-response (``clinical.md`` §5.1, MSB-RES); no other kind does."""


@dataclass(frozen=True, slots=True, order=True)
class Ending:
    """Something after which an answer says nothing about the treatment."""

    at: datetime
    reason: Censored


def censored(
    due: DueTime, endings: Sequence[Ending], *, answered_at: datetime | None, at: datetime
) -> Censored | None:
    """Why nothing was due at this time of the plan; None where an answer was due, given or not.

    An answer counts when it was given before the first ending. Without one the due time decides, so that
    nobody is missing at a time that came after their death. ``at`` is when the question is asked: until a
    window has closed, an answer may still come.
    """
    moment = answered_at or due.due_at
    ended = min((ending for ending in endings if ending.at <= moment), default=None)
    if ended is not None:
        return ended.reason
    return Censored.NOT_YET_DUE if answered_at is None and at < due.closes_at else None
