"""What a template says without a mark: visible text outside ``translate`` and ``blocktranslate``."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.template.base import Lexer, TokenType

from tests.house.tree import Source

# Attributes that a person sees or hears.
SPOKEN = frozenset({"aria-label", "aria-description", "title", "alt", "placeholder"})
HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"
WORD = re.compile(r"[^\W\d_]{2,}")
# A source as it is cited: WILLEMS04, BMJOPEN-UC, 1271-65, and the project's own notes (clinical.md).
CITATION = re.compile(r"\b[A-Z0-9][A-Z0-9-]{2,}[a-z]?\b|\bclinical\.md\b")
# Blocks of the base page that fill in an attribute: what stands in them is the name of a style.
STYLES = frozenset({"body_class", "main_class"})


def unmarked(source: Source, *, allowed: frozenset[str] = frozenset()) -> list[str]:
    """Each visible text of a template that no tag translates, but for the ``allowed`` words."""
    reader = _Reader()
    reader.feed(_without_tags(source.text))
    reader.close()
    return [
        f"{source.name}:{line}: {text}"
        for line, text in reader.found
        if any(word not in allowed for word in WORD.findall(text))
    ]


def _without_tags(template: str) -> str:
    """The template with a hole for each tag and value, and its lines kept."""
    return "".join(_pieces(template))


def _pieces(template: str) -> Iterator[str]:
    silent_until = ""
    for token in Lexer(template).tokenize():
        words = token.contents.split() if token.token_type is TokenType.BLOCK else []
        name = words[0] if words else ""
        if name in ("blocktranslate", "blocktrans", "comment") or (
            words[:1] == ["block"] and words[1] in STYLES
        ):
            silent_until = f"end{name}"
        elif name == silent_until:
            silent_until = ""
        if token.token_type is TokenType.TEXT and not silent_until:
            yield token.contents
        else:
            yield HOLE + "\n" * token.contents.count("\n")


class _Reader(HTMLParser):
    """Gathers the texts and the spoken attributes of a page; what stands in ``script`` or ``style`` is no text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._silent = ""
        self._source = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._silent = tag
        if tag == "cite" or ("class", "source") in attrs:
            self._source = tag
        for name, value in attrs:
            if name in SPOKEN and value:
                self._keep(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        if tag == self._source:
            self._source = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._keep(CITATION.sub(" ", data) if self._source else data)

    def _keep(self, text: str) -> None:
        plain = text.replace(HOLE, " ")
        if WORD.search(plain):
            self.found.append((self.getpos()[0], " ".join(plain.split())))
