"""Held, investigated and unasked-for releases, written straight into the database and refused there."""

from datetime import timedelta

import pytest

from stroma.custody.models import Lot
from stroma.ledger.domain.canonical import canonical
from stroma.processing.models import BatchStep
from stroma.release.models import (
    AssayResult,
    ControlMaterial,
    ControlRun,
    InstrumentFile,
    Investigation,
    InvestigationConclusion,
    LatePositive,
    LatePositiveClosure,
    LatePositiveStep,
    Release,
    ReleaseException,
    ResultHold,
    ResultHoldLift,
)
from stroma.release.review_written import EXPLAINED, UNEXPLAINED
from tests.never.rows import a_lot, a_release
from tests.never.trial import Case, Write, ids, refused_by_its_guard_alone
from tests.never.world import World
from tests.release.quality_rows import a_stain_row

DIGEST = "d" * 64


def a_hold_on(world: World, lot_id: object) -> ResultHold:
    result = AssayResult.objects.filter(lot=lot_id).earliest("performed_at")
    return ResultHold.objects.create(result=result, run=a_failed_run(world), placed_at=world.at)


def a_hold_on_the_count_of(world: World, lot: Lot, kind: str) -> ResultHold:
    step = BatchStep.objects.get(batch__lot=lot, kind=kind)
    return ResultHold.objects.create(step=step, run=a_failed_run(world), placed_at=world.at)


def a_part_called_back(world: World, *also: Lot) -> Lot:
    """A part of the bank that waits in quarantine again; what else is named waits with it."""
    part = world.recipient_dose.lot
    Lot.objects.filter(pk__in=[part.pk, *(lot.pk for lot in also)]).update(state="QUARANTINE")
    return part


def a_failed_run(world: World) -> ControlRun:
    by = world.house.person("quality")
    material = ControlMaterial.objects.create(
        site=world.house.clinic.site,
        name="Bio-ball",
        lot_number="1",
        codes=["appearance"],
        target=10,
        sd=1,
        opened_by=by,
        opened_at=world.at,
    )
    return ControlRun.objects.create(
        material=material, value=20, z=10, rules=["1-3s"], verdict="FAILED", run_by=by, run_at=world.at
    )


def on_a_held_result(world: World) -> Write:
    a_hold_on(world, world.tested_lot.pk)
    return lambda: a_release(world, world.tested_lot, DIGEST)


def on_a_held_count(world: World) -> Write:
    a_hold_on_the_count_of(world, world.tested_lot, "formulate")
    return lambda: a_release(world, world.tested_lot, DIGEST)


def on_the_held_doublings_of_the_lot_it_comes_from(world: World) -> Write:
    part = a_part_called_back(world, world.bank)
    a_hold_on_the_count_of(world, world.bank, "harvest")
    return lambda: a_release(world, part, DIGEST)


def a_part_nobody_counted_on_a_held_count_of_the_lot_it_comes_from(world: World) -> Write:
    Lot.objects.filter(pk=world.tested_lot.pk).update(state="QUARANTINE")
    part = a_lot(
        world,
        parent=world.tested_lot,
        donor=world.tested_lot.donor,
        course=world.tested,
        din=world.tested_lot.din,
    )
    Lot.objects.filter(pk=part.pk).update(state="QUARANTINE")
    a_hold_on_the_count_of(world, world.tested_lot, "formulate")
    return lambda: a_release(world, part, DIGEST)


def under_investigation(world: World) -> Write:
    by = world.house.person("quality")
    Investigation.objects.create(lot=world.tested_lot, code="viability", opened_by=by, opened_at=world.at)
    return lambda: a_release(world, world.tested_lot, DIGEST)


def with_a_finding_that_nobody_accepted(world: World) -> Write:
    open_review = canonical({"reviews": [{"state": UNEXPLAINED, "findings": []}]}).decode()
    return lambda: a_release(world, world.tested_lot, DIGEST, certificate=open_review)


def by_an_exception_that_nobody_asked_for(world: World) -> Write:
    return lambda: a_release(world, world.tested_lot, DIGEST, kind=Release.Kind.EXCEPTION)


def by_an_exception_of_which_the_patient_heard_afterwards(world: World) -> Write:
    an_exception(world, later=1)
    return lambda: a_release(world, world.tested_lot, DIGEST, kind=Release.Kind.EXCEPTION)


def an_exception(world: World, *, later: int = 0) -> ReleaseException:
    return ReleaseException.objects.create(
        lot=world.tested_lot,
        codes=["viability_below_limit"],
        reason="the only cells",
        informed_by=world.house.person("physiatrist"),
        informed_at=world.at + timedelta(minutes=later),
        means="PHONE",
        recorded_at=world.at,
    )


def a_result_held_while_its_lot_is_out(world: World) -> Write:
    run = a_failed_run(world)
    result = AssayResult.objects.filter(lot=world.ready_lot).earliest("performed_at")
    return lambda: ResultHold.objects.create(result=result, run=run, placed_at=world.at)


