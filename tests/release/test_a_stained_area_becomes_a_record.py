"""Two photographs of a differentiation test: measured, kept, drawn, and told as what decides no release."""

import io
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from PIL import Image

from stroma.custody.models import Lot
from stroma.protocols.library import shipped_protocol
from stroma.release.judged import judgements_for
from stroma.release.models import AssayResult, InstrumentFile, StainReading
from stroma.release.queries import certificate_of
from stroma.release.stain_readings import characterization_of
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.laboratory import SimulatedLaboratory
from tests.lots_on_the_way import HOUR, collect, collected, signed_in
from tests.release.quality_rows import a_stain_row
from tests.release.test_stained_area_is_measured import as_file, photograph
from tests.treated_courses import START, a_clinic, a_course

pytestmark = pytest.mark.django_db
BONE = "differentiation_bone"


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


@pytest.fixture
def lot(clinic: SimulatedClinic) -> Lot:
    """A lot of expanded marrow cells that just came in."""
    course = a_course(clinic, "disc-marrow-expanded", at=START)
    bench = Bench(clinic, SimulatedLaboratory(Random(1), {}), course.protocol, course)
    return bench.collect(course.patient, timezone.now())


def sent(induced: bytes, control: bytes) -> dict[str, object]:
    return {
        "induced": SimpleUploadedFile("bone.png", induced),
        "control": SimpleUploadedFile("blank.png", control),
    }


def test_the_marrow_protocol_asks_for_bone_fat_and_cartilage_and_judges_none() -> None:
    protocol = shipped_protocol("disc-marrow-expanded").protocol
    assert {test.code: test.stain for test in protocol.characterization} == {
        BONE: "alizarin-red",
        "differentiation_fat": "oil-red-o",
        "differentiation_cartilage": "alcian-blue",
    }
    assert not any(limit.code.startswith("differentiation") for limit in protocol.specification)


def test_the_area_is_measured_kept_and_drawn_from_what_is_kept(clinic: SimulatedClinic, lot: Lot) -> None:
    client, page = signed_in(clinic.person("technologist")), f"/release/lots/{lot.pk}/stains/{BONE}/"
    assert "not how many" in client.get(page).content.decode().replace("\n", " ")
    induced = as_file(photograph(0.25, "alizarin-red"))
    control = as_file(photograph(0, "alizarin-red", seed=2))
    before = certificate_of(lot)
    recorded = client.post(page, sent(induced, control))
    result = AssayResult.objects.get(lot=lot, code=BONE)
    assert recorded.headers["Location"] == f"/release/results/{result.pk}/"
    assert float(result.value or 0) == pytest.approx(25, abs=1.2)
    reading = StainReading.objects.get(result=result)
    assert (bytes(reading.induced.content), bytes(reading.control.content)) == (induced, control)
    assert (reading.is_told_apart, float(reading.control_percent) < 1) == (True, True)
    shown = client.get(f"/release/results/{result.pk}/").content.decode()
    assert "More is stained than in the control" in shown
    assert "What this test cannot tell" in shown
    drawn = client.get(f"/release/stains/{reading.pk}/induced/")
    assert drawn.headers["Content-Type"] == "image/png"
    colors = np.asarray(Image.open(io.BytesIO(drawn.content)))
    is_grey = (colors.max(axis=2) - colors.min(axis=2)) < 3
    assert 1 - is_grey.mean() == pytest.approx(0.25, abs=0.03)
    assert client.get(f"/release/stains/{reading.pk}/other/").status_code == 404
    assert f"/release/results/{result.pk}/" in client.get(f"/release/lots/{lot.pk}/").content.decode()
    # It is for information: nothing that is judged or signed has changed.
    assert certificate_of(lot) == before
    assert BONE not in {judgement.limit.code for judgement in judgements_for(lot)}


def test_cells_that_take_no_more_than_the_control_are_said_not_to_be_told_apart(
    clinic: SimulatedClinic, lot: Lot
) -> None:
    client = signed_in(clinic.person("quality"))
    blank = as_file(photograph(0, "alizarin-red", seed=3)), as_file(photograph(0, "alizarin-red", seed=2))
    answer = client.post(f"/release/lots/{lot.pk}/stains/{BONE}/", sent(*blank), follow=True)
    assert "It cannot be told from the control" in answer.content.decode()


def test_what_cannot_be_measured_is_refused_with_every_fault(clinic: SimulatedClinic, lot: Lot) -> None:
    client, page = signed_in(clinic.person("technologist")), f"/release/lots/{lot.pk}/stains/{BONE}/"
    same = as_file(photograph(0.25, "alizarin-red"))
    refused = client.post(page, sent(same, same))
    assert [one.code for one in refused.context["found"]] == ["stain_control_is_the_same"]
    faulty = client.post(page, sent(b"no picture", b"none either"))
    assert faulty.status_code == 422
    assert len(faulty.context["form"].non_field_errors()) == 2
    assert client.post(page, {}).status_code == 422
    assert client.get(f"/release/lots/{lot.pk}/stains/viability/").status_code == 404
    assert (AssayResult.objects.filter(lot=lot).count(), InstrumentFile.objects.count()) == (0, 0)


def test_a_concentrate_has_no_such_test(clinic: SimulatedClinic) -> None:
    lot = collect(collected(clinic))
    assert characterization_of(lot) == []


@pytest.mark.parametrize("fault", ["its own control", "another line", "another lot"])
def test_the_database_refuses_a_stained_area_of_something_else(clinic: SimulatedClinic, fault: str) -> None:
    courses = [a_course(clinic, "disc-marrow-expanded", at=START + timedelta(days=days)) for days in (0, 4)]
    lot, other = (
        Bench(clinic, SimulatedLaboratory(Random(1), {}), one.protocol, one).collect(
            one.patient, timezone.now() - hours * HOUR
        )
        for one, hours in zip(courses, (3, 1), strict=True)
    )
    by, at = clinic.person("quality"), timezone.now()
    file = InstrumentFile.objects.create(
        lot=other if fault == "another lot" else lot,
        name="a.png",
        sha256="a" * 64,
        content=b"a",
        handed_in_by=by,
        handed_in_at=at,
    )
    facts = {"its own control": {"control": file}, "another line": {"code": "viability"}}.get(fault, {})
    with pytest.raises(IntegrityError), transaction.atomic():
        a_stain_row(lot, file, by, at=at, **facts)
    if fault == "another lot":
        assert a_stain_row(other, file, by, at=at).pk
