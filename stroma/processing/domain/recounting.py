"""When a second sample may be counted, and what a count that changes changes in the containers filled from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from stroma.protocols.domain.blocker import Blocker

RECOUNT_SOURCE = "Stroma growth model; 21 CFR 211.192"
RECOUNT_WITHIN = timedelta(hours=8)
"""So long after the first a second sample counts as one of the same culture (our choice).

In a working day a culture that doubles in 40 hours gains a fifth of a doubling, less than the error of a count.
"""


@dataclass(frozen=True, slots=True)
class Recountable:
    """A counted step, as far as it says whether a second sample may be counted."""

    counted_at: datetime
    is_wanted: bool
    """Whether the forecast that followed the count asks for one."""
    is_counted: bool = True
    is_counted_twice: bool = False
    is_declined: bool = False
    is_last: bool = True
    """Whether no step was done after it: then its container still holds what was counted."""
    is_closed: bool = False
    """Whether the batch record is closed."""


def recount_blockers(step: Recountable, *, at: datetime) -> list[Blocker]:
    """Why a second sample cannot be counted now.

    It is counted only where the rule asks for it, once, and both samples hold: a second count is no way to get rid of a
    first one that somebody does not like.
    """
    blockers = _no_recount(step)
    if not step.is_last:
        blockers.append(Blocker("recount_after_the_next_step", {}, RECOUNT_SOURCE))
    elif not step.counted_at <= at <= step.counted_at + RECOUNT_WITHIN:
        hours = round(RECOUNT_WITHIN / timedelta(hours=1))
        blockers.append(Blocker("recount_of_another_day", {"hours": hours}, RECOUNT_SOURCE))
    return blockers


def decline_blockers(step: Recountable, reason: str) -> list[Blocker]:
    """Why a second count cannot be declined so: it may be as long as the record is open, with a reason, once."""
    blockers = _no_recount(step)
    if step.is_declined:
        blockers.append(Blocker("recount_declined_already", {}, RECOUNT_SOURCE))
    if not reason.strip():
        blockers.append(Blocker("reason_missing", {}, "21 CFR 11.10(e)"))
    return blockers


def _no_recount(step: Recountable) -> list[Blocker]:
    if step.is_closed:
        return [Blocker("batch_closed", {}, "21 CFR 1271.270")]
    if not step.is_counted:
        return [Blocker("nothing_was_counted", {}, RECOUNT_SOURCE)]
    if step.is_counted_twice:
        return [Blocker("recounted_already", {}, RECOUNT_SOURCE)]
    if not step.is_wanted:
        return [Blocker("recount_not_wanted", {}, RECOUNT_SOURCE)]
    return []


def carried_cells(
    *, child: Decimal, was: Decimal | None, now: Decimal, share: Decimal, is_pooled: bool
) -> Decimal:
    """The viable cells of a container filled from another one, after the other one's were put right.

    Cells were shared out by volume, so that a child holds more or fewer in the same proportion as its parent. A pool
    has its cells from several parents: it gains or loses this one's share of the difference. A parent that was thought
    to hold none gives its child that share of what it holds.

    Parameters
    ----------
    child
        Viable cells of the child as they were thought to be.
    was, now
        Viable cells of the parent, before and after.
    share
        The part of the parent's volume that went into the child, 0 to 1.
    is_pooled
        Whether others went into the child too.
    """
    if is_pooled:
        return max(child + (now - (was or Decimal(0))) * share, Decimal(0)).to_integral_value()
    if not was:
        return (now * share).to_integral_value()
    return (child * now / was).to_integral_value()
