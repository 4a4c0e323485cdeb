"""How a scan came to be read: by which means, with which scanner, from which photo.

A scanner that works as a keyboard cannot be told from hands on the keys. So the means is the way that was chosen on the
page: the field that waits for the scanner, *type it*, or a photo; and the scanner is the one that this browser said it
works with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID


class Means(StrEnum):
    """The way a code came in."""

    SCANNER = "SCANNER"
    TYPED = "TYPED"
    PHOTO = "PHOTO"
    SIMULATED = "SIMULATED"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one code was read. ``scanner`` is the code on the scanner, empty where none was said."""

    means: Means
    scanner: str = ""
    photo: UUID | None = None

    def as_facts(self) -> dict[str, Any]:
        """As the ledger tells of it."""
        facts = {"means": self.means.value, "scanner": self.scanner, "photo": self.photo}
        return {name: fact for name, fact in facts.items() if fact}

    def as_text(self) -> str:
        """As it travels in a form from one scan to the next: ``SCANNER BC-3``, ``PHOTO`` and the photo's id."""
        return f"{self.means} {self.photo or self.scanner}".strip()


Readings = Mapping[str, Reading]
"""By the name of the scan: how it was read."""
NOT_TOLD: Readings = MappingProxyType({})


def readings_as_facts(readings: Readings) -> dict[str, Any]:
    """How the codes of a scan were read, as an entry tells of it; nothing where it was not told."""
    return {"read": {name: one.as_facts() for name, one in readings.items()}} if readings else {}


def reading_in(text: str) -> Reading | None:
    """The reading that travelled as ``text``; None for what is none."""
    word, _space, rest = text.partition(" ")
    if word not in set(Means):
        return None
    means = Means(word)
    if means is Means.SCANNER:
        return Reading(means, scanner=rest[:80])
    if means is not Means.PHOTO:
        return Reading(means)
    try:
        return Reading(means, photo=UUID(rest))
    except ValueError:
        return None
