"""The head of the ledger's tree at one moment: what a checkpoint signs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stroma.ledger.domain.canonical import canonical, time_text
from stroma.ledger.domain.entry import Nature

CHECKPOINT_FORMAT = "stroma-checkpoint-1"


@dataclass(frozen=True, slots=True)
class TreeHead:
    """How many leaves the tree has and the root over them (64 hexadecimal digits), for one installation."""

    installation: UUID
    nature: Nature
    tree_size: int
    root: str
    signed_at: datetime

    def as_plain(self) -> dict[str, Any]:
        """The object whose canonical bytes are signed."""
        return {
            "format": CHECKPOINT_FORMAT,
            "installation": str(self.installation),
            "nature": self.nature.value,
            "root": self.root,
            "signed_at": time_text(self.signed_at),
            "tree_size": self.tree_size,
        }

    def signed_bytes(self) -> bytes:
        """What the signature covers."""
        return canonical(self.as_plain())
