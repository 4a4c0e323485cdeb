"""What a count comes to while it is still being typed, beside what the specification asks for."""

from dataclasses import dataclass
from decimal import Decimal

from stroma.processing.count_keeping import readings_of
from stroma.processing.domain.counting import AnyCount, BothSamples, Counted, evaluate_count
from stroma.processing.models import Batch, CellCount
from stroma.processing.queries import previous_count, viability_limit


@dataclass(frozen=True, slots=True)
class CountPreview:
    """The count as the page shows it."""

    counted: Counted
    limit: Decimal | None
    """The least viability that the specification asks for, as a fraction."""
    sample: Counted | None = None
    """The second sample by itself, where ``counted`` is the mean of two."""

    @property
    def is_below(self) -> bool:
        """Whether the viability is below the limit."""
        return self.limit is not None and self.counted.viability < self.limit


def count_preview(batch: Batch, seen: AnyCount | None) -> CountPreview | None:
    """What the count of the next step comes to so far; None while something of it is missing."""
    if seen is None:
        return None
    return CountPreview(evaluate_count(seen, previous_count(batch)), _limit(batch))


def recount_preview(first: CellCount, seen: AnyCount | None) -> CountPreview | None:
    """What both samples come to, and the second by itself; None while something of it is missing."""
    if seen is None:
        return None
    step = first.step
    earlier = previous_count(step.batch, before=step.position)
    both = evaluate_count(BothSamples(readings_of(first), seen), earlier)
    return CountPreview(both, _limit(step.batch), evaluate_count(seen, earlier))


def _limit(batch: Batch) -> Decimal | None:
    limit = viability_limit(batch.lot)
    return None if limit is None else Decimal(str(limit))
