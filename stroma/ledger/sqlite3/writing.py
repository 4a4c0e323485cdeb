"""How an entry is written on SQLite: read the chains' heads, spell the entry, write it and move the chains.

Note [Why the record is not written by the ORM]
    Everything else in Stroma is. But every action passes here, and building the same five statements anew each time
    cost several times what the database needed to carry them out (``./run bench actions``). The tables, their
    constraints and their triggers are the same; so is what is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

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
from stroma.ledger.statements import Send, sender
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
    send = sender()
    held = hold_chains(send, told.chains)
    if held.nature is None:
        raise NotFounded
    nature, chains = Nature(held.nature), held.chains
    recorded_at = told.occurred_at if nature is Nature.SIMULATED else told.clock
    names = [str(chain.key) for chain in chains]
    last = [chain.last_recorded_at for chain in chains]
    refuse_impossible_times(told.occurred_at, recorded_at, list(zip(names, last, strict=True)))
    # Within a chain the time of recording never goes back, so that a back-dated entry shows.
    recorded_at = max([recorded_at, *filter(None, last)])
    text = completed(
        opening(id=told.id, action=told.action, actor=told.actor, facts=told.facts),
        [ChainLink(name, chain.length, chain.head) for name, chain in zip(names, chains, strict=True)],
        nature,
        told.occurred_at,
        recorded_at,
    )
    hashed = entry_hash(text)
    values = [told.id, told.action, told.actor, told.occurred_at, recorded_at, text, hashed]
    # lastrowid rather than RETURNING: older SQLite, which Django still takes, has no RETURNING.
    sequence = int(send(_ENTRY, values).lastrowid)
    for chain in chains:
        send(_MOVE, [hashed, recorded_at, chain.id])
        send(_LINK, [sequence, chain.id, chain.length, chain.head])
    for one in told.sealings:
        send(_SEALED, [sequence, one.id, one.name, one.digest, one.salt, one.text])


def hold_chains(send: Send, keys: Sequence[ChainKey]) -> Held:
    """The rows of ``keys`` in their order; those that are missing are made.

    SQLite has one writer, so what is read within its transaction is as good as locked.
    """
    nature, found = _read(send, keys)
    if missing := [key for key in keys if key not in found]:
        for key in missing:
            send(_CHAIN, [key.kind.value, key.subject, 0, GENESIS])
        nature, found = _read(send, keys)
    return Held(nature, [found[key] for key in keys])


def _read(send: Send, keys: Sequence[ChainKey]) -> tuple[str | None, dict[ChainKey, ChainRow]]:
    rows = send(
        _heads(len(keys)), [value for key in keys for value in (key.kind.value, key.subject)]
    ).fetchall()
    named = {(key.kind.value, key.subject.hex): key for key in keys}
    found = {}
    for row_id, kind, subject, length, head, last_recorded_at, _nature in rows:
        key = named[kind, subject]
        found[key] = ChainRow(row_id, key, length, head, aware(last_recorded_at))
    return (rows[0][-1] if rows else None), found


def aware(value: datetime | None) -> datetime | None:
    """SQLite keeps times without their zone, which is UTC."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


# One row at a time: a statement for two that may be refused half-way takes several times as long (ADR 0002).
_ENTRY = (
    "INSERT INTO ledger_entry (id, action, actor, occurred_at, recorded_at, text, hash) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s)"
)
_CHAIN = "INSERT INTO ledger_chain (kind, subject, length, head) VALUES (%s, %s, %s, %s)"
_MOVE = "UPDATE ledger_chain SET length = length + 1, head = %s, last_recorded_at = %s WHERE id = %s"
_LINK = "INSERT INTO ledger_link (entry_id, chain_id, position, previous) VALUES (%s, %s, %s, %s)"
_SEALED = (
    "INSERT INTO ledger_sealedtext (entry_id, id, name, digest, salt, text) VALUES (%s, %s, %s, %s, %s, %s)"
)
_HEADS = (
    "SELECT id, kind, subject, length, head, last_recorded_at, (SELECT nature FROM ledger_installation) "
    "FROM ledger_chain WHERE"
)


@cache
def _heads(chains: int) -> str:
    """The statement that reads so many chains, and what this database is."""
    return f"{_HEADS} {' OR '.join(['(kind = %s AND subject = %s)'] * chains)}"
