"""Cell counts, growth and dose: the arithmetic of the batch record.

Every formula stands in ``clinical.md`` §1.4; all are standard arithmetic. Counts are viable cells on both
sides of a growth formula. Fractions are 0–1; a percent is made where it is shown. What a number means for the
batch (a maximum passed, a count missing) is judged in ``batch_order.py`` and by the release specification,
not here.
"""

import math
from collections.abc import Iterable

HEMOCYTOMETER_SQUARES_PER_ML = 1e4
"""A 1 mm² square under a 0.1 mm deep chamber holds 1e-4 mL (``clinical.md`` §1.4)."""

MOST_PER_ML = 5e9
"""So many red cells a mL of blood holds (general knowledge); nothing counted here is as dense: more is a slip."""
MOST_DILUTION = 100_000
"""Beyond it no cell is left to count: a slip (our choice)."""


class CountError(ValueError):
    """A number cannot be computed from what was counted; the message names the parameter and its range."""


def viability_fraction(live_cells: float, dead_cells: float) -> float:
    """Share of the counted cells that are alive.

    Parameters
    ----------
    live_cells, dead_cells
        Cells counted without and with the dye; each >= 0, at least one cell in all.

    Returns
    -------
    float
        0–1.

    Raises
    ------
    CountError
        A count is negative or not finite, or nothing was counted.
    """
    _need("live_cells", live_cells, at_least=0)
    _need("dead_cells", dead_cells, at_least=0)
    if live_cells + dead_cells == 0:
        raise CountError(
            "live_cells and dead_cells are both 0: there is no viability of no cells; count again"
        )
    return live_cells / (live_cells + dead_cells)


def cells_per_ml(mean_cells_per_square: float, dilution_factor: float = 1.0) -> float:
    """Concentration from a hemocytometer.

    Parameters
    ----------
    mean_cells_per_square
        Mean over the counted 1 mm² squares of a chamber 0.1 mm deep; >= 0.
    dilution_factor
        Final volume over sample volume, dye included; >= 1.

    Returns
    -------
    float
        Cells per mL of the undiluted sample; viable ones when viable cells were counted.

    Raises
    ------
    CountError
        A parameter is out of range.
    """
    _need("mean_cells_per_square", mean_cells_per_square, at_least=0)
    _need("dilution_factor", dilution_factor, at_least=1)
    return mean_cells_per_square * dilution_factor * HEMOCYTOMETER_SQUARES_PER_ML


def total_viable_cells(viable_cells_per_ml: float, volume_ml: float) -> float:
    """Viable cells in a volume. Raises CountError for a concentration below 0 or a volume not above 0."""
    _need("viable_cells_per_ml", viable_cells_per_ml, at_least=0)
    _need("volume_ml", volume_ml, above=0)
    return viable_cells_per_ml * volume_ml


def pooled_viable_cells(vessels: Iterable[float]) -> float:
    """Viable cells of a passage that stood in several vessels: their sum, which every growth formula needs.

    Raises CountError when no vessel is named or one of the counts is negative.
    """
    counts = list(vessels)
    if not counts:
        raise CountError("vessels is empty: name the viable cells of every vessel of the passage")
    for number, count in enumerate(counts):
        _need(f"vessels[{number}]", count, at_least=0)
    return math.fsum(counts)


def population_doublings(seeded_cells: float, harvested_cells: float) -> float:
    """Population doublings (PD) of one passage, log2(harvested / seeded).

    Parameters
    ----------
    seeded_cells, harvested_cells
        Viable cells, each > 0; several vessels are pooled first.

    Returns
    -------
    float
        Negative when cells were lost, which is shown and not hidden.

    Raises
    ------
    CountError
        A count is 0, negative or not finite: PD is undefined.

    References
    ----------
    ``clinical.md`` §1.4: PD = log2(Nh / Ns) = 3.322 log10(Nh / Ns).
    """
    _need("seeded_cells", seeded_cells, above=0)
    _need("harvested_cells", harvested_cells, above=0)
    return math.log2(harvested_cells / seeded_cells)


def p0_doublings(harvested_cells: float, cfu_f_plated: float | None) -> float | None:
    """Doublings of the first plating, log2(harvested / CFU-F plated).

    How many stromal cells a tissue held is not known in passage 0; the colony count (CFU-F) stands in for it.
    Without one the answer is None and stays blank: the cumulative doublings then count from passage 1
    (``clinical.md`` §1.4).
    """
    return None if cfu_f_plated is None else population_doublings(cfu_f_plated, harvested_cells)


