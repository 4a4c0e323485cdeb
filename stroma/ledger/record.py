"""Writing an entry: called by every action, inside its transaction."""

import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from stroma.ledger.domain.canonical import sealed_digest
from stroma.ledger.domain.entry import ChainKey, ChainLink, EntryBody, Nature, entry_hash
from stroma.ledger.models import Entry, Installation
from stroma.ledger.rows import ChainRow, Held, Sealing, Written, hold_chains, write_entry
from stroma.protocols.domain.blocker import Blocker, Refused

CLOCK_TOLERANCE = timedelta(minutes=2)
"""How far ahead of this server's clock a person's or an instrument's clock may be."""

_known: ContextVar[list[Installation] | None] = ContextVar("what this database is", default=None)


class NotRecordable(Refused):
    """The entry's time cannot be true: it lies in the future, or the clock went back behind the chain's last entry."""


class NotFounded(RuntimeError):  # noqa: N818 - named for what happened
    """The database has not been declared real or simulated yet."""


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
        raise NotFounded("This database is empty. Found it first: `stroma found --real` or `./run demo`.")
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
    newest = Entry.objects.order_by("-recorded_at").values_list("recorded_at", flat=True).first()
    return max(now, newest) if newest else now


def record(
    action: str,
    *,
    by: object,
    at: datetime,
    chains: Iterable[ChainKey],
    facts: Mapping[str, Any] | None = None,
    sealed: Mapping[str, str] | None = None,
) -> Written:
    """Write one entry into every chain it touches; gives it as it was written.

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
    held = _held(chains)
    nature, locked = Nature(held.nature or installation().nature), held.chains
    recorded_at = at if nature is Nature.SIMULATED else timezone.now()
    _refuse_impossible_times(at, recorded_at, locked)
    # Within a chain the time of recording never goes back, so that a back-dated entry shows.
    recorded_at = max([recorded_at, *(chain.last_recorded_at for chain in locked if chain.last_recorded_at)])
    sealings = [_sealing(name, text, recorded_at) for name, text in sorted((sealed or {}).items()) if text]
    body = EntryBody(
        id=_in_order_of_time(recorded_at),
        action=action,
        actor=str(getattr(by, "ledger_name", by)),
        occurred_at=at,
        recorded_at=recorded_at,
        nature=nature,
        links=[ChainLink(str(chain.key), chain.length, chain.head) for chain in locked],
        facts={**(facts or {}), **{sealing.name: {"sealed": sealing.digest} for sealing in sealings}},
    )
    text = body.as_text()
    entry = Written(
        id=body.id,
        action=action,
        actor=body.actor,
        occurred_at=at,
        recorded_at=recorded_at,
        text=text,
        hash=entry_hash(text),
    )
    write_entry(entry, locked, sealings)
    return entry


def _held(keys: Iterable[ChainKey]) -> Held:
    ordered = sorted(set(keys))
    if not ordered:
        raise ValueError("an entry joins at least one chain")
    return hold_chains(ordered)


def _sealing(name: str, text: str, at: datetime) -> Sealing:
    salt = secrets.token_hex(16)
    return Sealing(_in_order_of_time(at), name, sealed_digest(salt, text), salt, text)


def _in_order_of_time(moment: datetime) -> uuid.UUID:
    """A new identifier that sorts by ``moment`` (UUIDv7, RFC 9562 section 5.7), which stands in the entry anyway.

    Keys in no order are written all over their index; these are written at its end. 74 bits are random.
    """
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(
        int=milliseconds << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    )


def _refuse_impossible_times(at: datetime, recorded_at: datetime, chains: Iterable[ChainRow]) -> None:
    if at > recorded_at + CLOCK_TOLERANCE:
        raise NotRecordable([Blocker("time_in_the_future", {"at": at, "now": recorded_at}, "Stroma ledger")])
    for chain in chains:
        if chain.last_recorded_at and recorded_at < chain.last_recorded_at - CLOCK_TOLERANCE:
            values = {"chain": str(chain.key), "last": chain.last_recorded_at, "now": recorded_at}
            raise NotRecordable([Blocker("clock_went_back", values, "Stroma ledger")])
