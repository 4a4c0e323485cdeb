"""Rules about what stands in a file, whatever it does."""

import re

from tests.house.tree import Source

LONGEST_MODULE_LINES = 500

# One letter of each stands in brackets, so that this file keeps its own rule.
FORBIDDEN = {
    "a path of one machine": re.compile(
        r"(?<![\w.-])/(?:[w]ork|[r]oot)/|(?<![\w.-])/[h]ome/[a-z]|[f]ile:///"
    ),
    "a registry's host": re.compile(r"[p]ypi\.org|[p]ythonhosted\.org|[r]egistry\.npmjs|[d]eb\.debian\.org"),
    "work left undone": re.compile(r"\b(?:[T]ODO|[F]IXME|[X]XX)\b"),
}
# A silenced check names what it silences and says why, on its line or in a comment on the line above.
SILENCED = re.compile(
    r"#\s*(type:\s*ignore|noqa|pragma:\s*no cover)(\[[\w, -]+\]|:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?(.*)"
)


def forbidden_words(source: Source) -> list[str]:
    """Paths of one machine, hosts of registries, and notes of work left undone."""
    return [
        f"{source.name}:{number}: {what}: {found[0]}"
        for number, line in enumerate(source.text.splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if (found := pattern.search(line))
    ]


def too_long(source: Source) -> list[str]:
    """A module past 500 lines has a second subject inside it (docs/how-to/develop.md)."""
    lines = len(source.text.splitlines())
    return (
        [f"{source.name}: {lines} lines; at most {LONGEST_MODULE_LINES}"]
        if lines > LONGEST_MODULE_LINES
        else []
    )


def silenced_without_reason(source: Source) -> list[str]:
    """A check that is switched off without naming which, or without saying why."""
    found = []
    above = ""
    for number, line in enumerate(source.text.splitlines(), 1):
        if silenced := SILENCED.search(line):
            kind, code, reason = silenced.groups()
            if not code and not kind.startswith("pragma"):
                found.append(f"{source.name}:{number}: {kind} without a code")
            elif not re.search(r"\w{3}", reason) and not above.lstrip().startswith("#"):
                found.append(f"{source.name}:{number}: {kind} without a reason")
        above = line
    return found
