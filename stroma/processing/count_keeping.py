"""How a count is kept, whichever way it was made, and read again from what is kept."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models.functions import Length

from stroma.clinic.models import User
from stroma.ledger.attachments import KeptFile
from stroma.processing.domain.counter_file import CounterReading
from stroma.processing.domain.counting import AnyCount, BothSamples, Counted, CounterCount, CountReadings
from stroma.processing.domain.counts import cells_per_ml, total_viable_cells
from stroma.processing.models import BatchStep, CellCount, CounterFile

UNKNOWN_CELLS_SEEN = 100
"""A counter that does not say on how many cells a count rests is trusted as one of 100 (our choice, rather too few)."""


def keep_count(
    step: BatchStep, count: AnyCount, counted: Counted, *, by: User, at: datetime, **told: Any
) -> CellCount:
    """Write a count of a step, with the file it was read from. Called inside an action.

    ``told`` is what it corrects or repeats, and who said so when.
    """
    values: dict[str, Any]
    if isinstance(count, CounterCount):
        reading = count.reading
        values = {
            "file": _keep_file(step, count, by, at),
            "sample": reading.sample[:200],
            "file_line": reading.line,
            "viable_per_ml": reading.viable_per_ml,
            "total_per_ml": reading.total_per_ml,
            "diameter_um": reading.diameter_um,
            "dilution_factor": reading.dilution,
            "cells_seen": reading.cells_seen,
        }
    else:
        values = {
            "live_cells": count.live_cells,
            "dead_cells": count.dead_cells,
            "squares": count.squares,
            "dilution_factor": count.dilution_factor,
        }
    return CellCount.objects.create(
        step=step,
        volume_ml=count.volume_ml,
        viability=counted.viability,
        viable_cells=counted.viable_cells,
        population_doublings=counted.population_doublings,
        cumulative_population_doublings=counted.cumulative_population_doublings,
        **values,
        **told,
    )


def _keep_file(step: BatchStep, count: CounterCount, by: User, at: datetime) -> CounterFile:
    values = {
        "name": count.file_name[-200:],
        "content": count.file_content,
        "handed_in_by": by,
        "handed_in_at": at,
    }
    sha256 = hashlib.sha256(count.file_content).hexdigest()
    return CounterFile.objects.get_or_create(lot=step.batch.lot, sha256=sha256, defaults=values)[0]


def readings_of(count: CellCount) -> AnyCount:
    """What was seen at a count."""
    if count.file is not None:
        assert count.viable_per_ml is not None
        assert count.total_per_ml is not None
        reading = CounterReading(
            count.sample,
            count.file_line or 0,
            count.viable_per_ml,
            count.total_per_ml,
            _viability_told(count, count.viable_per_ml, count.total_per_ml),
            count.diameter_um,
            count.dilution_factor,
            count.cells_seen,
        )
        return CounterCount(reading, count.volume_ml, count.file.name, bytes(count.file.content))
    assert count.live_cells is not None
    assert count.dead_cells is not None
    assert count.squares is not None
    assert count.dilution_factor is not None
    return CountReadings(
        count.live_cells, count.dead_cells, count.squares, count.dilution_factor, count.volume_ml
    )


def _viability_told(count: CellCount, viable_per_ml: Decimal, total_per_ml: Decimal) -> Decimal:
    """Of a counter's sample by itself: the kept viability of a second sample is that of both."""
    if count.repeats_id is None or not total_per_ml:
        return count.viability
    return (viable_per_ml / total_per_ml).quantize(Decimal("0.0001"))


def all_readings_of(count: CellCount) -> AnyCount | BothSamples:
    """What the figures of a count come from: what was seen at it, or in both samples where it is of the second."""
    seen = readings_of(count)
    return seen if count.repeats is None else BothSamples(readings_of(count.repeats), seen)


def cells_of_sample(count: CellCount) -> Decimal:
    """The viable cells of the container by this sample alone."""
    if count.viable_per_ml is not None:
        per_ml = float(count.viable_per_ml)
    else:
        assert count.live_cells is not None
        assert count.squares is not None
        assert count.dilution_factor is not None
        per_ml = cells_per_ml(count.live_cells / count.squares, float(count.dilution_factor))
    return Decimal(round(total_viable_cells(per_ml, float(count.volume_ml))))


def cells_seen(count: CellCount) -> int:
    """On how many cells the count rests."""
    return cells_rested_on(count.live_cells, count.dead_cells, count.cells_seen)


def cells_rested_on(live: int | None, dead: int | None, told: int | None) -> int:
    """The same from what was seen in a hemocytometer, else from what a counter ``told``, which may be nothing."""
    return live + dead if live is not None and dead is not None else told or UNKNOWN_CELLS_SEEN


def count_facts(count: CellCount) -> dict[str, Any]:
    """A count as the ledger tells it."""
    facts: dict[str, Any] = {
        "repeats": count.repeats_id,
        "live": count.live_cells,
        "dead": count.dead_cells,
        "squares": count.squares,
        "dilution": count.dilution_factor,
        "volume_ml": count.volume_ml,
        "viability": count.viability,
        "viable_cells": count.viable_cells,
    }
    if count.file is not None:
        facts |= {
            "file": count.file.sha256,
            "line": count.file_line,
            "viable_per_ml": count.viable_per_ml,
            "total_per_ml": count.total_per_ml,
            "diameter_um": count.diameter_um,
            "cells_seen": count.cells_seen,
        }
    return {name: fact for name, fact in facts.items() if fact is not None}


def files_of_course(course_id: UUID) -> Iterator[KeptFile]:
    """The counters' files of a course's lots, as they were handed in."""
    kept = CounterFile.objects.filter(lot__course_id=course_id).defer("content")
    for file in kept.annotate(size=Length("content")):
        yield KeptFile(
            path=f"counts/{file.id}.csv",
            media_type="text/csv",
            sha256=file.sha256,
            size=file.size,
            about={
                "kind": "counter file",
                "name": file.name,
                "lot": file.lot_id,
                "kept_at": file.handed_in_at,
            },
            read=partial(_content_of, file.id),
        )


def _content_of(file_id: UUID) -> bytes:
    return bytes(CounterFile.objects.values_list("content", flat=True).get(pk=file_id))
