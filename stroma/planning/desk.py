"""What a coordinator's home says about visits: wishes, what the calendar has no room for, calls, offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from stroma.clinic.models import Site
from stroma.planning.models import MoveWish, SlotOffer
from stroma.planning.moves import open_wishes
from stroma.planning.reminding import to_phone
from stroma.planning.standing import visits_in_the_way


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits for the coordinator."""

    wishes: Sequence[tuple[MoveWish, str]]
    in_the_way: int
    calls: int
    offers: int


def desk_of(site: Site, *, at: datetime) -> Desk:
    """What waits at ``site``."""
    offers = SlotOffer.objects.filter(
        waiting__site=site, state=SlotOffer.State.OPEN, expires_at__gt=at
    ).count()
    return Desk(open_wishes(site), len(visits_in_the_way(site, at=at)), len(to_phone(site, at=at)), offers)
