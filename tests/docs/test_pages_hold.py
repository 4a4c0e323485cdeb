"""The pages hold together: links lead somewhere, commands exist, every part and every source has its row."""

import re
import tomllib
from pathlib import Path

import pytest

from stroma import cli
from stroma.cli import COMMANDS
from tests.docs.made import CHECKOUT, pages
from tests.docs.measure_dependencies import parts_of

DOCS = CHECKOUT / "docs"
_LINK = re.compile(r"\[[^\]]+\]\((?P<target>[^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def text_of(name: str) -> str:
    """A page of the checkout."""
    return (CHECKOUT / name).read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as a code host makes them."""
    prose = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ +(.+)$", prose, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for match in _LINK.finditer(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        target, _, anchor = match["target"].partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / target) if target else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            lost.append(match["target"])
    assert lost == []


def test_every_page_is_in_the_index() -> None:
    index = DOCS / "README.md"
    linked = {
        (DOCS / match["target"]).resolve() for match in _LINK.finditer(index.read_text(encoding="utf-8"))
    }
    assert sorted(page for page in DOCS.rglob("*.md") if page != index and page.resolve() not in linked) == []


def test_every_command_that_a_page_names_exists() -> None:
    named = {
        word
        for page in pages()
        for word in re.findall(r"(?:\./run |`)stroma ([a-z]+)\b", page.read_text(encoding="utf-8"))
    }
    assert named - set(COMMANDS) == set()


def test_the_two_commands_of_the_readme_are_known_to_run() -> None:
    shown = re.findall(r"^    \./run (demo|test)\b", text_of("README.md"), flags=re.MULTILINE)
    known = re.findall(r"^ {4}([a-z]+)\)", text_of("run"), flags=re.MULTILINE)
    assert (shown, set(shown) - set(known), "demo" in COMMANDS) == (["demo", "test"], set(), True)


def test_the_readme_says_so_while_nothing_serves_a_real_clinic() -> None:
    says_so = "no command yet that serves a real clinic" in " ".join(text_of("README.md").split())
    assert says_so == ("serve" not in COMMANDS)


@pytest.mark.parametrize("list_name", ["run", "dev"])
def test_every_part_that_is_depended_on_says_why(list_name: str) -> None:
    heading = {"run": "## What running needs", "dev": "## What developing needs as well"}[list_name]
    section = text_of("docs/explanation/dependencies.md").partition(heading)[2].partition("\n## ")[0]
    told = re.findall(r"^\| `([\w.-]+)` \| [\d.]+ \| [\d.]+ \| \w", section, flags=re.MULTILINE)
    assert told == [part.name for part in parts_of(list_name)]


def test_every_exit_code_is_explained() -> None:
    told = re.findall(
        r"^\| (\d) \| ([a-z ]+) \|", text_of("docs/reference/exit-codes.md"), flags=re.MULTILINE
    )
    codes = {
        "done": cli.DONE,
        "found wrong": cli.FOUND_WRONG,
        "bad input": cli.BAD_INPUT,
        "stopped": cli.STOPPED,
    }
    assert told == [(str(code), name) for name, code in codes.items()]


def known_sources() -> set[str]:
    """The keys of the page of sources."""
    rows = re.findall(r"^\| ([^|]+) \| ", text_of("docs/reference/sources.md"), flags=re.MULTILINE)
    return {key.strip() for row in rows for key in row.split(" / ")}


def test_every_source_of_a_shipped_protocol_has_its_row() -> None:
    keys = set()
    for file in (CHECKOUT / "stroma" / "protocols" / "library").glob("*.toml"):
        tomllib.loads(file.read_text(encoding="utf-8"))
        for line in re.findall(r'^source = "(.+)"$', file.read_text(encoding="utf-8"), flags=re.MULTILINE):
            keys |= {key.strip() for key in line.split(";")}
    tissues = {"bone_marrow", "adipose", "umbilical_cord", "dental_pulp", "none"}
    assert keys - known_sources() - tissues == {"general knowledge"}


def test_every_source_that_a_page_names_has_its_row() -> None:
    # A key in brackets, as pages write it: (RESPINE24, LEVI25), (1271-65).
    pattern = re.compile(
        r"\(((?:(?:[A-Z][A-Z0-9-]*\d{2}[ab]?|1271-\d+|312-\d+|[A-Z]{3,}-[A-Z]{2,}|CTCAE|REGSCI|CONSENT)(?:, )?)+)\)"
    )
    named = {
        key
        for page in pages()
        for group in pattern.findall(page.read_text(encoding="utf-8"))
        for key in group.split(", ")
    }
    assert named - known_sources() == set()
    assert "RESPINE24" in named
