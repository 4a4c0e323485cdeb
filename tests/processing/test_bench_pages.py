"""The bench: what to do now, a container chosen by scan, a step recorded, and what is refused."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stroma.custody.actions import apply_label, print_label
from stroma.custody.models import Lot, Material, Scan
from stroma.custody.queries import WRONG_LABEL
from stroma.processing.models import Batch, BatchStep, CellCount
from stroma.processing.queries import steps_of
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.supplies import use_for
from tests.lots_on_the_way import HOUR, collect, collected, scan_of, signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db


def begun(clinic: SimulatedClinic) -> tuple[Client, Lot, Batch]:
    """A technologist who has begun the batch record of a lot that just came in."""
    lot = collect(collected(clinic), at=timezone.now() - HOUR)  # the tissue waits two hours at most
    client = signed_in(clinic.person("technologist"))
    assert client.post(f"/processing/lots/{lot.pk}/begin/").status_code == 302
    return client, lot, Batch.objects.get(lot=lot)


def scan(client: Client, batch: Batch, material: Material, codes: tuple[str, ...] = ()) -> str:
    """The address to which scans of the container and then of ``codes`` lead."""
    address, sent = f"/processing/batches/{batch.pk}/", {"container": scan_of(material)}
    answer = client.post(address, sent)
    for code in codes:
        prompt = answer.context["prompt"]
        sent |= {**prompt.made, **prompt.kept, prompt.wanted.name: code}
        answer = client.post(address, sent)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_a_step_is_recorded_on_the_container_that_was_scanned() -> None:
    client, lot, batch = begun(a_clinic())
    tissue = lot.materials.get()
    address = scan(client, batch, tissue)
    shown = client.get(address).context
    fields = {"step": shown["step"].code, "live": "500", "dead": "25", "squares": "9", "dilution": "20"}
    recorded = client.post(address, fields)
    assert (recorded.status_code, recorded.headers["Location"]) == (302, f"/processing/batches/{batch.pk}/")
    assert [(step.material_id, step.position) for step in batch.steps.all()] == [(tissue.pk, 1)]


def test_a_label_of_another_donation_stops_the_step_and_is_kept() -> None:
    client, _lot, batch = begun(a_clinic())
    stopped = client.post(f"/processing/batches/{batch.pk}/", {"container": WRONG_LABEL})
    assert stopped.status_code == 422
    assert [blocker.code for blocker in stopped.context["found"]] == ["donation_mismatch"]
    kept = Scan.objects.get(purpose="batch_step")
    assert (kept.is_go, kept.blockers, kept.raw) == (False, ["donation_mismatch"], {"container": WRONG_LABEL})


def test_a_step_out_of_order_is_refused_with_the_reason() -> None:
    client, lot, batch = begun(a_clinic())
    address = scan(client, batch, lot.materials.get())
    fields = {"step": "fill", "live": "500", "dead": "25", "squares": "9", "dilution": "20"}
    refused = client.post(address, fields)
    assert refused.status_code == 422
    assert "step_out_of_order" in {blocker.code for blocker in refused.context["found"]}
    assert BatchStep.objects.count() == 0


def test_a_count_is_worked_out_while_it_is_typed_and_nothing_is_written() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    bench.process("concentrate", timezone.now() - 2.4 * HOUR)
    lot = bench.lot
    assert lot is not None
    batch = Batch.objects.get(lot=lot)
    material = lot.materials.filter(state="HELD").latest("made_at")
    technologist = clinic.person("technologist")
    label = print_label(material=material, by=technologist, at=timezone.now())
    apply_label(label=label, by=technologist, at=timezone.now())
    client = signed_in(technologist)
    ready = use_for(
        batch,
        steps_of(lot).steps[2],
        material,
        technologist=technologist,
        quality=clinic.person("quality"),
        at=timezone.now(),
    )
    address = scan(client, batch, material, tuple(ready.codes))
    fields = {"do": "preview", "live": "950", "dead": "50", "squares": "9", "dilution": "2", "amount": "3"}
    before = CellCount.objects.count()
    page = client.post(address, fields).content.decode()
    # 950 of 1000 are alive; 950 over 9 squares, times 2, times 10 000 per mL, in 3 mL.
    assert "<dd>95.0 %</dd><dd><small>(93.5–96.2 %)</small>" in page
    assert "<dd>6.33 × 10⁶</dd><dd><small>(4.7–8.6 × 10⁶)</small>" in page
    part = client.post(address, fields, headers={"HX-Request": "true"}).content.decode().strip()
    assert part.startswith('<div class="count-preview" id="count-preview"')
    assert "<html" not in part
    assert CellCount.objects.count() == before


def test_a_complete_batch_is_closed_and_its_record_reads_in_order() -> None:
    clinic = a_clinic()
    bench = collected(clinic)
    collect(bench)
    bench.process(None, timezone.now() - 2.4 * HOUR)
    batch = Batch.objects.get(lot=bench.lot)
    client = signed_in(clinic.person("technologist"))
    rows = client.get(f"/processing/batches/{batch.pk}/record/").context["rows"]
    assert [row["step"].position for row in rows] == list(range(1, len(rows) + 1))
    again = client.post(f"/processing/batches/{batch.pk}/close/")
    assert (again.status_code, [b.code for b in again.context["found"]]) == (
        422,
        ["batch_closed"],
    )


def test_the_bench_asks_as_often_for_one_lot_as_for_three() -> None:
    clinic = a_clinic()
    client = signed_in(clinic.person("technologist"))
    benches = [collected(clinic, number=number) for number in range(3)]
    now, counts = timezone.now(), []
    for number, bench in enumerate(benches):
        collect(bench, at=now - (3 - number) * HOUR)
        with CaptureQueriesContext(connection) as asked:
            assert len(client.get("/processing/").context["rows"]) == number + 1
        counts.append(len(asked))
    assert counts[0] == counts[2]


@pytest.mark.parametrize(
    ("part", "status"), [("technologist", 200), ("quality", 200), ("nurse", 403), ("coordinator", 403)]
)
def test_the_bench_opens_to_the_laboratory(part: str, status: int) -> None:
    clinic = a_clinic()
    assert signed_in(clinic.person(part)).get("/processing/").status_code == status
