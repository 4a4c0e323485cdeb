"""The forecast of a lot's own culture: its counts from the batch record, the clinic's earlier lots, and what is kept.

Day 0 is the first count of plated cells: how many stromal cells a tissue held is not known before it
(``clinical.md`` §1.4). Each count is followed by one forecast, kept beside it, so that a board of many lots reads rows.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from stroma.clinic.models import AdoptedProtocol
from stroma.clinic.queries import protocol_of
from stroma.custody.models import Lot
from stroma.processing.count_keeping import cells_of_sample, cells_seen
from stroma.processing.domain.growth.doubt import RECOUNT, doubts
from stroma.processing.domain.growth.fit import Count, Seeding, summary
from stroma.processing.domain.growth.forecast import Forecast, conduct, forecast, off_the_curve, out_of_reach
from stroma.processing.domain.growth.population import SHIPPED, LotSummary, Population, learned
from stroma.processing.models import Batch, BatchStep, GrowthForecast
from stroma.processing.queries import PLATED, places_consented, steps_of
from stroma.protocols.domain.blocker import Blocker, Weight
from stroma.protocols.domain.vocabulary import Tissue

LEARNED_FROM = 200
"""At most so many of a clinic's newest lots teach the population."""


@dataclass(frozen=True, slots=True)
class Culture:
    """A culture as its counts tell it: what was seeded when, the counts since, and the dose it is grown for."""

    seeding: Seeding
    first: Count
    seeded_at: datetime
    counts: tuple[Count, ...]
    dose_log2: float
    wanted_by: datetime | None
    """The harvest as the protocol plans it; None once it is done."""
    samples: tuple[Count, ...] = ()
    """Where two samples were counted at a time, each by itself; the count of that time is their mean."""

    @property
    def all_counts(self) -> tuple[Count, ...]:
        """The counts with the one that was seeded first."""
        return (self.first, *self.counts)

    def day(self, when: datetime) -> float:
        """Days from seeding."""
        return (when - self.seeded_at) / timedelta(days=1)

    def moment(self, day: float) -> datetime | None:
        """The moment that many days after seeding; None for never."""
        return self.seeded_at + timedelta(days=day) if math.isfinite(day) and day < 3650 else None


def culture_of(batch: Batch) -> Culture | None:
    """The culture of a batch; None before the first count of plated cells, and for a product that is not grown."""
    protocol = protocol_of(batch.lot.protocol)
    steps = list(batch.steps.prefetch_related("counts").order_by("position"))
    dose = protocol.dose.viable_cells if protocol.dose else None
    grown = _grown(steps)
    if dose is None or grown is None:
        return None
    start, *counts = grown.counts
    doses = max(places_consented(batch.lot), 1)
    return Culture(
        Seeding(start.log2_cells, start.error),
        start,
        grown.seeded_at,
        tuple(counts),
        math.log2(dose * doses),
        _planned_harvest(batch.lot, steps),
        grown.samples,
    )


class _Grown(NamedTuple):
    """When the first plated cells were counted, the counts from that one on, and the samples where there were two."""

    seeded_at: datetime
    counts: tuple[Count, ...]
    samples: tuple[Count, ...]


def _grown(steps: Iterable[BatchStep]) -> _Grown | None:
    """The counts of plated cells; None before the first. The steps are in order."""
    counted = [
        (step, samples) for step in steps if step.kind in PLATED if (samples := step.standing_samples())
    ]
    if not counted or not counted[0][1][-1].viable_cells:
        return None
    first, seeded = counted[0][0], counted[0][1][-1].viable_cells
    counts, alone = [], []
    for step, samples in counted:
        standing = samples[-1]
        if not standing.viable_cells:
            continue
        # From the doublings since seeding, as though none had been taken away; the first has none of its own.
        grown = Decimal(2) ** (standing.cumulative_population_doublings or 0) if step is not first else 1
        day, cells = (step.done_at - first.done_at) / timedelta(days=1), float(seeded * grown)
        seen = [cells_seen(one) for one in samples]
        counts.append(Count(day, math.log2(cells), *seen))
        if len(samples) > 1:
            shares = [float(cells_of_sample(one) / standing.viable_cells) for one in samples]
            alone += [
                Count(day, math.log2(cells * share), of)
                for share, of in zip(shares, seen, strict=True)
                if share
            ]
    return _Grown(first.done_at, tuple(counts), tuple(alone))


