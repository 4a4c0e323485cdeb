"""Pictures of the pages for the documentation: ``python -m tests.screenshots`` writes docs/screenshots/*.png."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from stroma.simulation.people import ALPHARETTA
from tests.browser.conftest import chromium
from tests.browser.demo import enter_as, served_demo
from tests.skips import CHECKOUT

FOLDER = CHECKOUT / "docs" / "screenshots"
WIDTHS = {"phone": 360, "desk": 1440}
PUBLIC = {"front": "/", "demo": "/demo/", "story": "/demo/story/"}
HOMES = ("coordinator", "physiatrist", "nurse", "technologist", "quality", "analyst")


def main() -> int:
    """Start a demo of its own and take every picture at both widths."""
    executable = chromium()
    if executable is None:
        sys.stderr.write("There is no Chromium on the PATH; install it or name one in STROMA_CHROMIUM.\n")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    quiet = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
    with (
        tempfile.TemporaryDirectory() as home,
        served_demo(Path(home)) as address,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=executable, args=quiet)
        for width_name, width in WIDTHS.items():
            context = browser.new_context(
                base_url=address, viewport={"width": width, "height": 900}, locale="en-US"
            )
            page = context.new_page()
            for name, path in PUBLIC.items():
                page.goto(path)
                page.screenshot(path=FOLDER / f"{name}-{width_name}.png")
            for part in HOMES:
                enter_as(page, ALPHARETTA.staff[part])
                page.screenshot(path=FOLDER / f"{part}-{width_name}.png")
        browser.close()
    sys.stdout.write(f"The pictures are in {FOLDER.relative_to(CHECKOUT)}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
