"""The tables of the laboratory: the registers, and the batch record."""

from stroma.processing.models.batch import (
    Batch,
    BatchStep,
    CellCount,
    CounterFile,
    GrowthForecast,
    PlannedStep,
)
from stroma.processing.models.record import (
    FindingAcceptance,
    StepEquipment,
    StepException,
    StepPhoto,
    StepReagent,
    StepValue,
)
from stroma.processing.models.registers import Equipment, EquipmentEvent, ReagentEvent, ReagentLot

__all__ = [
    "Batch",
    "BatchStep",
    "CellCount",
    "CounterFile",
    "Equipment",
    "EquipmentEvent",
    "FindingAcceptance",
    "GrowthForecast",
    "PlannedStep",
    "ReagentEvent",
    "ReagentLot",
    "StepEquipment",
    "StepException",
    "StepPhoto",
    "StepReagent",
    "StepValue",
]
