"""What a step may do with containers: use one up, fill others, and never more than there was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import Dose, ProcessingStep

TURNS_ONE_INTO_ANOTHER = frozenset(
    {"concentrate", "digest", "seed", "passage", "harvest", "formulate", "thaw"}
)
ONLY_LOOKS = frozenset({"receive", "feed"})
KIND_MADE = {
    "concentrate": "PRODUCT",
    "digest": "CULTURE",
    "seed": "CULTURE",
    "passage": "CULTURE",
    "harvest": "PRODUCT",
    "formulate": "PRODUCT",
    "thaw": "DOSE",
}
"""What a step that turns one thing into another fills: the kind of container."""

SOURCE = "21 CFR 1271.220; Stroma processing"


def making_blockers(
    step: ProcessingStep | None,
    *,
    is_of_lot: bool,
    is_held: bool,
    held: Decimal,
    makes: Sequence[Decimal],
    has_count: bool,
) -> list[Blocker]:
    """Why this step cannot be done on this container with these results; ``step`` is None for an unknown code."""
    if step is None:
        return []
    blockers = []
    if not is_of_lot:
        blockers.append(Blocker("container_of_another_lot", {}, SOURCE))
    if not is_held:
        blockers.append(Blocker("container_not_held", {"state": "empty"}, SOURCE))
    if step.kind in TURNS_ONE_INTO_ANOTHER and len(makes) != 1:
        blockers.append(Blocker("step_fills_one", {"title": step.title, "filled": len(makes)}, SOURCE))
    if step.kind in ONLY_LOOKS and makes:
        blockers.append(Blocker("step_fills_none", {"title": step.title}, SOURCE))
    if step.kind == "fill":
        if not makes:
            blockers.append(Blocker("step_fills_some", {"title": step.title}, SOURCE))
        elif sum(makes, Decimal(0)) > held:
            values = {"wanted": sum(makes, Decimal(0)), "held": held, "unit": "mL"}
            blockers.append(Blocker("container_holds_less", values, SOURCE))
    if step.count and not has_count:
        blockers.append(Blocker("step_count_missing", {"title": step.title}, SOURCE))
    return blockers


@dataclass(frozen=True, slots=True)
class Portion:
    """A container that a fill makes: what for, how many mL, how long it may be kept, and whether it is frozen."""

    kind: str
    amount: Decimal
    lasts: timedelta
    is_frozen: bool = False


def portions(
    dose: Dose,
    *,
    doses: int,
    dose_ml: Decimal,
    stored: int = 0,
    stored_ml: Decimal | None = None,
    sample_ml: Decimal | None = None,
) -> list[Portion]:
    """What a fill makes: doses for now, parts frozen for later treatments, and the retained sample.

    A dose and the sample keep as long as the formulation does, a frozen part as long as the protocol keeps it.
    """
    filled = [Portion("DOSE", dose_ml, dose.shelf_life) for _ in range(doses)]
    if stored and stored_ml:
        frozen = dose.frozen_shelf_life or timedelta(0)
        filled += [Portion("STORED", stored_ml, frozen, is_frozen=True) for _ in range(stored)]
    if sample_ml:
        filled.append(Portion("SAMPLE", sample_ml, dose.shelf_life))
    return filled
