"""How an entry is written on SQLite: read the chains' heads, spell the entry, write it and move the chains.

Note [Why the record is not written by the ORM]
    Everything else in Stroma is. But every action passes here, and building the same five statements anew each time
    cost several times what the database needed to carry them out (``./run bench actions``). The tables, their
    constraints and their triggers are the same; so is what is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stroma.ledger.domain.entry import (
    GENESIS,
    ChainKey,
    ChainLink,
    Nature,
    completed,
    entry_hash,
    opening,
)
from stroma.ledger.refusals import NotFounded, refuse_impossible_times
from stroma.ledger.statements import send
from stroma.ledger.told import Told


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A chain as it stands."""

    id: int
    key: ChainKey
    length: int
    head: str
    last_recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """The chains that an entry joins, and what this database is; None if not founded."""

    nature: str | None
    chains: list[ChainRow]


def write_entry(told: Told) -> None:
    """Write the entry, its place in each of its chains, which it makes one longer, and its sealed texts.

    Raises NotFounded and NotRecordable.
    """
    held = hold_chains(told.chains)
    if held.nature is None:
        raise NotFounded
    nature, chains = Nature(held.nature), held.chains
    recorded_at = told.occurred_at if nature is Nature.SIMULATED else told.clock
    last = [(str(chain.key), chain.last_recorded_at) for chain in chains]
    refuse_impossible_times(told.occurred_at, recorded_at, last)
    # Within a chain the time of recording never goes back, so that a back-dated entry shows.
    recorded_at = max([recorded_at, *(before for _, before in last if before)])
    text = completed(
        opening(id=told.id, action=told.action, actor=told.actor, facts=told.facts),
        [ChainLink(str(chain.key), chain.length, chain.head) for chain in chains],
        nature,
        told.occurred_at,
        recorded_at,
    )
    hashed = entry_hash(text)
    values = [told.id, told.action, told.actor, told.occurred_at, recorded_at, text, hashed]
    # lastrowid rather than RETURNING: older SQLite, which Django still takes, has no RETURNING.
    sequence = int(send(f"{_ENTRY} VALUES ({_marks(7)})", values).lastrowid)
    send(f"{_MOVE} ({_marks(len(chains))})", [hashed, recorded_at, *(chain.id for chain in chains)])
    _insert(_LINK, [(sequence, chain.id, chain.length, chain.head) for chain in chains])
    if told.sealings:
        _insert(_SEALED, [(sequence, s.id, s.name, s.digest, s.salt, s.text) for s in told.sealings])


def hold_chains(keys: Sequence[ChainKey]) -> Held:
    """The rows of ``keys`` in their order; those that are missing are made.

    SQLite has one writer, so what is read within its transaction is as good as locked.
    """
    nature, found = _read(keys)
    if missing := [key for key in keys if key not in found]:
        _insert(
            "INSERT INTO ledger_chain (kind, subject, length, head)",
            [(key.kind.value, key.subject, 0, GENESIS) for key in missing],
        )
        nature, found = _read(keys)
    return Held(nature, [found[key] for key in keys])


_CHAINS = (
    "SELECT id, kind, subject, length, head, last_recorded_at, (SELECT nature FROM ledger_installation) "
    "FROM ledger_chain"
)
_ENTRY = "INSERT INTO ledger_entry (id, action, actor, occurred_at, recorded_at, text, hash)"
_LINK = "INSERT INTO ledger_link (entry_id, chain_id, position, previous)"
_SEALED = "INSERT INTO ledger_sealedtext (entry_id, id, name, digest, salt, text)"
_MOVE = "UPDATE ledger_chain SET length = length + 1, head = %s, last_recorded_at = %s WHERE id IN"


def _read(keys: Sequence[ChainKey]) -> tuple[str | None, dict[ChainKey, ChainRow]]:
    wanted = " OR ".join(["(kind = %s AND subject = %s)"] * len(keys))
    values = [value for key in keys for value in (key.kind.value, key.subject)]
    rows = send(f"{_CHAINS} WHERE {wanted}", values).fetchall()
    named = {(key.kind.value, key.subject.hex): key for key in keys}
    found = {}
    for row_id, kind, subject, length, head, last_recorded_at, _nature in rows:
        key = named[kind, subject]
        found[key] = ChainRow(row_id, key, length, head, _aware(last_recorded_at))
    return (rows[0][-1] if rows else None), found


def _aware(value: datetime | None) -> datetime | None:
    """SQLite keeps times without their zone, which is UTC."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _insert(into: str, rows: Sequence[Sequence[Any]]) -> None:
    one = f"({_marks(len(rows[0]))})"
    send(f"{into} VALUES {', '.join([one] * len(rows))}", [value for row in rows for value in row])


def _marks(number: int) -> str:
    return ", ".join(["%s"] * number)
