"""Cases in which several processes want the same thing at the same moment, with any of three keepers switched off.

``lock``: transactions, row locks and the queue of writers. ``rule``: what the action checks before it writes.
``database``: triggers and unique keys of the tables concerned.
"""

import os
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import QuerySet

from stroma.clinic.domain.roles import Role
from stroma.clinic.models import Signature
from stroma.custody import containers
from stroma.custody.actions import divide_for_course, hand_overs, labels, split, storage, store_container
from stroma.custody.containers import next_din
from stroma.custody.domain.isbt128.build import build_compound, build_din, build_product_code
from stroma.custody.domain.isbt128.din import Din
from stroma.custody.models import (
    Derivation,
    DonationCounter,
    Lot,
    Material,
    StoragePosition,
    StorageStay,
)
from stroma.injection import actions as injection
from stroma.injection.models import Dose
from stroma.ledger import transaction as transactions
from stroma.patients import actions as patients
from stroma.patients.models import Patient
from stroma.processing.actions import begin_batch, correct_value, steps
from stroma.processing.models import Batch, BatchStep, PlannedStep, StepValue
from stroma.processing.step_use import NOTHING_USED, StepUse
from stroma.release import actions as releasing
from stroma.release.models import Release
from tests.never import account_rivals, badge_rivals, ended_meanwhile, held_meanwhile, meanwhile, switched_off
from tests.never.crashes import release, sign, sign_both
from tests.never.driver import findings, forked, outcome_of, the_world
from tests.never.house import intake
from tests.never.meanwhile import after, between, wait_for_the_other, wait_until_all_looked
from tests.never.rivalry import Rivalry
from tests.never.rows import a_container, a_lot, a_position
from tests.never.world import World


def let_loose(name: str, off: set[str]) -> dict[str, Any]:
    """Let the rivals of a case loose at one moment; says what came of each and how much there is afterwards."""
    case, world = CASES[name], the_world()
    case.arrange(world)
    if "database" in off:
        switched_off.no_guards(*case.tables)
    if "rule" in off:
        case.no_rule()
    if "lock" in off:
        switched_off.no_lock()
        pause = wait_for_the_other if case.is_between else partial(wait_until_all_looked, case.rivals)
        _after(*case.look, pause)
    start, gun = os.pipe()

    def rival(say: Callable[[str], None], act: Callable[[World], object]) -> None:
        os.close(gun)
        Lot.objects.count()  # connected before the start
        os.read(start, 1)  # returns when the last holder of the other end closes it
        say(outcome_of(lambda: act(world)))

    acts = [case.act] * case.rivals
    if case.other:
        acts[-1] = between(case.other) if case.is_between and "lock" in off else case.other
    if case.is_between and "lock" not in off:
        acts[0] = after(case.act)
    waiting = [forked(partial(rival, act=act)) for act in acts]
    os.close(gun)
    outcomes = sorted(wait() for wait in waiting)
    wrong = [] if off else findings()
    return {"outcomes": outcomes, "count": case.count(world), "findings": wrong}


def _after(owner: Any, name: str, pause: Callable[[], object]) -> None:
    own = getattr(owner, name)

    def slow(*args: Any, **kwargs: Any) -> Any:
        found = own(*args, **kwargs)
        pause()
        return found

    setattr(owner, name, slow)


# --- One container, one dose -------------------------------------------------------------------------------


def _believe_what_was_read() -> None:
    injection.time_out_blockers = lambda _facts, **_at: []
    injection.dose_blockers = lambda **_facts: []
    injection.take = _take_unseen


def _take_unseen(draw: containers.Draw, **_becomes: object) -> list[Any]:
    Material.objects.filter(pk=draw.material.pk).update(remaining=0, state="ADMINISTERED")
    return []


# --- One lot, one release; one person, one signature --------------------------------------------------------


# --- One person, one record --------------------------------------------------------------------------------


def _register(world: World) -> object:
    return patients.register_patient(
        site=world.house.clinic.site,
        intake=intake("Newcomer"),
        by=world.house.person("coordinator"),
        at=world.at,
    )


# --- One donation, one number ------------------------------------------------------------------------------


@transactions.action
def _begin_a_donation(world: World) -> object:
    return a_lot(world, donor=world.bank.donor, din=str(next_din(world.house.clinic.site, world.at)))


def _numbers_given_twice(world: World) -> int:
    numbers = list(Lot.objects.filter(made_at=world.at).values_list("din", flat=True))
    return len(numbers) - len(set(numbers))


