"""Lots for the tests of the laboratory's and the bedside's pages, brought to where a test wants them by the actions.

A page asks what time it is, so these lots were collected hours before now, in a clinic that was opened long ago.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.test import Client
from django.utils import timezone

from stroma.candidacy.domain.codes import BODY_WEIGHT, LOINC
from stroma.clinic.models import Place, User
from stroma.courses.models import Course
from stroma.custody.label_sample import SAMPLE
from stroma.custody.models import (
    ContainerHold,
    Donor,
    HandOver,
    Label,
    Lot,
    Material,
    Scan,
    ScanPhoto,
    ScanReading,
    Shipment,
    StorageUnit,
    TransportBox,
)
from stroma.injection.models import TimeOut
from stroma.injection.queries import consented_spots
from stroma.ledger.domain.canonical import digest
from stroma.patients.actions import record_measurement
from stroma.processing.models import (
    Batch,
    BatchStep,
    CellCount,
    CounterFile,
    Equipment,
    ReagentLot,
    StepPhoto,
    StepValue,
)
from stroma.release.models import FailureNotice, Rejection
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.laboratory import SimulatedLaboratory
from tests.release.kept_readings import a_reading_row
from tests.release.quality_rows import rows_of_quality
from tests.treated_courses import START, a_course

SAME_DAY = "disc-marrow-concentrate"
HOUR = timedelta(hours=1)


def signed_in(user: User) -> Client:
    """A browser in which ``user`` is signed in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def collected(clinic: SimulatedClinic, *, number: int = 0, viability_percent: float = 95) -> Bench:
    """A lot that came to the laboratory three hours before now; ``number`` sets several apart in time."""
    at = START + timedelta(days=4 * number)
    course = a_course(clinic, SAME_DAY, at=at)
    record_measurement(
        patient=course.patient,
        system=LOINC,
        code=BODY_WEIGHT,
        display="Body weight",
        value=Decimal(75),
        unit="kg",
        by=clinic.person("nurse"),
        at=at + timedelta(days=3, hours=1),
    )
    laboratory = SimulatedLaboratory(Random(1), {"viability_percent": viability_percent})
    return Bench(clinic, laboratory, course.protocol, course)


def collect(bench: Bench, *, at: datetime | None = None) -> Lot:
    """Take the tissue and bring it to the laboratory."""
    assert bench.course is not None
    return bench.collect(bench.course.patient, at or timezone.now() - 3 * HOUR)


def process(bench: Bench) -> Lot:
    """Do every step and enter every result that is due: the lot waits in quarantine for its signatures."""
    at = timezone.now() - 2.4 * HOUR
    bench.process(None, at)
    assert bench.lot is not None
    bench.lot.refresh_from_db()
    bench.test(bench.lot, at + HOUR)
    return bench.lot


def release(bench: Bench) -> Lot:
    """Two people sign, and quality lets the lot go."""
    assert bench.lot is not None
    bench.release(bench.lot, timezone.now() - HOUR)
    bench.lot.refresh_from_db()
    return bench.lot


def scan_of(material: Material) -> str:
    """What a scanner reads off the label on the container."""
    return str(material.labels.get(state="APPLIED").content["compound"])


def dose_of(lot: Lot) -> Material:
    """The lot's first dose."""
    return Material.objects.filter(lot=lot, kind=Material.Kind.DOSE).order_by("division").get()


def rows_of_a_lot(course: Course, place: Place, people: tuple[User, User], *, at: datetime) -> dict[str, Any]:
    """One row of each kind that an address of the laboratory asks for, by the name of its argument.

    Written as rows: no lot is begun, closed, rejected and at the bedside at once by any action.
    """
    one, two = people
    site = course.site
    donor = Donor.objects.create(site=site, relation=Donor.Relation.AUTOLOGOUS, patient=course.patient)
    lot = Lot.objects.create(
        site=site,
        donor=donor,
        protocol=course.protocol,
        course=course,
        din="W000026000001",
        product_code="DMC011",
        product_name="test product",
        state="IN_PROCESS",
        made_at=at,
    )
    held = {
        "lot": lot,
        "amount": Decimal(10),
        "remaining": Decimal(10),
        "place": place,
        "state": "HELD",
        "made_at": at,
    }
    tissue = Material.objects.create(kind=Material.Kind.TISSUE, division="A0", **held)
    label = Label.objects.create(
        material=tissue,
        version="1",
        content=SAMPLE.content,
        digest="0" * 64,
        state="PRINTED",
        printed_at=at,
        printed_by=one,
    )
    scans = [
        Scan.objects.create(
            site=site,
            purpose=purpose,
            raw={},
            material=tissue,
            is_go=True,
            blockers=[],
            scanned_by=one,
            scanned_at=at,
        )
        for purpose in ("batch_step", "hand_over", "time_out")
    ]
    handed = HandOver.objects.create(
        material=tissue, from_place=place, to_place=place, received_by=one, scan=scans[1], handed_over_at=at
    )
    rejection = Rejection.objects.create(lot=lot, rejected_by=one, rejected_at=at)
    notice = FailureNotice.objects.create(
        rejection=rejection, course=course, means="PHONE", told_by=one, told_at=at
    )
    spot = consented_spots(course)[0]
    pause = TimeOut.objects.create(
        course=course,
        material=tissue,
        scan=scans[2],
        target=spot.target,
        level=spot.level,
        side=spot.side,
        led_by=one,
        second_person=two,
        completed_at=at,
    )
    reading = a_reading_row(lot, by=one, at=at)
    return {
        "lot_id": lot.pk,
        "container_id": tissue.pk,
        "label_id": label.id,
        "hand_over_id": handed.pk,
        **_rows_of_the_record(lot, tissue, one, at=at),
        "scan_id": scans[0].pk,
        "scan_photo_id": _a_photo_of(scans[0]).pk,
        "rejection_id": rejection.pk,
        "notice_id": notice.pk,
        "reading_id": reading.pk,
        **rows_of_quality(lot, reading.sample, people, at=at),
        "time_out_id": pause.pk,
        "donor_id": donor.pk,
        "place_id": place.pk,
        **_rows_of_keeping(tissue, one, at=at),
    }


