"""The commands that the pages show, run as they stand: each page in a folder of its own, from top to bottom.

A block that opens with "```sh run" is run, on SQLite; with "```sh run postgresql", on PostgreSQL. ``./run`` is
stood in for by a script that starts this very Python: what the real one does is tried by itself, and here it
would install over the environment that the tests run in.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.made import CHECKOUT, pages
from tests.postgres import candidates, own_database_on

_BLOCK = re.compile(r"^```sh run(?P<vendor> postgresql)?\n(?P<commands>.*?)^```$", re.MULTILINE | re.DOTALL)

RUN = """\
#!/bin/sh
command=$1
shift
export PYTHONPATH='{checkout}'
case $command in
    stroma) exec '{python}' -P -m stroma "$@" ;;
    python) exec '{python}' "$@" ;;
    *) echo "this page runs ./run $command" >&2; exit 99 ;;
esac
"""


def commands_of(page: Path, *, vendor: str) -> str:
    """All that a page shows to be run on ``vendor``, as one script."""
    blocks = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    wanted = [b["commands"] for b in blocks if (b["vendor"] or " sqlite").strip() == vendor]
    return "\n".join(wanted)


def pages_to_run(vendor: str) -> list[Path]:
    """The pages that show something to be run on ``vendor``."""
    return [page for page in pages() if commands_of(page, vendor=vendor)]


def name_of(page: Path) -> str:
    """The page's name from the checkout."""
    return page.relative_to(CHECKOUT).as_posix()


def run_page(page: Path, folder: Path, environment: dict[str, str], *, vendor: str) -> None:
    """Run a page's commands in ``folder``; the first that fails fails the test, with all that was said."""
    folder.mkdir()
    programs = folder.parent / "programs"
    programs.mkdir()
    (programs / "python3").symlink_to(sys.executable)
    stand_in = folder / "run"
    stand_in.write_text(RUN.format(checkout=CHECKOUT, python=sys.executable), encoding="utf-8")
    stand_in.chmod(0o755)
    (folder / "verify_dossier.py").symlink_to(CHECKOUT / "verify_dossier.py")
    search = [
        str(programs),
        *(str(found.folder) for found in candidates()),
        environment.get("PATH", os.defpath),
    ]
    done = subprocess.run(
        ["sh", "-eux", "-c", commands_of(page, vendor=vendor)],
        cwd=folder,
        env={**environment, "PATH": os.pathsep.join(search), "STROMA_CHECKOUT": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{name_of(page)}\n{done.stdout}"


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("page", pages_to_run("sqlite"), ids=name_of)
def test_what_a_page_shows_works_as_it_stands(
    page: Path, tmp_path: Path, own_database: dict[str, str]
) -> None:
    run_page(page, tmp_path / "page", own_database, vendor="sqlite")


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize("page", pages_to_run("postgresql"), ids=name_of)
def test_what_a_page_shows_for_postgresql_works_as_it_stands(
    page: Path, tmp_path: Path, own_database: dict[str, str]
) -> None:
    with own_database_on(os.environ["STROMA_DATABASE_URL"]) as restored:
        environment = {**own_database, "RESTORED_DATABASE_URL": restored}
        run_page(page, tmp_path / "page", environment, vendor="postgresql")


def test_the_pages_that_run_are_those_that_lead_to_a_goal() -> None:
    shown = {name_of(page) for vendor in ("sqlite", "postgresql") for page in pages_to_run(vendor)}
    goals = {name_of(page) for page in (CHECKOUT / "docs" / "how-to").glob("*.md")}
    # develop.md is about ./run itself, which cannot run inside the tests it starts; cells are kept on pages, which the
    # tests of those pages walk; and a cytometer's files are not in the repository (tests/release reads the real ones).
    assert goals - shown == {
        "docs/how-to/develop.md",
        "docs/how-to/keep-cells.md",
        "docs/how-to/read-cytometry-files.md",
    }
