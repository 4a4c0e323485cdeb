"""Every action and every role: who may, and who is refused. A row for each action, with a word on why.

A role that is not named is refused; so are a person of another site and one whose account was closed. An action that is
not in the table fails the last test.
"""

import copy
import inspect
import pkgutil
from datetime import timedelta
from importlib import import_module
from types import ModuleType

import pytest
from django.db import transaction

from stroma.clinic.actions import NewPerson, add_person, open_site
from stroma.clinic.authority import NotAuthorized
from stroma.clinic.domain.roles import Role
from stroma.clinic.models import User
from stroma.ledger.models import Entry
from stroma.ledger.transaction import in_action
from stroma.protocols.domain.blocker import Refused
from tests.never.asked_of_no_role import NOBODY_ASKED, ONLY_THEIR_OWN
from tests.never.who_may import ROWS, Row
from tests.never.world import World


def may(row: Row, by: User, world: World) -> bool:
    """Whether the action's own rules are reached; what they say then is another matter."""
    values = row.values(world)
    entries = Entry.objects.count()
    try:
        with transaction.atomic():
            row.action(**values, by=by, at=world.house.later())
    except NotAuthorized:
        assert Entry.objects.count() == entries
        return False
    except Refused:
        return True
    return True


@pytest.fixture(scope="module")
def one_of_each(_made_world: World) -> dict[Role, User]:
    """A person with one role only, for every role."""
    house = _made_world.house
    return {
        role: add_person(
            site=house.clinic.site,
            person=NewPerson(f"only-{role.lower()}", f"Only {role.title()}"),
            roles=[role],
            by=house.clinic.administrator,
            at=house.now,
        )
        for role in Role
    }


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.lower())
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.action.__name__}: {row.why}")
def test_an_action_is_open_to_these_roles_and_no_other(
    world: World, one_of_each: dict[Role, User], row: Row, role: Role
) -> None:
    assert may(row, one_of_each[role], world) == (role in row.allowed)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.action.__name__)
def test_somebody_of_another_site_may_do_nothing_here(world: World, row: Row) -> None:
    _, administrator = open_site(
        name="Elsewhere",
        facility_number="A9998",
        time_zone="UTC",
        address="",
        administrator=NewPerson("elsewhere", "Eve Elsewhere"),
        by="tests",
        at=world.house.now,
    )
    everything = add_person(
        site=administrator.role_assignments.get().site,
        person=NewPerson("all-elsewhere", "All Elsewhere"),
        roles=list(Role),
        by=administrator,
        at=world.house.now,
    )
    assert not may(row, everything, world)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.action.__name__)
def test_a_closed_account_may_do_nothing(world: World, one_of_each: dict[Role, User], row: Row) -> None:
    by = User.objects.get(pk=one_of_each[sorted(row.allowed)[0]].pk)
    with transaction.atomic():
        assert may(row, by, copy.deepcopy(world))
        transaction.set_rollback(True)
    by.is_active = False
    assert not may(row, by, world)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.action.__name__)
def test_a_role_that_was_taken_away_opens_nothing(world: World, row: Row) -> None:
    by = add_person(
        site=world.house.clinic.site,
        person=NewPerson("former", "Former Colleague"),
        roles=list(Role),
        by=world.house.clinic.administrator,
        at=world.house.now,
    )
    by.role_assignments.update(active_to=world.house.now + timedelta(seconds=1))
    assert not may(row, by, world)


def _modules_below(package: ModuleType) -> list[ModuleType]:
    """The modules of a step whose actions are a folder."""
    names = [one.name for one in pkgutil.iter_modules(getattr(package, "__path__", []))]
    return [import_module(f"{package.__name__}.{name}") for name in names]


def test_every_action_stands_in_the_table() -> None:
    steps = (
        "ledger", "clinic", "patients", "candidacy", "courses", "planning", "custody", "collection",
        "processing", "release", "injection", "follow_up", "registry",
    )  # fmt: skip
    there = {
        name
        for step in steps
        for package in [import_module(f"stroma.{step}.actions")]
        for module in [package, *_modules_below(package)]
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if in_action(function) and function.__module__.startswith(module.__name__)
    }
    assert sorted(there) == sorted(
        {row.action.__name__ for row in ROWS} | NOBODY_ASKED.keys() | ONLY_THEIR_OWN.keys()
    )
