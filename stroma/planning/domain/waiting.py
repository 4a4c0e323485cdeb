"""Whether a course may wait for visits, and whether an offer may be answered."""

from collections.abc import Sequence
from datetime import date, datetime

from stroma.planning.domain.booking import SOURCE
from stroma.protocols.domain.blocker import Blocker


def waiting_blockers(
    *, reasons_not_to_book: Sequence[Blocker], waits: bool, first_by: date, today: date, weekdays: str
) -> list[Blocker]:
    """Why a course may not be put on the waiting list."""
    blockers = list(reasons_not_to_book)
    if waits:
        blockers.append(Blocker("waits_already", {}, SOURCE))
    if first_by <= today:
        blockers.append(Blocker("waiting_until_past", {"first_by": first_by}, SOURCE))
    if not weekdays or set(weekdays) - set("0123456"):
        blockers.append(Blocker("waiting_on_no_day", {}, SOURCE))
    return blockers


def answer_blockers(*, state: str, expires_at: datetime, at: datetime) -> list[Blocker]:
    """Why an offer may not be answered any more."""
    if state != "OPEN":
        return [Blocker("offer_answered", {"state": state.lower()}, SOURCE)]
    if expires_at <= at:
        return [Blocker("offer_expired", {"expires_at": expires_at}, SOURCE)]
    return []
