"""When a course may be closed."""

from collections.abc import Iterable

from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import Protocol


def completion_blockers(
    protocol: Protocol, *, care_given: bool, open_ends: Iterable[Blocker]
) -> list[Blocker]:
    """Why a course cannot be closed: nothing was given, or a later step says that something is still open."""
    blockers = list(open_ends)
    if not protocol.gives_cells and not care_given:
        blockers.append(Blocker("nothing_given", {}, protocol.key))
    return blockers
