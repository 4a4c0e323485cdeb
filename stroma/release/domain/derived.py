"""Results that the batch record already holds: nobody types them a second time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from stroma.processing.domain.counts import endotoxin_per_kg_eu
from stroma.release.domain.specification import Result, bound_of


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What the batch record says about the finished product; None where it says nothing."""

    viability: float | None
    viable_cells_per_container: float | None
    label_dose_cells: float | None
    cells_per_ml: float | None
    cumulative_population_doublings: float | None
    collected_at: datetime | None
    filled_at: datetime | None
    dose_ml: float | None
    recipient_kg: float | None
    count_is_held: bool = False
    """A control of the count failed: what is computed from it decides nothing."""
    viability_low: float | None = None
    viability_high: float | None = None
    """The 95 % interval of the viability, of the cells seen."""
    doublings_are_held: bool = False
    """Likewise of the count that the doublings were worked out from, which may be the parent lot's."""


COMPUTED = "computed from the batch record"
FROM_THE_COUNT = frozenset({"viability", "viable_count", "count", "cpd"})
"""The lines that are computed from a count of the batch record."""
FROM_A_RESULT = {"endotoxin_per_kg": "endotoxin"}
"""The lines that are computed from a result, and from which."""


def measured_codes(codes: Iterable[str]) -> set[str]:
    """The results that a control of these lines covers: the lines themselves, and what they are computed from."""
    return {FROM_A_RESULT.get(code, code) for code in codes}


def derived_results(batch: BatchSummary, measured: Mapping[str, Result]) -> list[Result]:
    """The results that follow from the batch record and from other results, by their specification codes.

    ``viability`` in percent; ``viable_count`` as a fraction of the label dose; ``count`` in millions per mL;
    ``cpd`` in doublings; ``elapsed_time`` in hours from collection to filling; ``endotoxin_per_kg`` in EU/kg from the
    measured EU/mL, the dose volume and the recipient's weight; what is below the limit of detection stays below it.
    What is computed from a held count or a held result is held. A viability has the interval of the cells seen; that of
    a count is wider than the window of a label dose, so that it would say of every dose that it may be either.
    """
    values: dict[str, float | None] = {
        "viability": None if batch.viability is None else 100 * batch.viability,
        "viable_count": _ratio(batch.viable_cells_per_container, batch.label_dose_cells),
        "count": None if batch.cells_per_ml is None else batch.cells_per_ml / 1e6,
        "cpd": batch.cumulative_population_doublings,
        "elapsed_time": _hours(batch.collected_at, batch.filled_at),
    }
    held = {"viability", "viable_count", "count"} if batch.count_is_held else set()
    held |= {"cpd"} if batch.doublings_are_held else set()
    results = [
        Result(
            code,
            value=round(value, 4),
            method=COMPUTED,
            at=batch.filled_at,
            low=_percent(batch.viability_low) if code == "viability" else None,
            high=_percent(batch.viability_high) if code == "viability" else None,
            is_held=code in held,
        )
        for code, value in values.items()
        if value is not None
    ]
    per_kg = _endotoxin_per_kg(measured.get("endotoxin"), batch)
    return [*results, per_kg] if per_kg else results


def _endotoxin_per_kg(measured: Result | None, batch: BatchSummary) -> Result | None:
    """The concentration's result, its interval or its bound, for this dose and this recipient."""
    if measured is None:
        return None

    def scaled(eu_per_ml: float | None) -> float | None:
        found = _per_kg(eu_per_ml, batch.dose_ml, batch.recipient_kg)
        return None if found is None else round(found, 6)

    bound = bound_of(measured.text)
    value = scaled(measured.value)
    text = ""
    if bound is not None and (limit := scaled(bound[1])) is not None:
        text = f"{bound[0]}{limit:.6f}".rstrip("0").rstrip(".")
    if value is None and not text:
        return None
    return Result(
        "endotoxin_per_kg",
        value=value,
        text=text,
        method=COMPUTED,
        at=batch.filled_at,
        low=scaled(measured.low),
        high=scaled(measured.high),
        is_held=measured.is_held,
    )


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else round(100 * fraction, 2)


def _ratio(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


def _hours(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start) / timedelta(hours=1)


def _per_kg(eu_per_ml: float | None, dose_ml: float | None, kilograms: float | None) -> float | None:
    if eu_per_ml is None or dose_ml is None or not kilograms:
        return None
    return endotoxin_per_kg_eu(eu_per_ml, dose_ml, kilograms)
