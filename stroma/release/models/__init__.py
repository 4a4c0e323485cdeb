"""Step 2, its gate: results, the release that two people sign, and what follows when a lot fails."""

from stroma.release.models.assays import AssayResult, CytometryReading, InstrumentFile
from stroma.release.models.releases import (
    FailureDecision,
    FailureNotice,
    Rejection,
    Release,
)

__all__ = [
    "AssayResult",
    "CytometryReading",
    "FailureDecision",
    "FailureNotice",
    "InstrumentFile",
    "Rejection",
    "Release",
]