def population_for(lot: Lot) -> Population | None:
    """What is believed of this lot's culture: the tissue's shipped figures and the site's own closed batches."""
    tissue = Tissue(protocol_of(lot.protocol).source)
    if tissue not in SHIPPED:
        return None
    finished = (
        Batch.objects.filter(lot__site=lot.site, closed_at__isnull=False)
        .exclude(lot=lot)
        .order_by("-closed_at")
        .values_list("pk", "lot__protocol")[:LEARNED_FROM]
    )
    teaching = {one.pk for one in AdoptedProtocol.objects.filter(site=lot.site) if _teaches(one, tissue)}
    teachers = [batch for batch, protocol in finished if protocol in teaching]
    steps: dict[UUID, list[BatchStep]] = {key: [] for key in teachers}
    plated = BatchStep.objects.filter(batch__in=teachers, kind__in=PLATED)
    for step in plated.prefetch_related("counts").order_by("position"):
        steps[step.batch_id].append(step)
    taught = [
        _taught(Seeding(start.log2_cells, start.error), tuple(counts), tissue)
        for start, *counts in (one.counts for one in map(_grown, steps.values()) if one)
        if counts
    ]
    return learned(SHIPPED[tissue], taught)


@lru_cache(maxsize=4096)
def _taught(seeding: Seeding, counts: tuple[Count, ...], tissue: Tissue) -> LotSummary:
    """What a finished culture teaches; the same counts teach the same, so that each is fitted once in a process."""
    return summary(seeding, counts, SHIPPED[tissue])


def _teaches(adopted: AdoptedProtocol, tissue: Tissue) -> bool:
    """Whether cells of this tissue are grown by the protocol, and for a dose."""
    protocol = protocol_of(adopted)
    return protocol.source == tissue and protocol.dose is not None and protocol.dose.viable_cells is not None


def forecast_of(culture: Culture, population: Population, batch: Batch) -> Forecast:
    """The forecast; the same record gives the same one."""
    return forecast(
        culture.seeding, culture.counts, population, dose_log2=culture.dose_log2, seed=_seed(batch)
    )


def keep_forecast(step: BatchStep, *, replaces: GrowthForecast | None = None) -> GrowthForecast | None:
    """Make the forecast that follows a count of plated cells and keep it beside the count.

    After a count was put right it is made anew, in the place of ``replaces``, which stays.
    """
    batch = step.batch
    culture, population = culture_of(batch), population_for(batch.lot)
    if culture is None or population is None:
        return None
    found = forecast_of(culture, population, batch)
    reasons: list[Blocker] = []
    if culture.counts:
        seen = conduct(culture.seeding, culture.counts, population, seed=_seed(batch))
        label, twice = batch.lot.din, culture.counts[-1].seen_again is not None
        reasons += off_the_curve(seen, label=label, is_counted_twice=twice)
        reasons += doubts(seen, label=label, is_counted_twice=twice)
    chance = None
    if culture.wanted_by is not None:
        chance = found.chance_by(culture.day(culture.wanted_by))
        reasons += out_of_reach(found, latest_day=culture.day(culture.wanted_by), label=batch.lot.din)
    return GrowthForecast.objects.create(
        step=step,
        replaces=replaces,
        ready_early=culture.moment(found.day(0.05)),
        ready_likely=culture.moment(found.day(0.5)),
        ready_late=culture.moment(found.day(0.95)),
        wanted_by=culture.wanted_by,
        chance_by_then=chance,
        reasons=[{"code": r.code, "values": dict(r.values), "source": r.source} for r in reasons],
        lots_learned=population.lots,
    )


def newest_forecast(batch: Batch) -> GrowthForecast | None:
    """The forecast that followed the last count."""
    return (
        GrowthForecast.objects.filter(step__batch=batch, replaced_by=None).order_by("-step__position").first()
    )


def reasons_of(kept: GrowthForecast) -> list[Blocker]:
    """What the forecast asked the bench to look at; cautions, each of them."""
    return [Blocker(r["code"], r["values"], r["source"], Weight.CAUTION) for r in kept.reasons]


def wants_recount(kept: GrowthForecast | None) -> bool:
    """Whether the forecast asks for a second sample to be counted."""
    return kept is not None and any(reason["code"] in RECOUNT for reason in kept.reasons)


def _seed(batch: Batch) -> int:
    return batch.pk.int % 2**32


def _planned_harvest(lot: Lot, done: Sequence[BatchStep]) -> datetime | None:
    """When the protocol plans the harvest, counted on from the last step done."""
    codes = {step.code for step in done}
    planned = done[-1].done_at
    for step in steps_of(lot).steps:
        if step.code in codes:
            continue
        planned += step.after or timedelta(0)
        if step.kind == "harvest":
            return planned
    return None
