"""What a step may do with containers: use one up, fill others, and never more than there was."""

from collections.abc import Sequence
from decimal import Decimal

from stroma.protocols.domain.blocker import Blocker
from stroma.protocols.domain.schema import ProcessingStep

TURNS_ONE_INTO_ANOTHER = frozenset(
    {"concentrate", "digest", "seed", "passage", "harvest", "formulate", "thaw"}
)
ONLY_LOOKS = frozenset({"receive", "feed"})
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
