"""Whether a site's calendar may be changed so. Every change has its day, and the past does not move."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from itertools import pairwise

from stroma.planning.domain.booking import SOURCE
from stroma.planning.domain.kinds import EQUIPMENT, ROOMS, sort_of
from stroma.protocols.domain.blocker import Blocker

Week = Mapping[int, Sequence[tuple[time, time]]]
LONGEST_TURN = 240


def week_blockers(*, hours: Week, valid_from: date, today: date, reason: str) -> list[Blocker]:
    """Why the hours of a week may not be set so. Stretches of one day must not overlap, nor reach into the next."""
    blockers = []
    if valid_from < today:
        values = {"valid_from": valid_from, "today": today}
        blockers.append(Blocker("calendar_in_the_past", values, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("calendar_reason_missing", {}, SOURCE))
    for weekday in sorted(hours):
        stretches = sorted(hours[weekday])
        blockers += [
            Blocker("calendar_hours_overlap", {"weekday": weekday, "at": later}, SOURCE)
            for (_, end), (later, _) in pairwise(stretches)
            if later < end
        ]
        blockers += [
            Blocker("calendar_hours_empty", {"weekday": weekday, "at": opens}, SOURCE)
            for opens, closes in stretches
            if opens == closes != time()
        ]
        if any(closes <= opens for opens, closes in stretches[:-1]):
            blockers.append(Blocker("calendar_night_not_last", {"weekday": weekday}, SOURCE))
    return blockers


def absence_blockers(
    *,
    starts_at: datetime,
    ends_at: datetime,
    today_from: datetime,
    at: datetime,
    reason: str,
    as_kind: str,
    kinds: Collection[str] | None,
) -> list[Blocker]:
    """Why something may not be closed or away then. ``kinds`` is what it can be booked as, None for a site.

    ``today_from`` is when the site's day began: who calls in ill in the morning is away from then on.
    """
    blockers = []
    if ends_at <= starts_at:
        blockers.append(Blocker("absence_ends_first", {"starts_at": starts_at, "ends_at": ends_at}, SOURCE))
    if starts_at < today_from or ends_at <= at:
        blockers.append(Blocker("absence_in_the_past", {"starts_at": starts_at}, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("calendar_reason_missing", {}, SOURCE))
    if as_kind and kinds is not None and as_kind not in kinds:
        blockers.append(Blocker("absence_of_another_kind", {"kind": as_kind}, SOURCE))
    return blockers


def taking_back_blockers(
    *, is_taken_back: bool, ends_at: datetime, at: datetime, reason: str
) -> list[Blocker]:
    """Why an absence may not be taken back."""
    blockers = []
    if is_taken_back:
        blockers.append(Blocker("absence_taken_back_before", {}, SOURCE))
    if ends_at <= at:
        blockers.append(Blocker("absence_is_over", {"ends_at": ends_at}, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("calendar_reason_missing", {}, SOURCE))
    return blockers


def turn_blockers(
    *, kind: str, before_minutes: int, after_minutes: int, valid_from: date, today: date, reason: str
) -> list[Blocker]:
    """Why set-up and cleaning may not be set so."""
    blockers = []
    if sort_of(kind) not in (ROOMS, EQUIPMENT):
        blockers.append(Blocker("turn_of_no_thing", {"kind": kind}, SOURCE))
    if not (0 <= before_minutes <= LONGEST_TURN and 0 <= after_minutes <= LONGEST_TURN):
        blockers.append(Blocker("turn_too_long", {"longest": LONGEST_TURN}, SOURCE))
    if valid_from < today:
        blockers.append(Blocker("calendar_in_the_past", {"valid_from": valid_from, "today": today}, SOURCE))
    if not reason.strip():
        blockers.append(Blocker("calendar_reason_missing", {}, SOURCE))
    return blockers
