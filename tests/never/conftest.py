"""The world of these tests: made once for a file, given to each test behind a savepoint of its own.

For the tests with processes it is made once more, in a database that is committed, and each test gets a copy of that.
"""

import copy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.conftest import copied
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


@pytest.fixture(scope="session")
def _committed_world(
    tables_made: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The environment of a database in which the world was made; nobody works in it but to copy it."""
    with ExitStack() as stack:
        environment = copied(tables_made, tmp_path_factory.mktemp("world") / "home", stack)
        subprocess.run(
            [sys.executable, "-m", "tests.never.driver", "make"],
            env=environment,
            cwd=environment["PYTHONPATH"],
            check=True,
        )
        yield environment


@pytest.fixture
def own_world(_committed_world: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of processes that share a database of their own in which the world was made."""
    with ExitStack() as stack:
        yield copied(_committed_world, tmp_path / "home", stack)


@pytest.fixture(scope="module")
def world_of_this_file(
    _committed_world: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The same, for all the tests of a file."""
    with ExitStack() as stack:
        yield copied(_committed_world, tmp_path_factory.mktemp("copy") / "home", stack)
