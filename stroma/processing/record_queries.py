"""Reads of the whole batch record: each step with all that was scanned and read for it, and what a review finds."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from django.db.models import Prefetch, Q, prefetch_related_objects

from stroma.processing.count_keeping import cells_of_sample, cells_seen
from stroma.processing.domain.growth.fit import Count, samples_agree
from stroma.processing.domain.review import (
    DRIFT_MOST,
    Acceptance,
    Recount,
    Review,
    StepFacts,
    TwoSamples,
    ValueFacts,
    review,
)
from stroma.processing.domain.step_wants import is_outside, limits_text
from stroma.processing.growth import wants_recount
from stroma.processing.models import (
    Batch,
    BatchStep,
    CellCount,
    FindingAcceptance,
    GrowthForecast,
    StepEquipment,
    StepException,
    StepPhoto,
    StepReagent,
    StepValue,
)
from stroma.processing.queries import steps_of
from stroma.processing.register_queries import equipment_facts, reagent_facts

VIABILITY = "viability"


def whole_record_of(batch: Batch) -> list[BatchStep]:
    """Every step with its count, values, exceptions, equipment, reagents and photos, but not the photos' content."""
    return list(
        batch.steps.select_related("material", "done_by")
        .prefetch_related(
            Prefetch("counts", CellCount.objects.select_related("entered_by", "file").defer("file__content")),
            Prefetch("values", StepValue.objects.select_related("entered_by", "corrects")),
            "exceptions__raised_by",
            "equipment_used__equipment__events",
            "reagents_used__reagent__events",
            _STANDING_FORECASTS,
            Prefetch("photos", StepPhoto.objects.defer("content").select_related("taken_by")),
        )
        .order_by("position")
    )


@dataclass(frozen=True, slots=True)
class ValueLine:
    """A value as it stands, with the earlier ones it replaced, the newest of them first."""

    value: StepValue
    replaced: Sequence[StepValue]

    @property
    def limits(self) -> str:
        """The limits it was read against."""
        return limits_text(self.value.minimum, self.value.maximum, self.value.unit)

    @property
    def is_outside(self) -> bool:
        """Whether it lies outside of them."""
        return is_outside(self.value.value, self.value.minimum, self.value.maximum)


def lines_of(values: Sequence[StepValue]) -> list[ValueLine]:
    """The values that stand, in the order they were read, each with what it replaced."""
    by_id = {value.pk: value for value in values}
    replaced = {value.corrects_id for value in values if value.corrects_id}
    lines = []
    for value in values:
        if value.pk in replaced:
            continue
        earlier, known = [], value
        while known.corrects_id is not None:
            known = by_id[known.corrects_id]
            earlier.append(known)
        lines.append(ValueLine(value, earlier))
    return lines


def review_of(batch: Batch) -> Review:
    """What a reviewer has to look at in this batch record."""
    return reviews_of([batch])[batch.pk]


def reviewed(batch: Batch, steps: Sequence[BatchStep]) -> Review:
    """The same of a record that was read already."""
    return _reviewed(batch, steps, _earlier_values([batch]), _accepted([batch])[batch.pk])


_STANDING_FORECASTS = Prefetch("forecasts", GrowthForecast.objects.filter(replaced_by=None))
_LOOKED_AT = (
    "values",
    "exceptions",
    Prefetch("equipment_used", StepEquipment.objects.select_related("equipment")),
    "equipment_used__equipment__events",
    Prefetch("reagents_used", StepReagent.objects.select_related("reagent")),
    "reagents_used__reagent__events",
    _STANDING_FORECASTS,
)
"""What a review looks at besides a step and its counts."""


