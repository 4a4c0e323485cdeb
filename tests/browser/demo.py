"""A demo of its own for browser tests and screenshots: its folder, its server process and its address."""

import fcntl
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.skips import CHECKOUT


@contextmanager
def served_demo(home: Path, *, courses: int | None = None) -> Iterator[str]:
    """Serve the demo that lies below ``home`` on a free port, made first where there is none; gives the address."""
    size = ["--courses", str(courses)] if courses is not None else []
    # A port of its own from the first: two demos that look for one at the same moment would find the same.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "stroma", "demo", "--port", str(port), *size],
        env=demo_environment(home),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        address = re.search(r"http://[\d.]+:\d+", line)
        assert address is not None, f"the demo did not start: {line!r}"
        _wait_until_it_answers(port)
        yield address[0]
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_until_it_answers(port: int) -> None:
    """The address is said just before the server listens there."""
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing answers at port {port}")


def demo_environment(home: Path) -> dict[str, str]:
    """What a process is told whose demo lies below ``home``; no other setting of this machine reaches it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STROMA_")}
    return kept | {
        "STROMA_HOME": str(home),
        "PYTHONPATH": str(CHECKOUT),
        "DJANGO_SETTINGS_MODULE": "stroma.config.settings",
    }


def make_demo(home: Path, *, courses: int) -> None:
    """Make a demo below ``home``, unless one was made there; of two processes that ask at once, one makes it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "making").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "stroma.sqlite3").exists():
            command = [sys.executable, "-m", "stroma", "demo", "--no-serve", "--courses", str(courses)]
            subprocess.run(command, env=demo_environment(home), check=True, stdout=subprocess.DEVNULL)


def enter_as(page: Page, name: str) -> None:
    """Enter the demo as the person of that printed name, as a visitor would."""
    page.goto("/demo/")
    for folded in page.locator("details.more-patients > summary").all():
        folded.click()
    page.get_by_role("button", name=f"Enter as {name}", exact=True).click()
    page.wait_for_url(lambda address: "/demo/" not in address)