# --- One container, one place ------------------------------------------------------------------------------


def _stored(world: World) -> Material:
    return Material.objects.filter(lot=world.bank, kind=Material.Kind.STORED).latest("division")


def _divide(world: World) -> object:
    stored = _stored(world)
    return divide_for_course(
        material=stored,
        amount=stored.amount,
        course=world.recipient,
        place=world.house.clinic.place("LAB-1"),
        expires_at=stored.expires_at,
        by=world.house.person("technologist"),
        at=world.at,
    )


# --- One position, one container ---------------------------------------------------------------------------


def _store_a_new_container(world: World) -> object:
    lot = a_lot(world)
    return store_container(
        material=a_container(world, lot),
        position=StoragePosition.objects.get(),
        scans={
            "container": build_compound(
                [
                    build_din(Din(lot.din)),
                    build_product_code("S0000", collection_type="V", division="00"),
                ]
            ),
            "position": StoragePosition.objects.get().code,
        },
        by=world.house.person("technologist"),
        at=world.at,
    )


# --- One content, one parts --------------------------------------------------------------------------------


def _fill_one(world: World) -> object:
    return a_container(world, a_lot(world), "10")


def _newest(_world: World) -> Material:
    return Material.objects.filter(lot__state="IN_PROCESS", parents=None).latest("made_at")


def _split_six_of_ten(world: World) -> object:
    return split(
        material=_newest(world),
        amounts=[Decimal(6)],
        by=world.house.person("technologist"),
        at=world.at,
    )


# --- One batch, one technologist at a time ------------------------------------------------------------------


def _begin_a_batch(world: World) -> None:
    lot = world.house.collected(world.consented)
    begin_batch(lot=lot, by=world.house.person("technologist"), at=world.house.now)


def _batch(world: World) -> Batch:
    return Batch.objects.get(lot__course=world.consented)


def _do(world: World, code: str, use: StepUse = NOTHING_USED) -> object:
    batch = _batch(world)
    tissue = Material.objects.get(lot=batch.lot_id, kind=Material.Kind.TISSUE)
    by = world.house.person("technologist")
    return steps.do_step(batch=batch, code=code, material=tissue, use=use, by=by, at=world.at)


def _skip_the_first(world: World) -> object:
    return _do(world, "concentrate", StepUse(values={"spin_minutes": Decimal(15)}))


def _do_what_comes() -> None:
    steps.step_blockers = steps.making_blockers = steps.wants_blockers = lambda *_args, **_facts: []


def _steps_out_of_place(world: World) -> int:
    done = BatchStep.objects.filter(batch=_batch(world))
    planned = {(one.position, one.code) for one in PlannedStep.objects.filter(batch=_batch(world))}
    return sum((one.position, one.code) not in planned for one in done)


def _read_a_value(world: World) -> None:
    world.house.collected(world.consented)
    world.house.bench(world.consented).process("concentrate", world.house.later())
    world.house.later(30)


def _value(world: World) -> StepValue:
    return StepValue.objects.get(step__batch=_batch(world), corrects=None)


def _correct(world: World) -> object:
    return correct_value(
        value=_value(world),
        right=Decimal(12),
        reason="the clock was read wrong",
        by=world.house.person("technologist"),
        at=world.at,
    )


