"""A chain's next link: written straight into the database, refused there where it does not name the entry before it.

The ledger's other guards are tried in ``tests/ledger``.
"""

import pytest

from stroma.ledger.domain.entry import GENESIS
from stroma.ledger.models import Chain, Entry, Link
from tests.never.trial import Case, Write, ids, refused_by_its_guard_alone
from tests.never.world import World


def a_chain() -> Chain:
    """A patient's: there are entries that are not in it, as there are none for a site's."""
    return Chain.objects.filter(kind="patient", length__gt=1).order_by("id")[0]


def linked(chain: Chain, position: int, previous: str) -> Write:
    """Link an entry to a chain that it is not in."""
    entry = Entry.objects.exclude(links__chain=chain).order_by("sequence")[0]
    return lambda: Link.objects.create(entry=entry, chain=chain, position=position, previous=previous)


def a_link_to_no_entry(world: World) -> Write:
    chain = a_chain()
    return linked(chain, chain.length, "f" * 64)


def a_link_that_begins_the_chain_again(world: World) -> Write:
    chain = a_chain()
    return linked(chain, chain.length, GENESIS)


def a_link_beside_the_last_one(world: World) -> Write:
    chain = a_chain()
    last = Link.objects.get(chain=chain, position=chain.length - 1)
    return linked(chain, chain.length, last.previous)


def a_link_behind_a_gap(world: World) -> Write:
    chain = a_chain()
    return linked(chain, chain.length + 1, chain.head)


def a_beginning_behind_the_end(world: World) -> Write:
    chain = a_chain()
    return linked(chain, chain.length + 90, GENESIS)


CASES = [
    Case("ledger_link_follows", a_link_to_no_entry),
    Case("ledger_link_follows", a_link_that_begins_the_chain_again),
    Case("ledger_link_follows", a_link_beside_the_last_one),
    Case("ledger_link_follows", a_link_behind_a_gap),
    Case("ledger_link_follows", a_beginning_behind_the_end),
]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_a_link_that_does_not_follow_is_refused_by_the_database(world: World, case: Case) -> None:
    refused_by_its_guard_alone(case, world)
