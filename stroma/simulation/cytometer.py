"""A simulated cytometer: files of a culture and of its unstained control, read and judged as any file is."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from stroma.custody.models import Lot
from stroma.release.actions.cytometry import move_gate, read_cytometry, record_cytometry
from stroma.release.cytometry.gates import gate_set_from
from stroma.release.cytometry.write import fcs_bytes
from stroma.release.cytometry_files import prepare
from stroma.release.handed_in import HandedIn
from stroma.release.models import CytometryReading
from stroma.simulation.clinic import SimulatedClinic

STAINS = (
    ("BV421-A", "CD73", 0.985),
    ("FITC-A", "CD90", 0.99),
    ("PE-A", "CD105 PE", 0.98),
    ("APC-A", "CD45", 0.004),
    ("PE-Cy7-A", "CD34", 0.006),
    ("BV605-A", "CD14", 0.003),
    ("BV711-A", "CD19", 0.001),
    ("APC-Cy7-A", "HLA-DR", 0.005),
    ("PerCP-Cy5-5-A", "7-AAD", 0.05),
)
"""Detector, stain, and the share of the cells that bear it."""
FEW = dict.fromkeys(("CD45", "CD34", "CD14", "CD19", "HLA-DR"), 0.002)
"""In the simulated culture; one in a hundred dark cells lies above the threshold besides."""
MOVED, HIGHER_BY = "HLA-DR positive", 1.6
"""The gate that the reviewer moves, and by what factor: away from the dark cells, far below the bright ones."""
WHY = "The threshold of the control cuts into the dark cells; moved up into the gap before the bright ones."
RECORDED_AFTER = timedelta(minutes=12)


def stromal_cells(
    *,
    events: int = 20_000,
    is_stained: bool = True,
    seed: int = 7,
    without: Sequence[str] = (),
    shares: Mapping[str, float] | None = None,
    top: float = 262144,
) -> bytes:
    """A culture stained for the ISCT panel, or unstained: debris, doublets and dead cells among it."""
    chance = np.random.default_rng(seed)
    height = chance.normal(60_000, 9_000, events)
    is_debris = chance.random(events) < 0.08
    height[is_debris] = chance.gamma(3, 3_000, int(is_debris.sum()))
    area = height * chance.normal(1.3, 0.03, events)
    area[chance.random(events) < 0.04] *= 1.7
    columns = [area, height, chance.normal(50_000, 9_000, events)]
    channels = [("FSC-A", ""), ("FSC-H", ""), ("SSC-A", "")]
    for detector, stain, share in STAINS:
        dark = chance.normal(0, 150, events) + chance.lognormal(4, 0.6, events)
        bright = chance.lognormal(9.2, 0.45, events)
        bears = (chance.random(events) < (shares or {}).get(stain, share)) & ~is_debris & is_stained
        if stain not in without:
            columns.append(np.where(bears, bright, dark))
            channels.append((detector, stain))
    columns.append(np.sort(chance.random(events)) * 10_000)
    channels.append(("Time", ""))
    table = np.clip(np.column_stack(columns), -1_000, 262_143)
    return fcs_bytes(table, channels, top=top)


def read_cells(clinic: SimulatedClinic, lot: Lot, at: datetime) -> CytometryReading:
    """Read a stained sample beside its control, let quality move one gate, and record the results."""
    technologist = clinic.person("technologist")
    sample = HandedIn(f"{lot.din}-stained.fcs", stromal_cells(seed=421, shares=FEW))
    control = HandedIn(f"{lot.din}-unstained.fcs", stromal_cells(seed=422, is_stained=False))
    reading = read_cytometry(lot=lot, prepared=prepare(lot, sample, control), by=technologist, at=at)
    low = gate_set_from(reading.gate_set).named(MOVED).low
    assert low is not None  # the panel's gates for a stain are open upwards
    moved = move_gate(
        reading=reading,
        gate=MOVED,
        low=round(low * HIGHER_BY, 1),
        high=None,
        reason=WHY,
        by=clinic.person("quality"),
        at=at + timedelta(minutes=8),
    )
    record_cytometry(reading=moved, by=technologist, at=at + RECORDED_AFTER)
    return moved
