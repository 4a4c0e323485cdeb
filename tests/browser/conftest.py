"""The pages in a real browser: a server of our own in this process, and the system's Chromium.

Chromium is found on the PATH or named by STROMA_CHROMIUM; without one these tests are skipped and say so.
"""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread
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
def address() -> Iterator[str]:
    """Where the pages answer, for one module."""
    server = LiveServerThread("localhost", StaticFilesHandler, port=0)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://{server.host}:{server.port}"
    server.terminate()


@pytest.fixture
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A new page; ``@pytest.mark.parametrize`` may give its context's settings through ``context``."""
    options: dict[str, Any] = getattr(request, "param", {})
    context = browser.new_context(base_url=address, locale="en-US", **options)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
