"""Step 2, its gate: results and their controls, investigations, the release that two people sign, and what fails."""

from stroma.release.models.assays import AssayResult, CytometryReading, InstrumentFile
from stroma.release.models.controls import ControlMaterial, ControlRun, ResultHold, ResultHoldLift
from stroma.release.models.investigations import (
    Investigation,
    InvestigationConclusion,
    InvestigationStep,
    ReleaseException,
)
from stroma.release.models.late_positives import LatePositive, LatePositiveClosure, LatePositiveStep
from stroma.release.models.releases import (
    FailureDecision,
    FailureNotice,
    Rejection,
    Release,
)
from stroma.release.models.stains import StainReading

__all__ = [
    "AssayResult",
    "ControlMaterial",
    "ControlRun",
    "CytometryReading",
    "FailureDecision",
    "FailureNotice",
    "InstrumentFile",
    "Investigation",
    "InvestigationConclusion",
    "InvestigationStep",
    "LatePositive",
    "LatePositiveClosure",
    "LatePositiveStep",
    "Rejection",
    "Release",
    "ReleaseException",
    "ResultHold",
    "ResultHoldLift",
    "StainReading",
]
