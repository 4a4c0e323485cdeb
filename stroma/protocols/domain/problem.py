"""What is wrong with an input: every fault at once, each with its file and place, and the way on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in something that was handed in.

    ``file`` is the file's name as it was given, ``place`` the key, path or field (``criteria[3].limit``),
    ``line`` the line counted from 1 where one is known. A message with ``values`` has a field in braces for each of
    them, so that a page can translate it first and fill it then.
    """

    code: str
    message: str
    file: str = ""
    place: str = ""
    line: int | None = None
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def text(self) -> str:
        """The message with its values, in the language of the program."""
        return self.message.format_map(self.values) if self.values else self.message

    def __str__(self) -> str:
        where = ":".join(part for part in (self.file, str(self.line) if self.line else "") if part)
        return ": ".join(part for part in (where, self.place, self.text) if part)


class BadInput(Exception):  # noqa: N818 - named for what happened, as the reader meets it
    """An input cannot be used; nothing of it was written. ``problems`` holds every fault found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
