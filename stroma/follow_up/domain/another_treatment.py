"""May this patient be treated again? The protocol's rule for it, against what has happened so far.

Repeat treatment is rarely studied (``clinical.md`` §2.5): a protocol plans none, or a series from the start,
or states a rule. Whether the patient is still a candidate is asked anew by candidacy; here is only the rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from stroma.follow_up.domain.responder import fall_fraction
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.schema import AnotherTreatment


@dataclass(frozen=True, slots=True)
class TreatmentFacts:
    """What is known when another treatment is asked for. Pain is NRS 0–10; None where it was not answered."""

    treated_at: Sequence[datetime] = ()
    baseline_pain: Decimal | None = None
    """Before the first treatment."""
    lowest_pain: Decimal | None = None
    """The lowest after the first and before any second treatment: how far it once had fallen."""
    pain: Decimal | None = None
    """Now."""


def another_treatment_blockers(
    rule: AnotherTreatment, facts: TreatmentFacts, *, at: datetime
) -> list[Blocker]:
    """What stands in the way of a treatment at ``at``; nothing for the first one, which candidacy decides."""
    if not facts.treated_at:
        return []
    given, last = len(facts.treated_at), max(facts.treated_at)
    if rule.kind == "none":
        return [Blocker("another_treatment_not_planned", {"given": given}, rule.source)]
    blockers: list[Blocker] = []
    if rule.kind == "series" and given >= rule.treatments:
        blockers.append(Blocker("series_complete", {"given": given, "planned": rule.treatments}, rule.source))
    if rule.interval is not None and at < last + rule.interval:
        values = {"last_treated_at": last, "earliest_at": last + rule.interval}
        blockers.append(Blocker("treatment_interval_not_kept", values, rule.source))
    if rule.kind == "rule":
        blockers += _pain_blockers(rule, facts)
        blockers += _improvement_blockers(rule, facts)
    return blockers


def _pain_blockers(rule: AnotherTreatment, facts: TreatmentFacts) -> list[Blocker]:
    if rule.pain_nrs_min is None:
        return []
    if facts.pain is None:
        return [Blocker("pain_not_answered", {"limit": rule.pain_nrs_min}, rule.source)]
    if facts.pain < Decimal(str(rule.pain_nrs_min)):
        values = {"pain": facts.pain, "limit": rule.pain_nrs_min}
        return [Blocker("pain_below_limit", values, rule.source, Weight.OVERRIDABLE)]
    return []


def _improvement_blockers(rule: AnotherTreatment, facts: TreatmentFacts) -> list[Blocker]:
    if rule.improvement_fraction_min is None:
        return []
    limit = rule.improvement_fraction_min
    improvement = fall_fraction(facts.baseline_pain, facts.lowest_pain)
    if improvement is None:
        return [Blocker("improvement_not_known", {"limit": limit}, rule.source)]
    if improvement < Decimal(str(limit)):
        values = {"improvement": improvement, "limit": limit}
        return [Blocker("improvement_below_limit", values, rule.source, Weight.OVERRIDABLE)]
    return []
