"""What an action tells the ledger, before its place in the chains is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stroma.ledger.domain.entry import ChainKey


@dataclass(frozen=True, slots=True)
class Sealing:
    """A text that an entry seals: what its row in the table of sealed texts holds."""

    id: UUID
    name: str
    digest: str
    salt: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as it is told. ``facts`` name the digests of ``sealings``; ``clock`` is this server's time.

    ``chains`` stand in the order of their names, in which they are locked.
    """

    id: UUID
    action: str
    actor: str
    occurred_at: datetime
    clock: datetime
    chains: Sequence[ChainKey]
    facts: Mapping[str, Any]
    sealings: Sequence[Sealing]
