"""Labels that must never be printed, changed, put on or forgotten, written straight into the database."""

import pytest

from stroma.custody.domain.states import LotState
from stroma.custody.models import Label, Lot
from stroma.ledger.models import Installation
from tests.never.rows import a_container, a_label, a_lot
from tests.never.trial import Case, Write, ids, refused_by_its_guard_alone
from tests.never.unguarded import take_away
from tests.never.world import World


def changed(rows: object, **values: object) -> Write:
    return lambda: rows.update(**values)  # type: ignore[attr-defined]  # a queryset of any model


def a_label_rewritten(world: World) -> Write:
    label = Label.objects.filter(material=world.ready_dose)
    return changed(label, content={"text": "for somebody else"})


def a_label_on_another_container(world: World) -> Write:
    label = a_label(world, world.ready_dose)
    return changed(Label.objects.filter(pk=label.pk), material=world.recipient_dose)


def a_destroyed_label_that_comes_back(world: World) -> Write:
    label = a_label(world, world.ready_dose, Label.State.DESTROYED)
    return changed(Label.objects.filter(pk=label.pk), state=Label.State.PRINTED)


def a_label_given_another_reason(world: World) -> Write:
    label = a_label(world, world.ready_dose)
    return changed(Label.objects.filter(pk=label.pk), reason="it looked nicer")


def a_missing_label_put_on(world: World) -> Write:
    sample = a_container(world, a_lot(world))
    label = a_label(world, sample, Label.State.MISSING)
    return changed(Label.objects.filter(pk=label.pk), state=Label.State.APPLIED)


def another_label_without_a_reason(world: World) -> Write:
    first = a_label(world, world.ready_dose)
    return lambda: Label.objects.create(
        material=first.material,
        version="1",
        content={},
        digest="0" * 64,
        state="PRINTED",
        reason=" ",
        printed_at=world.at,
        printed_by=first.printed_by,
    )


def closed_with_a_label_unaccounted_for(world: World) -> Write:
    lot = a_lot(world)
    a_label(world, a_container(world, lot))
    return changed(Lot.objects.filter(pk=lot.pk), state=LotState.QUARANTINE)


def a_test_number_in_a_real_database(world: World) -> Write:
    donor = a_lot(world).donor
    take_away("ledger_installation_no_update")
    Installation.objects.update(nature="REAL")
    return lambda: a_lot(world, donor=donor)


def a_label_removed(world: World) -> Write:
    label = a_label(world, world.ready_dose)
    return lambda: Label.objects.filter(pk=label.pk).delete()


CASES = [
    Case("custody_label_stays_as_printed", a_label_rewritten),
    Case("custody_label_stays_as_printed", a_label_on_another_container),
    Case("custody_label_stays_as_printed", a_label_given_another_reason),
    Case("custody_label_used_once", a_destroyed_label_that_comes_back),
    Case("custody_label_used_once", a_missing_label_put_on),
    Case("custody_label_again_says_why", another_label_without_a_reason),
    Case("custody_lot_labels_accounted_for", closed_with_a_label_unaccounted_for),
    Case("custody_lot_number_is_no_test", a_test_number_in_a_real_database),
    Case("custody_label_no_delete", a_label_removed),
]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_what_must_never_be_written_of_labels_is_refused_by_the_database(world: World, case: Case) -> None:
    refused_by_its_guard_alone(case, world)
