"""The pages in a real browser: a server of our own in this process, and the system's Chromium.

Chromium is found on the PATH or named by STROMA_CHROMIUM; without one these tests are skipped and say so.
A demo is made once in a run, whatever the number of its processes; every server works on a copy of its own.
The demo keeps its clinic in the embedded database, so these tests run once, in the run on SQLite.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.demo import make_demo, served_demo
from tests.browser.looking import Visitor

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.only_on("sqlite"))


def chromium() -> str | None:
    """The browser's file, or none."""
    return os.environ.get("STROMA_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The browser, closed as soon as the process turns to a test of another folder.

    Playwright keeps an event loop running in the thread while it is open, and Django refuses the database there.
    """
    executable = chromium()
    if executable is None:
        pytest.skip("no Chromium on the PATH; install it or name one in STROMA_CHROMIUM")
    quiet = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=quiet)
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the pages answer, for one module: a server process on an empty simulated database of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("STROMA_", "DJANGO_"))},
        "STROMA_HOME": str(tmp_path_factory.mktemp("pages")),
        "STROMA_DEBUG": "true",  # Django's own server hands out the static files only so
    }
    subprocess.run([sys.executable, "-m", "stroma", "found", "--simulated"], env=environment, check=True)
    serve = [
        "-m",
        "django",
        "runserver",
        "--noreload",
        "--settings",
        "stroma.config.settings",
        f"127.0.0.1:{port}",
    ]
    server = subprocess.Popen(
        [sys.executable, *serve], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A new page; ``@pytest.mark.parametrize`` may give its context's settings through ``context``."""
    options: dict[str, Any] = getattr(request, "param", {})
    context = browser.new_context(base_url=address, locale="en-US", **options)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def made_demo(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The folder of a demo that nobody serves, made once for all processes of this run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    home = shared / "demo"
    make_demo(home, courses=request.config.getoption("--courses"))
    return home


@pytest.fixture(scope="session")
def served(made_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo for tests that leave the clinic as it was."""
    home = tmp_path_factory.mktemp("demo")
    shutil.copy2(made_demo / "stroma.sqlite3", home)
    with served_demo(home) as address:
        yield address


@pytest.fixture
def own_demo(made_demo: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address and the folder of a demo for one test that changes the clinic, or moves its clock."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy2(made_demo / "stroma.sqlite3", home)
    with served_demo(home) as address:
        yield address, home


@contextmanager
def visiting(browser: Browser, address: str, **settings: Any) -> Iterator[Visitor]:
    """A visitor of that address, with a screen and settings of their own. Nothing moves, so that colors are settled."""
    context = browser.new_context(
        **{"base_url": address, "locale": "en-US", "reduced_motion": "reduce", **settings}
    )
    context.set_default_timeout(15_000)
    try:
        yield Visitor(context.new_page())
    finally:
        context.close()
