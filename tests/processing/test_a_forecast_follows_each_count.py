"""After each count of plated cells the batch record holds a forecast, made of its own counts and the site's lots."""

import pytest
from django.db import IntegrityError, transaction

from stroma.custody.models import Lot
from stroma.processing.domain.growth.population import SHIPPED
from stroma.processing.growth import culture_of, keep_forecast, newest_forecast, population_for, reasons_of
from stroma.processing.models import Batch, BatchStep, GrowthForecast
from stroma.protocols.domain.vocabulary import Tissue
from tests.journeys.steps import Journey, given_a_clinic, given_alma

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch() -> Batch:
    """A culture of marrow cells that was passaged once and then harvested."""
    clinic = given_a_clinic("disc-marrow-expanded")
    alma = Journey(clinic, "disc-marrow-expanded", given_alma())
    alma.given_a_course().when_she_consents_and_is_booked().when_time_passes(until="release")
    return Batch.objects.get(lot=alma.lot())


def test_each_count_of_plated_cells_has_one_and_no_other_step_has(batch: Batch) -> None:
    kinds = GrowthForecast.objects.filter(step__batch=batch).values_list("step__kind", flat=True)
    assert sorted(kinds) == ["harvest", "passage"]


def test_the_first_tells_when_the_dose_is_expected_and_how_likely_by_the_planned_harvest(
    batch: Batch,
) -> None:
    first = GrowthForecast.objects.get(step__batch=batch, step__kind="passage")
    told = [first.ready_early, first.ready_likely, first.ready_late]
    assert None not in told
    assert told == sorted(told)
    assert first.wanted_by is not None
    assert first.wanted_by > first.step.done_at
    assert 0 < (first.chance_by_then or 0) <= 1
    assert first.lots_learned == 0


def test_the_last_count_is_the_culture_of_the_record(batch: Batch) -> None:
    culture = culture_of(batch)
    assert culture is not None
    harvest = BatchStep.objects.get(batch=batch, kind="harvest")
    assert culture.wanted_by is None
    assert culture.moment(culture.counts[-1].day) == harvest.done_at
    held = newest_forecast(batch)
    assert held is not None
    assert held.step == harvest
    assert reasons_of(held) == []


def test_a_closed_lot_teaches_the_next_one_of_its_tissue_at_its_site(batch: Batch) -> None:
    assert batch.closed_at is not None
    itself, next_lot = (
        population_for(batch.lot),
        population_for(Lot(site=batch.lot.site, protocol=batch.lot.protocol)),
    )
    assert itself is not None
    assert next_lot is not None
    assert (itself.lots, next_lot.lots) == (0, 1)
    assert next_lot.source.endswith("; 1 lots of this clinic")


def test_a_count_has_one_forecast_for_ever(batch: Batch) -> None:
    harvest = BatchStep.objects.get(batch=batch, kind="harvest")
    with pytest.raises(IntegrityError), transaction.atomic():
        keep_forecast(harvest)


def test_every_tissue_that_is_grown_has_a_population() -> None:
    assert set(SHIPPED) == set(Tissue) - {Tissue.NONE}
