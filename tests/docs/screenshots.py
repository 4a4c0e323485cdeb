"""Pictures of the pages for README and docs: ``python -m tests.docs.screenshots`` writes docs/screenshots/*.png.

They are taken of a demo made for it. Its people are drawn from fixed seeds, so that the same pictures come out, but
for the dates. With names, only those are taken: ``python -m tests.docs.screenshots board-desk``.
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from stroma.simulation.people import ALPHARETTA
from tests.browser.conftest import chromium
from tests.browser.demo import enter_as, served_demo
from tests.browser.looking import DESK, PHONE, TABLET
from tests.skips import CHECKOUT

FOLDER = CHECKOUT / "docs" / "screenshots"
LARGEST_BYTES = 200_000
A_PATIENT = "Imani Paula Doyle"
"""Whose cells are growing: of the fixed seeds, and with pages of their own."""
QUIET = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]


@dataclass(frozen=True)
class Picture:
    """One picture: what it is called, as whom, which page, and on which screen; the name ends with the screen."""

    name: str
    part: str
    path: str
    screen: dict[str, int]


PICTURES = (
    Picture("front-phone", "", "/", PHONE),
    Picture("cells-phone", A_PATIENT, "/my/cells/", PHONE),
    Picture("story-phone", "", "/demo/story/", PHONE),
    Picture("board-desk", "coordinator", "/coordinator/", DESK),
    Picture("quality-desk", "quality", "/release/", DESK),
    Picture("registry-desk", "analyst", "/registry/", DESK),
    Picture("bench-tablet", "technologist", "/processing/", TABLET),
)


def take(page: Page, picture: Picture) -> None:
    """Open the page as the person of the picture and keep what the screen shows."""
    if picture.part:
        enter_as(page, ALPHARETTA.staff.get(picture.part, picture.part))
    answer = page.goto(picture.path)
    if answer is None or answer.status != 200 or not page.url.endswith(picture.path):
        raise SystemExit(f"{picture.name}: {picture.path} led to {page.url}.")
    page.screenshot(path=FOLDER / f"{picture.name}.png")


def main(names: Sequence[str]) -> int:
    """Start a demo of its own and take the pictures that are asked for, or all."""
    executable = chromium()
    if executable is None:
        sys.stderr.write("There is no Chromium on the PATH; install it or name one in STROMA_CHROMIUM.\n")
        return 2
    if unknown := set(names) - {picture.name for picture in PICTURES}:
        known = ", ".join(picture.name for picture in PICTURES)
        sys.stderr.write(f"There is no picture {', '.join(sorted(unknown))}. There are: {known}.\n")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        served_demo(Path(home)) as address,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=executable, args=QUIET)
        for picture in PICTURES:
            if not names or picture.name in names:
                size = {"width": picture.screen["width"], "height": min(picture.screen["height"], 800)}
                context = browser.new_context(base_url=address, viewport=size, locale="en-US")
                take(context.new_page(), picture)
                context.close()
        browser.close()
    too_large = [file.name for file in FOLDER.glob("*.png") if file.stat().st_size > LARGEST_BYTES]
    sys.stdout.write(f"The pictures are in {FOLDER.relative_to(CHECKOUT)}.\n")
    if too_large:
        sys.stderr.write(f"Larger than {LARGEST_BYTES} bytes: {', '.join(too_large)}.\n")
    return int(bool(too_large))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
