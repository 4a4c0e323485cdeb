"""What stands between a patient and a consent: the waiting time, and where the needle may go.

The same reasons grey the button on the patient's page and refuse the action.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import Protocol
from stroma.protocols.domain.spine import Side, Target


@dataclass(frozen=True)
class Place:
    """A place a patient agrees to have injected. ``BOTH`` sides count as left and right."""

    target: Target
    level: str
    side: Side


def consent_facts(document: Protocol, protocol_digest: str, places: Sequence[Place]) -> dict[str, object]:
    """Exactly what a patient is shown and signs: the points, the document they stand in, and the places."""
    return {
        "protocol": protocol_digest,
        "version": document.consent.version,
        "points": list(document.consent.points),
        "places": [{"target": p.target, "level": p.level, "side": p.side} for p in places],
    }


def waiting_blockers(document: Protocol, *, decided_at: datetime, at: datetime) -> list[Blocker]:
    """Why it is too early to consent: the protocol leaves time to think after the decision."""
    earliest = decided_at + document.consent.waiting
    if at >= earliest:
        return []
    values = {"waiting": document.consent.waiting, "earliest": earliest}
    return [Blocker("consent_too_early", values, document.consent.source)]


def place_blockers(document: Protocol, places: Sequence[Place]) -> list[Blocker]:
    """Why these places cannot be consented to under the protocol."""
    allowed = document.target
    if allowed is None:
        return [Blocker("no_place_to_consent", {}, document.key)] if places else []
    blockers = []
    for place in places:
        if (
            place.target is not allowed.target
            or place.level not in allowed.levels
            or place.side not in allowed.sides
        ):
            where = {"level": place.level, "side": place.side, "target": place.target}
            blockers.append(Blocker("place_not_in_protocol", where, document.key))
    levels = {place.level for place in places}
    if not levels:
        blockers.append(Blocker("no_place_named", {}, document.key))
    if len(levels) > allowed.maximum_levels:
        values = {"levels": len(levels), "limit": allowed.maximum_levels}
        blockers.append(Blocker("too_many_levels", values, allowed.source))
    return blockers
