"""The files of a course that this step keeps: what the cytometer wrote, and what was read from it."""

import json
from collections.abc import Iterator
from functools import partial
from uuid import UUID

from django.db.models.functions import Length

from stroma.ledger.attachments import KeptFile, made_file
from stroma.release.models import CytometryReading, InstrumentFile


def files_of_course(course_id: UUID) -> Iterator[KeptFile]:
    """Every instrument file of the course's lots, byte for byte, and each reading as a report of its own."""
    kept = InstrumentFile.objects.filter(lot__course_id=course_id).defer("content")
    read = CytometryReading.objects.filter(lot__course_id=course_id)
    of_a_cytometer = {one for pair in read.values_list("sample", "control") for one in pair}
    for file in kept.annotate(size=Length("content")):
        is_fcs = file.id in of_a_cytometer
        yield KeptFile(
            path=f"cytometry/{file.id}.fcs" if is_fcs else f"results/{file.id}.bin",
            media_type="application/vnd.isac.fcs" if is_fcs else "application/octet-stream",
            sha256=file.sha256,
            size=file.size,
            about={
                "kind": "instrument file",
                "name": file.name,
                "lot": file.lot_id,
                "kept_at": file.handed_in_at,
            },
            read=partial(_content_of, file.id),
        )
    readings = CytometryReading.objects.filter(lot__course_id=course_id)
    for reading in readings:
        yield made_file(
            f"cytometry/{reading.id}.json",
            _report(reading),
            media_type="application/json",
            about={"kind": "cytometry reading", "lot": reading.lot_id, "kept_at": reading.read_at},
        )


def _content_of(file_id: UUID) -> bytes:
    return bytes(InstrumentFile.objects.values_list("content", flat=True).get(pk=file_id))


def _report(reading: CytometryReading) -> bytes:
    told = {
        "reading": str(reading.id),
        "follows": str(reading.follows_id) if reading.follows_id else None,
        "moved_gate": reading.moved_gate,
        "sample": f"cytometry/{reading.sample_id}.fcs",
        "control": f"cytometry/{reading.control_id}.fcs" if reading.control_id else None,
        "panel": json.loads(reading.panel),
        "gates": reading.gate_set,
        "gates_digest": reading.gate_set_digest,
        "populations": reading.populations,
        "warnings": reading.warnings,
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"
