"""Rivals at one container: the dose is given while something else happens to it, two labels, two hand-overs.

Note [The slow one]
    A keeper that only works when the other has committed leaves a gap: what was written and is not yet committed is
    seen by nobody. So what happens meanwhile holds its transaction open after its last statement, long enough for
    the dose to be decided and written beside it. Which came first is told by the ledger, whose chains they share.
    The dose is looked at when the other thing is written and not yet committed. With the lock off they take turns
    instead, by two files: the dose is looked at, the other thing happens, the dose is written.
"""

import os
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from stroma.custody.actions import apply_label, hand_over, record_donor_test
from stroma.custody.domain.isbt128.build import build_compound, build_din, build_product_code
from stroma.custody.domain.isbt128.din import Din
from stroma.custody.models import DonorTest, HandOver, Label, Material
from stroma.injection.actions import cancel_time_out, complete_time_out, give_dose
from stroma.injection.models import Dose, TimeOut
from stroma.ledger import transaction as transactions
from stroma.ledger.models import Entry
from stroma.patients.actions import withdraw_consent
from stroma.release.actions import controls
from stroma.release.models import ControlMaterial
from tests.never.rows import a_container, a_label, a_lot
from tests.never.unguarded import take_away
from tests.never.world import World

SLOW_S, MOST_S = 0.8, 3.0
LOOKED, WRITTEN, HAPPENED = (Path(settings.HOME) / name for name in ("looked", "written", "happened"))
LOOKED_BY = Path(settings.HOME) / "looked-by"


def wait_for_the_other() -> None:
    """Say that this one has looked, and go on when the other thing has happened."""
    LOOKED.touch()
    _wait_for(HAPPENED)


def wait_until_all_looked(rivals: int) -> None:
    """Say that this one has looked, and go on when all have, or after a while: one may be refused before it looks.

    A fixed pause is too short where a machine has other work: one had written before another began to look.
    """
    LOOKED_BY.mkdir(exist_ok=True)
    (LOOKED_BY / str(os.getpid())).touch()
    until = time.monotonic() + MOST_S
    while len(list(LOOKED_BY.iterdir())) < rivals and time.monotonic() < until:
        time.sleep(0.01)


def between(act: Callable[[World], object]) -> Callable[[World], object]:
    """Do it once the other has looked, and say when it has happened."""

    def acting(world: World) -> None:
        _wait_for(LOOKED)
        try:
            act(world)
        finally:
            HAPPENED.touch()

    return acting


def after(act: Callable[[World], object]) -> Callable[[World], object]:
    """Do it once the other has written, which is not yet committed."""

    def acting(world: World) -> object:
        _wait_for(WRITTEN)
        return act(world)

    return acting


def _wait_for(file: Path) -> None:
    until = time.monotonic() + 10
    while not file.exists() and time.monotonic() < until:
        time.sleep(0.01)


def slowly(act: Callable[[World], object]) -> Callable[[World], object]:
    """Do it, and hold its transaction open a while after its last statement."""

    @transactions.action
    def slow(world: World) -> None:
        try:
            act(world)
        finally:
            WRITTEN.touch()
        time.sleep(SLOW_S)

    return slow


def give(world: World) -> object:
    """The dose of the patient who is ready."""
    return give_dose(
        time_out=world.ready_time_out,
        volume_ml=world.ready_dose.amount,
        guidance="fluoroscopy",
        by=world.house.person("physiatrist"),
        at=world.at,
    )


def give_a_part(world: World) -> object:
    """The dose of a donor's cells, of the patient for whom they were set aside."""
    return give_dose(
        time_out=world.recipient_time_out,
        volume_ml=world.recipient_dose.amount,
        guidance="fluoroscopy",
        by=world.house.person("physiatrist"),
        at=world.at,
    )


def done_after(first: str, then: str = "dose.given") -> Callable[[World], int]:
    """How many entries ``then`` stand in the ledger behind an entry after which there may be none."""

    def count(_world: World) -> int:
        last = Entry.objects.filter(action=first).order_by("sequence").last()
        return 0 if last is None else Entry.objects.filter(action=then, sequence__gt=last.sequence).count()

    return count


given_after_the_withdrawal = done_after("consent.withdrawn")
given_after_the_test = done_after("donor.tested")
given_after_the_call = done_after("lot.called_back")


@slowly
def withdraw(world: World) -> object:
    """The patient takes the consent back."""
    assert world.ready.consent is not None
    nurse = world.house.person("nurse")
    return withdraw_consent(consent=world.ready.consent, reason="not now", by=nurse, at=world.at)


@slowly
def find_reactive(world: World) -> object:
    """A late test of the donor is reactive."""
    return record_donor_test(
        donor=world.bank.donor,
        agent="HBV",
        method="HBsAg",
        result=DonorTest.Result.REACTIVE,
        sampled_at=world.bank.made_at,
        by=world.house.person("quality"),
        at=world.at,
    )


