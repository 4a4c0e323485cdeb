"""A failed control holds what was counted and measured, and every line of the specification computed from it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from stroma.clinic.credentials import Simulated
from stroma.clinic.domain.roles import Role
from stroma.custody.models import Lot
from stroma.processing.models import BatchStep
from stroma.release.actions import NotReleasable, sign_certificate
from stroma.release.actions.controls import lift_result_hold, open_control, run_control
from stroma.release.control_queries import covered_by, failing_runs
from stroma.release.domain.derived import BatchSummary, derived_results, measured_codes
from stroma.release.domain.specification import Result
from stroma.release.judged import judgements_for
from stroma.release.models import AssayResult, ControlMaterial, ResultHold
from stroma.simulation.bench import Bench
from tests.lots_on_the_way import HOUR, collect, collected, process, release, signed_in
from tests.treated_courses import a_clinic

MINUTE = timedelta(minutes=1)
GOOD, BAD = Decimal(90), Decimal(60)
SUMMARY = BatchSummary(
    viability=0.95,
    viable_cells_per_container=9e6,
    label_dose_cells=1e7,
    cells_per_ml=2e6,
    cumulative_population_doublings=12.0,
    collected_at=datetime.fromisoformat("2026-03-01T08:00Z"),
    filled_at=datetime.fromisoformat("2026-03-01T10:00Z"),
    dose_ml=2.0,
    recipient_kg=80.0,
)


def a_control(bench: Bench, codes: Sequence[str], *, at: datetime) -> ControlMaterial:
    """A control with a known target."""
    return open_control(
        site=bench.clinic.site,
        name="Beads",
        lot_number="1",
        codes=codes,
        target=GOOD,
        sd=Decimal(2),
        by=bench.person("quality"),
        at=at,
    )


def run(control: ControlMaterial, bench: Bench, value: Decimal, *, at: datetime) -> None:
    run_control(material=control, value=value, by=bench.person("technologist"), at=at)


@pytest.fixture
def bench(db: None) -> Bench:
    """A lot that has come to the laboratory."""
    bench = collected(a_clinic())
    collect(bench)
    return bench


def held(lot: Lot | None) -> set[str]:
    assert lot is not None
    return {one.limit.code for one in judgements_for(lot) if one.is_held}


def counted_lines(lot: Lot | None) -> set[str]:
    """The lines of this lot that are computed from its count."""
    assert lot is not None
    return {one.limit.code for one in judgements_for(lot)} & {"viability", "viable_count", "count", "cpd"}


def test_a_failed_control_holds_the_count_and_every_line_computed_from_it(bench: Bench) -> None:
    lot, now = process(bench), timezone.now()
    assert "viability" in counted_lines(lot)
    control = a_control(bench, ["viability"], at=now)
    run(control, bench, BAD, at=now + MINUTE)
    assert held(lot) == counted_lines(lot)
    with pytest.raises(NotReleasable) as refused:
        sign_certificate(
            lot=lot,
            role=Role.QUALITY,
            credential=Simulated(),
            by=bench.person("quality"),
            at=now + 2 * MINUTE,
        )
    assert {one.code for one in refused.value.blockers} >= {f"{code}_held" for code in counted_lines(lot)}
    run(control, bench, GOOD, at=now + 3 * MINUTE)
    assert held(lot) == set()


def test_quality_lets_a_held_count_count_again_for_a_reason(bench: Bench) -> None:
    lot, now = process(bench), timezone.now()
    run(a_control(bench, ["viability"], at=now), bench, BAD, at=now + MINUTE)
    for hold in ResultHold.objects.filter(lift=None):
        assert hold.result is None
        lift_result_hold(
            hold=hold, reason="the beads had dried out", by=bench.person("quality"), at=now + 2 * MINUTE
        )
    assert held(lot) == set()


def test_a_count_made_while_the_control_stands_failed_is_held(bench: Bench) -> None:
    before = timezone.now() - 2.45 * HOUR
    run(a_control(bench, ["viability"], at=before), bench, BAD, at=before + MINUTE)
    lot = process(bench)
    assert held(lot) == counted_lines(lot)
    counted = BatchStep.objects.filter(batch__lot=lot, counts__isnull=False)
    assert set(ResultHold.objects.values_list("step", flat=True)) == set(counted.values_list("pk", flat=True))


def test_a_released_lot_whose_count_is_held_is_called_back(bench: Bench) -> None:
    process(bench)
    lot, now = release(bench), timezone.now()
    run(a_control(bench, ["viability"], at=now), bench, BAD, at=now + MINUTE)
    lot.refresh_from_db()
    assert lot.state == "QUARANTINE"


def test_a_control_of_other_lines_leaves_the_count_alone(bench: Bench) -> None:
    lot, now = process(bench), timezone.now()
    run(a_control(bench, ["appearance"], at=now), bench, BAD, at=now + MINUTE)
    assert held(lot) == {"appearance"}
    assert list(ResultHold.objects.filter(step__isnull=False)) == []


def test_a_control_of_a_computed_line_covers_what_it_is_computed_from(bench: Bench) -> None:
    lot, now = process(bench), timezone.now()
    measured = AssayResult.objects.create(
        lot=lot,
        code="endotoxin",
        value=Decimal("0.1"),
        method="kinetic",
        analyst=bench.person("technologist"),
        performed_at=now,
    )
    control = a_control(bench, ["endotoxin_per_kg"], at=now)
    assert covered_by(control, at=now + MINUTE) == [measured]
    run(control, bench, BAD, at=now + MINUTE)
    assert [one.result for one in ResultHold.objects.all()] == [measured]
    assert failing_runs(lot.site, ["endotoxin"]) == failing_runs(lot.site, ["endotoxin_per_kg"]) != []


def test_the_controls_page_says_which_count_and_which_lines_it_holds(bench: Bench) -> None:
    lot, now = process(bench), timezone.now()
    control = a_control(bench, ["viability"], at=now - 2 * MINUTE)
    run(control, bench, BAD, at=now - MINUTE)
    client = signed_in(bench.person("quality"))
    shown = client.get(f"/release/controls/{control.pk}/").content.decode()
    assert "the count, and what is computed from it" in shown
    hold = ResultHold.objects.filter(step__batch__lot=lot).earliest("placed_at")
    lifted = client.post(f"/release/holds/{hold.pk}/lift/", {"reason": "the beads had dried out"})
    assert lifted.status_code == 302


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, set()),
        ({"count_is_held": True}, {"viability", "viable_count", "count"}),
        ({"doublings_are_held": True}, {"cpd"}),
    ],
)
def test_what_is_computed_from_a_held_count_is_held(facts: dict[str, bool], expected: set[str]) -> None:
    summary = BatchSummary(**{name: getattr(SUMMARY, name) for name in SUMMARY.__slots__} | facts)
    assert {one.code for one in derived_results(summary, {}) if one.is_held} == expected


def test_what_is_computed_from_a_held_result_is_held() -> None:
    endotoxin = Result("endotoxin", value=0.1, is_held=True)
    [per_kg] = [
        one for one in derived_results(SUMMARY, {"endotoxin": endotoxin}) if one.code == "endotoxin_per_kg"
    ]
    assert per_kg.is_held
    assert measured_codes(["endotoxin_per_kg", "appearance"]) == {"endotoxin", "appearance"}
