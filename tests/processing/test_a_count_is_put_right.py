"""A wrong count stays in sight; the right one, its doublings, the cells filled from it and the forecast follow it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.utils import timezone

from stroma.custody.actions import apply_label, destroy_label, print_label
from stroma.custody.models import Material
from stroma.ledger.models import Entry
from stroma.planning.domain.harvest import HarvestForecast
from stroma.processing.actions import StepRefused, close_batch, correct_count
from stroma.processing.count_keeping import readings_of
from stroma.processing.domain.counting import CountReadings
from stroma.processing.domain.recounting import carried_cells
from stroma.processing.growth import newest_forecast, reasons_of
from stroma.processing.models import Batch, CellCount, GrowthForecast
from stroma.processing.queries import harvest_forecasts
from stroma.processing.record_queries import review_of
from stroma.protocols.domain.blocker import Weight
from stroma.simulation.bench import Bench
from stroma.simulation.clinic import SimulatedClinic
from stroma.simulation.laboratory import SimulatedLaboratory
from tests.lots_on_the_way import signed_in
from tests.treated_courses import START, a_clinic, a_course

pytestmark = pytest.mark.django_db
EXPANDED = "disc-marrow-expanded"


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


def grown(clinic: SimulatedClinic, until: str) -> Batch:
    """A culture of marrow cells that was brought as far as ``until``; its record is open."""
    course = a_course(clinic, EXPANDED, at=START)
    bench = Bench(clinic, SimulatedLaboratory(Random(1), {}), course.protocol, course)
    bench.collect(course.patient, START + timedelta(days=4))
    bench.process(until, START + timedelta(days=4, hours=1))
    return Batch.objects.get(lot=bench.lot)


def the_count(batch: Batch, kind: str) -> CellCount:
    return CellCount.objects.get(step__batch=batch, step__kind=kind, corrected_by=None)


def halved(count: CellCount) -> CountReadings:
    """Half the living cells over the same squares."""
    seen = readings_of(count)
    return CountReadings(
        seen.live_cells // 2, seen.dead_cells, seen.squares, seen.dilution_factor, seen.volume_ml
    )


def put_right(
    count: CellCount, clinic: SimulatedClinic, reason: str = "squares of another chamber"
) -> CellCount:
    at = timezone.now()
    new, _changed = correct_count(
        count=count, right=halved(count), reason=reason, by=clinic.person("technologist"), at=at
    )
    return new


def test_what_was_filled_and_every_later_doubling_and_the_forecast_follow(clinic: SimulatedClinic) -> None:
    batch = grown(clinic, "harvest")
    passage, harvest = the_count(batch, "passage"), the_count(batch, "harvest")
    told, made = newest_forecast(batch), Material.objects.get(parents__parent=passage.step.material)
    assert told is not None
    new = put_right(passage, clinic)
    made.refresh_from_db()
    assert (made.viable_cells, made.viability) == (new.viable_cells, new.viability)
    assert new.viable_cells < passage.viable_cells
    again = the_count(batch, "harvest")
    assert (again.corrects, again.viable_cells) == (harvest, harvest.viable_cells)
    # Half as many cells were seeded for the same harvest: one doubling more.
    assert float(again.population_doublings or 0) == pytest.approx(
        float(harvest.population_doublings or 0) + 1, abs=0.05
    )
    told_of = [
        (one.step, one.blocker.code) for one in review_of(batch).findings if "count" in one.blocker.code
    ]
    assert told_of[:2] == [("passage_1", "count_was_corrected"), ("harvest", "count_follows_another")]
    newest = newest_forecast(batch)
    assert newest is not None
    assert (newest.replaces, newest.step) == (told, told.step)
    assert GrowthForecast.objects.filter(step=told.step).count() == 2
    assert harvest_forecasts(batch.lot.site, None)[batch.lot.course_id] == HarvestForecast(
        newest.ready_early, newest.ready_likely, newest.ready_late
    )
    entry = Entry.objects.filter(action="batch.count_corrected").get()
    assert passage.id.hex in entry.text.replace("-", "")


def test_the_wrong_count_stays_in_the_record_and_the_review_names_it(clinic: SimulatedClinic) -> None:
    batch = grown(clinic, "passage_1")
    count = the_count(batch, "passage")
    client = signed_in(clinic.person("technologist"))
    address = f"/processing/batches/{batch.pk}/counts/{count.pk}/"
    seen = halved(count)
    told = {
        "live": seen.live_cells,
        "dead": seen.dead_cells,
        "squares": seen.squares,
        "dilution": seen.dilution_factor,
        "volume": seen.volume_ml,
    }
    assert client.post(address, told | {"reason": ""}).status_code == 422
    assert client.post(address, told | {"reason": "the other chamber"}).status_code == 302
    shown = client.get(f"/processing/batches/{batch.pk}/record/").content.decode()
    assert f"<del>{count.live_cells} / {count.dead_cells}</del>" in shown
    assert "the other chamber" in shown
    codes = {one.blocker.code for one in review_of(batch).findings}
    assert "count_was_corrected" in codes
    assert client.get(f"/processing/batches/{batch.pk}/record.pdf").content.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("change", "code"),
    [("same", "count_is_the_same"), ("reason", "reason_missing"), ("again", "count_corrected_already")],
)
def test_a_correction_that_says_nothing_new_is_refused(
    clinic: SimulatedClinic, change: str, code: str
) -> None:
    count = the_count(grown(clinic, "passage_1"), "passage")
    if change == "again":
        put_right(count, clinic)
    with pytest.raises(StepRefused) as refused:
        correct_count(
            count=count,
            right=readings_of(count) if change == "same" else halved(count),
            reason=" " if change == "reason" else "read again",
            by=clinic.person("quality"),
            at=timezone.now(),
        )
    assert [one.code for one in refused.value.blockers] == [code]


def test_a_culture_that_turns_out_too_old_is_named_by_the_review(clinic: SimulatedClinic) -> None:
    batch = grown(clinic, "harvest")
    harvest = the_count(batch, "harvest")
    many = CountReadings(100_000, 0, 1, Decimal(200), harvest.volume_ml)
    before = {one.blocker.code for one in review_of(batch).findings}
    correct_count(
        count=harvest, right=many, reason="a digit was lost", by=clinic.person("quality"), at=timezone.now()
    )
    after = {one.blocker.code: one.blocker.weight for one in review_of(batch).findings}
    assert "population_doublings_above_maximum" not in before
    assert {"count_was_corrected"} <= set(after)
    assert after["population_doublings_above_maximum"] is Weight.HARD


def test_the_record_is_not_closed_while_a_label_tells_the_old_count(clinic: SimulatedClinic) -> None:
    batch = grown(clinic, "fill")
    by, at = clinic.person("technologist"), timezone.now()
    doses = list(Material.objects.filter(lot=batch.lot, kind="DOSE"))
    for dose in doses:
        apply_label(label=print_label(material=dose, by=by, at=at), by=by, at=at)
    cells = [dose.viable_cells for dose in doses]
    put_right(the_count(batch, "formulate"), clinic)
    for dose in doses:
        dose.refresh_from_db()
    assert [float(dose.viable_cells or 0) for dose in doses] == [
        pytest.approx(float(one or 0) / 2, rel=0.02) for one in cells
    ]
    with pytest.raises(StepRefused) as refused:
        close_batch(batch=batch, by=by, at=at)
    assert [one.code for one in refused.value.blockers] == ["labels_tell_the_wrong_count"]
    for dose in doses:
        destroy_label(label=dose.labels.get(), reason="wrong count", by=by, at=at)
        new = print_label(material=dose, reason="count corrected", by=by, at=at)
        apply_label(label=new, by=by, at=at)
    assert close_batch(batch=batch, by=by, at=at).closed_at == at


@pytest.mark.parametrize(
    ("child", "was", "now", "share", "is_pooled", "cells"),
    [
        (4, 10, 5, "0.4", False, 2),
        (4, 0, 5, "0.4", False, 2),
        (4, None, 5, "0.4", False, 2),
        (4, 10, 0, "0.4", False, 0),
        (9, 10, 5, "0.4", True, 7),
        (1, 10, 5, "0.4", True, 0),
    ],
)
def test_a_child_follows_its_parent_by_volume(
    child: int, was: int | None, now: int, share: str, is_pooled: bool, cells: int
) -> None:
    found = carried_cells(
        child=Decimal(child),
        was=None if was is None else Decimal(was),
        now=Decimal(now),
        share=Decimal(share),
        is_pooled=is_pooled,
    )
    assert found == cells


def in_more(count: CellCount, times: Decimal) -> CountReadings:
    """So many times the cells, by the volume."""
    seen = readings_of(count)
    return replace(seen, volume_ml=(seen.volume_ml * times).quantize(Decimal("0.001")))


def said_of(batch: Batch, count: CellCount, times: Decimal, clinic: SimulatedClinic) -> list[str]:
    """What the forecast says once the count is so many times what it was."""
    correct_count(
        count=count,
        right=in_more(count, times),
        reason="the volume of another flask",
        by=clinic.person("technologist"),
        at=timezone.now(),
    )
    kept = newest_forecast(batch)
    assert kept is not None
    return [one.code for one in reasons_of(kept)]


def test_a_culture_that_lost_cells_and_one_with_far_too_many_cells_are_called_off(
    clinic: SimulatedClinic,
) -> None:
    batch = grown(clinic, "harvest")
    seeded, harvest = the_count(batch, "passage"), the_count(batch, "harvest")
    a_quarter = seeded.viable_cells / harvest.viable_cells / 4
    assert said_of(batch, harvest, a_quarter, clinic) == ["culture_short", "recount_to_be_sure"]
    assert said_of(batch, the_count(batch, "harvest"), 100 / a_quarter, clinic) == [
        "culture_ahead",
        "recount_to_be_sure",
    ]
    page = signed_in(clinic.person("technologist")).get(f"/processing/batches/{batch.pk}/record/")
    assert "has far more cells than such a culture has" in page.content.decode()


def test_a_dose_that_will_not_be_there_by_the_harvest_is_said_at_the_passage(clinic: SimulatedClinic) -> None:
    batch = grown(clinic, "passage_1")
    assert said_of(batch, the_count(batch, "passage"), Decimal("0.02"), clinic) == ["dose_out_of_reach"]
