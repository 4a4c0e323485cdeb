"""May two treatments be shown side by side? Only where their patients were alike before treatment.

The rule, in words: both arms have baseline pain scores; their means lie within half a standard deviation of
each other; and at least half of each arm lies where both arms have patients. Otherwise the registry refuses
and says why. Even where it does not, a registry without random allocation shows no treatment to be better,
and that is said on every comparison (``clinical.md`` §4.3).
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import fmean, variance

from stroma.protocols.domain.blocker import Blocker, Weight

REFUSED_STANDARDIZED_DIFFERENCE = 0.5
"""Rubin DB, Health Serv Outcomes Res Methodol 2001;2:169-188: means further apart cannot be adjusted for."""

NOTED_STANDARDIZED_DIFFERENCE = 0.1
"""Austin PC, Stat Med 2009;28:3083-3107: a customary sign of imbalance (general knowledge)."""

MINIMUM_SHARE_IN_COMMON_RANGE = 0.5
"""RULE, general knowledge: below half, most of an arm has nobody to be compared with."""

MINIMUM_AT_BASELINE = 2
"""Fewer have no standard deviation. The number of patients is always shown beside the result."""

_RUBIN = "Rubin 2001;2:169-188"
_RULE = "clinical.md §4.3; common range: RULE"


def standardized_difference(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Difference of the means in units of √((s₁² + s₂²) / 2).

    None where an arm has fewer than two values. Two arms without any spread differ by 0 or by infinity.
    """
    if min(len(one), len(other)) < MINIMUM_AT_BASELINE:
        return None
    difference = fmean(one) - fmean(other)
    spread = math.sqrt((variance(one) + variance(other)) / 2)
    if spread == 0:
        return 0.0 if difference == 0 else math.copysign(math.inf, difference)
    return difference / spread


def share_in_common_range(one: Sequence[float], other: Sequence[float]) -> float:
    """The smaller share of an arm that lies where both arms have values, 0–1; 0 for an empty arm."""
    if not one or not other:
        return 0.0
    low, high = max(min(one), min(other)), min(max(one), max(other))
    return min(sum(low <= value <= high for value in arm) / len(arm) for arm in (one, other))


def comparison_blockers(baseline_by_treatment: Mapping[str, Sequence[float]]) -> list[Blocker]:
    """What stands against showing these treatments in one comparison, pair by pair.

    Parameters
    ----------
    baseline_by_treatment
        The pain scores (NRS 0–10) before treatment of the patients who would be shown, by treatment.

    Returns
    -------
    list[Blocker]
        Hard where a pair does not overlap, a caution where it differs, and always the caution
        ``registry_cannot_show_superiority``. Nobody can override a hard one: there is nothing to see.
    """
    blockers: list[Blocker] = []
    if len(baseline_by_treatment) < 2:
        values = {"treatments": len(baseline_by_treatment)}
        blockers.append(Blocker("one_treatment_is_no_comparison", values, _RULE))
    for treatment, scores in sorted(baseline_by_treatment.items()):
        if len(scores) < MINIMUM_AT_BASELINE:
            values_few = {"treatment": treatment, "n": len(scores), "limit": MINIMUM_AT_BASELINE}
            blockers.append(Blocker("too_few_at_baseline", values_few, _RULE))
    for one, other in combinations(sorted(baseline_by_treatment), 2):
        blockers += _pair_blockers(one, other, baseline_by_treatment[one], baseline_by_treatment[other])
    blockers.append(Blocker("registry_cannot_show_superiority", {}, "clinical.md §4.3", Weight.CAUTION))
    return blockers


def _pair_blockers(
    one: str, other: str, one_scores: Sequence[float], other_scores: Sequence[float]
) -> list[Blocker]:
    difference = standardized_difference(one_scores, other_scores)
    if difference is None:
        return []
    pair: dict[str, object] = {"treatments": (one, other), "n": (len(one_scores), len(other_scores))}
    blockers: list[Blocker] = []
    if abs(difference) > REFUSED_STANDARDIZED_DIFFERENCE:
        values = pair | {"standardized_difference": difference, "limit": REFUSED_STANDARDIZED_DIFFERENCE}
        blockers.append(Blocker("baseline_means_too_far_apart", values, _RUBIN))
    elif abs(difference) > NOTED_STANDARDIZED_DIFFERENCE:
        values = pair | {"standardized_difference": difference, "limit": NOTED_STANDARDIZED_DIFFERENCE}
        source = "Austin 2009;28:3083-3107 (general knowledge)"
        blockers.append(Blocker("baseline_differs", values, source, Weight.CAUTION))
    share = share_in_common_range(one_scores, other_scores)
    if share < MINIMUM_SHARE_IN_COMMON_RANGE:
        values = pair | {"share": share, "limit": MINIMUM_SHARE_IN_COMMON_RANGE}
        blockers.append(Blocker("baseline_does_not_overlap", values, _RULE))
    return blockers
