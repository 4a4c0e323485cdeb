"""Is it right for me: what a visitor's own answers say, before anybody has examined them.

The limits are those of the shipped cell protocols; nothing is judged here that a protocol does not ask. Only
what a visitor can know is asked: MRI grades, blood tests and scores are the physiatrist's. The red flags come
before all of this (``red_flags``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from stroma.candidacy.domain.answer import Value
from stroma.candidacy.domain.decision import passes
from stroma.protocols.domain.blocker import Blocker, Weight, stopping
from stroma.protocols.domain.schema import Criterion, Protocol
from stroma.protocols.domain.vocabulary import CELL_ROUTES, Indication

SOURCE = "Stroma self-check"


class Where(StrEnum):
    """Where it hurts most, in a visitor's words."""

    LOW_BACK = "low_back"
    LEG = "leg"
    NECK = "neck"
    ELSEWHERE = "elsewhere"


INDICATIONS: Mapping[Where, frozenset[Indication]] = {
    Where.LOW_BACK: frozenset({Indication.DISCOGENIC_LOW_BACK_PAIN, Indication.FACET_JOINT_PAIN}),
    Where.LEG: frozenset({Indication.SCIATICA_CONTAINED_HERNIATION}),
    Where.NECK: frozenset(),
    Where.ELSEWHERE: frozenset(),
}
"""What the shipped protocols treat there. All of them are lumbar: for the neck there is nothing to offer."""

NUMBERS = ("age_years", "pain_months", "pain_nrs", "conservative_care_months")
YES_OR_NO = (
    "supervised_physical_therapy",
    "prior_lumbar_surgery",
    "is_pregnant_or_breastfeeding",
    "has_active_infection",
    "has_cancer",
    "is_immunosuppressed",
    "has_inflammatory_arthritis",
    "has_bleeding_disorder",
    "takes_anticoagulant",
    "understands_unapproved",
)
ASKED = frozenset({*NUMBERS, *YES_OR_NO})

_WEEKS_PER_MONTH = 365.25 / 12 / 7

_ASKED_AS = {
    # A visitor cannot know of a hold plan; that they take an anticoagulant is what there is to talk about.
    "anticoagulant_without_hold_plan": "takes_anticoagulant",
    # How long it hurts is asked once, in months, wherever it hurts.
    "sciatica_weeks": "pain_months",
}


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What the answers say: reasons against for now, and what a physiatrist will want to talk about."""

    reasons: tuple[Blocker, ...]

    @property
    def should_be_seen(self) -> bool:
        """Whether a physiatrist should look at it: no reason against was found."""
        return not stopping(self.reasons)

    @property
    def against(self) -> list[Blocker]:
        """The reasons that speak against it now."""
        return stopping(self.reasons)

    @property
    def to_discuss(self) -> list[Blocker]:
        """What does not speak against it and must be talked about."""
        return [reason for reason in self.reasons if reason.weight is Weight.CAUTION]


def self_check(where: Where, answers: Mapping[str, Value | None], protocols: Iterable[Protocol]) -> SelfCheck:
    """Judge a visitor's answers against every cell protocol for the place that hurts; the least refusing one tells.

    An answer that is missing, or None for "I am not sure", is a question for the physiatrist and no reason against.
    """
    if not INDICATIONS[where]:
        code = "self_check_neck" if where is Where.NECK else "self_check_elsewhere"
        return SelfCheck((Blocker(code, {}, "clinical.md §2.3"),))
    fitting = [
        protocol
        for protocol in protocols
        if protocol.indication in INDICATIONS[where]
        and protocol.route in CELL_ROUTES
        and not protocol.research_only
    ]
    judged = [_judge(protocol.criteria, answers) for protocol in fitting]
    if not judged:
        return SelfCheck((Blocker("self_check_elsewhere", {}, SOURCE),))
    best: list[Blocker] = min(judged, key=_weight_of)
    return SelfCheck(tuple(best))


def _weight_of(reasons: list[Blocker]) -> tuple[int, int]:
    return len(stopping(reasons)), len(reasons)


def _judge(criteria: Sequence[Criterion], answers: Mapping[str, Value | None]) -> list[Blocker]:
    found: list[Blocker] = []
    for criterion in criteria:
        variable = _ASKED_AS.get(criterion.variable, criterion.variable)
        if variable not in ASKED:
            continue
        value = answers.get(variable)
        if value is None:
            if variable in YES_OR_NO:
                found.append(
                    Blocker("self_check_not_sure", {"variable": variable}, criterion.source, Weight.CAUTION)
                )
        elif not passes(criterion, _in_the_criterions_unit(criterion, value)):
            found.append(
                Blocker(
                    f"self_check_{criterion.code}",
                    {"limit": _plain(criterion.limit), "value": value, "variable": variable},
                    criterion.source,
                    Weight.CAUTION if criterion.weight is not Weight.HARD else Weight.HARD,
                )
            )
    return _once(found)


def _in_the_criterions_unit(criterion: Criterion, value: Value) -> Value:
    if criterion.variable == "sciatica_weeks" and isinstance(value, int | float):
        return value * _WEEKS_PER_MONTH
    return value


def _plain(limit: object) -> object:
    """12 rather than 12.0: a limit as people read it."""
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit


def _once(blockers: Sequence[Blocker]) -> list[Blocker]:
    """One reason about each thing asked: the heavier one, where two criteria look at the same answer."""
    order = list(Weight)
    kept: dict[object, Blocker] = {}
    for blocker in sorted(blockers, key=lambda b: order.index(b.weight)):
        kept.setdefault((blocker.code, blocker.values.get("variable")), blocker)
    return list(kept.values())
