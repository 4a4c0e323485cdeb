"""What a rule answers with: the reasons that stand in the way.

Every decision in Stroma is a pure function that returns a list of :class:`Blocker`. An empty list, or one
that holds only cautions and overridden reasons, means go. The sentence a person reads is rendered at the door
(``stroma.ledger.wording``), in the reader's language, from the code and the values.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Weight(StrEnum):
    """How much a reason weighs, heaviest first."""

    URGENT = "URGENT"  # route to care now; nothing else is offered
    HARD = "HARD"  # no
    OVERRIDABLE = "OVERRIDABLE"  # no, unless an authorised person gives a reason
    CAUTION = "CAUTION"  # go, with the reason noted


STOPPING = frozenset({Weight.URGENT, Weight.HARD, Weight.OVERRIDABLE})


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason: a stable code, the values it was judged on, the rule's source and how much it weighs."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    weight: Weight = Weight.HARD


class Refused(Exception):  # noqa: N818 - named for what happened, as the reader meets it
    """An action was refused by a rule; ``blockers`` holds every reason, not only the first."""

    def __init__(self, blockers: Iterable[Blocker], *, subject: str = "") -> None:
        self.blockers = list(blockers)
        self.subject = subject
        super().__init__(f"{type(self).__name__}: {', '.join(b.code for b in self.blockers)}")


def stopping(blockers: Iterable[Blocker], *, overridden: Iterable[str] = ()) -> list[Blocker]:
    """The reasons that stop: urgent and hard ones always, overridable ones unless overridden by code."""
    lifted = frozenset(overridden)
    return [
        b
        for b in blockers
        if b.weight in STOPPING and not (b.weight is Weight.OVERRIDABLE and b.code in lifted)
    ]
