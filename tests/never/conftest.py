"""The world of these tests: made once for a file, given to each test behind a savepoint of its own."""

import copy
from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.never.world import World, make_world


@pytest.fixture(scope="module")
def _made_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made in a transaction that is never committed: nothing of it is left for other files."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture
def db(_made_world: World) -> Iterator[None]:
    """In place of pytest-django's own: a savepoint inside the transaction in which the world was made.

    By this name pytest-django knows that the test needs a database. Its own way would close the connection after
    each test, and the world with it.
    """
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def world(db: None, _made_world: World) -> World:
    """The world as it was made, whatever the test before did to it."""
    return copy.deepcopy(_made_world)