CASES: dict[str, Rivalry] = {
    **ended_meanwhile.CASES,
    **held_meanwhile.CASES,
    **badge_rivals.CASES,
    **account_rivals.CASES,
    "step": Rivalry(
        rivals=2,
        act=lambda world: _do(world, "receive"),
        arrange=_begin_a_batch,
        count=lambda world: BatchStep.objects.filter(batch=_batch(world), code="receive").count(),
        tables=("processing_batchstep",),
        look=(steps, "step_blockers"),
    ),
    "skipped step": Rivalry(
        rivals=2,
        act=_skip_the_first,
        arrange=_begin_a_batch,
        count=_steps_out_of_place,
        tables=("processing_batchstep",),
        look=(steps, "step_blockers"),
        no_rule=_do_what_comes,
    ),
    "correction": Rivalry(
        rivals=2,
        act=_correct,
        arrange=_read_a_value,
        count=lambda world: StepValue.objects.filter(corrects=_value(world)).count(),
        tables=("processing_stepvalue",),
        look=(QuerySet, "exists"),
    ),
    "withdrawal": Rivalry(
        rivals=2,
        act=meanwhile.give,
        is_between=True,
        other=meanwhile.withdraw,
        count=meanwhile.given_after_the_withdrawal,
        tables=("injection_dose",),
        look=(injection, "dose_blockers"),
    ),
    "call": Rivalry(
        rivals=2,
        act=meanwhile.give,
        arrange=meanwhile.open_control,
        is_between=True,
        other=meanwhile.fail_the_control,
        count=meanwhile.given_after_the_call,
        tables=("injection_dose",),
        look=(injection, "dose_blockers"),
    ),
    "donor": Rivalry(
        rivals=2,
        act=meanwhile.give_a_part,
        is_between=True,
        other=meanwhile.find_reactive,
        count=meanwhile.given_after_the_test,
        tables=("injection_dose",),
        look=(injection, "dose_blockers"),
    ),
    "cancelling": Rivalry(
        rivals=2,
        act=meanwhile.give,
        is_between=True,
        other=meanwhile.cancel,
        count=meanwhile.given_and_cancelled,
        tables=("injection_dose", "injection_timeoutcancellation"),
        look=(injection, "dose_blockers"),
    ),
    "time-outs of one dose": Rivalry(
        rivals=2,
        act=meanwhile.stop_scan_and_give,
        count=lambda world: Dose.objects.filter(material=world.ready_dose).count(),
        tables=("injection_dose",),
        look=(injection, "dose_blockers"),
        no_rule=_believe_what_was_read,
    ),
    "time-outs for one place": Rivalry(
        rivals=2,
        act=meanwhile.time_out_of_one,
        arrange=meanwhile.fill_another_dose,
        other=meanwhile.time_out_of_another,
        count=meanwhile.open_time_outs,
        tables=(),
        look=(injection, "time_out_blockers"),
    ),
    "label": Rivalry(
        rivals=2,
        act=meanwhile.apply_one,
        arrange=meanwhile.print_two_labels,
        other=meanwhile.apply_other,
        count=meanwhile.labels_on_it,
        tables=("custody_label",),
        look=(labels, "applying_blockers"),
    ),
    "place": Rivalry(
        rivals=2,
        act=meanwhile.carry_back,
        count=meanwhile.times_it_left_the_bedside,
        tables=("custody_handover", "custody_material"),
        look=(hand_overs, "hand_over_blockers"),
    ),
    "position": Rivalry(
        rivals=2,
        act=_store_a_new_container,
        arrange=a_position,
        count=lambda _world: StorageStay.objects.filter(taken_out_at=None).count(),
        tables=("custody_storagestay",),
        look=(storage, "storage_blockers"),
    ),
    "split": Rivalry(
        rivals=2,
        act=_split_six_of_ten,
        arrange=_fill_one,
        count=lambda world: Derivation.objects.filter(parent=_newest(world)).count(),
        tables=("custody_derivation", "custody_material"),
        look=(containers, "material_transition_blockers"),
    ),
    "dose": Rivalry(
        rivals=2,
        act=meanwhile.give,
        count=lambda world: Dose.objects.filter(material=world.ready_dose).count(),
        tables=("injection_dose",),
        look=(injection, "dose_blockers"),
        no_rule=_believe_what_was_read,
    ),
    "release": Rivalry(
        rivals=2,
        act=release,
        arrange=sign_both,
        count=lambda world: Release.objects.filter(lot=world.tested_lot).count(),
        tables=("release_release",),
        look=(releasing.decision, "release_blockers"),
    ),
    "signature": Rivalry(
        rivals=2,
        act=lambda world: sign(world, "quality", Role.QUALITY),
        count=lambda world: Signature.objects.filter(
            document_id=world.tested_lot.id, document_kind="certificate"
        ).count(),
        tables=("clinic_signature",),
        look=(releasing, "certificate_signatures"),
    ),
    "person": Rivalry(
        rivals=8,
        act=_register,
        count=lambda world: Patient.objects.filter(family_name="Newcomer").count(),
        tables=("patients_patient", "patients_identifier"),
        look=(patients, "likely_duplicates"),
    ),
    "donation number": Rivalry(
        rivals=8,
        act=_begin_a_donation,
        count=_numbers_given_twice,
        tables=("custody_lot",),
        look=(DonationCounter, "from_db"),
    ),
    "container": Rivalry(
        rivals=2,
        act=_divide,
        count=lambda world: Derivation.objects.filter(parent=_stored(world)).count(),
        tables=("custody_derivation",),
        look=(containers, "material_transition_blockers"),
    ),
}
