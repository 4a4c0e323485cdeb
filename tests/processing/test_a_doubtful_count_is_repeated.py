"""A doubtful count is repeated the same day: both samples stay, and their mean is what everything rests on."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from stroma.custody.models import Material
from stroma.ledger.models import Entry
from stroma.processing.actions import StepRefused, correct_count, count_again, decline_recount
from stroma.processing.count_keeping import cells_of_sample, readings_of
from stroma.processing.domain.counting import BothSamples, evaluate_count
from stroma.processing.growth import culture_of, newest_forecast, reasons_of
from stroma.processing.models import Batch, BatchStep, CellCount, GrowthForecast
from stroma.processing.queries import steps_done
from stroma.processing.record_queries import review_of
from stroma.processing.recount_queries import recount_wanted, recounts_wanted
from stroma.protocols.domain.blocker import Weight
from stroma.release.judged import Judged
from stroma.simulation.clinic import SimulatedClinic
from tests.doubtful_cultures import (
    IN_DOUBT,
    SOUND,
    a_second_sample,
    counted_again,
    harvested,
    the_harvest,
)
from tests.treated_courses import START, a_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> SimulatedClinic:
    return a_clinic()


def codes(batch: Batch) -> list[str]:
    kept = newest_forecast(batch)
    assert kept is not None
    return [one.code for one in reasons_of(kept)]


def now_of(step: BatchStep) -> datetime:
    return step.done_at + timedelta(minutes=10)


def test_a_sound_count_asks_for_nothing_and_a_doubtful_one_for_a_second_sample_today(
    clinic: SimulatedClinic,
) -> None:
    sound = the_harvest(harvested(clinic, SOUND))
    assert recount_wanted(sound.batch, at=now_of(sound)) is None
    step = the_harvest(harvested(clinic, IN_DOUBT, begun=START + timedelta(days=30)))
    assert codes(step.batch)[0] in {"recount_few", "recount_behind"}
    wanted = recounts_wanted(clinic.site, at=now_of(step))
    assert [one.step for one in wanted] == [step]
    assert wanted[0].until == step.done_at + timedelta(hours=8)
    assert recounts_wanted(clinic.site, at=wanted[0].until + timedelta(minutes=1)) == []


def test_the_mean_of_both_is_what_everything_rests_on_and_neither_count_is_lost(
    clinic: SimulatedClinic,
) -> None:
    bench = harvested(clinic, IN_DOUBT)
    step = the_harvest(bench)
    first = step.standing_count()
    assert first is not None
    second = counted_again(clinic, step, 2.0)
    both = evaluate_count(BothSamples(readings_of(first), readings_of(second)), None)
    assert (second.viable_cells, second.viability) == (both.viable_cells, both.viability)
    assert first.viable_cells < second.viable_cells < cells_of_sample(second)
    assert float(second.population_doublings or 0) > float(first.population_doublings or 0)
    assert list(CellCount.objects.filter(step=step).order_by("viable_cells")) == [first, second]
    # The container, the rules, the release and the forecast all have the mean.
    made = Material.objects.get(parents__parent=step.material)
    assert (made.viable_cells, made.viability) == (both.viable_cells, both.viability)
    assert steps_done(step.batch)[-1].viable_cells == float(both.viable_cells)
    summary = Judged([step.batch.lot])._summary_of(step.batch.lot)
    assert summary.viability == pytest.approx(float(both.viability))
    assert summary.cumulative_population_doublings == float(second.cumulative_population_doublings or 0)
    culture = culture_of(Batch.objects.get(pk=step.batch_id))
    assert culture is not None
    assert culture.counts[-1].seen_again is not None
    assert len(culture.samples) == 2
    mean = sum(2.0**one.log2_cells for one in culture.samples) / 2
    assert mean == pytest.approx(2.0 ** culture.counts[-1].log2_cells, rel=1e-3)
    assert GrowthForecast.objects.filter(step=step).count() == 2
    assert Entry.objects.filter(action="batch.counted_again").count() == 1


@pytest.mark.parametrize(
    ("times", "said"),
    [(8.0, []), (1.0, ["culture_behind", "culture_short", "culture_in_doubt", "cells_in_doubt"])],
)
def test_after_a_second_sample_the_culture_is_as_expected_or_off_or_still_in_doubt(
    clinic: SimulatedClinic, times: float, said: list[str]
) -> None:
    step = the_harvest(harvested(clinic, IN_DOUBT))
    counted_again(clinic, step, times)
    assert recount_wanted(step.batch, at=now_of(step)) is None
    assert set(codes(step.batch)) <= set(said)
    assert bool(codes(step.batch)) == bool(said)


def test_the_review_names_two_samples_and_more_so_where_they_disagree(clinic: SimulatedClinic) -> None:
    step = the_harvest(harvested(clinic, IN_DOUBT))
    batch = step.batch

    def found() -> dict[str, Weight]:
        return {
            one.blocker.code: one.blocker.weight for one in review_of(batch).findings if one.step == step.code
        }

    assert found()["recount_missing"] is Weight.HARD
    second = counted_again(clinic, step, 1.1)
    assert (found()["count_was_repeated"], "recount_missing" in found()) == (Weight.CAUTION, False)
    later = step.done_at + timedelta(hours=1)
    wrong = replace(readings_of(second), live_cells=readings_of(second).live_cells * 5)
    correct_count(count=second, right=wrong, reason="misread", by=clinic.person("quality"), at=later)
    assert found()["samples_disagree"] is Weight.HARD


def test_it_may_be_declined_with_a_reason_that_the_review_shows(clinic: SimulatedClinic) -> None:
    step = the_harvest(harvested(clinic, IN_DOUBT))
    by = clinic.person("technologist")
    decline_recount(step=step, reason="no suspension was left", by=by, at=now_of(step))
    finding = next(one for one in review_of(step.batch).findings if one.blocker.code == "recount_not_made")
    assert (finding.blocker.weight, finding.blocker.values["reason"]) == (
        Weight.CAUTION,
        "no suspension was left",
    )
    assert recounts_wanted(clinic.site, at=now_of(step)) == []
    assert Entry.objects.filter(action="batch.recount_declined").count() == 1
    with pytest.raises(StepRefused) as refused:
        decline_recount(step=step, reason="again", by=by, at=now_of(step))
    assert [one.code for one in refused.value.blockers] == ["recount_declined_already"]


@pytest.mark.parametrize(
    ("grown", "later", "volume", "code"),
    [
        (SOUND, timedelta(minutes=5), 1, "recount_not_wanted"),
        (IN_DOUBT, timedelta(hours=9), 1, "recount_of_another_day"),
        (IN_DOUBT, timedelta(minutes=5), 2, "volume_is_of_the_first_count"),
    ],
)
def test_a_second_sample_is_no_way_to_choose_the_count_one_likes(
    clinic: SimulatedClinic, grown: float, later: timedelta, volume: int, code: str
) -> None:
    step = the_harvest(harvested(clinic, grown))
    seen = a_second_sample(step, 1.0)
    with pytest.raises(StepRefused) as refused:
        count_again(
            step=step,
            count=replace(seen, volume_ml=seen.volume_ml * volume),
            by=clinic.person("technologist"),
            at=step.done_at + later,
        )
    assert [one.code for one in refused.value.blockers] == [code]
    assert CellCount.objects.filter(step=step).count() == 1


def test_a_correction_of_either_sample_reaches_the_mean(clinic: SimulatedClinic) -> None:
    step = the_harvest(harvested(clinic, IN_DOUBT))
    first = step.standing_count()
    assert first is not None
    second = counted_again(clinic, step, 1.2)
    by, at = clinic.person("technologist"), step.done_at + timedelta(minutes=40)
    right = replace(readings_of(first), volume_ml=first.volume_ml * 2)
    correct_count(count=first, right=right, reason="another flask's volume", by=by, at=at)
    standing = CellCount.objects.standing().get(step=step)
    assert (standing.corrects, standing.volume_ml) == (second, first.volume_ml * 2)
    assert float(standing.viable_cells) == pytest.approx(2 * float(second.viable_cells), rel=1e-6)
    assert standing.repeats is not None
    assert standing.repeats.corrects == first
    right = replace(readings_of(standing), live_cells=0)
    correct_count(count=standing, right=right, reason="empty chamber", by=by, at=at)
    last = CellCount.objects.standing().get(step=step)
    assert float(last.viable_cells) == pytest.approx(float(first.viable_cells), rel=1e-6)
    made = Material.objects.get(parents__parent=step.material)
    assert made.viable_cells == last.viable_cells
    named = [one.blocker.code for one in review_of(step.batch).findings if one.step == step.code]
    assert named.count("count_was_corrected") == 2
    assert named.count("count_follows_another") == 1


def test_a_simulated_technologist_counts_again_when_asked(clinic: SimulatedClinic) -> None:
    step = the_harvest(harvested(clinic, IN_DOUBT, recounts=True))
    assert len(step.standing_samples()) == 2
    assert (
        the_harvest(
            harvested(clinic, SOUND, recounts=True, begun=START + timedelta(days=30))
        ).standing_samples()[1:]
        == []
    )
