"""A culture that was harvested with as many cells as a test wants, so that its last count is sound or in doubt."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from stroma.processing.actions import count_again
from stroma.processing.count_keeping import readings_of
from stroma.processing.domain.counting import CountReadings
from stroma.processing.models import BatchStep, CellCount
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.laboratory import SimulatedLaboratory
from tests.treated_courses import START, a_course

IN_DOUBT, SOUND = 1.35, 8.0
"""Cells at the harvest for each at the passage a week before."""


def harvested(
    clinic: SimulatedClinic, grown: float, *, recounts: bool = False, begun: datetime = START
) -> Bench:
    """A culture that was passaged and, 21 days after it was ``begun``, harvested with so many times the cells."""
    course = a_course(clinic, "disc-marrow-expanded", at=begun)
    told = {"doubling_time_hours": 40}
    bench = Bench(clinic, SimulatedLaboratory(Random(1), told), course.protocol, course, recounts=recounts)
    bench.collect(course.patient, begun + timedelta(days=4))
    bench.process("seeding", begun + timedelta(days=4, hours=1))
    bench.process("passage_1", begun + timedelta(days=14))
    bench.laboratory = SimulatedLaboratory(Random(2), {"doubling_time_hours": 1e9})
    bench.true_cells *= grown
    bench.process("harvest", begun + timedelta(days=21))
    return bench


def the_harvest(bench: Bench) -> BatchStep:
    return BatchStep.objects.get(batch__lot=bench.lot, kind="harvest")


def a_second_sample(step: BatchStep, times: float) -> CountReadings:
    """So many times the cells of the first."""
    count = step.standing_count()
    assert count is not None
    seen = readings_of(count)
    assert isinstance(seen, CountReadings)
    return replace(seen, live_cells=round(seen.live_cells * times))


def counted_again(clinic: SimulatedClinic, step: BatchStep, times: float) -> CellCount:
    second, _changed = count_again(
        step=step,
        count=a_second_sample(step, times),
        by=clinic.person("technologist"),
        at=step.done_at + timedelta(minutes=20),
    )
    return second
