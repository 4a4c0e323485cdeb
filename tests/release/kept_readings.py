"""Cytometry readings in the record, for tests: as rows where an address needs one, by the actions elsewhere."""

import hashlib
from datetime import datetime

from stroma.clinic.models import User
from stroma.custody.models import Lot
from stroma.release.actions.cytometry import read_cytometry
from stroma.release.cytometry.fcs import read_fcs
from stroma.release.cytometry.panel import panel_named
from stroma.release.cytometry.reading import read_with_panel
from stroma.release.cytometry_files import Prepared, populations_of, prepare
from stroma.release.handed_in import HandedIn
from stroma.release.models import CytometryReading, InstrumentFile
from stroma.simulation.cytometer import stromal_cells

FEW = dict.fromkeys(("CD45", "CD34", "CD14", "CD19", "HLA-DR"), 0.001)
"""Far enough below 2 % that one in a hundred dark cells above the threshold does not matter."""
SAMPLE = HandedIn("cells.fcs", stromal_cells(events=4_000, shares=FEW))
CONTROL = HandedIn("unstained.fcs", stromal_cells(events=12_000, is_stained=False, seed=9))


def prepared_for(lot: Lot, *, control: HandedIn | None = CONTROL) -> Prepared:
    """The sample read by the lot's panel."""
    return prepare(lot, SAMPLE, control)


def a_reading(lot: Lot, *, control: HandedIn | None = CONTROL, by: User, at: datetime) -> CytometryReading:
    """The sample read and kept."""
    return read_cytometry(lot=lot, prepared=prepared_for(lot, control=control), by=by, at=at)


def a_reading_row(lot: Lot, *, by: User, at: datetime) -> CytometryReading:
    """A row as the action writes it, for a lot of any protocol."""
    panel = panel_named("isct")
    (data,) = read_fcs(SAMPLE.content)
    reading = read_with_panel(data, panel)
    kept = InstrumentFile.objects.create(
        lot=lot,
        name=SAMPLE.name,
        sha256=hashlib.sha256(SAMPLE.content).hexdigest(),
        content=SAMPLE.content,
        handed_in_by=by,
        handed_in_at=at,
    )
    return CytometryReading.objects.create(
        lot=lot,
        sample=kept,
        panel=panel.model_dump_json(),
        gate_set=reading.gate_set.as_text(),
        gate_set_digest=reading.gate_set.digest,
        populations=populations_of(reading),
        warnings=list(reading.warnings),
        read_by=by,
        read_at=at,
    )
