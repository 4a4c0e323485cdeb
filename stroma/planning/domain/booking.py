"""Whether a course's visits may be booked, and whether a visit may end as said."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import Visit

CONSENT_SOURCE = "21 CFR 50.20"
SOURCE = "Stroma planning"


def booking_blockers(
    *,
    course_state: str,
    consent_given_at: datetime | None,
    consent_withdrawn_at: datetime | None,
    booked: Collection[str],
    at: datetime,
) -> list[Blocker]:
    """Why the chain of a course may not be booked at ``at``; ``booked`` holds the codes booked already."""
    blockers = []
    if course_state != "OPEN":
        blockers.append(Blocker("booking_course_not_open", {"state": course_state.lower()}, SOURCE))
    if consent_given_at is None or consent_given_at > at:
        blockers.append(Blocker("booking_consent_missing", {"at": at}, CONSENT_SOURCE))
    if consent_withdrawn_at is not None and consent_withdrawn_at <= at:
        values = {"withdrawn_at": consent_withdrawn_at}
        blockers.append(Blocker("booking_consent_withdrawn", values, CONSENT_SOURCE))
    if booked:
        blockers.append(Blocker("visits_already_booked", {"visits": len(booked)}, SOURCE))
    return blockers


def held_before(
    visits: Sequence[Visit], again_from: str, held: Mapping[str, datetime]
) -> dict[str, datetime]:
    """What counts as held when a chain is gone through again from the visit ``again_from`` on.

    That visit and all that follow it are to be held anew, as after a lot that failed. ``visits`` stand each after the
    one it follows, as a protocol has them.
    """
    again = {again_from}
    for visit in visits:
        if visit.after in again:
            again.add(visit.code)
    return {code: began_at for code, began_at in held.items() if code not in again}


def ending_blockers(
    *, visit: str, state: str, starts_at: datetime, reason: str | None, must_have_begun: bool, at: datetime
) -> list[Blocker]:
    """Why a visit may not be completed or missed at ``at``. ``reason`` is None where none is asked for."""
    blockers = []
    if state != "BOOKED":
        blockers.append(Blocker("visit_not_booked", {"visit": visit, "state": state.lower()}, SOURCE))
    if must_have_begun and at < starts_at:
        values = {"visit": visit, "starts_at": starts_at, "at": at}
        blockers.append(Blocker("visit_not_begun", values, SOURCE))
    if reason is not None and not reason.strip():
        blockers.append(Blocker("visit_reason_missing", {"visit": visit}, SOURCE))
    return blockers
