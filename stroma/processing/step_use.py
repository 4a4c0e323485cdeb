"""What a step was done with, as it is handed to the action, and as the rules take it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from stroma.processing.domain.step_wants import Used
from stroma.processing.register_queries import Scanned, equipment_facts, reagent_facts


@dataclass(frozen=True)
class StepUse:
    """What a step was done with: the codes scanned, the values read, and the reason for what is not as it should be."""

    codes: Sequence[str] = ()
    values: Mapping[str, Decimal] = field(default_factory=dict)
    reason: str = ""


NOTHING_USED = StepUse()


def used_at(
    scanned: Scanned, at: datetime, *, use: StepUse = NOTHING_USED, step_before_at: datetime | None = None
) -> Used:
    """What was scanned and read, as the rules take it."""
    return Used(
        equipment=[equipment_facts(one, at=at) for one in scanned.equipment],
        reagents=[reagent_facts(one, at=at) for one in scanned.reagents],
        unknown=scanned.unknown,
        values=use.values,
        reason=use.reason,
        step_before_at=step_before_at,
    )
