"""The figures of a record's counts with their intervals, and how they are written."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from stroma.look.formats import number_text
from stroma.processing.count_keeping import cells_rested_on, cells_seen
from stroma.processing.domain.count_figures import CountFigures, Measured, StepCount, count_figures
from stroma.processing.domain.counting import AnyCount, CounterCount
from stroma.processing.models import BatchStep
from stroma.processing.queries import PLATED


def figures_of(steps: Sequence[BatchStep]) -> dict[UUID, CountFigures]:
    """The figures of every step that was counted, by the step's id; the steps are in order."""
    counted = [(step.pk, one) for step in steps if (one := step_count(step)) is not None]
    figures = count_figures([one for _key, one in counted])
    return {key: one for (key, _count), one in zip(counted, figures, strict=True)}


def step_count(step: BatchStep) -> StepCount | None:
    """The count that holds of a step; None where nothing was counted."""
    samples = step.standing_samples()
    if not samples:
        return None
    first, *again = [cells_seen(one) for one in samples]
    return StepCount(
        at=step.done_at,
        viable_cells=float(samples[-1].viable_cells),
        viability=float(samples[-1].viability),
        seen=first,
        seen_again=again[0] if again else None,
        is_plated=step.kind in PLATED,
    )


def seen_in(count: AnyCount) -> int:
    """On how many cells a count rests that is not kept yet."""
    if isinstance(count, CounterCount):
        return cells_rested_on(None, None, count.reading.cells_seen)
    return cells_rested_on(count.live_cells, count.dead_cells, None)


def interval_words(measured: Measured, *, decimals: int) -> str:
    """``0.60–1.98``, or ``−0.10 to 0.85`` where a dash would be read as a sign."""
    low, high = (number_text(one, decimals) for one in (measured.low, measured.high))
    return _("%(low)s to %(high)s") % {"low": low, "high": high} if measured.low < 0 else f"{low}–{high}"


def figure_words(figures: CountFigures) -> dict[str, str]:
    """The intervals of a count and its rate of growth as a record writes them; blank where there is none."""
    doublings, total, rate = figures.doublings, figures.cumulative_doublings, figures.doublings_per_day
    return {
        "viability": f"{interval_words(figures.viability.times(100), decimals=1)} %",
        "cells": f"{interval_words(figures.viable_cells.times(1e-6), decimals=1)} × 10⁶",
        "doublings": number_text(doublings.value, 2) if doublings else "",
        "doublings_interval": interval_words(doublings, decimals=2) if doublings else "",
        "cumulative": interval_words(total, decimals=2) if total else "",
        "rate": number_text(rate.value, 2) if rate else "",
        "rate_interval": interval_words(rate, decimals=2) if rate else "",
    }
