"""What must never become of the rows about a clinic's people, written straight into the database and refused there."""

import pytest

from stroma.clinic.models import LinkStep
from tests.never.trial import Case, Write, ids, refused_by_its_guard_alone
from tests.never.what_actions_take import a_link_asked_for
from tests.never.world import World


def a_step_of_a_link(world: World, kind: str, part: str) -> Write:
    asked = a_link_asked_for(world)
    return lambda: LinkStep.objects.create(
        request=asked, kind=kind, done_by=world.house.person(part), done_at=world.at
    )


def a_link_confirmed_by_who_asked(world: World) -> Write:
    asked = a_link_asked_for(world)
    by = world.house.clinic.administrator
    return lambda: LinkStep.objects.create(request=asked, kind="CONFIRMED", done_by=by, done_at=world.at)


def a_link_confirmed_by_who_gets_it(world: World) -> Write:
    return a_step_of_a_link(world, "CONFIRMED", "nurse2")


def a_link_handed_over_unconfirmed(world: World) -> Write:
    return a_step_of_a_link(world, "HANDED_OVER", "quality")


CASES = [
    Case("clinic_linkstep_takes_two", a_link_confirmed_by_who_asked),
    Case("clinic_linkstep_takes_two", a_link_confirmed_by_who_gets_it),
    Case("clinic_linkstep_confirmed_first", a_link_handed_over_unconfirmed),
]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_what_must_never_become_of_a_clinics_rows_is_refused(world: World, case: Case) -> None:
    refused_by_its_guard_alone(case, world)