def _a_photo_of(scan: Scan) -> ScanPhoto:
    photo = ScanPhoto.objects.create(
        site=scan.site,
        media_type="image/png",
        sha256="0" * 64,
        content=b"p",
        taken_by=scan.scanned_by,
        taken_at=scan.scanned_at,
    )
    ScanReading.objects.create(scan=scan, name="container", means=ScanReading.Means.PHOTO, photo=photo)
    return photo


def _rows_of_the_record(lot: Lot, tissue: Material, by: User, *, at: datetime) -> dict[str, Any]:
    batch = Batch.objects.create(lot=lot, began_at=at)
    step = BatchStep.objects.create(
        batch=batch, position=1, code="receive", kind="receive", material=tissue, done_by=by, done_at=at
    )
    value = StepValue.objects.create(
        step=step, code="ph", title="pH", value=Decimal(7), maximum=Decimal(8), entered_by=by, entered_at=at
    )
    count = a_counters_count(step, a_counter_file(step))
    photo = StepPhoto.objects.create(
        step=step,
        name="p.png",
        media_type="image/png",
        sha256="0" * 64,
        content=b"p",
        taken_by=by,
        taken_at=at,
    )
    equipment = Equipment.objects.create(
        site=lot.site, kind="centrifuge", name="Centrifuge", code="C-1", added_by=by, added_at=at
    )
    reagent = ReagentLot.objects.create(
        site=lot.site,
        kind="wash_solution",
        name="Saline",
        manufacturer="M",
        number="1",
        code="R-1",
        expires_at=at + timedelta(days=9),
        received_by=by,
        received_at=at,
    )
    return {
        "batch_id": batch.pk,
        "step_id": step.pk,
        "value_id": value.pk,
        "count_id": count.pk,
        "photo_id": photo.pk,
        "equipment_id": equipment.pk,
        "reagent_id": reagent.pk,
    }


def a_count_row(step: BatchStep, **facts: Any) -> CellCount:
    """A count of 95 living and 5 dead cells over one square: 9.5 million in 10 mL."""
    values = {
        "live_cells": 95,
        "dead_cells": 5,
        "squares": 1,
        "dilution_factor": Decimal(1),
        "volume_ml": Decimal(10),
        "viability": Decimal("0.95"),
        "viable_cells": Decimal(9_500_000),
    } | facts
    return CellCount.objects.create(step=step, **values)


def a_counter_file(step: BatchStep) -> CounterFile:
    """The file of a counter, kept for the lot of a step."""
    content = b"Sample,Total cells/mL,Viability\nA,1000000,95\n"
    return CounterFile.objects.create(
        lot=step.batch.lot,
        name="counts.csv",
        sha256=digest(content),
        content=content,
        handed_in_by=step.done_by,
        handed_in_at=step.done_at,
    )


def a_counters_count(step: BatchStep, file: CounterFile, **facts: Any) -> CellCount:
    """A count that was read from it: 9.5 million in 10 mL."""
    values = {
        "live_cells": None,
        "dead_cells": None,
        "squares": None,
        "dilution_factor": None,
        "file": file,
        "file_line": 2,
        "viable_per_ml": Decimal(950_000),
        "total_per_ml": Decimal(1_000_000),
    } | facts
    return a_count_row(step, **values)


def _rows_of_keeping(material: Material, by: User, *, at: datetime) -> dict[str, Any]:
    place, site = material.place, material.lot.site
    unit = StorageUnit.objects.create(
        site=site, place=place, kind="INCUBATOR", name="Incubator", code="INC-A"
    )
    shipment = Shipment.objects.create(
        box=TransportBox.objects.create(site=site, code="BOX-1"),
        from_place=place,
        to_place=place,
        seal="S-1",
        maximum_c=Decimal(8),
        minutes_outside=0,
        limits_source="test",
        sealed_by=by,
        sealed_at=at,
    )
    hold = ContainerHold.objects.create(
        material=material, cause=ContainerHold.Cause.OTHER, placed_by=by, placed_at=at
    )
    return {"hold_id": hold.pk, "unit_id": unit.pk, "shipment_id": shipment.pk}
