"""What every test stands on: databases, a network that is off, Hypothesis, and skips that are accounted for.

Never use ``TransactionTestCase``, ``django_db(transaction=True)`` or ``live_server``: they empty every table
after the test, and the ledger refuses that. A test that needs real commits, crashes or rivals takes
``own_tables`` (or ``own_database``, where there is nothing yet) and starts processes on it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.utils import translation

from tests.network import network_off
from tests.postgres import own_database_on
from tests.skips import CHECKOUT, REAL_DATA, REAL_DATA_ABSENT, is_allowed, reason_of

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

DATABASE_FIXTURES = frozenset({"db", "django_db_setup", "database_vendor", "own_database", "own_tables"})

# No deadline: two databases on two shared cores make any single example slow by chance.
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if IN_CI else "desk")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How large the browser tests' own demo is."""
    parser.addoption(
        "--courses", type=int, default=4, help="of how many patients the browser tests' demo is made"
    )


@pytest.fixture(autouse=True, scope="session")
def _the_network_is_off() -> Iterator[None]:
    with network_off():
        yield


@pytest.fixture(autouse=True)
def _no_language_is_left_over() -> Iterator[None]:
    """A page in Spanish leaves its language to the thread; the next test begins without."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def database_vendor() -> str:
    """``sqlite`` or ``postgresql``: the database of this run."""
    return "sqlite" if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") else "postgresql"


def process_environment(home: Path) -> dict[str, str]:
    """What a process of its own is told, whose ``STROMA_HOME`` is the folder ``home``, which is made."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STROMA_", "PYTEST_", "DJANGO_", "COV_"))
    }
    environment["DJANGO_SETTINGS_MODULE"] = "stroma.config.settings"
    environment["PYTHONPATH"] = str(CHECKOUT)
    environment["STROMA_HOME"] = str(home)
    home.mkdir()
    return environment


@pytest.fixture
def own_database(database_vendor: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a process whose database, of this run's vendor, is new, empty and this test's alone.

    Hand it to ``subprocess`` as ``env``; begin with ``python -m stroma migrate``. Every process that is given
    it works on the same database, so that they can be rivals or be killed.
    """
    environment = process_environment(tmp_path / "home")
    with ExitStack() as stack:
        if database_vendor == "postgresql":
            url = os.environ["STROMA_DATABASE_URL"]
            environment["STROMA_DATABASE_URL"] = stack.enter_context(own_database_on(url))
        yield environment


@pytest.fixture(scope="session")
def tables_made(database_vendor: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a database that is migrated and was not founded; nobody works in it but to copy it."""
    environment = process_environment(tmp_path_factory.mktemp("tables") / "home")
    with ExitStack() as stack:
        if database_vendor == "postgresql":
            url = stack.enter_context(own_database_on(os.environ["STROMA_DATABASE_URL"]))
            environment["STROMA_DATABASE_URL"] = url
        subprocess.run([sys.executable, "-m", "stroma", "migrate"], env=environment, check=True)
        yield environment


@pytest.fixture
def own_tables(tables_made: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """As ``own_database``, for a test that is not about how the tables are made: they are there, with no row."""
    with ExitStack() as stack:
        yield copied(tables_made, tmp_path / "home", stack)


def copied(made: dict[str, str], home: Path, stack: ExitStack) -> dict[str, str]:
    """The environment of a copy of ``made``, its files in ``home``; its database is dropped with ``stack``."""
    shutil.copytree(made["STROMA_HOME"], home)
    environment = made | {"STROMA_HOME": str(home)}
    if url := made.get("STROMA_DATABASE_URL"):
        environment["STROMA_DATABASE_URL"] = stack.enter_context(own_database_on(url, copy_of=url))
    return environment


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of the other database, and on PostgreSQL those of none, which have run on SQLite; mark
    what starts processes; skip what needs absent real data."""
    sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    vendor = "sqlite" if sqlite else "postgresql"
    elsewhere = set()
    for item in items:
        if {"own_database", "own_tables"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.processes)
        if item.get_closest_marker("real_data") and not REAL_DATA.is_dir():
            item.add_marker(pytest.mark.skip(reason=REAL_DATA_ABSENT))
        only_on = item.get_closest_marker("only_on")
        if (vendor not in only_on.args) if only_on else not (sqlite or _reaches_a_database(item)):
            elsewhere.add(item)
    if elsewhere:
        config.hook.pytest_deselected(items=[*elsewhere])
        items[:] = [item for item in items if item not in elsewhere]


def _reaches_a_database(item: pytest.Item) -> bool:
    """Whether which database runs can matter to a test: pytest-django opens none to a test that does not ask."""
    if item.get_closest_marker("django_db"):
        return True
    return not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI, fail the run for a skip that nobody allowed, and say which."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not IN_CI or reporter is None or hasattr(session.config, "workerinput"):
        return
    unexpected = [
        f"{report.nodeid}: {reason_of(report.longrepr)}"
        for report in reporter.stats.get("skipped", [])
        if not is_allowed(
            reason_of(report.longrepr),
            marks=frozenset(report.keywords),
            real_data_is_there=REAL_DATA.is_dir(),
        )
    ]
    if unexpected:
        reporter.ensure_newline()
        reporter.section("skips that tests/skips.py does not allow")
        for line in unexpected:
            reporter.write_line(line)
        session.exitstatus = exitstatus or pytest.ExitCode.TESTS_FAILED
