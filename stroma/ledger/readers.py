"""How an earlier step shows what a later one knows.

A later step registers a reader at start-up; the earlier one calls whatever is registered. ``verify`` readers are
given nothing and return findings; ``fold`` readers are given the ledger's entries and compare them with their tables.
A ``course_ended`` reader is given the course, the reason, who and when, and does in the same transaction what its end
means to a later step: what is still booked is free again. A ``cells_lost`` reader is given a course whose newest lot
failed, who and when, and does in the same transaction what that means to it: no place is kept for its culture; a
``cells_harvested`` reader the same when its cells were harvested. A ``harvest_forecasts`` reader is given a site and
tells planning when each of its running cultures will hold its dose; a ``chain_troubles`` reader says which of its
courses cannot go on as booked. A ``count_made`` reader is given a step
whose count was just made, by whom and when, and does in the same transaction what a failed control means for it. A
``certificate_standing`` reader is given what was scanned off a certificate and says how it stands. A ``scanners``
reader is given a site and names its registered scanners, each by the code on it.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

_readers: dict[str, dict[str, Callable[..., Any]]] = defaultdict(dict)


def register(kind: str, name: str, reader: Callable[..., Any]) -> None:
    """Offer ``reader`` under ``kind``; a name registered twice replaces itself (start-up may run twice in tests)."""
    _readers[kind][name] = reader


def registered(kind: str) -> dict[str, Callable[..., Any]]:
    """The readers of ``kind`` by name, in order of name."""
    return dict(sorted(_readers[kind].items()))
