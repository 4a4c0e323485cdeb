"""Reading a JSON file, gzipped or not, so that a fault can be named with its line.

Limits guard the reader: a file that is too large or nested too deeply is refused, not swallowed. What the
JSON means is elsewhere (:mod:`stroma.fhir.bundle`).
"""

import gzip
import hashlib
import io
import json
import re
import zlib
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from stroma.protocols.domain.problem import BadInput, Problem

MAX_BYTES = 64 * 1024 * 1024
"""After unpacking; ten times the largest whole-life record seen."""

SUFFIXES = (".json", ".json.gz")


@dataclass(frozen=True)
class JsonSource:
    """A file that parsed: its name as given, its text, its tree (numbers as ``Decimal`` or ``int``), its
    digest.

    ``digest`` is the SHA-256 of the file's own bytes, as they were handed in, in hexadecimal.
    """

    file: str
    text: str
    tree: Any
    digest: str

    def line_of(self, place: str) -> int | None:
        """The line, from 1, of a place such as ``Bundle.entry[3].resource.status``, or of what holds it."""
        while place not in self._lines and "." in place:
            place = re.sub(r"(\.[^.]*|\[\d+\])$", "", place)
        return self._lines.get(place)

    @cached_property
    def _lines(self) -> dict[str, int]:
        root = self.tree.get("resourceType") if isinstance(self.tree, dict) else None
        return places_and_lines(self.text, root if isinstance(root, str) else "")[0]


def read_json(path: Path) -> JsonSource:
    """Read and parse one file; raises :class:`BadInput` with the reason, line and column if it has one."""
    file = str(path)
    if not path.name.endswith(SUFFIXES):
        _refuse("wrong_suffix", f"The file name does not end in {' or '.join(SUFFIXES)}.", file)
    raw = _read_bytes(path, file)
    digest = hashlib.sha256(raw).hexdigest()
    try:
        # Some senders put a byte order mark before the first brace.
        text = (_unpacked(raw, file) if path.name.endswith(".gz") else raw).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse("not_utf8", f"The file is not UTF-8 text (byte {error.start + 1}).", file)
    return JsonSource(file, text, _parsed(text, file), digest)


def _read_bytes(path: Path, file: str) -> bytes:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        _refuse("not_readable", f"The file cannot be read: {error.strerror}.", file)
    if len(raw) > MAX_BYTES:
        _refuse("too_large", f"The file is larger than {MAX_BYTES // 2**20} MB.", file)
    return raw


def _unpacked(raw: bytes, file: str) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as stream:
            # Reading one byte beyond the limit keeps a small file that unpacks to gigabytes out of memory.
            unpacked = stream.read(MAX_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        _refuse("not_gzip", "The file is not a complete gzip file.", file)
    if len(unpacked) > MAX_BYTES:
        _refuse("too_large", f"The file unpacks to more than {MAX_BYTES // 2**20} MB.", file)
    return unpacked


def _parsed(text: str, file: str) -> Any:
    repeated = False

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        built = dict(pairs)
        repeated = repeated or len(built) != len(pairs)
        return built

    def not_a_number(name: str) -> NoReturn:
        raise ValueError(name)

    try:
        tree = json.loads(text, parse_float=Decimal, parse_constant=not_a_number, object_pairs_hook=build)
    except json.JSONDecodeError as error:
        problem = Problem(
            "json_syntax", f"Not JSON: {error.msg} (column {error.colno}).", file=file, line=error.lineno
        )
        raise BadInput([problem]) from error
    except RecursionError:
        _refuse("json_too_deep", "The JSON is nested too deeply to be a FHIR resource.", file)
    except ValueError:
        _refuse("json_number", "A number is NaN, infinite or has thousands of digits.", file)
    if repeated:
        # Which of two values holds is undefined in JSON, so neither is taken.
        root = tree.get("resourceType") if isinstance(tree, dict) else None
        _, twice = places_and_lines(text, root if isinstance(root, str) else "")
        raise BadInput(
            Problem(
                "json_repeated_name",
                "The name appears twice in one object.",
                file=file,
                place=place,
                line=line,
            )
            for place, line in twice
        )
    return tree


def _refuse(code: str, message: str, file: str) -> NoReturn:
    raise BadInput([Problem(code, message, file=file)])


_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],\n]')


def places_and_lines(text: str, root: str) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """The line of every named value and list item of valid JSON, and the places named twice.

    Only done when there is something to report: it is slower than parsing. Numbers and words in a list are
    not placed on their own.
    """
    lines: dict[str, int] = {root: 1}
    twice: list[tuple[str, int]] = []
    line = 1
    stack: list[tuple[str, bool]] = []  # the place of each open object or list, and whether it is a list
    index: list[int] = []
    place, wants_key = root, False
    for found in _PIECE.finditer(text):
        piece = found.group()
        if piece == "\n":
            line += 1
            continue
        if piece in ("]", "}"):
            place, _ = stack.pop()
            index.pop()
            wants_key = False
            continue
        in_list = bool(stack) and stack[-1][1]
        if piece == ",":
            index[-1] += in_list
            wants_key = not in_list
            continue
        if in_list:
            place = f"{stack[-1][0]}[{index[-1]}]"
            lines.setdefault(place, line)
        if piece in ("[", "{"):
            stack.append((place, piece == "["))
            index.append(0)
            wants_key = piece == "{"
        elif wants_key:
            place = f"{stack[-1][0]}.{json.loads(piece)}".lstrip(".")
            if place in lines:
                twice.append((place, line))
            lines.setdefault(place, line)
            wants_key = False
    return lines, twice
