"""A demo of its own for browser tests and screenshots: its folder, its server process and its address."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.skips import CHECKOUT


@contextmanager
def served_demo(home: Path, *, courses: int | None = None) -> Iterator[str]:
    """Start ``stroma demo`` on a free port below ``home``, made of ``courses`` patients; gives the address."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STROMA_")}
    environment |= {
        "STROMA_HOME": str(home),
        "PYTHONPATH": str(CHECKOUT),
        "DJANGO_SETTINGS_MODULE": "stroma.config.settings",
    }
    size = ["--courses", str(courses)] if courses is not None else []
    server = subprocess.Popen(
        [sys.executable, "-m", "stroma", "demo", *size], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        address = re.search(r"http://[\d.]+:\d+", line)
        assert address is not None, f"the demo did not start: {line!r}"
        yield address[0]
    finally:
        server.terminate()
        server.wait(timeout=30)


def enter_as(page: Page, name: str) -> None:
    """Enter the demo as the person of that printed name, as a visitor would."""
    page.goto("/demo/")
    page.get_by_role("button", name=f"Enter as {name}", exact=True).click()
