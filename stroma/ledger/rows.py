"""The few statements that every action sends, in plain SQL: reading and moving chains, writing an entry.

Note [Why the record is not written by the ORM]
    Everything else in Stroma is. But every action passes here, behind the lock on its site's chain, and building the
    same five statements anew each time cost several times what the database needed to carry them out
    (``./run bench actions``). The tables, their constraints and their triggers are the same; so is what is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from stroma.ledger.domain.entry import GENESIS, ChainKey
from stroma.ledger.models import Chain
from stroma.ledger.statements import send, send_last


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A chain as it stands, locked for this transaction."""

    id: int
    key: ChainKey
    length: int
    head: str
    last_recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as it is written: its row but for the number that the database gives it."""

    id: UUID
    action: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    text: str
    hash: str


@dataclass(frozen=True, slots=True)
class Sealing:
    """A text that an entry seals: what its row in the table of sealed texts holds."""

    id: UUID
    name: str
    digest: str
    salt: str
    text: str


@dataclass(frozen=True, slots=True)
class Held:
    """The chains that an entry joins, locked for this transaction, and what this database is; None if not founded."""

    nature: str | None
    chains: list[ChainRow]


def hold_chains(keys: Sequence[ChainKey]) -> Held:
    """Lock the rows of ``keys`` in the order of their names; those that are missing are made.

    One statement where all are there, as they nearly always are. Where one is missing, it locks none: all are locked
    together once they exist, for chains that are locked in two goes are not locked in order.
    """
    nature, found = _locked(keys, only_all=True)
    if len(found) < len(keys):
        there = {
            (row.kind, row.subject) for row in Chain.objects.filter(subject__in=[k.subject for k in keys])
        }
        if missing := [key for key in keys if (key.kind, key.subject) not in there]:
            _insert(
                "INSERT INTO ledger_chain (kind, subject, length, head)",
                [(key.kind.value, key.subject, 0, GENESIS) for key in missing],
                unless_there=True,
            )
        nature, found = _locked(keys, only_all=False)
    return Held(nature, [found[key] for key in keys])


def write_entry(entry: Written, chains: Sequence[ChainRow], sealings: Sequence[Sealing]) -> None:
    """Write ``entry``, its place in each of ``chains``, which it makes one longer, and its sealed texts."""
    if connection.vendor == "postgresql":
        _written_at_once(entry, chains, sealings)
    else:
        _written_table_by_table(entry, chains, sealings)


def _written_at_once(entry: Written, chains: Sequence[ChainRow], sealings: Sequence[Sealing]) -> None:
    """One statement, which goes with the COMMIT where nothing follows: until then the site's other writers wait."""
    link, sealed = "(%s::bigint, %s::integer, %s)", "(%s::uuid, %s, %s, %s, %s)"
    parts = [
        f"entry AS ({_ENTRY} VALUES ({_marks(7)}) RETURNING sequence)",
        f"link AS ({_LINK} {_OF_ENTRY} (VALUES {', '.join([link] * len(chains))}) AS one)",
    ]
    values = [*_entry_values(entry), *(value for chain in chains for value in _link_values(chain))]
    if sealings:
        parts.append(
            f"sealed AS ({_SEALED} {_OF_ENTRY} (VALUES {', '.join([sealed] * len(sealings))}) AS one)"
        )
        values += [value for one in sealings for value in _sealing_values(one)]
    send_last(
        f"WITH {', '.join(parts)} {_MOVE} ({_marks(len(chains))})", [*values, *_move_values(entry, chains)]
    )


def _written_table_by_table(entry: Written, chains: Sequence[ChainRow], sealings: Sequence[Sealing]) -> None:
    """SQLite changes one table with a statement, in the same process."""
    # lastrowid rather than RETURNING: older SQLite, which Django still takes, has no RETURNING.
    sequence = int(send(f"{_ENTRY} VALUES ({_marks(7)})", _entry_values(entry)).lastrowid)
    send(f"{_MOVE} ({_marks(len(chains))})", _move_values(entry, chains))
    _insert(_LINK, [(sequence, *_link_values(chain)) for chain in chains])
    if sealings:
        _insert(_SEALED, [(sequence, *_sealing_values(one)) for one in sealings])


_CHAINS = (
    "SELECT id, kind, subject, length, head, last_recorded_at, (SELECT nature FROM ledger_installation) "
    "FROM ledger_chain"
)
_ENTRY = "INSERT INTO ledger_entry (id, action, actor, occurred_at, recorded_at, text, hash)"
_LINK = "INSERT INTO ledger_link (entry_id, chain_id, position, previous)"
_SEALED = "INSERT INTO ledger_sealedtext (entry_id, id, name, digest, salt, text)"
_OF_ENTRY = "SELECT sequence, one.* FROM entry,"
_MOVE = "UPDATE ledger_chain SET length = length + 1, head = %s, last_recorded_at = %s WHERE id IN"


def _entry_values(entry: Written) -> list[Any]:
    at = (entry.occurred_at, entry.recorded_at)
    return [entry.id, entry.action, entry.actor, *at, entry.text, entry.hash]


def _link_values(chain: ChainRow) -> tuple[int, int, str]:
    return chain.id, chain.length, chain.head


def _sealing_values(sealing: Sealing) -> tuple[Any, ...]:
    return sealing.id, sealing.name, sealing.digest, sealing.salt, sealing.text


def _move_values(entry: Written, chains: Sequence[ChainRow]) -> list[Any]:
    return [entry.hash, entry.recorded_at, *(chain.id for chain in chains)]


def _locked(keys: Sequence[ChainKey], *, only_all: bool) -> tuple[str | None, dict[ChainKey, ChainRow]]:
    """These rows, locked as Note [A lock leaves the key free] has it, and the nature; with ``only_all`` all or none.

    SQLite has one writer, so what is read within its transaction is as good as locked.
    """
    wanted = " OR ".join(["(kind = %s AND subject = %s)"] * len(keys))
    values = [value for key in keys for value in (key.kind.value, key.subject)]
    where, locking = f"({wanted})", ""
    if connection.features.has_select_for_update:
        locking = f" {connection.ops.for_update_sql(of=('ledger_chain',), no_key=True)}"
        if only_all:
            where += f" AND (SELECT COUNT(*) FROM ledger_chain WHERE {wanted}) = {len(keys)}"  # noqa: S608 - placeholders
            values *= 2
    rows = send(f"{_CHAINS} WHERE {where} ORDER BY kind, subject{locking}", values).fetchall()
    named = {(key.kind.value, key.subject.hex): key for key in keys}
    found = {}
    for row_id, kind, subject, length, head, last_recorded_at, _nature in rows:
        key = named[kind, subject if isinstance(subject, str) else subject.hex]
        found[key] = ChainRow(row_id, key, length, head, _aware(last_recorded_at))
    return (rows[0][-1] if rows else None), found


def _aware(value: datetime | None) -> datetime | None:
    """SQLite keeps times without their zone, which is UTC."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _insert(into: str, rows: Sequence[Sequence[Any]], *, unless_there: bool = False) -> None:
    one = f"({_marks(len(rows[0]))})"
    unless = " ON CONFLICT DO NOTHING" if unless_there else ""
    send(f"{into} VALUES {', '.join([one] * len(rows))}{unless}", [value for row in rows for value in row])


def _marks(number: int) -> str:
    return ", ".join(["%s"] * number)
