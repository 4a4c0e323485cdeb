"""An entry as one object, spelled in one go: what the parts that are spelled apart must come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stroma.ledger.domain.canonical import canonical, plain, time_text
from stroma.ledger.domain.entry import FORMAT, ChainLink, Nature


@dataclass(frozen=True, slots=True)
class EntryBody:
    """Everything an entry's hash covers."""

    id: UUID
    action: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    nature: Nature
    links: Sequence[ChainLink]
    facts: Mapping[str, Any]

    def as_plain(self) -> dict[str, Any]:
        """The entry as the object whose canonical bytes are hashed."""
        return {
            "format": FORMAT,
            "id": str(self.id),
            "action": self.action,
            "actor": self.actor,
            "occurred_at": time_text(self.occurred_at),
            "recorded_at": time_text(self.recorded_at),
            "nature": self.nature.value,
            "links": [
                {"chain": link.chain, "position": link.position, "previous": link.previous}
                for link in self.links
            ],
            "facts": plain(dict(self.facts), place="facts"),
        }

    def as_text(self) -> str:
        """The canonical text that is stored and hashed."""
        return canonical(self.as_plain()).decode()
