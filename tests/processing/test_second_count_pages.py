"""The pages of a second count: asked for on the bench and at the step, counted by hand or by a counter, or declined."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from stroma.processing.count_keeping import cells_of_sample, readings_of
from stroma.processing.domain.counting import CounterCount
from stroma.processing.models import BatchStep, CellCount
from stroma.processing.record_queries import millions
from stroma.simulation.clinic import SimulatedClinic
from tests.doubtful_cultures import IN_DOUBT, counted_again, harvested, the_harvest
from tests.lots_on_the_way import signed_in
from tests.treated_courses import a_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


def harvested_just_now(clinic: SimulatedClinic) -> tuple[Client, BatchStep, str]:
    """A technologist, the step whose count is in doubt, and the address where it is counted again."""
    step = the_harvest(harvested(clinic, IN_DOUBT, begun=timezone.now() - timedelta(days=21, minutes=40)))
    address = f"/processing/batches/{step.batch_id}/steps/{step.pk}/again/"
    return signed_in(clinic.person("technologist")), step, address


def test_the_bench_and_the_next_step_ask_for_it_and_the_counting_form_takes_it(
    clinic: SimulatedClinic,
) -> None:
    client, step, address = harvested_just_now(clinic)
    go_on = f"/processing/batches/{step.batch_id}/"
    for page in ("/processing/", go_on, f"{go_on}record/"):
        shown = client.get(page).content.decode()
        assert address in shown, page
        assert "times likelier if growth has stopped than if it goes on" in shown, page
    first = step.standing_count()
    assert first is not None
    assert client.post(address, {"live": 9, "dead": "", "squares": 9, "dilution": 1}).status_code == 422
    told = {"live": 2 * (first.live_cells or 0), "dead": 40, "squares": first.squares, "dilution": 3}
    answer = client.post(address, told, follow=True)
    assert "Counted again: the culture is as expected." in answer.content.decode()
    assert "Count again today" not in client.get("/processing/").content.decode()
    again = client.get(address).content.decode()
    assert "A second sample was counted already." in again
    assert "recount-form" not in again


def test_both_samples_are_worked_out_while_the_second_is_typed(clinic: SimulatedClinic) -> None:
    client, step, address = harvested_just_now(clinic)
    first = step.standing_count()
    assert first is not None
    assert "Viability and viable cells appear here" in client.get(address).content.decode()
    told = {"live": 3 * (first.live_cells or 0), "dead": 40, "squares": first.squares}
    told |= {"dilution": first.dilution_factor}
    part = client.post(address, told | {"do": "preview"}, headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div class="count-preview" id="count-preview"')
    assert f"{millions(3 * first.viable_cells)} viable cells" in part
    assert f"<dd>{millions(2 * first.viable_cells)}</dd>" in part
    whole = client.post(address, told | {"do": "preview", "dead": ""})
    assert whole.status_code == 200
    assert "Viability and viable cells appear here" in whole.content.decode()
    assert 'role="alert"' not in whole.content.decode()
    assert CellCount.objects.filter(step=step).count() == 1


def test_a_counter_may_count_the_second_sample_and_its_file_is_kept(clinic: SimulatedClinic) -> None:
    client, step, address = harvested_just_now(clinic)
    table = b"Sample ID,Total (x10^6) cells/mL,Viable (x10^6) cells/mL,Viability (%)\nA,3.0,2.4,80\n"
    file = SimpleUploadedFile("again.csv", table)
    assert client.post(address, {"counter_file": file}).status_code == 302
    second = CellCount.objects.standing().get(step=step)
    assert cells_of_sample(second) == 2_400_000 * second.volume_ml
    seen = readings_of(second)
    assert isinstance(seen, CounterCount)
    assert float(seen.viability) == 0.8
    assert second.repeats is not None
    mean = (cells_of_sample(second) + second.repeats.viable_cells) / 2
    assert abs(second.viable_cells - mean) <= 1
    assert 0.8 < second.viability < second.repeats.viability
    record = client.get(f"/processing/batches/{step.batch_id}/record/").content.decode()
    assert "again.csv" in record


def test_it_is_declined_with_a_reason_also_when_it_is_too_late_to_count(clinic: SimulatedClinic) -> None:
    step = the_harvest(harvested(clinic, IN_DOUBT))
    client = signed_in(clinic.person("technologist"))
    again = f"/processing/batches/{step.batch_id}/steps/{step.pk}/again/"
    assert client.get(again).status_code == 200
    # The simulated day is long past: it is too late to count, and it is said why there is no second count.
    late = client.get(again).content.decode()
    assert "Go on without a second count" in late
    assert "recount-form" not in late
    assert client.post(again.replace("/again/", "/not-again/"), {"reason": " "}).status_code == 422
    assert client.post(again.replace("/again/", "/not-again/"), {"reason": "spilled"}).status_code == 302
    record = f"/processing/batches/{step.batch_id}/record"
    assert (
        "A second sample was asked for and not counted. Reason: spilled"
        in client.get(f"{record}/").content.decode()
    )


def test_two_samples_stand_in_the_record_on_the_page_and_in_print(clinic: SimulatedClinic) -> None:
    step = the_harvest(harvested(clinic, IN_DOUBT))
    second = counted_again(clinic, step, 1.1)
    client = signed_in(clinic.person("technologist"))
    page = client.get(f"/processing/batches/{step.batch_id}/record/").content.decode()
    assert "First sample, live / dead" in page
    assert f"{second.live_cells} / {second.dead_cells}" in page
    assert page.count("chart-sample") == 2
    assert client.get(f"/processing/batches/{step.batch_id}/record.pdf").content.startswith(b"%PDF")
