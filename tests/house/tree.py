"""The files of the checkout, as the rules read them."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
NOT_OURS = frozenset(
    {".git", ".venv", ".stroma", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}
    | {".import_linter_cache", "node_modules"}
)


@dataclass(frozen=True)
class Source:
    """One file: its name from the checkout with forward slashes, and its text."""

    name: str
    text: str

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of a Python file."""
        return ast.parse(self.text, filename=self.name)

    @property
    def is_python(self) -> bool:
        """Whether the name ends in ``.py``."""
        return self.name.endswith(".py")

    def part(self, index: int) -> str:
        """One part of the name, counted from 0; empty when there is none (``stroma/release/views.py``)."""
        parts = self.name.split("/")
        return parts[index] if -len(parts) <= index < len(parts) else ""


def every_text() -> list[Source]:
    """Every text file of the checkout; files that are no UTF-8 (pictures) are left out."""
    found = []
    for path in _walk(CHECKOUT):
        try:
            found.append(Source(path.relative_to(CHECKOUT).as_posix(), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def python_below(folder: str) -> list[Source]:
    """Every Python file below a folder of the checkout."""
    return [source for source in every_text() if source.is_python and source.name.startswith(f"{folder}/")]


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in NOT_OURS or path.is_symlink():
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path