def cumulative_population_doublings(doublings_by_passage: Iterable[float | None]) -> float:
    """Cumulative population doublings (CPD): the sum over passages.

    Only a leading None is allowed: passage 0 without a colony count, so that the sum counts from passage 1. A
    gap later would make the sum too small and so hide a batch past its maximum.

    Raises
    ------
    CountError
        A passage after the first is None or not finite.
    """
    doublings = list(doublings_by_passage)
    known = doublings[1:] if doublings and doublings[0] is None else doublings
    total: list[float] = []
    for passage, value in enumerate(known, start=len(doublings) - len(known)):
        if value is None or not math.isfinite(value):
            raise CountError(
                f"doublings_by_passage[{passage}] is missing: a sum with a gap would be too small"
            )
        total.append(value)
    return math.fsum(total)


def specific_growth_rate_per_hour(seeded_cells: float, harvested_cells: float, hours: float) -> float:
    """Specific growth rate mu = ln(harvested / seeded) / hours, per hour; negative when cells were lost.

    Raises CountError when a count or the time is not positive.
    """
    _need("hours", hours, above=0)
    return population_doublings(seeded_cells, harvested_cells) * math.log(2) / hours


def doubling_time_hours(seeded_cells: float, harvested_cells: float, hours: float) -> float | None:
    """Doubling time, hours / PD; None when the cells did not double (PD <= 0), where it is undefined.

    Raises CountError when a count or the time is not positive.
    """
    _need("hours", hours, above=0)
    doublings = population_doublings(seeded_cells, harvested_cells)
    return hours / doublings if doublings > 0 else None


def fold_expansion(seeded_cells: float, harvested_cells: float) -> float:
    """Harvested over seeded viable cells. Raises CountError for seeded not above 0 or harvested below 0."""
    _need("seeded_cells", seeded_cells, above=0)
    _need("harvested_cells", harvested_cells, at_least=0)
    return harvested_cells / seeded_cells


def plating_efficiency_fraction(colonies: float, cells_plated: float) -> float:
    """Colonies per cell plated, 0–1. Raises CountError for no cells, or more colonies than cells."""
    _need("cells_plated", cells_plated, above=0)
    _need("colonies", colonies, at_least=0)
    if colonies > cells_plated:
        raise CountError("colonies is above cells_plated: every colony begins with a cell; count again")
    return colonies / cells_plated


def post_thaw_recovery_fraction(viable_after_thaw: float, viable_before_freeze: float) -> float:
    """Viable cells after thawing per viable cell frozen.

    Not the post-thaw viability, which looks only at the thawed cells: cells that burst are missing from that
    one and are seen here. May pass 1 by the error of counting. Raises CountError when nothing was frozen.
    """
    _need("viable_before_freeze", viable_before_freeze, above=0)
    _need("viable_after_thaw", viable_after_thaw, at_least=0)
    return viable_after_thaw / viable_before_freeze


def cells_to_seed(dose_cells: float, expected_doublings: float) -> float:
    """Viable cells to seed for a dose, dose / 2^PD. Raises CountError for a dose that is not positive."""
    _need("dose_cells", dose_cells, above=0)
    _need("expected_doublings", expected_doublings, at_least=0)
    return dose_cells / math.exp2(expected_doublings)


def dose_volume_ml(target_viable_cells: float, viable_cells_per_ml: float) -> float:
    """Volume that holds the dose. Raises CountError when the dose or the concentration is not positive."""
    _need("target_viable_cells", target_viable_cells, above=0)
    _need("viable_cells_per_ml", viable_cells_per_ml, above=0)
    return target_viable_cells / viable_cells_per_ml


def endotoxin_per_dose_eu(endotoxin_eu_per_ml: float, dose_ml: float) -> float:
    """Endotoxin of one dose in EU. Raises CountError for a result below 0 or a volume not above 0."""
    _need("endotoxin_eu_per_ml", endotoxin_eu_per_ml, at_least=0)
    _need("dose_ml", dose_ml, above=0)
    return endotoxin_eu_per_ml * dose_ml


def endotoxin_per_kg_eu(endotoxin_eu_per_ml: float, dose_ml: float, body_weight_kg: float) -> float:
    """Endotoxin of one dose per kg of the recipient.

    A limit per kg alone means little for the few mL of a disc (2 mL in 70 kg under 5 EU/kg would allow 175
    EU/mL), so the specification limits EU/mL as well (``clinical.md`` §1.7). Raises CountError as
    `endotoxin_per_dose_eu`, and for a weight that is not positive.
    """
    _need("body_weight_kg", body_weight_kg, above=0)
    return endotoxin_per_dose_eu(endotoxin_eu_per_ml, dose_ml) / body_weight_kg


def _need(name: str, value: float, *, at_least: float | None = None, above: float | None = None) -> None:
    """Raise CountError unless ``value`` is finite and in range."""
    if not math.isfinite(value):
        raise CountError(f"{name} is {value}; it must be a finite number")
    if at_least is not None and value < at_least:
        raise CountError(f"{name} is {value:g}; it must be at least {at_least:g}")
    if above is not None and value <= above:
        raise CountError(f"{name} is {value:g}; it must be above {above:g}")
