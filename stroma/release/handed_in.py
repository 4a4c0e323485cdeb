"""A file as somebody handed it in, and how it is kept: byte for byte, once for its lot."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from stroma.clinic.models import User
from stroma.custody.models import Lot
from stroma.release.models import InstrumentFile


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file as it was handed in."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Its digest."""
        return hashlib.sha256(self.content).hexdigest()


def keep_file(lot: Lot, given: HandedIn, by: User, at: datetime) -> InstrumentFile:
    """The file as it is kept: once for its lot, however often it is handed in. Called inside an action."""
    values = {"name": given.name, "content": given.content, "handed_in_by": by, "handed_in_at": at}
    return InstrumentFile.objects.get_or_create(lot=lot, sha256=given.sha256, defaults=values)[0]
