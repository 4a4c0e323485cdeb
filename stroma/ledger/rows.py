"""The few statements that every action sends, in plain SQL: reading and moving chains, writing an entry.

Note [Why the record is not written by the ORM]
    Everything else in Stroma is. But every action passes here, behind the lock on its site's chain, and building the
    same five statements anew each time cost several times what the database needed to carry them out
    (``./run bench actions``). The tables, their constraints and their triggers are the same; so is what is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from stroma.ledger.domain.entry import GENESIS, ChainKey
from stroma.ledger.models import Entry


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A chain as it stands, locked for this transaction."""

    id: int
    key: ChainKey
    length: int
    head: str
    last_recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sealing:
    """A text that an entry seals: what its row in the table of sealed texts holds."""

    id: UUID
    name: str
    digest: str
    salt: str
    text: str


def nature_of_database() -> str | None:
    """Real or simulated; None in a database that was not founded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nature FROM ledger_installation")
        row = cursor.fetchone()
    return row[0] if row else None


def lock_chains(keys: Sequence[ChainKey]) -> list[ChainRow]:
    """The rows of ``keys``, made where missing, locked in the order of their names."""
    found = _chain_rows(keys, lock=False)
    if missing := [key for key in keys if key not in found]:
        _insert(
            "ledger_chain (kind, subject, length, head)",
            [(key.kind.value, _uuid(key.subject), 0, GENESIS) for key in missing],
            unless_there=True,
        )
    # SQLite has one writer, so what was read within its transaction is as good as locked.
    if missing or connection.features.has_select_for_update:
        found = _chain_rows(keys, lock=True)
    return [found[key] for key in keys]


def move_chains(chains: Iterable[ChainRow], *, head: str, recorded_at: datetime) -> None:
    """Make each chain one entry longer, with ``head`` as its newest."""
    ids = [chain.id for chain in chains]
    moved = "UPDATE ledger_chain SET length = length + 1, head = %s, last_recorded_at = %s WHERE id IN"
    with connection.cursor() as cursor:
        cursor.execute(f"{moved} ({_marks(len(ids))})", [head, _time(recorded_at), *ids])


def insert_entry(entry: Entry, chains: Sequence[ChainRow], sealings: Sequence[Sealing]) -> None:
    """Write ``entry``, its place in each of ``chains`` and its sealed texts; ``entry`` is given its sequence."""
    columns = ("id", "action", "actor", "occurred_at", "recorded_at", "text", "hash")
    returning = " RETURNING sequence" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO ledger_entry ({', '.join(columns)}) VALUES ({_marks(len(columns))}){returning}",  # noqa: S608 - placeholders only
            [
                _uuid(entry.id),
                entry.action,
                entry.actor,
                _time(entry.occurred_at),
                _time(entry.recorded_at),
                entry.text,
                entry.hash,
            ],
        )
        # lastrowid rather than RETURNING: older SQLite, which Django still takes, has no RETURNING.
        entry.sequence = cursor.fetchone()[0] if returning else cursor.lastrowid
    entry._state.adding, entry._state.db = False, connection.alias
    _insert(
        "ledger_link (entry_id, chain_id, position, previous)",
        [(entry.sequence, chain.id, chain.length, chain.head) for chain in chains],
    )
    if sealings:
        _insert(
            "ledger_sealedtext (id, entry_id, name, digest, salt, text)",
            [(_uuid(s.id), entry.sequence, s.name, s.digest, s.salt, s.text) for s in sealings],
        )


def _chain_rows(keys: Sequence[ChainKey], *, lock: bool) -> dict[ChainKey, ChainRow]:
    wanted = " OR ".join(["(kind = %s AND subject = %s)"] * len(keys))
    locking = (
        f" {connection.ops.for_update_sql()}" if lock and connection.features.has_select_for_update else ""
    )
    columns = "SELECT id, kind, subject, length, head, last_recorded_at FROM ledger_chain"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{columns} WHERE {wanted} ORDER BY kind, subject{locking}",
            [value for key in keys for value in (key.kind.value, _uuid(key.subject))],
        )
        rows = cursor.fetchall()
    named = {(key.kind.value, key.subject.hex): key for key in keys}
    found = {}
    for row_id, kind, subject, length, head, last_recorded_at in rows:
        key = named[kind, subject if isinstance(subject, str) else subject.hex]
        found[key] = ChainRow(row_id, key, length, head, _aware(last_recorded_at))
    return found


def _aware(value: datetime | None) -> datetime | None:
    """SQLite keeps times without their zone, which is UTC."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _insert(table: str, rows: Sequence[Sequence[Any]], *, unless_there: bool = False) -> None:
    one = f"({_marks(len(rows[0]))})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} VALUES {', '.join([one] * len(rows))}"  # noqa: S608 - names of this module
            + (" ON CONFLICT DO NOTHING" if unless_there else ""),
            [value for row in rows for value in row],
        )


def _marks(number: int) -> str:
    return ", ".join(["%s"] * number)


def _uuid(value: UUID) -> Any:
    return value if connection.features.has_native_uuid_field else value.hex


def _time(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)
