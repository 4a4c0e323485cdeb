"""How a page shows a review: whether its open findings stand in the way of a release, and who may accept them there."""

from typing import Any

from stroma.clinic.access import Person
from stroma.clinic.domain.roles import Role
from stroma.custody.domain.states import LotState
from stroma.custody.models import Lot

WAITS = frozenset({LotState.IN_PROCESS, LotState.QUARANTINE})


def accepting(lot: Lot, person: Person, page: str) -> dict[str, Any]:
    """What ``processing/parts/review.html`` asks besides the review; ``page`` is where one goes on after accepting."""
    waits = lot.state in WAITS
    return {
        "asks_acceptance": waits,
        "accept_back": page if waits and person.plays(Role.QUALITY) else "",
    }
