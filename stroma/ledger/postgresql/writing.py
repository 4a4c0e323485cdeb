"""How an entry is written on PostgreSQL: by a function of the server, in one statement that goes with the COMMIT.

A chain is locked from the moment its head is read until the commit, and a site's writers wait for each other that long.
When the head came here, the entry was spelled here and went back, most of that time was the way. So what does not
depend on the chains is spelled here (``opening``), and ``ledger_record`` (migration 0007) locks the chains in the order
given, fills in their positions and heads and the time of recording, hashes the text and writes it. It spells nothing
but numbers, times and hashes. ``stroma verify`` reads each entry anew and knows nothing of either way.
"""

from functools import cache

from stroma.ledger.domain.entry import opening
from stroma.ledger.statements import send_last
from stroma.ledger.told import Told


def write_entry(told: Told) -> None:
    """Have the entry written with the COMMIT, or with the next statement if one follows.

    What the server refuses is raised then: ``refusals.told_by_the_server`` says what it means.
    """
    values = [told.id, told.action, told.actor, told.occurred_at, told.clock]
    values.append(opening(id=told.id, action=told.action, actor=told.actor, facts=told.facts))
    values += [key.kind.value for key in told.chains]
    values += [key.subject for key in told.chains]
    values += [one.id for one in told.sealings]
    for name in ("name", "digest", "salt", "text"):
        values += [getattr(one, name) for one in told.sealings]
    send_last(_statement(len(told.chains), len(told.sealings)), values)


@cache
def _statement(chains: int, sealings: int) -> str:
    arrays = [_array("text", chains), _array("uuid", chains), _array("uuid", sealings)]
    arrays += [_array("text", sealings)] * 4
    return f"SELECT ledger_record({', '.join(['%s'] * 6 + arrays)})"


def _array(kind: str, length: int) -> str:
    return f"ARRAY[{', '.join(['%s'] * length)}]::{kind}[]"