def reviews_of(batches: Sequence[Batch], known: Sequence[BatchStep] | None = None) -> dict[UUID, Review]:
    """The reviews of several records by the id of the batch, in as many statements for one as for many.

    ``known`` are their steps with the counts, in order, where these were read already.
    """
    if known is None:
        known = list(
            BatchStep.objects.filter(batch__in=batches).prefetch_related("counts").order_by("position")
        )
    prefetch_related_objects(known, *_LOOKED_AT)
    steps: dict[UUID, list[BatchStep]] = defaultdict(list)
    for step in known:
        steps[step.batch_id].append(step)
    earlier, accepted = _earlier_values(batches), _accepted(batches)
    return {one.pk: _reviewed(one, steps[one.pk], earlier, accepted[one.pk]) for one in batches}


def _reviewed(
    batch: Batch,
    steps: Iterable[BatchStep],
    earlier: "dict[_Measured, list[tuple[datetime, float]]]",
    accepted: dict[str, Acceptance],
) -> Review:
    lot, began_at = batch.lot, batch.began_at
    usual = {
        (step, code): [value for at, value in seen if at < began_at]
        for (site, protocol, step, code), seen in earlier.items()
        if (site, protocol) == (lot.site_id, lot.protocol.protocol_id)
    }
    return review(steps_of(lot), [_facts(step, usual) for step in steps], accepted)


def _accepted(batches: Sequence[Batch]) -> dict[UUID, dict[str, Acceptance]]:
    """What quality accepted in each record, by the key of the finding."""
    found: dict[UUID, dict[str, Acceptance]] = {one.pk: {} for one in batches}
    for row in FindingAcceptance.objects.filter(batch__in=batches).select_related("accepted_by"):
        found[row.batch_id][row.finding] = Acceptance(row.reason, row.accepted_by.name, row.accepted_at)
    return found


def _facts(step: BatchStep, earlier: dict[tuple[str, str], list[float]]) -> StepFacts:
    count = step.standing_count()
    values = [
        ValueFacts(
            code=line.value.code,
            title=line.value.title,
            value=line.value.value.normalize(),
            unit=line.value.unit,
            minimum=line.value.minimum,
            maximum=line.value.maximum,
            was=line.replaced[0].value.normalize() if line.replaced else None,
            reason=line.value.reason,
            earlier=earlier.get((step.code, line.value.code), ()),
        )
        for line in lines_of(list(step.values.all()))
    ]
    if count is not None:
        percent = (100 * count.viability).quantize(Decimal("0.1"))
        seen = earlier.get((step.code, VIABILITY), ())
        values.append(ValueFacts(VIABILITY, "Viability", percent, "%", earlier=seen))
    reagents = [use.reagent for use in step.reagents_used.all()]
    return StepFacts(
        code=step.code,
        at=step.done_at,
        has_count=count is not None,
        equipment=[equipment_facts(use.equipment, at=step.done_at) for use in step.equipment_used.all()],
        reagents=[reagent_facts(one, at=step.done_at) for one in reagents],
        recalled_since=[
            reagent_facts(one, at=step.done_at)
            for one in reagents
            if any(event.kind == "RECALLED" and event.done_at > step.done_at for event in one.events.all())
        ],
        values=values,
        exceptions=[(one.code, one.reason) for one in step.exceptions.all()],
        recounts=[
            Recount(
                millions(old.viable_cells),
                millions(new.viable_cells),
                new.reason,
                follows=readings_in(old) == readings_in(new),
            )
            for chain in (counts_of(step, second=second) for second in (False, True))
            for old, new in pairwise(chain)
        ],
        samples=_two_samples(step),
        lacks_second_sample=any(wants_recount(kept) for kept in step.forecasts.all()),
        doublings=float(count.cumulative_population_doublings)
        if count is not None and count.cumulative_population_doublings is not None
        else None,
    )


def readings_in(count: CellCount) -> tuple[object, ...]:
    """What was seen at a count, apart from what followed from others: a second sample has its volume from the first."""
    return (
        count.live_cells,
        count.dead_cells,
        count.squares,
        count.dilution_factor,
        count.file_id,
        count.file_line,
        count.viable_per_ml,
        None if count.repeats_id else count.volume_ml,
    )


