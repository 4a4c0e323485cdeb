"""A count is taken from a counter's file at the step's own page: worked out, kept with its file, and told in full."""

import hashlib
from decimal import Decimal
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from stroma.custody.models import Lot
from stroma.processing.count_keeping import UNKNOWN_CELLS_SEEN, cells_seen, files_of_course
from stroma.processing.models import Batch, CellCount, CounterFile
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.laboratory import SimulatedLaboratory
from tests.lots_on_the_way import HOUR, scan_of, signed_in
from tests.treated_courses import START, a_clinic, a_course

pytestmark = pytest.mark.django_db

TABLE = (
    b"Sample ID,Total (x10^6) cells/mL,Viable (x10^6) cells/mL,Viability (%)\nA,20.0,19.0,95\nB,10.0,9.0,80\n"
)
GOOD = b"Sample ID,Total (x10^6) cells/mL,Viable (x10^6) cells/mL,Viability (%)\nA,20.0,19.0,95\n"


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


def at_the_count(clinic: SimulatedClinic) -> tuple[Client, Lot, Batch, str]:
    """A technologist in front of the first step's count, and its address."""
    course = a_course(clinic, "disc-marrow-expanded", at=START)
    bench = Bench(clinic, SimulatedLaboratory(Random(1), {}), course.protocol, course)
    lot = bench.collect(course.patient, timezone.now() - HOUR)
    client = signed_in(clinic.person("technologist"))
    client.post(f"/processing/lots/{lot.pk}/begin/")
    batch = Batch.objects.get(lot=lot)
    answer = client.post(f"/processing/batches/{batch.pk}/", {"container": scan_of(lot.materials.get())})
    return client, lot, batch, str(answer.headers["Location"])


def sent(content: bytes, **more: str) -> dict[str, object]:
    return {"step": "receive", "counter_file": SimpleUploadedFile("counts.csv", content), **more}


def test_the_file_is_read_worked_out_and_kept_as_it_came(clinic: SimulatedClinic) -> None:
    client, lot, batch, address = at_the_count(clinic)
    preview = client.post(address, sent(GOOD, do="preview"))
    volume = lot.materials.get().amount
    assert "<dd>95.0 %</dd>" in preview.content.decode()
    assert preview.context["preview"].counted.viable_cells == 19_000_000 * volume
    assert CounterFile.objects.count() == 0
    assert client.post(address, sent(GOOD)).status_code == 302
    count = CellCount.objects.get(step__batch=batch)
    file = CounterFile.objects.get(lot=lot)
    assert (count.file, count.sample, count.file_line) == (file, "A", 2)
    assert (bytes(file.content), file.sha256) == (GOOD, hashlib.sha256(GOOD).hexdigest())
    assert (count.viable_cells, count.viability) == (19_000_000 * volume, Decimal("0.95"))
    assert cells_seen(count) == UNKNOWN_CELLS_SEEN
    page = client.get(f"/processing/batches/{batch.pk}/record/").content.decode()
    assert "counts.csv" in page
    back = client.get(f"/processing/batches/{batch.pk}/counts/{count.pk}/file/")
    assert (back.content, back.headers["X-Content-Type-Options"]) == (GOOD, "nosniff")
    assert client.get(f"/processing/batches/{batch.pk}/record.pdf").content.startswith(b"%PDF")
    [kept] = files_of_course(lot.course_id)
    assert (kept.path, kept.read()) == (f"counts/{file.pk}.csv", GOOD)


def test_a_file_that_contradicts_itself_is_refused_with_file_line_and_field(clinic: SimulatedClinic) -> None:
    client, _lot, _batch, address = at_the_count(clinic)
    refused = client.post(address, sent(TABLE, counter_sample="B"))
    assert refused.status_code == 422
    assert "counts.csv:3: viability: viability is 80 %, but viable over all cells is 90.0 %" in (
        refused.content.decode()
    )
    assert CellCount.objects.count() == 0


@pytest.mark.parametrize("do", ["preview", ""])
@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"live": "100000", "dead": "0", "squares": "1", "dilution": "100000"}, "live"),
        ({"live": "10", "dead": "0", "squares": "9", "dilution": "1e400"}, "dilution"),
        ({"live": "1e400", "dead": "0", "squares": "9", "dilution": "1"}, "live"),
        ({"live": "-1", "dead": "0", "squares": "9", "dilution": "1"}, "live"),
        ({"live": "0", "dead": "0", "squares": "9", "dilution": "1"}, "live"),
    ],
)
def test_a_count_that_cannot_be_is_refused_at_its_field(
    clinic: SimulatedClinic, told: dict[str, str], field: str, do: str
) -> None:
    client, _lot, _batch, address = at_the_count(clinic)
    answer = client.post(address, told | {"step": "receive", "do": do})
    assert CellCount.objects.count() == 0
    if do == "preview":
        assert answer.context["preview"] is None
    else:
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])


def test_what_was_seen_and_a_file_are_not_given_together_nor_both_left_out(clinic: SimulatedClinic) -> None:
    client, _lot, _batch, address = at_the_count(clinic)
    both = client.post(address, sent(GOOD, live="5", dead="1", squares="9", dilution="1"))
    assert "not both" in both.content.decode()
    neither = client.post(address, {"step": "receive", "squares": "9", "dilution": "1"})
    assert {"live", "dead"} <= set(neither.context["form"].errors)
    assert (both.status_code, neither.status_code, CellCount.objects.count()) == (422, 422, 0)


def test_a_counters_count_is_put_right_from_another_file(clinic: SimulatedClinic) -> None:
    client, lot, batch, address = at_the_count(clinic)
    client.post(address, sent(GOOD))
    first = CellCount.objects.get(step__batch=batch)
    right = GOOD.replace(b"20.0,19.0", b"10.0,9.5")
    corrected = client.post(
        f"/processing/batches/{batch.pk}/counts/{first.pk}/",
        {
            "counter_file": SimpleUploadedFile("again.csv", right),
            "volume": str(lot.materials.get().amount),
            "reason": "the cup of another sample",
        },
    )
    assert corrected.status_code == 302
    second = CellCount.objects.get(corrects=first)
    assert second.viable_cells * 2 == first.viable_cells
    assert CounterFile.objects.filter(lot=lot).count() == 2
    assert "by a counter, line 2" in client.get(f"/processing/batches/{batch.pk}/record/").content.decode()


def test_a_spanish_reader_is_told_in_spanish_what_is_wrong_with_a_file(clinic: SimulatedClinic) -> None:
    client, _lot, _batch, address = at_the_count(clinic)
    client.cookies["django_language"] = "es"
    refused = client.post(address, sent(TABLE, counter_sample="B")).content.decode()
    assert "counts.csv:3: viabilidad: la viabilidad es 80 %, pero viables entre totales da 90.0 %" in refused
    several = client.post(address, sent(TABLE.replace(b"80", b"90"))).content.decode()
    assert "counts.csv: muestra: el archivo tiene varias muestras; diga cuál es. Están: A, B" in several


def test_the_faults_of_a_file_with_one_on_every_line_are_counted(clinic: SimulatedClinic) -> None:
    client, _lot, _batch, address = at_the_count(clinic)
    bad = GOOD.splitlines()[0] + b"\n" + b"A,many,19.0,95\n" * 23
    refused = client.post(address, sent(bad))
    faults = refused.context["form"].errors["counter_file"]
    assert faults[0] == "counts.csv:2: all cells per mL: “many” is no number"
    assert list(faults)[8:] == ["15 more lines or fields are faulty."]