def a_result_held_while_a_part_is_out(world: World) -> Write:
    run = a_failed_run(world)
    Lot.objects.filter(pk=world.bank.pk).update(state="QUARANTINE")
    result = AssayResult.objects.filter(lot=world.bank).earliest("performed_at")
    return lambda: ResultHold.objects.create(result=result, run=run, placed_at=world.at)


def a_count_held_while_its_lot_is_out(world: World) -> Write:
    return lambda: a_hold_on_the_count_of(world, world.ready_lot, "formulate")


def a_count_held_while_a_part_is_out(world: World) -> Write:
    Lot.objects.filter(pk=world.bank.pk).update(state="QUARANTINE")
    return lambda: a_hold_on_the_count_of(world, world.bank, "harvest")


def a_late_positive_with_half_of_it_done(world: World) -> Write:
    by, lot = world.house.person("quality"), world.tested_lot
    result = AssayResult.objects.filter(lot=lot).earliest("performed_at")
    case = LatePositive.objects.create(lot=lot, result=result, opened_by=by, opened_at=world.at)
    for code in ("secure_containers", "identify_organism", "open_deviation", "call_patient"):
        LatePositiveStep.objects.create(case=case, code=code, words="done", done_by=by, done_at=world.at)
    return lambda: LatePositiveClosure.objects.create(
        case=case, words="over", closed_by=by, closed_at=world.at
    )


def a_stained_area_on_a_photograph_of_another_lot(world: World) -> Write:
    by = world.house.person("quality")
    photograph = InstrumentFile.objects.create(
        lot=world.ready_lot,
        name="bone.png",
        sha256=DIGEST,
        content=b"p",
        handed_in_by=by,
        handed_in_at=world.at,
    )
    return lambda: a_stain_row(world.tested_lot, photograph, by, at=world.at)


def a_stained_area_as_the_result_of_another_test(world: World) -> Write:
    by = world.house.person("quality")
    photograph = InstrumentFile.objects.create(
        lot=world.tested_lot,
        name="bone.png",
        sha256=DIGEST,
        content=b"p",
        handed_in_by=by,
        handed_in_at=world.at,
    )
    return lambda: a_stain_row(world.tested_lot, photograph, by, at=world.at, code="endotoxin")


CASES = [
    Case("stain_reading_is_of_its_lot", a_stained_area_on_a_photograph_of_another_lot),
    Case("stain_reading_is_of_its_lot", a_stained_area_as_the_result_of_another_test),
    Case("release_counts_no_held_result", on_a_held_result),
    Case("release_counts_no_held_result", on_a_held_count),
    Case("release_counts_no_held_result", on_the_held_doublings_of_the_lot_it_comes_from),
    Case("release_counts_no_held_result", a_part_nobody_counted_on_a_held_count_of_the_lot_it_comes_from),
    Case("release_waits_for_its_investigations", under_investigation),
    Case("release_leaves_no_finding_open", with_a_finding_that_nobody_accepted),
    Case("release_by_exception_was_asked_for", by_an_exception_that_nobody_asked_for),
    Case("release_by_exception_was_asked_for", by_an_exception_of_which_the_patient_heard_afterwards),
    Case("hold_calls_back_first", a_result_held_while_its_lot_is_out),
    Case("hold_calls_back_first", a_result_held_while_a_part_is_out),
    Case("hold_calls_back_first", a_count_held_while_its_lot_is_out),
    Case("hold_calls_back_first", a_count_held_while_a_part_is_out),
    Case("late_positive_is_closed_when_all_is_done", a_late_positive_with_half_of_it_done),
]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_what_quality_holds_back_is_not_released_round_its_back(world: World, case: Case) -> None:
    refused_by_its_guard_alone(case, world)


def test_what_quality_let_go_is_released(world: World) -> None:
    by = world.house.person("quality")
    hold = a_hold_on(world, world.tested_lot.pk)
    ResultHoldLift.objects.create(hold=hold, reason="seen", lifted_by=by, lifted_at=world.at)
    opened = Investigation.objects.create(
        lot=world.tested_lot, code="viability", opened_by=by, opened_at=world.at
    )
    InvestigationConclusion.objects.create(
        investigation=opened, outcome="CONFIRMED", words="warm", concluded_by=by, concluded_at=world.at
    )
    an_exception(world)
    # What somebody wrote cannot say that a finding is open: its quotation marks are escaped.
    written = f'"state":"{UNEXPLAINED}"'
    text = canonical({"state": EXPLAINED, "reason": written}).decode()
    assert a_release(world, world.tested_lot, DIGEST, kind=Release.Kind.EXCEPTION, certificate=text).pk


def test_a_part_is_released_on_doublings_that_no_held_count_tells(world: World) -> None:
    part = a_part_called_back(world, world.bank)
    a_hold_on_the_count_of(world, world.bank, "passage")
    assert a_release(world, part, DIGEST).pk
