"""Where each key of a TOML text stands: ``tomllib`` forgets places, so they are found again here.

The scanner walks a text that ``tomllib`` has already accepted; it checks nothing, and it keeps no values. It
knows what moves a key away from the start of its line: tables, lists of tables, dotted and quoted keys,
strings and lists over several lines, inline tables. Grammar: TOML 1.0.0.
"""

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field

from stroma.protocols.domain.coherence import Place

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]+ | "(?:[^"\\]|\\.)*" | '[^']*' """, re.VERBOSE)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# The three-quote forms may hold one or two quotes of their own, also just before the closing three.
_STRING = re.compile(
    r'''
      """(?:[^"\\]|\\.|"(?!""))*"{3,5}
    | \'\'\'(?:[^']|'(?!''))*'{3,5}
    | "(?:[^"\\\n]|\\.)*"
    | '[^'\n]*'
    ''',
    re.VERBOSE | re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def locate_keys(text: str) -> dict[Place, int]:
    """The line, counted from 1, of every key and list item of a valid TOML text; the document is at line
    1."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


def nearest_line(lines: dict[Place, int], place: Place) -> int:
    """The line of ``place``, or of the nearest key around it that was written."""
    return next(lines[place[:end]] for end in range(len(place), -1, -1) if place[:end] in lines)


def place_text(place: Place) -> str:
    """A place as a reader writes it: ``criteria[3].limit``; a key that is not bare is quoted."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if _BARE_KEY.fullmatch(part) else f'"{part}"')
    return text


@dataclass
class _Scanner:
    text: str
    at: int = 0
    lines: dict[Place, int] = field(default_factory=lambda: {(): 1})
    last_item: dict[Place, int] = field(default_factory=dict)
    """The number of the newest table of each list of tables."""

    def __post_init__(self) -> None:
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def document(self) -> None:
        table: Place = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self._peek("["):
                table = self._header()
            else:
                self._key_and_value(table)
            self._skip(_BLANK)

    def _header(self) -> Place:
        is_list_item = self._peek("[[")
        line = self._line()
        self.at += 2 if is_list_item else 1
        *parents, name = self._key()
        self.at += 2 if is_list_item else 1
        place: Place = ()
        for parent in parents:
            place = self._newest((*place, parent), line)
        place = (*place, name)
        if not is_list_item:
            self.lines[place] = line
            return place
        self.lines.setdefault(place, line)
        self.last_item[place] = self.last_item.get(place, -1) + 1
        place = (*place, self.last_item[place])
        self.lines[place] = line
        return place

    def _newest(self, place: Place, line: int) -> Place:
        """The table that a header means by ``place``: in a list of tables, its newest."""
        self.lines.setdefault(place, line)
        return (*place, self.last_item[place]) if place in self.last_item else place

    def _key_and_value(self, table: Place) -> None:
        line = self._line()
        place = table
        for part in self._key():
            place = (*place, part)
            self.lines.setdefault(place, line)
        self.at += len("=")
        self._skip(_SPACE)
        self._value(place)

    def _key(self) -> list[str]:
        """The parts of a dotted key; the scanner stands after it and the space that follows."""
        parts = []
        while True:
            self._skip(_SPACE)
            part = self._take(_KEY_PART)
            parts.append(part if part[0] not in "\"'" else tomllib.loads(f"key = {part}")["key"])
            self._skip(_SPACE)
            if not self._peek("."):
                return parts
            self.at += 1

    def _value(self, place: Place) -> None:
        if self._peek("["):
            self._items(place)
        elif self._peek("{"):
            self._inline_table(place)
        elif self._peek('"') or self._peek("'"):
            self._take(_STRING)
        else:
            self._take(_SCALAR)

    def _items(self, place: Place) -> None:
        self.at += 1
        number = 0
        self._skip(_BLANK)
        while not self._peek("]"):
            self.lines[*place, number] = self._line()
            self._value((*place, number))
            number += 1
            self._comma()
        self.at += 1

    def _inline_table(self, place: Place) -> None:
        self.at += 1
        self._skip(_BLANK)
        while not self._peek("}"):
            self._key_and_value(place)
            self._comma()
        self.at += 1

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self._peek(","):
            self.at += 1
            self._skip(_BLANK)

    def _peek(self, start: str) -> bool:
        return self.text.startswith(start, self.at)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._take(pattern)

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(
                f"line {self._line()} is not valid TOML; tomllib must accept a text before it is located"
            )
        self.at = match.end()
        return match.group()

    def _line(self) -> int:
        return bisect_right(self.line_starts, self.at)
