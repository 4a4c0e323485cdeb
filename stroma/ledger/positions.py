"""Where chains stand, and what was written to them since: how a page learns whether it still tells the truth.

Chains only grow, so their lengths say all. They are compared chain by chain: numbers of entries would not do, because
two entries of different chains may be committed in the other order than they were numbered.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from stroma.ledger.domain.entry import ChainKey, ChainKind
from stroma.ledger.models import Entry
from stroma.ledger.statements import send

Position = Mapping[str, int]
"""How many entries each chain has, by the chain's name."""

_LENGTHS = "SELECT kind, subject, length FROM ledger_chain WHERE"


def position_of(chains: Iterable[ChainKey]) -> dict[str, int]:
    """How many entries each of these chains has, 0 where nothing was written yet: one query, by the index."""
    wanted = sorted(set(chains))
    if not wanted:
        raise ValueError("a position is that of at least one chain")
    # In plain SQL: every page with a form asks it, and each of its forms again.
    named = " OR ".join(["(kind = %s AND subject = %s)"] * len(wanted))
    found = send(
        f"{_LENGTHS} {named}",
        [value for key in wanted for value in (key.kind.value, key.subject)],
    ).fetchall()
    # A UUID is 32 digits on SQLite.
    lengths = {ChainKey(ChainKind(kind), UUID(str(subject))): length for kind, subject, length in found}
    return {str(key): lengths.get(key, 0) for key in wanted}


def position_now(opened: Position) -> dict[str, int]:
    """Where the chains of an earlier position stand now. Raises ValueError for what is no chain's name."""
    return position_of(_key(name) for name in opened)


def entries_since(opened: Position) -> list[Entry]:
    """What was written to these chains after they stood there, the oldest first."""
    added = reduce(
        or_,
        (
            Q(
                links__chain__kind=_key(name).kind,
                links__chain__subject=_key(name).subject,
                links__position__gte=length,
            )
            for name, length in opened.items()
        ),
    )
    return list(Entry.objects.filter(added).distinct().order_by("sequence"))


def _key(name: str) -> ChainKey:
    kind, _, subject = name.partition(":")
    return ChainKey(ChainKind(kind), UUID(subject))
