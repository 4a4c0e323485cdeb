"""What the house keeps of a course is in its dossier: cytometry files, what was read from them, temperature logs."""

from pathlib import Path

from stroma.custody.models import ShipmentContent, TemperatureLog
from stroma.ledger.attachments import files_beside, write_archive
from stroma.ledger.domain.canonical import digest
from stroma.ledger.dossier import export_dossier
from stroma.ledger.standalone import verifier
from stroma.processing.models import BatchStep
from tests.ledger.forging import read_lines
from tests.lots_on_the_way import a_counter_file
from tests.never.rows import a_shipment
from tests.never.world import World
from tests.release.kept_readings import a_reading_row


def test_every_file_of_a_course_is_in_its_dossier_or_listed_and_beside_it(
    world: World, tmp_path: Path
) -> None:
    quality, log = world.house.person("quality"), b"time,temperature\n2026-03-02T09:00:00Z,4.0\n"
    reading = a_reading_row(world.ready_lot, by=quality, at=world.at)
    a_reading_row(world.recipient_dose.lot, by=quality, at=world.at)  # of another course: not told
    shipment = a_shipment(world, world.ready_dose.place.code)
    ShipmentContent.objects.get_or_create(shipment=shipment, material=world.ready_dose)
    kept_log = TemperatureLog.objects.create(
        shipment=shipment,
        digest=digest(log),
        content=log,
        lowest_c=4,
        highest_c=4,
        minutes_outside=0,
        is_excursion=False,
        read_by=quality,
        read_at=world.at,
    )
    counted = a_counter_file(BatchStep.objects.filter(batch__lot=world.ready_lot).earliest("position"))
    dossier = export_dossier(world.ready.id, by=quality, at=world.at)
    section = next(line for line in read_lines(dossier) if line.get("name") == "attachments")
    assert sorted((one["path"], "beside" in one) for one in section["content"]["files"]) == sorted(
        [
            (f"counts/{counted.id}.csv", False),
            (f"cytometry/{reading.sample_id}.fcs", True),
            (f"cytometry/{reading.id}.json", False),
            (f"transport/{kept_log.id}.csv", False),
        ]
    )
    archive = tmp_path / "files.tar"
    with archive.open("wb") as output:
        write_archive(files_beside(dossier, world.ready.id), output)
    report = verifier().check(dossier, None, (), str(archive))
    assert (report.findings, report.about["files_beside"]) == ([], 1)
