"""Whose hands take a container over and which badge they show: a few people at one shared tablet.

The receiver on record is whoever is signed in. A fault that costs one: somebody else's hands at the tablet, or a wrong
badge in one's own. A stale page costs nothing: it was opened before a badge was given, and so asks for none.

What no program sees is left out here too: a badge that is worn, lent to somebody else. Of who wears no badge the record
says only who was signed in, and so nothing is claimed of their hands.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from stroma.clinic.domain.badges import BadgeShown, KnownBadge, badge_shown, new_code
from tests.model.state import State, Worn

HARM = "4: one person stands for another, who wears a badge, at a hand-over"
CODE = new_code(draw=min)
"""A badge's code as it should be; whose it is stands beside it."""
ANOTHER_CODE = "LAB-1"


class Taken(NamedTuple):
    """How a container is taken over: who is signed in, whose hands they are, and what the rule sees of the badge."""

    told: str
    faults: int
    receiver: int
    hands: int
    badge: BadgeShown

    def harm(self, state: State) -> str:
        """The harm of writing it down."""
        is_claimed = bool(state.staff) and state.staff[self.receiver].is_worn
        return HARM if is_claimed and self.hands != self.receiver else ""


_AS_IT_IS = (Taken("", 0, 0, 0, BadgeShown.NONE),)


def ways_to_take_over(state: State) -> tuple[Taken, ...]:
    """Every way in which a container can be taken over now; where a story has no staff, who receives it does."""
    return _ways(state.staff) if state.staff else _AS_IT_IS


@cache
def _ways(staff: tuple[Worn, ...]) -> tuple[Taken, ...]:
    ways = []
    for receiver in range(len(staff)):
        for hands in range(len(staff)):
            other_hands = hands != receiver
            for what, is_wrong, shown in _under_the_scanner(staff, receiver, hands):
                faults = other_hands + is_wrong
                who = f"the hands of {hands}, signed in as {receiver}, with {what}: " if faults else ""
                ways.append(Taken(f"FAULT {who}" if faults else "", faults, receiver, hands, shown))
    return tuple(ways)


def _under_the_scanner(
    staff: tuple[Worn, ...], receiver: int, hands: int
) -> Iterator[tuple[str, bool, BadgeShown]]:
    """What those hands can show, whether it is a wrong scan, and what the rule takes it for."""
    yield "no badge", False, BadgeShown.NONE
    for owner, worn in enumerate(staff):
        is_lent = owner == receiver != hands
        if worn.is_worn and not is_lent:
            yield f"the badge of {owner}", owner != hands, _known(is_theirs=owner == receiver)
        if worn.was_lost:
            yield f"the lost badge of {owner}", True, _known(is_theirs=owner == receiver, is_revoked=True)
    yield "their badge of another clinic", True, _known(is_theirs=True, is_of_this_site=False)
    yield "a badge that nobody was given", True, badge_shown(CODE, None)
    yield "another code", True, badge_shown(ANOTHER_CODE, None)


def _known(*, is_theirs: bool, is_revoked: bool = False, is_of_this_site: bool = True) -> BadgeShown:
    return badge_shown(CODE, KnownBadge(is_revoked, is_of_this_site, is_theirs))
