"""A donor's lot in the bank of a simulated clinic, made, tested and released by the same actions as any other."""

from datetime import datetime, timedelta
from random import Random

from stroma.clinic.models import AdoptedProtocol
from stroma.custody.models import Lot
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.laboratory import SimulatedLaboratory

BANK_LEAD = timedelta(days=90)
"""How long before its first patient a simulated clinic opens: time enough to have a donor's lot in the bank."""


def fill_the_bank(clinic: SimulatedClinic, adopted: AdoptedProtocol, random: Random, *, at: datetime) -> Lot:
    """Make a donor's lot of ``adopted`` from the day after ``at`` on, and release it."""
    # What the answers file tells the laboratory to find is about the patient's own product, not about the bank.
    laboratory = SimulatedLaboratory(random, {})
    bench = Bench(clinic, laboratory, adopted, None)
    at += timedelta(days=1)
    lot = bench.collect(None, at)
    processing = bench.protocol.processing
    assert processing is not None
    for step in processing.steps:
        if step.kind == "thaw":
            break
        at += step.after or timedelta(hours=1)
        bench.process(step.code if step.kind != "fill" else None, at)
    lot.refresh_from_db()
    bench.test(lot, at + timedelta(days=14))
    bench.final_results(lot, at + timedelta(days=15))
    bench.release(lot, at + timedelta(days=15, hours=1))
    bench.account_for(lot, {"PRODUCT"}, "left after filling", at + timedelta(days=15, hours=2))
    return lot