def open_control(world: World) -> None:
    """A control that covers a result of the lot."""
    controls.open_control(
        site=world.house.clinic.site,
        name="Bio-ball",
        lot_number="1",
        codes=["appearance"],
        target=Decimal(10),
        sd=Decimal(1),
        by=world.house.person("quality"),
        at=world.at,
    )


@slowly
def fail_the_control(world: World) -> object:
    """The control fails, and the lot is called back."""
    material, by = ControlMaterial.objects.get(), world.house.person("quality")
    return controls.run_control(material=material, value=Decimal(20), by=by, at=world.at)


def _cancel(world: World) -> object:
    return cancel_time_out(
        time_out=world.ready_time_out,
        scans=world.house.scans(world.ready_dose),
        reason="the patient felt unwell",
        seen_whole=True,
        witness=world.house.person("physiatrist"),
        by=world.house.person("nurse"),
        at=world.at,
    )


@slowly
def cancel(world: World) -> object:
    """The time-out is closed because nothing was given."""
    return _cancel(world)


def given_and_cancelled(world: World) -> int:
    """Whether the one time-out is both followed by a dose and closed because nothing was given."""
    doses = Dose.objects.filter(time_out=world.ready_time_out, time_out__cancellation__isnull=False)
    return doses.count()


# --- Two time-outs at once ---------------------------------------------------------------------------------


def stop_scan_and_give(world: World) -> object:
    """A time-out of the dose that is ready, and then the dose."""
    time_out = world.house.time_out(world.ready_dose)
    return give_dose(
        time_out=time_out,
        volume_ml=world.ready_dose.amount,
        guidance="fluoroscopy",
        by=world.house.person("physiatrist"),
        at=world.at,
    )


def fill_another_dose(world: World) -> None:
    """A second dose of the same lot, for the one place; the time-out of the first was cancelled."""
    _cancel(world)
    take_away("custody_material_filled_in_process")
    other = a_container(world, world.ready_lot, kind=Material.Kind.DOSE, division="Z0")
    a_label(world, other, state=Label.State.APPLIED)


def time_out_of_one(world: World) -> object:
    """A time-out of the dose that is ready."""
    return _time_out(world, world.ready_dose, world.house.scans(world.ready_dose)["container"])


def time_out_of_another(world: World) -> object:
    """A time-out of the second dose, for the same place."""
    other = Material.objects.get(lot=world.ready_lot, division="Z0")
    product = build_product_code("S0000", collection_type="V", division=other.division)
    return _time_out(world, other, build_compound([build_din(Din(other.lot.din)), product]))


def _time_out(world: World, dose: Material, label: str) -> object:
    return complete_time_out(
        course=world.ready,
        material=dose,
        spot=world.house.spot(world.ready),
        scans={**world.house.scans(world.ready_dose), "container": label},
        second_person=world.house.person("nurse"),
        by=world.house.person("physiatrist"),
        at=world.at,
    )


def open_time_outs(world: World) -> int:
    """How many containers are said to be the one for that place."""
    return TimeOut.objects.filter(course=world.ready, cancellation=None, dose=None).count()


# --- Two labels on one container ---------------------------------------------------------------------------


def print_two_labels(world: World) -> None:
    """A container with two printed labels, none of them on it."""
    container = a_container(world, a_lot(world))
    a_label(world, container)
    a_label(world, container)


def _loose(_world: World) -> list[Label]:
    return list(Label.objects.filter(reason="smudged").order_by("id"))


def apply_one(world: World) -> object:
    """Put the first of the two on."""
    return apply_label(label=_loose(world)[0], by=world.house.person("nurse"), at=world.at)


def apply_other(world: World) -> object:
    """Put the second of the two on."""
    return apply_label(label=_loose(world)[1], by=world.house.person("nurse"), at=world.at)


def labels_on_it(world: World) -> int:
    """How many labels are on that container."""
    return sum(label.state == Label.State.APPLIED for label in _loose(world))


# --- One container leaves a place once ---------------------------------------------------------------------


def carry_back(world: World) -> object:
    """The dose of the recipient is carried from the bedside to the laboratory."""
    place = world.house.clinic.place("LAB-1")
    scans = {**world.house.scans(world.recipient_dose), "place": place.code}
    nurse = world.house.person("nurse")
    return hand_over(material=world.recipient_dose, to_place=place, scans=scans, by=nurse, at=world.at)


def times_it_left_the_bedside(world: World) -> int:
    """How often the container was taken away from where it can only be taken once."""
    left = HandOver.objects.filter(material=world.recipient_dose, from_place__code="PROC-1")
    return left.count()
