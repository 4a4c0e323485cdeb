"""The pages in a real browser: a server of our own in this process, and the system's Chromium.

Chromium is found on the PATH or named by STROMA_CHROMIUM; without one these tests are skipped and say so.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright


def chromium() -> str | None:
    """The browser's file, or none."""
    return os.environ.get("STROMA_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
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
