"""Why there is no plan: the smallest set of rules that cannot hold together, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from stroma.planning.planner.instance import Instance, Patient
from stroma.planning.planner.roster import Roster
from stroma.planning.planner.rules import Rule, RulesModel
from stroma.planning.planner.state import State


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that cannot hold together. Where ``is_smallest``, any one of them left out makes the rest possible."""

    rules: tuple[Rule, ...]
    is_smallest: bool

    def document(self) -> dict[str, Any]:
        """As ``stroma plan --json`` writes it."""
        return {
            "smallest": self.is_smallest,
            "rules": [{"rule": r.kind, "ids": list(r.ids), "sentence": r.sentence} for r in self.rules],
        }


def smallest_conflict(instance: Instance, *, seconds: float, workers: int = 1) -> Conflict | None:
    """A set of rules that cannot hold together and of which none is too many; None when none was proved in time.

    It is looked for among few patients first: those who find no place, and those around them until it is proved.
    Rules that cannot hold together for some patients cannot hold together for all.
    """
    until = monotonic() + seconds
    order = _nearest_first(instance)
    count = max(1, min(len(order), _unplaced(instance)))
    while order and monotonic() < until:
        model = RulesModel(instance, order[:count])
        rules = list(model.rules)
        status, solver = model.solve(seconds=until - monotonic(), workers=workers, rules=rules)
        if status == "infeasible":
            named = set(solver.sufficient_assumptions_for_infeasibility())
            core = [rule for rule in rules if model.rules[rule].index in named] or rules
            return _without_what_is_too_many(model, core, until, workers)
        if status not in {"feasible", "optimal"} or count == len(order):
            return None
        count = min(len(order), 2 * count)
    return None


def _unplaced(instance: Instance) -> int:
    return sum(
        1 for patient in instance.patients if not patient.may_wait and patient.id in _waiting(instance)
    )


def _waiting(instance: Instance) -> set[str]:
    state = State(Roster(instance))
    state.keep_what_stands()
    for patient in sorted(instance.patients, key=lambda patient: (patient.ready_on, patient.id)):
        if patient.id not in state.placed:
            state.insert(patient.id)
    return set(state.waiting) | {name for name, _ in state.broken}


def _nearest_first(instance: Instance) -> list[Patient]:
    """Those who find no place, then those who are ready at about the same time."""
    waiting = _waiting(instance)
    must = [patient for patient in instance.patients if not patient.may_wait]
    out = [patient for patient in must if patient.id in waiting]
    days = [patient.ready_on.toordinal() for patient in out] or [0]
    center = sum(days) / len(days)
    rest = [patient for patient in must if patient.id not in waiting]
    return out + sorted(rest, key=lambda patient: abs(patient.ready_on.toordinal() - center))


def _without_what_is_too_many(
    model: RulesModel, core: Sequence[Rule], until: float, workers: int
) -> Conflict:
    """Leave out one rule after the other; what the rest cannot do without stays."""
    kept, sure = list(core), True
    for rule in list(core):
        rest = [one for one in kept if one != rule]
        left = until - monotonic()
        status = model.solve(seconds=left, workers=workers, rules=rest)[0] if left > 0 else "unknown"
        if status == "infeasible":
            kept = rest
        elif status == "unknown":
            sure = False
    return Conflict(tuple(kept), sure)
