"""Every text that is marked for translation, from the code, the templates, and the pure domain's own texts."""

import ast
import re
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.template.base import Lexer, Token, TokenType
from django.utils.translation import trim_whitespace

from tests.house.tree import Source, every_text
from tests.translations.catalogs import Marked
from tests.translations.domain_texts import DOMAIN_TEXTS

SINGLE = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop"})
PLURAL = frozenset({"ngettext", "ngettext_lazy"})
BLOCK_ENDS = frozenset({"endblocktranslate", "endblocktrans"})


def marked_texts() -> dict[str, list[Marked]]:
    """By step, each text once: in the catalog of the earliest step that says it, in the order of the files."""
    found: dict[str, list[Marked]] = {}
    seen: dict[str, Marked] = {}
    by_step: dict[str, list[Source]] = {}
    for source in every_text():
        if source.name.startswith("stroma/") and source.name.endswith((".py", ".html")):
            by_step.setdefault(source.part(1), []).append(source)
    for step in steps():
        for marked in (*_marked_in(by_step.get(step, [])), *domain_texts(step)):
            if marked.text in seen:
                known = seen[marked.text]
                if marked.plural and known.plural != marked.plural:
                    raise ValueError(f"{marked.file}: {marked.text!r} has another plural in {known.file}")
                continue
            seen[marked.text] = marked
            found.setdefault(step, []).append(marked)
    return found


def steps() -> list[str]:
    """The steps that have a catalog, the earliest first."""
    return [app.removeprefix("stroma.") for app in settings.INSTALLED_APPS if app.startswith("stroma.")]


def _marked_in(sources: Iterable[Source]) -> Iterator[Marked]:
    # A text with a plural stands before the same text without one: the catalog needs both forms.
    found = [m for s in sources for m in (marked_in_python(s) if s.is_python else marked_in_template(s))]
    with_plural = {marked.text: marked for marked in found if marked.plural}
    yield from (with_plural.get(marked.text, marked) for marked in found)


def marked_in_python(source: Source) -> Iterator[Marked]:
    """The constant texts in calls of gettext and its kin, in the order of the file.

    A text that is built (an f-string, a sum) can have no translation and raises ValueError; a plain name is let
    through, for its texts are listed in ``domain_texts``.
    """
    calls = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SINGLE | PLURAL
    ]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        assert isinstance(call.func, ast.Name)
        texts = call.args[: 2 if call.func.id in PLURAL else 1]
        for text in texts:
            if isinstance(text, ast.JoinedStr | ast.BinOp):
                raise ValueError(f"{source.name}:{call.lineno}: a text that is built cannot be translated")
        if constants := [t.value for t in texts if isinstance(t, ast.Constant) and isinstance(t.value, str)]:
            yield Marked(constants[0], constants[1] if len(constants) > 1 else "", source.name)


def marked_in_template(source: Source) -> Iterator[Marked]:
    """The texts of ``translate``, ``blocktranslate`` and ``_("…")`` in a template."""
    tokens = iter(Lexer(source.text).tokenize())
    for token in tokens:
        words = token.split_contents() if token.token_type is TokenType.BLOCK else []
        if words and words[0] in ("blocktranslate", "blocktrans"):
            yield _block(words, tokens, source.name)
        elif words and words[0] in ("translate", "trans") and words[1][0] in "\"'":
            yield Marked(_constant(words[1]), "", source.name)
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR):
            for quoted in re.findall(r"""(?<!\w)_\(("[^"]*"|'[^']*')\)""", token.contents):
                yield Marked(_constant(quoted), "", source.name)


def _block(words: list[str], tokens: Iterator[Token], file: str) -> Marked:
    parts = ["", ""]
    index = 0
    for token in tokens:
        if token.token_type is TokenType.BLOCK:
            if token.contents.strip() in BLOCK_ENDS:
                break
            index = 1  # {% plural %}, the only other tag that may stand here
        elif token.token_type is TokenType.VAR:
            parts[index] += f"%({token.contents.strip()})s"
        elif token.token_type is TokenType.TEXT:
            parts[index] += token.contents.replace("%", "%%")
    one, many = (trim_whitespace(part) for part in parts) if "trimmed" in words else parts
    return Marked(one, many, file)


def _constant(quoted: str) -> str:
    return quoted[1:-1].replace("%", "%%")


def domain_texts(step: str) -> Iterator[Marked]:
    """The texts of the pure domain that a step shows; a percent sign in them is doubled where a page marks it."""
    for file, texts in DOMAIN_TEXTS.get(step, ()):
        for text in texts():
            yield Marked(text, "", file)
