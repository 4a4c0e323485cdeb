"""Rivals of a control that fails: a lot is released while a result of it, or a count of its parent lot, is held.

They are let loose as in Note [The slow one] of ``meanwhile``.
"""

from datetime import date
from decimal import Decimal

from stroma.custody.models import Lot
from stroma.processing.models import BatchStep
from stroma.release import actions as releasing
from stroma.release.actions import controls
from stroma.release.holding import call_back, lock_lots, place_hold
from stroma.release.models import ControlMaterial, ControlRun, ResultHold
from stroma.simulation.quality import accept_findings_of
from tests.never import crashes, meanwhile
from tests.never.house import FROM_A_DONOR
from tests.never.meanwhile import slowly
from tests.never.rivalry import Rivalry
from tests.never.world import World


def _sign_and_open_a_control(world: World) -> None:
    crashes.sign_both(world)
    meanwhile.open_control(world)


def _released_on_a_held_result(world: World) -> int:
    held = ResultHold.objects.filter(lift=None, result__lot=world.tested_lot)
    return held.filter(result__lot__state="RELEASED").count()


def _sign_a_part(world: World) -> None:
    """A second part of the bank waits for its release, and a control has been run."""
    house = world.house
    course = house.course(house.patient("Later", born=date(1976, 6, 6)), FROM_A_DONOR)
    house.consent(course)
    part = house.part_tested(world.bank, course)
    accept_findings_of(house.clinic, part, at=house.later())
    world.tested_lot = part
    _sign_and_open_a_control(world)
    controls.run_control(
        material=ControlMaterial.objects.get(), value=Decimal(10), by=house.person("quality"), at=world.at
    )


@slowly
def _hold_the_parents_count(world: World) -> object:
    """What a failed run does to the count of the bank's harvest."""
    by, run = world.house.person("quality"), ControlRun.objects.get()
    [bank] = lock_lots([world.bank.pk])
    call_back(bank, "cpd", by=by, at=world.at)
    return place_hold(bank, BatchStep.objects.get(batch__lot=bank, kind="harvest"), run, by=by, at=world.at)


def _released_on_a_held_count_of_its_parent(world: World) -> int:
    if not ResultHold.objects.filter(lift=None, step__batch__lot=world.bank).exists():
        return 0
    return Lot.objects.filter(pk=world.tested_lot.pk, parent=world.bank, state="RELEASED").count()


CASES = {
    "held result": Rivalry(
        rivals=2,
        act=crashes.release,
        arrange=_sign_and_open_a_control,
        is_between=True,
        other=meanwhile.fail_the_control,
        count=_released_on_a_held_result,
        tables=("release_release", "release_resulthold"),
        look=(releasing.decision, "release_blockers"),
    ),
    "held count of the parent": Rivalry(
        rivals=2,
        act=crashes.release,
        arrange=_sign_a_part,
        is_between=True,
        other=_hold_the_parents_count,
        count=_released_on_a_held_count_of_its_parent,
        tables=("release_release", "release_resulthold"),
        look=(releasing.decision, "release_blockers"),
    ),
}
