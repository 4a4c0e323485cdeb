"""When repeated wrong tries at somebody's account are reported, and when a report is cleared (21 CFR 11.300(d))."""

from datetime import datetime, timedelta

from stroma.protocols.domain.blocker import Blocker

SOURCE = "21 CFR 11.300(d) (standards.md §6.1)"

TRIES = 5
"""Wrong tries after which the door is closed and the site is told. The rule names no number: general knowledge."""
CLOSED_FOR = timedelta(minutes=15)
"""How long the door stays closed; tries against a closed door make no second report."""


def is_reported_again(last_reported_at: datetime | None, *, at: datetime) -> bool:
    """Whether the tries that closed the door at ``at`` are a report of their own, beside the last one."""
    return last_reported_at is None or at - last_reported_at >= CLOSED_FOR


def clearing_blockers(*, is_cleared: bool, reason: str) -> list[Blocker]:
    """Why a report is not cleared."""
    checks = [(is_cleared, "attempts_cleared_before"), (not reason.strip(), "reason_missing")]
    return [Blocker(code, {}, SOURCE) for applies, code in checks if applies]
