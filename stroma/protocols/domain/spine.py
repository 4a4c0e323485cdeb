"""The levels of the spine, and the sides: the words a target, a consent, a time-out and a dose share.

A disc or an epidural space is named by the two vertebrae it lies between (``L4-L5``); a facet joint
likewise, with a side; a root by its foramen's level, with a side.
"""

from enum import StrEnum
from itertools import pairwise

_VERTEBRAE = (
    [f"C{n}" for n in range(1, 8)] + [f"T{n}" for n in range(1, 13)] + [f"L{n}" for n in range(1, 6)] + ["S1"]
)
LEVELS: tuple[str, ...] = tuple(f"{upper}-{lower}" for upper, lower in pairwise(_VERTEBRAE))
"""Every motion segment from C1-C2 to L5-S1, from head to tail."""

DISC_LEVELS: tuple[str, ...] = LEVELS[1:]
"""There is no disc between the first two neck vertebrae."""

LUMBAR_LEVELS: tuple[str, ...] = LEVELS[-5:]


class Side(StrEnum):
    """The side of a target, as the patient's own left or right."""

    MIDLINE = "MIDLINE"
    LEFT = "LEFT"
    RIGHT = "RIGHT"
    BOTH = "BOTH"


class Target(StrEnum):
    """Where the needle's tip ends (``clinical.md`` §2.3)."""

    DISC_NUCLEUS = "disc_nucleus"
    FACET_JOINT = "facet_joint"
    EPIDURAL_TRANSFORAMINAL = "epidural_transforaminal"
    EPIDURAL_INTERLAMINAR = "epidural_interlaminar"
    PERINEURAL = "perineural"


LATERAL_TARGETS = frozenset({Target.FACET_JOINT, Target.EPIDURAL_TRANSFORAMINAL, Target.PERINEURAL})
"""Targets for which a side must be named."""
