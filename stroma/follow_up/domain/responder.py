"""Did the patient respond? Each definition by its own name and source; none of them is "the" answer.

A further surgery, injection or new strong opioid counts as non-response in every definition (``clinical.md``
§5.1), so that a rescue treatment cannot pass for a success. What was not answered gives None, not a failure:
the registry shows how many those are. Pain is NRS 0–10; a study's VAS of 0–100 mm is ten times that. ODI is
0–100.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from stroma.follow_up.domain.scoring import rounded


@dataclass(frozen=True, slots=True)
class Outcome:
    """One patient at baseline and at a later time; None where it was not answered."""

    baseline_pain: Decimal | None = None
    pain: Decimal | None = None
    baseline_odi: Decimal | None = None
    odi: Decimal | None = None
    further_intervention: bool = False
    """Surgery, injection or a new strong opioid between the two."""


@dataclass(frozen=True, slots=True)
class ResponseDefinition:
    """A named way to say that a patient responded at one later time."""

    code: str
    meaning: str
    source: str
    rule: Callable[[Outcome], bool | None]
    """Without regard to further interventions."""

    def responded(self, outcome: Outcome) -> bool | None:
        """True, False, or None when the answers it needs are missing."""
        return False if outcome.further_intervention else self.rule(outcome)


def fall(baseline: Decimal | None, later: Decimal | None) -> Decimal | None:
    """How far a score fell; negative when it rose."""
    return None if baseline is None or later is None else baseline - later


def fall_fraction(baseline: Decimal | None, later: Decimal | None) -> Decimal | None:
    """The fall as a fraction of the baseline; None for a baseline of 0, from which nothing can fall."""
    if baseline is None or later is None or baseline == 0:
        return None
    return rounded((baseline - later) / baseline)


def _at_least(value: Decimal | None, limit: str) -> bool | None:
    return None if value is None else value >= Decimal(limit)


def _either(one: bool | None, other: bool | None) -> bool | None:
    """True as soon as one holds, None while the missing one could still make it true."""
    if one or other:
        return True
    return None if one is None or other is None else False


def _both(one: bool | None, other: bool | None) -> bool | None:
    """False as soon as one fails, None while the missing one could still make it false."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _pain_fraction(limit: str) -> Callable[[Outcome], bool | None]:
    return lambda outcome: _at_least(fall_fraction(outcome.baseline_pain, outcome.pain), limit)


def _odi_points(limit: str) -> Callable[[Outcome], bool | None]:
    return lambda outcome: _at_least(fall(outcome.baseline_odi, outcome.odi), limit)


def _respine(outcome: Outcome) -> bool | None:
    pain_falls = _both(
        _at_least(fall_fraction(outcome.baseline_pain, outcome.pain), "0.20"),
        _at_least(fall(outcome.baseline_pain, outcome.pain), "2"),  # 20 mm of 100 are 2 of 10
    )
    return _either(pain_falls, _at_least(fall_fraction(outcome.baseline_odi, outcome.odi), "0.20"))


PAIN30 = ResponseDefinition("pain30", "pain down by at least 30 %", "OSTELO08", _pain_fraction("0.30"))
PAIN50 = ResponseDefinition("pain50", "pain down by at least 50 %", "LEVI25, WOLFF20", _pain_fraction("0.50"))
PAIN_MCID = ResponseDefinition(
    "pain_mcid",
    "pain down by at least 2 of 10",
    "OSTELO08, NRSCUT20",
    lambda outcome: _at_least(fall(outcome.baseline_pain, outcome.pain), "2"),
)
ODI10 = ResponseDefinition("odi10", "ODI down by at least 10 points", "OSTELO08", _odi_points("10"))
ODI15 = ResponseDefinition("odi15", "ODI down by at least 15 points", "MSB-RES", _odi_points("15"))
ODI30PCT = ResponseDefinition(
    "odi30pct",
    "ODI down by at least 30 %",
    "OSTELO08",
    lambda outcome: _at_least(fall_fraction(outcome.baseline_odi, outcome.odi), "0.30"),
)
RESPINE_COMPOSITE = ResponseDefinition(
    "respine_composite",
    "pain down by at least 20 % and by at least 2 of 10, or ODI down by at least 20 %",
    "RESPINE24",
    _respine,
)

DEFINITIONS: dict[str, ResponseDefinition] = {
    definition.code: definition
    for definition in (PAIN30, PAIN50, PAIN_MCID, ODI10, ODI15, ODI30PCT, RESPINE_COMPOSITE)
}
"""The definitions that look at one later time; `mpc_composite` looks at two."""

MPC_COMPOSITE_SOURCE = "MSB-RES"


def mpc_composite(at_12_months: Outcome, at_24_months: Outcome) -> bool | None:
    """Pain down by at least 50 % and ODI by 15 points, without further intervention, at 12 and 24 months.

    Both outcomes hold the same baseline. Source: MSB-RES, the primary endpoint of the phase 3 trial.
    """
    times = [
        _both(PAIN50.responded(outcome), ODI15.responded(outcome)) for outcome in (at_12_months, at_24_months)
    ]
    return _both(times[0], times[1])
