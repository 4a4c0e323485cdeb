"""Writing an entry: called by every action, inside its transaction."""

import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from stroma.ledger.domain.canonical import sealed_digest
from stroma.ledger.domain.entry import ChainKey, ChainKind, Nature
from stroma.ledger.models import Installation
from stroma.ledger.postgresql import writing as postgresql
from stroma.ledger.refusals import NotFounded
from stroma.ledger.sqlite3 import writing as sqlite3
from stroma.ledger.statements import send
from stroma.ledger.told import Sealing, Told

_WRITING = {"sqlite": sqlite3, "postgresql": postgresql}

_known: ContextVar[list[Installation] | None] = ContextVar("what this database is", default=None)


@contextmanager
def nature_read_once() -> Iterator[None]:
    """Within, what this database is is read a single time: it is declared once and never changes."""
    token = _known.set([])
    try:
        yield
    finally:
        _known.reset(token)


def installation() -> Installation:
    """What this database is. Raises NotFounded before the first start."""
    found = _installation()
    if found is None:
        raise NotFounded
    return found


def _installation() -> Installation | None:
    known = _known.get()
    if known:
        return known[0]
    found = Installation.objects.first()
    if known is not None and found is not None:
        known.append(found)
    return found


def is_simulated() -> bool:
    """Whether this database is a simulated one; one that was not founded yet holds nothing real."""
    found = _installation()
    return found is None or Nature(found.nature) is Nature.SIMULATED


def present() -> datetime:
    """The time it is for this record: the clock's, or in a simulated database the newest entry's where that is later.

    A demonstration may have been made on a clock that ran ahead; its next action must not come before its last.
    """
    now = timezone.now()
    found = _installation()
    if found is None or found.nature == Nature.REAL:
        return now
    # Each action joins its site's chain, and within a chain the time of recording never goes back.
    # In plain SQL: every page of a simulated clinic asks it twice.
    row = send(
        "SELECT last_recorded_at FROM ledger_chain WHERE kind = %s AND last_recorded_at IS NOT NULL "
        "ORDER BY last_recorded_at DESC LIMIT 1",
        [ChainKind.SITE.value],
    ).fetchone()
    newest = sqlite3.aware(row[0]) if row else None
    return max(now, newest) if newest else now


def record(
    action: str,
    *,
    by: object,
    at: datetime,
    chains: Iterable[ChainKey],
    facts: Mapping[str, Any] | None = None,
    sealed: Mapping[str, str] | None = None,
) -> uuid.UUID:
    """Write one entry into every chain it touches; gives the identifier of the entry.

    On PostgreSQL it is written with the transaction's end, or before the next statement if one follows; so that is
    when it may be refused there.

    Parameters
    ----------
    action
        What happened, as ``lot.released``.
    by
        Who did it: anything with a ``ledger_name`` (an identifier without meaning).
    at
        When it happened. In a simulated database it is also the time of recording.
    chains
        The chains the entry joins; at least one.
    facts
        Identifiers, codes, quantities and times. Fractions as Decimal or text.
    sealed
        Names, reasons and other free text: only their salted digests enter the chain.

    Raises
    ------
    NotRecordable
        ``at`` lies in the future of a real database, or the clock stands behind a chain's last entry.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An entry is written inside an action's transaction only.")
    ordered = sorted(set(chains))
    if not ordered:
        raise ValueError("an entry joins at least one chain")
    clock = timezone.now()
    sealings = [_sealing(name, text, clock) for name, text in sorted((sealed or {}).items()) if text]
    told = Told(
        id=_in_order_of_time(clock),
        action=action,
        actor=str(getattr(by, "ledger_name", by)),
        occurred_at=at,
        clock=clock,
        chains=ordered,
        facts={**(facts or {}), **{sealing.name: {"sealed": sealing.digest} for sealing in sealings}},
        sealings=sealings,
    )
    _WRITING[connection.vendor].write_entry(told)
    return told.id


def _sealing(name: str, text: str, at: datetime) -> Sealing:
    salt = secrets.token_hex(16)
    return Sealing(_in_order_of_time(at), name, sealed_digest(salt, text), salt, text)


def _in_order_of_time(moment: datetime) -> uuid.UUID:
    """A new identifier that sorts by ``moment`` (UUIDv7, RFC 9562 section 5.7), which stands in the entry anyway.

    Keys in no order are written all over their index; these are written at its end. 74 bits are random.
    """
    milliseconds = int(moment.timestamp() * 1000)
    random = int.from_bytes(secrets.token_bytes(10))
    return uuid.UUID(
        int=milliseconds << 80 | 7 << 76 | (random >> 68) << 64 | 2 << 62 | random & (1 << 62) - 1
    )
