"""What a coordinator's home says about visits: wishes, what the calendar has no room for, calls, offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from stroma.clinic.models import Site
from stroma.planning.calling import changes_to_call
from stroma.planning.models import MoveWish, SlotOffer
from stroma.planning.moves import open_wishes, titled
from stroma.planning.reminding import to_phone
from stroma.planning.standing import visits_in_the_way

SHOWN = 5
"""Wishes that are read out; the rest are counted."""
LOOKED_FOR = 20
"""Visits in the calendar's way beyond which nobody needs the exact number."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits for the coordinator; of visits in the calendar's way no more than ``LOOKED_FOR`` are counted."""

    wishes: Sequence[tuple[MoveWish, str]]
    more_wishes: int
    in_the_way: int
    are_more_in_the_way: bool
    calls: int
    changes_to_call: int
    offers: int


def desk_of(site: Site, *, at: datetime) -> Desk:
    """What waits at ``site``."""
    offers = SlotOffer.objects.filter(
        waiting__site=site, state=SlotOffer.State.OPEN, expires_at__gt=at
    ).count()
    wishes = open_wishes(site)
    in_the_way = len(visits_in_the_way(site, at=at, most=LOOKED_FOR + 1))
    return Desk(
        wishes=[(wish, titled(wish.visit)) for wish in wishes[:SHOWN]],
        more_wishes=max(0, wishes.count() - SHOWN),
        in_the_way=min(in_the_way, LOOKED_FOR),
        are_more_in_the_way=in_the_way > LOOKED_FOR,
        calls=to_phone(site, at=at).count(),
        changes_to_call=len(changes_to_call(site, at=at)),
        offers=offers,
    )
