"""Records of quality brought to where an action is asked for."""

from decimal import Decimal

from stroma.custody.models import Lot
from stroma.release.actions import controls
from stroma.release.domain.late_positive import FOR_THE_LOT
from stroma.release.models import (
    AssayResult,
    ControlMaterial,
    Investigation,
    InvestigationStep,
    LatePositive,
    LatePositiveStep,
    ResultHold,
)
from tests.never.world import World

Kind = InvestigationStep.Kind


def a_control(world: World) -> ControlMaterial:
    return controls.open_control(
        site=world.house.clinic.site, name="Pool", lot_number="2", codes=["appearance"], target=Decimal(10),
        sd=Decimal(1), by=world.house.person("quality"), at=world.house.later(),
    )  # fmt: skip


def a_held_result(world: World) -> ResultHold:
    result = AssayResult.objects.filter(lot=world.tested_lot).earliest("performed_at")
    run = controls.run_control(
        material=a_control(world), value=Decimal(10), by=world.house.person("quality"), at=world.house.later()
    )
    return ResultHold.objects.create(result=result, run=run, placed_at=world.at)


def a_failed_lot(world: World) -> Lot:
    AssayResult.objects.create(
        lot=world.tested_lot,
        code="appearance",
        text="fail",
        method="eye",
        analyst=world.house.person("quality"),
        performed_at=world.at,
    )
    return world.tested_lot


def an_investigation(world: World) -> Investigation:
    by = world.house.person("quality")
    opened = Investigation.objects.create(
        lot=world.tested_lot, code="viability", opened_by=by, opened_at=world.at
    )
    for kind in (Kind.HYPOTHESIS, Kind.FULL):
        InvestigationStep.objects.create(
            investigation=opened, kind=kind, words="x", written_by=by, written_at=world.at
        )
    return opened


def a_late_positive(world: World, *, is_done: bool = False) -> LatePositive:
    lot, by = world.tested_lot, world.house.person("quality")
    result = AssayResult.objects.filter(lot=lot).earliest("performed_at")
    case = LatePositive.objects.create(lot=lot, result=result, opened_by=by, opened_at=world.at)
    for code in FOR_THE_LOT if is_done else ():
        LatePositiveStep.objects.create(case=case, code=code, words="x", done_by=by, done_at=world.at)
    return case
