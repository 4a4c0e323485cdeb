"""What a corrected count changes in the containers that were filled from what was counted."""

from decimal import Decimal


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
