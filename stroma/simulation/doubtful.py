"""A donor's lot that is harvested today with so few cells that the count leaves a doubt, for the demo's bench.

It goes on the agenda as patients do, so that its counts stand at the hours at which a protocol puts them, whatever day
it is. No patient waits for it: the bank is being filled.
"""

from datetime import datetime, timedelta
from functools import partial
from random import Random

from stroma.clinic.queries import adopted_protocol
from stroma.processing.actions import count_again
from stroma.processing.models import CellCount
from stroma.simulation.agenda import Agenda, SiteWatch
from stroma.simulation.bench import MINUTES, Bench
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.laboratory import SimulatedLaboratory

PROTOCOL = "disc-cord-donor"
GROWN = 2.5
"""Cells at the harvest for each at the passage a week before: between the odds that ask for a second count and those
that call a culture off (``processing/domain/growth/doubt.py``)."""
SEEN_AGAIN = 1.6
"""Cells in the second sample for each in the first, which was taken from a suspension that had settled."""


def grow_a_doubtful_lot(
    clinic: SimulatedClinic, agenda: Agenda, *, harvested_at: datetime, is_settled: bool
) -> None:
    """Put a lot on the agenda that is harvested at ``harvested_at``; ``is_settled`` counts a second sample too."""
    adopted = adopted_protocol(clinic.site, PROTOCOL)
    # Nothing but the harvest is out of the ordinary.
    laboratory = SimulatedLaboratory(Random(PROTOCOL), {"doubling_time_hours": 40})  # noqa: S311 - a simulation
    bench = Bench(clinic, laboratory, adopted, None, recounts=False)
    watch = SiteWatch(clinic)
    assert bench.protocol.processing is not None
    steps = bench.protocol.processing.steps
    grown = steps[: next(number for number, step in enumerate(steps, start=1) if step.kind == "harvest")]
    at = harvested_at - sum((step.after or timedelta(0) for step in grown), timedelta(0))
    agenda.put(at - timedelta(hours=1), watch, partial(bench.collect, None))
    for step in grown:
        at += step.after or timedelta(0)
        if step.kind == "harvest":
            agenda.put(at, watch, partial(_harvest, bench))
        else:
            agenda.put(at, watch, partial(bench.process, step.code))
    if is_settled:
        agenda.put(at + 20 * MINUTES, watch, partial(_count_again, bench))


def _harvest(bench: Bench, at: datetime) -> None:
    """Harvest what has hardly grown since it was passaged."""
    passaged = _standing(bench, "passage")
    bench.true_cells = GROWN * float(passaged.viable_cells)
    bench.last_step_at = None  # so that the bench lets nothing grow on top of it
    bench.process("harvest", at)


def _count_again(bench: Bench, at: datetime) -> None:
    """Count a second sample of the harvest: it was the first that was not mixed well."""
    first = _standing(bench, "harvest")
    again = bench.laboratory.count(bench.true_cells * SEEN_AGAIN, first.volume_ml)
    count_again(step=first.step, count=again, by=bench.person("technologist"), at=at)


def _standing(bench: Bench, kind: str) -> CellCount:
    return CellCount.objects.standing().get(step__batch__lot=bench.lot, step__kind=kind)