def _two_samples(step: BatchStep) -> TwoSamples | None:
    samples = step.standing_samples()
    if len(samples) < 2:
        return None
    cells = [cells_of_sample(one) for one in samples]
    seen = [
        Count(0.0, math.log2(max(float(of), 1.0)), cells_seen(one))
        for of, one in zip(cells, samples, strict=True)
    ]
    first, second = map(millions, cells)
    return TwoSamples(first, second, millions(samples[-1].viable_cells), samples_agree(*seen))


def counts_of(step: BatchStep, *, second: bool = False) -> list[CellCount]:
    """The counts of a step's first or ``second`` sample in the order they replaced each other; the last one stands."""
    by_corrected = {
        count.corrects_id: count for count in step.counts.all() if (count.repeats_id is not None) == second
    }
    chain: list[CellCount] = []
    while (following := by_corrected.get(chain[-1].pk if chain else None)) is not None:
        chain.append(following)
    return chain


def millions(cells: Decimal) -> str:
    """Cells as they are written in a record: ``2.40 × 10⁶``."""
    return f"{cells / 1_000_000:.2f} × 10⁶"


_Measured = tuple[UUID, str, str, str]
"""Site, protocol, step and value."""


def _earlier_values(batches: Sequence[Batch]) -> dict[_Measured, list[tuple[datetime, float]]]:
    """What the newest lots of the same protocols had at the same sites, before the youngest of the batches began.

    In two statements; of each protocol at a site the newest ``DRIFT_MOST``.
    """
    earlier: dict[_Measured, list[tuple[datetime, float]]] = defaultdict(list)
    if not batches:
        return earlier
    lot, youngest = "step__batch__lot__", max(one.began_at for one in batches)
    newest = Q()
    for site, protocol in {(one.lot.site_id, one.lot.protocol.protocol_id) for one in batches}:
        same = Batch.objects.filter(
            lot__site=site, lot__protocol__protocol_id=protocol, began_at__lt=youngest
        )
        newest |= Q(step__batch__in=same.order_by("-began_at").values("pk")[:DRIFT_MOST])
    where = Q(step__done_at__lt=youngest, corrected_by=None) & newest
    what = (f"{lot}site", f"{lot}protocol__protocol_id", "step__code", "step__done_at")
    values = StepValue.objects.filter(where).values_list(*what, "code", "value")
    for site, protocol, step, at, code, value in values:
        earlier[site, protocol, step, code].append((at, float(value)))
    counts = CellCount.objects.standing().filter(where).values_list(*what, "viability")
    for site, protocol, step, at, viability in counts:
        earlier[site, protocol, step, VIABILITY].append((at, 100 * float(viability)))
    return earlier


def value_of(batch: Batch, value_id: UUID) -> StepValue | None:
    """A value of this batch record."""
    found = StepValue.objects.filter(pk=value_id, step__batch=batch)
    return found.select_related("step__batch__lot__site", "step__batch__lot__course").first()


def count_of(batch: Batch, count_id: UUID) -> CellCount | None:
    """A count of this batch record."""
    found = CellCount.objects.filter(pk=count_id, step__batch=batch)
    return found.select_related("step__batch__lot__site", "step__batch__lot__course", "file").first()


def step_of(batch: Batch, step_id: UUID) -> BatchStep | None:
    """A recorded step of this batch."""
    found = BatchStep.objects.filter(pk=step_id, batch=batch)
    return found.select_related("batch__lot__site", "batch__lot__course").first()


def photo_of(batch: Batch, photo_id: UUID) -> StepPhoto | None:
    """A photo of this batch record."""
    return StepPhoto.objects.filter(pk=photo_id, step__batch=batch).first()


def exceptions_of(batch: Batch) -> list[StepException]:
    """What was accepted at the bench with a reason, in order."""
    return list(
        StepException.objects.filter(step__batch=batch)
        .select_related("step", "raised_by")
        .order_by("raised_at")
    )
