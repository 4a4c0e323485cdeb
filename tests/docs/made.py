"""Pages with made parts: what stands between two marks is written by a maker, the rest by hand.

<!-- made: NAME -->
…
<!-- end of NAME -->
"""

import re
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent

_PART = re.compile(
    r"(?P<begin><!-- made: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end of (?P=name) -->)", re.DOTALL
)


def pages() -> list[Path]:
    """Every page: those at the root of the checkout and those below ``docs``."""
    return [*sorted(CHECKOUT.glob("*.md")), *sorted((CHECKOUT / "docs").rglob("*.md"))]


def made_parts(text: str) -> list[str]:
    """The names of the made parts of a page, in order."""
    return [match["name"] for match in _PART.finditer(text)]


def part_of(text: str, name: str) -> str:
    """What stands between the marks of one part. Raises StopIteration when the page has no such part."""
    match = next(match for match in _PART.finditer(text) if match["name"] == name)
    return match[0].removeprefix(match["begin"]).removesuffix(match["end"])


def with_parts(text: str, parts: Mapping[str, str]) -> str:
    """The page with each made part that ``parts`` gives written anew; the others stay as they are."""

    def anew(match: re.Match[str]) -> str:
        if match["name"] not in parts:
            return match[0]
        return f"{match['begin']}{parts[match['name']].rstrip()}\n{match['end']}"

    return _PART.sub(anew, text)
