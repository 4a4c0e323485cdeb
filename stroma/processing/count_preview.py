"""What a count comes to while it is still being typed, beside what the specification asks for."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from stroma.processing.count_figures import figure_words, seen_in, step_count
from stroma.processing.count_keeping import cells_seen, readings_of
from stroma.processing.domain.count_figures import StepCount, count_figures
from stroma.processing.domain.counting import AnyCount, BothSamples, Counted, evaluate_count
from stroma.processing.models import Batch, CellCount
from stroma.processing.queries import PLATED, previous_count, viability_limit
from stroma.protocols.domain.schema import ProcessingStep


@dataclass(frozen=True, slots=True)
class CountPreview:
    """The count as the page shows it."""

    counted: Counted
    intervals: dict[str, str]
    """The 95 % intervals and the rate of growth, as ``figure_words`` gives them."""
    limit: Decimal | None
    """The least viability that the specification asks for, as a fraction."""
    sample: Counted | None = None
    """The second sample by itself, where ``counted`` is the mean of two."""

    @property
    def is_below(self) -> bool:
        """Whether the viability is below the limit."""
        return self.limit is not None and self.counted.viability < self.limit


def count_preview(
    batch: Batch, step: ProcessingStep, seen: AnyCount | None, *, at: datetime
) -> CountPreview | None:
    """What the count of the next step comes to so far; None while something of it is missing."""
    if seen is None:
        return None
    counted = evaluate_count(seen, previous_count(batch))
    new = _as_counted(counted, step.kind, at, seen_in(seen))
    return CountPreview(counted, _intervals(batch, new), _limit(batch))


def recount_preview(first: CellCount, seen: AnyCount | None) -> CountPreview | None:
    """What both samples come to, and the second by itself; None while something of it is missing."""
    if seen is None:
        return None
    step = first.step
    earlier = previous_count(step.batch, before=step.position)
    both = evaluate_count(BothSamples(readings_of(first), seen), earlier)
    new = _as_counted(both, step.kind, step.done_at, cells_seen(first), seen_in(seen))
    intervals = _intervals(step.batch, new, before=step.position)
    return CountPreview(both, intervals, _limit(step.batch), evaluate_count(seen, earlier))


def _as_counted(
    counted: Counted, kind: str, at: datetime, seen: int, seen_again: int | None = None
) -> StepCount:
    """A count that is still being typed as the figures take one that is kept."""
    viable, viability = float(counted.viable_cells), float(counted.viability)
    return StepCount(at, viable, viability, seen, seen_again, is_plated=kind in PLATED)


def _intervals(batch: Batch, new: StepCount, *, before: int | None = None) -> dict[str, str]:
    steps = batch.steps.prefetch_related("counts").order_by("position")
    if before is not None:
        steps = steps.filter(position__lt=before)
    known = [one for step in steps if (one := step_count(step)) is not None]
    return figure_words(count_figures([*known, new])[-1])


def _limit(batch: Batch) -> Decimal | None:
    limit = viability_limit(batch.lot)
    return None if limit is None else Decimal(str(limit))
